"""Classes of the drugs, class flips and a comparison of methods; for panels with drugs of known risk."""

# The first scenario that gives a reference for static block (`pointes.campaign.panel.reference`)
STATIC = [
    name
    for name in SCORED
    if SCENARIOS[name]["binding"] == "static"
    and not SCENARIOS[name]["laboratory_sd"]
    and {1, 2, 3, 4} <= set(PANEL.doses)
][:1]
CLASSIFIED = ["classification.csv", "methods.csv", "method_classification.csv", "methods.json", "methods.tex"]


rule panel_classification:
    """Classify the drugs in each scenario, count how often their classes change, and compare methods."""
    input:
        table=external(CAMPAIGN.table),
        panels=[PANELS[name] for name in SCORED],
        populations=[PANELS[name] for name in POPULATIONS],
        maps=ancient([external(path) for path in CAMPAIGN.maps.values()]),
    output:
        classification=f"{RESULTS}/classification.csv",
        methods=f"{RESULTS}/methods.csv",
        method_classification=f"{RESULTS}/method_classification.csv",
        tables=f"{RESULTS}/methods.json",
        latex=f"{RESULTS}/methods.tex",
    log:
        f"{LOGS}/panel_classification.log",
    benchmark:
        f"{BENCHMARKS}/panel_classification.tsv"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        scored=SCORED,
        cycle_lengths=[SIMULATORS[name]["cycle_length"] for name in SCORED],
        failing=POPULATIONS,
        maps=list(CAMPAIGN.maps),
        comparable=COMPARABLE,
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Classify the drugs and compare methods"
    script:
        "../scripts/panel_classification.py"


if STATIC:

    CLASSIFIED.append("attribution.csv")

    rule panel_attribution:
        input:
            table=external(CAMPAIGN.table),
            panel=PANELS[STATIC[0]],
            samples=f"{RESULTS}/scenarios/{STATIC[0]}/samples.nc",
        output:
            f"{RESULTS}/attribution.csv",
        log:
            f"{LOGS}/panel_attribution.log",
        benchmark:
            f"{BENCHMARKS}/panel_attribution.tsv"
        threads: workflow.cores or 1
        resources:
            mem_mb=memory_of_cells,
            runtime=240,
        params:
            seed=CONFIG.seed,
            method=METHOD,
        message:
            "Attribute the torsade metric to channels"
        script:
            "../scripts/panel_attribution.py"
