"""Results from learned quantities: their values over the plane of the map, and along each axis."""


rule responses:
    """Evaluate the learned quantities over the plane of the map and along each axis."""
    input:
        f"{RESULTS}/surrogate.nc",
    output:
        plane=f"{RESULTS}/response_map.nc",
        along=f"{RESULTS}/responses.nc",
    log:
        f"{LOGS}/responses.log",
    benchmark:
        f"{BENCHMARKS}/responses.tsv"
    priority: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        units=CAMPAIGN.goal.units_by_result,
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Evaluate the learned quantities"
    script:
        "../scripts/responses.py"
