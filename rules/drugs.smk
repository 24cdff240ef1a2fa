"""Drugs on the risk map; not included with `drugs: null`."""


rule drugs:
    """Find the critical multiple of each drug on the risk map, with its interval, and the AUC of the ranking."""
    input:
        surrogate=f"{RESULTS}/surrogate.nc",
        control=f"{RESULTS}/control.json",
        table=external(CAMPAIGN.drugs),
    output:
        drugs=f"{RESULTS}/drugs.nc",
        ranking=f"{RESULTS}/drugs.csv",
        classification=f"{RESULTS}/drug_classification.json",
    log:
        f"{LOGS}/drugs.log",
    benchmark:
        f"{BENCHMARKS}/drugs.tsv"
    priority: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        multiples=CONFIG.drugs.multiples,
        largest=CONFIG.drugs.largest_multiple,
        draws=CONFIG.drugs.draws,
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Place the drugs on the map"
    script:
        "../scripts/drugs.py"
