"""One rule per figure of the catalogue that a campaign has. Nothing is simulated.

`MADE` are the files of the results folder that the campaign makes, and `PLACES` their paths in it where these differ.
"""

from pointes.figures import FIGURES, FORMATS

SHOWN = {name: figure.inputs(MADE, OF_TISSUE) for name, figure in FIGURES.items()}
DRAWN = [name for name, files in SHOWN.items() if files]

for name in DRAWN:

    rule:
        name:
            f"figure_{name}"
        input:
            **{argument: f"{RESULTS}/{PLACES.get(file, file)}" for argument, file in SHOWN[name].items()},
        output:
            svg=report(
                f"{RESULTS}/figures/{name}.svg",
                caption=FIGURES[name].caption or f"../workflow/report/{name}.rst",
                category=FIGURES[name].category,
                labels={"figure": name.replace("_", " ")},
            ),
            pdf=f"{RESULTS}/figures/{name}.pdf",
            png=f"{RESULTS}/figures/{name}.png",
        log:
            f"{LOGS}/figure_{name}.log",
        benchmark:
            f"{BENCHMARKS}/figure_{name}.tsv"
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            figure=name,
        message:
            "Draw {params.figure}"
        script:
            "../scripts/figure.py"


rule figures:
    """Draw all figures. Each is a job of its own, of the rule `figure_<name>`."""
    input:
        [f"{RESULTS}/figures/{name}.svg" for name in DRAWN],
