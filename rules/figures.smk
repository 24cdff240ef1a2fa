"""One rule per figure, and the summary page: files in, pictures out, nothing simulated."""

# The files that each figure shows, by the names of its arguments, and its place in the report.
FIGURES = {
    "risk_map": (["risk_map.nc", "simulations.nc", "control.json", *PLACED], "Risk map"),
    "learning_curve": (["learning.csv", *REPLAYS], "Learning"),
    "calibration": (["simulations.nc"], "Learning"),
    "query_distance": (["risk_map.nc", "simulations.nc"], "Learning"),
}
if CONFIG.drugs:
    FIGURES["drug_ranking"] = [*PLACED, *CLASSIFIED], "Drugs"
if OF_CELLS:
    FIGURES["action_potentials"] = ["traces.nc", "risk_map.nc"], "Cells"
else:
    FIGURES["scales"] = ["risk_map.nc", "cells.nc", "simulations.nc"], "Tissue"
    FIGURES["ecgs"] = ["traces.nc", "risk_map.nc"], "Tissue"

if len(RANGES) > 2:
    FIGURES["sensitivity"] = ["sensitivity.nc"], "Parameters"
    FIGURES["partial_dependence"] = ["partial_dependence.nc"], "Parameters"
    FIGURES["shap_summary"] = ["shapley.nc"], "Parameters"

for figure, (sources, category) in FIGURES.items():

    rule:
        name:
            f"figure_{figure}"
        input:
            [f"{RESULTS}/{source}" for source in sources],
        output:
            svg=report(
                f"{RESULTS}/figures/{figure}.svg",
                caption=f"../workflow/report/{figure}.rst",
                category=category,
                labels={"figure": figure.replace("_", " ")},
            ),
            png=f"{RESULTS}/figures/{figure}.png",
        log:
            f"{LOGS}/figure_{figure}.log",
        benchmark:
            f"{BENCHMARKS}/figure_{figure}.tsv"
        params:
            figure=figure,
        message:
            "Draw {params.figure}"
        script:
            "../scripts/figure.py"


rule figures:
    input:
        [f"{RESULTS}/figures/{figure}.svg" for figure in FIGURES],


rule summary:
    input:
        [
            f"{RESULTS}/{file}"
            for file in ("simulations.nc", "learning.csv", "risk_map.nc", "control.json", *PLACED, *CLASSIFIED)
        ],
    output:
        report(f"{RESULTS}/summary.html", caption="../workflow/report/summary.rst", category="Summary"),
    log:
        f"{LOGS}/summary.log",
    benchmark:
        f"{BENCHMARKS}/summary.tsv"
    params:
        config=CONFIG.model_dump(mode="json"),
        folder=lambda wildcards, output: str(Path(output[0]).parent),
    message:
        "Write the summary"
    script:
        "../scripts/summary.py"
