"""What follows from the learned boundary: the risk map, the drugs on it, action potentials beside it."""


rule risk_map:
    input:
        f"{RESULTS}/surrogate.nc",
    output:
        f"{RESULTS}/risk_map.nc",
    log:
        f"{LOGS}/risk_map.log",
    benchmark:
        f"{BENCHMARKS}/risk_map.tsv"
    message:
        "Draw up the risk map"
    script:
        "../scripts/risk_map.py"


rule drugs:
    input:
        surrogate=f"{RESULTS}/surrogate.nc",
        table=str(CAMPAIGN.drugs),
    output:
        drugs=f"{RESULTS}/drugs.nc",
        ranking=f"{RESULTS}/drugs.csv",
        classification=f"{RESULTS}/drug_classification.json",
    log:
        f"{LOGS}/drugs.log",
    benchmark:
        f"{BENCHMARKS}/drugs.tsv"
    params:
        multiples=CONFIG.drugs.multiples,
        draws=CONFIG.drugs.draws,
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Place the drugs on the map"
    script:
        "../scripts/drugs.py"


rule traces:
    input:
        f"{RESULTS}/simulations.nc",
    output:
        f"{RESULTS}/traces.nc",
    log:
        f"{LOGS}/traces.log",
    benchmark:
        f"{BENCHMARKS}/traces.tsv"
    params:
        simulation=CAMPAIGN.simulation,
    message:
        "Record action potentials beside the boundary"
    script:
        "../scripts/traces.py"
