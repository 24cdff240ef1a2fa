"""What follows from the learned boundary: the risk map, the drugs on it, action potentials or ECGs beside it."""


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
        table=beside(CAMPAIGN.drugs),
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
        "Record what happens beside the boundary"
    script:
        "../scripts/traces.py"


# Of a tissue only: its cells for comparison. Nothing waits for them but a figure.
rule cell_maps:
    input:
        claimed,
    output:
        f"{RESULTS}/cells.nc",
    log:
        f"{LOGS}/cell_maps.log",
    benchmark:
        f"{BENCHMARKS}/cell_maps.tsv"
    priority: -1
    params:
        cells={
            "ranges": RANGES,
            "model": CONFIG.model.name,
            "celltypes": CAMPAIGN.celltypes,
            "protocol": CONFIG.protocol.model_dump(),
        },
        fingerprint=CAMPAIGN.fingerprint,
    message:
        "Pace the cells of the tissue on their own"
    script:
        "../scripts/cell_maps.py"
