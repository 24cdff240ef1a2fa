"""Learning from all simulations so far. It is a checkpoint: its assessment decides whether there is another iteration."""


# What takes a second is not worth a job of its own where an executor submits jobs
localrules:
    limits,
    collect,


checkpoint learn:
    """Fit the surrogate to all simulations so far, assess it, and choose the points of the next iteration."""
    input:
        simulations=lambda wildcards: [
            *IMPORTED,
            *(f"{RESULTS}/iteration_{k}/simulations.nc" for k in earlier(wildcards.i)),
        ],
        costs=COSTS,
    output:
        surrogate=f"{ITERATION}/surrogate.nc",
        assessment=f"{ITERATION}/assessment.json",
        next_samples=f"{ITERATION}/next_samples.nc",
    log:
        f"{LOGS}/learn_{{i}}.log",
    benchmark:
        f"{BENCHMARKS}/learn_{{i}}.tsv"
    priority: 2
    resources:
        mem_mb=4000,
        runtime=120,
        # Not a param, because the start of the run changes no result
        began=BEGAN,
    params:
        space=SPACE,
        sampling=SAMPLING,
        stopping=CAMPAIGN.goal.rule(CONFIG.learning.stopping.model_dump()),
        method=METHOD,
        folder=lambda wildcards, output: str(Path(output.assessment).parents[1]),
    message:
        "Learn from iterations 000 to {wildcards.i}"
    script:
        "../scripts/learn.py"


# Snakemake evaluates `iterations` again only if a job after the checkpoint has to run. This job has to run when the caps
# change, because they are its param; otherwise Snakemake would take the results under the old caps for complete.
rule limits:
    """Write the caps of the campaign, so that changed caps continue it."""
    input:
        claimed,
    output:
        f"{RESULTS}/limits.json",
    log:
        f"{LOGS}/limits.log",
    benchmark:
        f"{BENCHMARKS}/limits.tsv"
    resources:
        mem_mb=500,
        runtime=5,
    params:
        limits=json.dumps(LIMITS.to_params()),
    message:
        "Write the caps"
    shell:
        "printf '%s\\n' {params.limits:q} > {output} 2> {log}"


# The figure of drugs on the risk map ends the longest chain of jobs after the last iteration. Therefore the jobs before it,
# of which this is the first, have a priority.
rule collect:
    """Put the simulations of all iterations into one file, beside the last surrogate and the control."""
    input:
        limits=f"{RESULTS}/limits.json",
        simulations=lambda wildcards: [*IMPORTED, *(f"{RESULTS}/iteration_{i}/simulations.nc" for i in iterations())],
        surrogate=lambda wildcards: f"{RESULTS}/iteration_{iterations()[-1]}/surrogate.nc",
    output:
        simulations=f"{RESULTS}/simulations.nc",
        surrogate=f"{RESULTS}/surrogate.nc",
        control=f"{RESULTS}/control.json",
    log:
        f"{LOGS}/collect.log",
    benchmark:
        f"{BENCHMARKS}/collect.tsv"
    priority: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        meaning=MEANING,
        fingerprint=CAMPAIGN.fingerprint,
    message:
        "Put the iterations together"
    script:
        "../scripts/collect.py"


rule learning_table:
    """Train the other classifiers on the points of each iteration, and tabulate what was known after it."""
    input:
        simulations=f"{RESULTS}/simulations.nc",
        surrogates=lambda wildcards: [f"{RESULTS}/iteration_{i}/surrogate.nc" for i in iterations()],
        assessments=lambda wildcards: [f"{RESULTS}/iteration_{i}/assessment.json" for i in iterations()],
    output:
        f"{RESULTS}/learning.csv",
    log:
        f"{LOGS}/learning_table.log",
    benchmark:
        f"{BENCHMARKS}/learning_table.tsv"
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Train other classifiers on the same points and tabulate the iterations"
    script:
        "../scripts/learning_table.py"
