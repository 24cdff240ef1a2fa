"""Replays: Sobol, random and active sampling compared on a simulated reference, apart from the campaign's simulations."""


# What takes a second is not worth a job of its own where an executor submits jobs
localrules:
    replay_points,
    replays,


# Numbers of simulations at which the accuracy is computed
SIZES = CONFIG.compared_sizes


rule replay_points:
    """Choose the points of the comparison of designs: the sets of each repeat, and a reference grid."""
    input:
        claimed,
    output:
        f"{RESULTS}/replays/points.nc",
    log:
        f"{LOGS}/replay_points.log",
    benchmark:
        f"{BENCHMARKS}/replay_points.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        space=SPACE,
        sampling=SAMPLING,
        set_size=SIZES[-1] - 1,
        repeats=CONFIG.replays.repeats,
        grid=CONFIG.replays.grid,
    message:
        "Choose the points of the comparison"
    script:
        "../scripts/replay_points.py"


rule simulate_replays:
    """Simulate the points of the comparison."""
    input:
        f"{RESULTS}/replays/points.nc",
    output:
        f"{RESULTS}/replays/simulations.nc",
    log:
        f"{LOGS}/simulate_replays.log",
    benchmark:
        f"{BENCHMARKS}/simulate_replays.tsv"
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
        title="comparison",
    message:
        "Simulate the points of the comparison"
    script:
        "../scripts/simulate.py"


rule replay:
    """Follow the accuracy on the reference grid while the classifier learns from the points of one design."""
    input:
        f"{RESULTS}/replays/simulations.nc",
    output:
        f"{RESULTS}/replays/{{design}}.nc",
    log:
        f"{LOGS}/replay_{{design}}.log",
    benchmark:
        f"{BENCHMARKS}/replay_{{design}}.tsv"
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        simulator=SIMULATOR,
        sampling=SAMPLING,
        sizes=SIZES,
        method=METHOD,
        repeats=CONFIG.replays.repeats,
    message:
        "Follow how the classifier learns from {wildcards.design} points"
    script:
        "../scripts/replay.py"


rule replays:
    """Put the replays of all designs into one file."""
    input:
        expand(f"{RESULTS}/replays/{{design}}.nc", design=DESIGNS),
    output:
        f"{RESULTS}/replays.nc",
    log:
        f"{LOGS}/replays.log",
    benchmark:
        f"{BENCHMARKS}/replays.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Put the comparison together"
    script:
        "../scripts/replays.py"
