"""Uncertainty quantification: distributions of the axes through what was learned, and direct simulations as a check."""

UNCERTAINTY = CONFIG.uncertainty.model_dump(mode="json")
SAMPLE_FILES = {name: external(path) for name, path in CAMPAIGN.sample_files.items()}
DIRECT = CAMPAIGN.direct_simulations


rule uncertainty_points:
    """Draw points from the distributions of the axes for the direct check."""
    input:
        claimed,
        list(SAMPLE_FILES.values()),
    output:
        f"{RESULTS}/uncertainty/points.nc",
    log:
        f"{LOGS}/uncertainty_points.log",
    benchmark:
        f"{BENCHMARKS}/uncertainty_points.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        space=SPACE,
        distributions=UNCERTAINTY["distributions"],
        axes_with_files=list(SAMPLE_FILES),
        n=DIRECT,
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Draw points from the distributions of the axes"
    script:
        "../scripts/uncertainty_points.py"


rule simulate_uncertainty:
    """Simulate the points of the direct check."""
    input:
        f"{RESULTS}/uncertainty/points.nc",
    output:
        f"{RESULTS}/uncertainty/simulations.nc",
    log:
        f"{LOGS}/simulate_uncertainty.log",
    benchmark:
        f"{BENCHMARKS}/simulate_uncertainty.tsv"
    threads: CORES if CONFIG.execution.cluster == "local" else 1
    resources:
        mem_mb=memory_of_workers,
        runtime=SIMULATION_MINUTES,
        cluster_settings=CLUSTER,
        cluster_cores=CORES,
        batch_size=CONFIG.execution.batch_size,
        failure_limits=FAILURE_LIMITS,
    params:
        simulators={"": SIMULATOR},
        target=CONFIG.learning.target,
        shards=shards,
        title="direct check of the uncertainty",
    message:
        "Simulate the points of the distributions"
    script:
        "../scripts/simulate.py"


rule uncertainty:
    """Propagate the distributions of the axes through what was learned, and compare with the direct check."""
    input:
        surrogate=f"{RESULTS}/surrogate.nc",
        direct=f"{RESULTS}/uncertainty/simulations.nc" if DIRECT else [],
        files=list(SAMPLE_FILES.values()),
    output:
        f"{RESULTS}/uncertainty.nc",
    log:
        f"{LOGS}/uncertainty.log",
    benchmark:
        f"{BENCHMARKS}/uncertainty.tsv"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        distributions=UNCERTAINTY["distributions"],
        axes_with_files=list(SAMPLE_FILES),
        n=CONFIG.uncertainty.n,
        units=CAMPAIGN.goal.units_by_result,
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Propagate the uncertainty of the axes"
    script:
        "../scripts/uncertainty.py"
