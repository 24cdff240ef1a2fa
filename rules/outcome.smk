"""Results from the learned boundary: the risk map, and action potentials or ECGs on either side of it."""


rule risk_map:
    """Evaluate the learned risk on a grid of the plane that the map shows."""
    input:
        f"{RESULTS}/surrogate.nc",
    output:
        f"{RESULTS}/risk_map.nc",
    log:
        f"{LOGS}/risk_map.log",
    benchmark:
        f"{BENCHMARKS}/risk_map.tsv"
    priority: 1
    resources:
        mem_mb=2000,
        runtime=30,
    message:
        "Evaluate the risk map"
    script:
        "../scripts/risk_map.py"


rule traces:
    """Record action potentials or ECGs on either side of the boundary."""
    input:
        f"{RESULTS}/simulations.nc",
    output:
        f"{RESULTS}/traces.nc",
    log:
        f"{LOGS}/traces.log",
    benchmark:
        f"{BENCHMARKS}/traces.tsv"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        simulator=SIMULATOR,
    message:
        "Record traces on either side of the boundary"
    script:
        "../scripts/traces.py"


# Only in campaigns of tissue, whose single cells are shown for comparison. The priority is low, as only a figure needs them.
rule cell_maps:
    """Pace the cells of the tissue on their own, on a grid of the risk map."""
    input:
        claimed,
    output:
        f"{RESULTS}/cells.nc",
    log:
        f"{LOGS}/cell_maps.log",
    benchmark:
        f"{BENCHMARKS}/cell_maps.tsv"
    priority: -1
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        space=SPACE,
        simulators=[simulator.to_params() for simulator in CAMPAIGN.cell_simulators],
    message:
        "Pace the cells of the tissue on their own"
    script:
        "../scripts/cell_maps.py"
