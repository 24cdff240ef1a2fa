"""Simulation of one iteration's points, fanned out by Dask inside the job."""


# What takes a second is not worth a job of its own where an executor submits jobs
localrules:
    costs,


rule simulate:
    """Simulate the points of an iteration on a Dask cluster; finished batches are kept as shards."""
    input:
        samples,
    output:
        f"{ITERATION}/simulations.nc",
    log:
        f"{LOGS}/simulate_{{i}}.log",
    benchmark:
        f"{BENCHMARKS}/simulate_{{i}}.tsv"
    priority: 2
    threads: lambda wildcards: simulate_cores(wildcards) if CONFIG.execution.cluster == "local" else 1
    resources:
        mem_mb=memory_of_workers,
        runtime=SIMULATION_MINUTES,
        # Not params: where and in which pieces the work is done changes no result
        cluster_settings=CLUSTER,
        cluster_cores=simulate_cores,
        batch_size=CONFIG.execution.batch_size,
        failure_limits=FAILURE_LIMITS,
    params:
        simulators=SIMULATORS,
        target=CONFIG.learning.target,
        shards=shards,
        title="iteration {i}",
    message:
        "Simulate iteration {wildcards.i}"
    script:
        "../scripts/simulate.py"


# Only in two-fidelity campaigns. Times differ from run to run, and with them the choice of fidelities: the costs of the
# start are written once, from its shards, and a campaign that is continued uses them.
rule costs:
    """Write what a simulation of each fidelity took in the start. All later choices use these costs."""
    input:
        f"{RESULTS}/iteration_000/simulations.nc",
    output:
        f"{RESULTS}/costs.json",
    log:
        f"{LOGS}/costs.log",
    benchmark:
        f"{BENCHMARKS}/costs.tsv"
    priority: 2
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        simulators=SIMULATORS,
        shards=lambda wildcards, input: shards(wildcards, input),
    message:
        "Note what the start has cost"
    script:
        "../scripts/costs.py"
