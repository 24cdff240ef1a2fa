"""Simulation of one iteration's points, fanned out by Dask inside the job."""


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
        shards=shards,
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
        shards=lambda wildcards, input: shards(wildcards, input),
    message:
        "Note what the start has cost"
    script:
        "../scripts/costs.py"
