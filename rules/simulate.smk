"""Simulation of one iteration's points, fanned out by Dask inside the job."""


def samples(wildcards):
    return (
        f"{RESULTS}/design.nc"
        if int(wildcards.i) == 0
        else f"{RESULTS}/iteration_{int(wildcards.i) - 1:03d}/next_samples.nc"
    )


def simulate_threads(wildcards):
    """The cores of each worker, no more workers than batches, and a core left for the comparison if there is one."""
    count = CONFIG.learning.start if int(wildcards.i) == 0 else CONFIG.learning.batch
    batches = -(-count // 8) if OF_CELLS else count
    return max(1, min(CORES - len(REPLAYS), batches * THREADS))


rule simulate:
    input:
        samples,
    output:
        f"{ITERATION}/simulations.nc",
    log:
        f"{LOGS}/simulate_{{i}}.log",
    benchmark:
        f"{BENCHMARKS}/simulate_{{i}}.tsv"
    priority: 2
    threads: simulate_threads
    # Not a param: how the work is cut changes no result.
    resources:
        batch_size=CONFIG.execution.batch_size,
        simulation_threads=THREADS,
    params:
        **LEVELS,
        simulation=CAMPAIGN.simulation,
        shards=f"{ITERATION}/shards",
        title="iteration {i}",
    message:
        "Simulate iteration {wildcards.i}"
    script:
        "../scripts/simulate.py"


# Of two levels only. Times differ from run to run, and with them the choice of levels: what the start has cost is noted
# once, from its shards, and a campaign that is continued goes on with that.
rule costs:
    input:
        f"{RESULTS}/iteration_000/simulations.nc",
    output:
        f"{RESULTS}/costs.json",
    log:
        f"{LOGS}/costs.log",
    benchmark:
        f"{BENCHMARKS}/costs.tsv"
    priority: 2
    params:
        **LEVELS,
        simulation=CAMPAIGN.simulation,
        shards=f"{RESULTS}/iteration_000/shards",
    message:
        "Note what the start has cost"
    script:
        "../scripts/costs.py"
