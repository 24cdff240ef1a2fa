"""One rule per figure of the catalogue that the campaign has, and the summary page. Nothing is simulated."""

OF_TISSUE = CONFIG.simulation.scale != "cell"
# Files of the results folder that this campaign makes, for figures to show
MADE = ["simulations.nc", "control.json"]
MADE += ["sweep.csv"] if IS_SWEEP else ["surrogate.nc", "learning.csv", "recordings.nc"]
IS_MAP = OF_CLASS and not IS_SWEEP
MADE += ["risk_map.nc", "traces.nc", *REPLAYS] if IS_MAP else []
MADE += ["response_map.nc", "responses.nc"] if not OF_CLASS and not IS_SWEEP else []
MADE += ["cells.nc"] if OF_TISSUE and IS_MAP else []
MADE += ["uncertainty.nc"] if CONFIG.uncertainty else []
MADE += ["costs.json"] if CONFIG.learning.fidelities else []
MADE += ["drugs.nc", "drugs.csv", "drug_classification.json"] if CAMPAIGN.places_drugs else []
MADE += ["sensitivity.nc", "partial_dependence.nc", "shapley.nc"] if IS_MAP and len(SPACE) > 2 else []

PLACES = {}


include: "drawing.smk"


SUMMARISED = {
    "simulations": f"{RESULTS}/simulations.nc",
    "control": f"{RESULTS}/control.json",
}
if not IS_SWEEP:
    SUMMARISED["learning"] = f"{RESULTS}/learning.csv"
if IS_MAP:
    SUMMARISED["risk_map"] = f"{RESULTS}/risk_map.nc"
if CAMPAIGN.places_drugs:
    SUMMARISED["drugs"] = f"{RESULTS}/drugs.nc"
    SUMMARISED["drug_classification"] = f"{RESULTS}/drug_classification.json"


rule summary:
    """Write the summary page from the results."""
    input:
        **SUMMARISED,
    output:
        report(f"{RESULTS}/summary.html", caption="../workflow/report/summary.rst", category="Summary"),
    log:
        f"{LOGS}/summary.log",
    benchmark:
        f"{BENCHMARKS}/summary.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        config=CONFIG.model_dump(mode="json"),
        folder=lambda wildcards, output: str(Path(output[0]).parent),
    message:
        "Write the summary"
    script:
        "../scripts/summary.py"
