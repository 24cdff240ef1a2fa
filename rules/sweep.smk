"""A sweep: points of a design, which `simulate` simulates as those of an only iteration; nothing is learned."""


# What takes a second is not worth a job of its own where an executor submits jobs
localrules:
    sweep_points,


rule sweep_points:
    """Choose the points of the sweep by its design, or read them from its file."""
    input:
        claimed,
        ancient(external(CAMPAIGN.sweep_file)) if CAMPAIGN.sweep_file else [],
    output:
        f"{RESULTS}/design.nc",
    log:
        f"{LOGS}/sweep_points.log",
    benchmark:
        f"{BENCHMARKS}/sweep_points.tsv"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        space=SPACE,
        design=CONFIG.sweep.design,
        n=CONFIG.sweep.n,
        seed=CONFIG.seed,
    message:
        "Choose the points of the sweep"
    script:
        "../scripts/sweep_points.py"


rule collect:
    """Put the simulations into one file, compare them with the control, and write the table of the sweep."""
    input:
        f"{RESULTS}/iteration_000/simulations.nc",
    output:
        simulations=f"{RESULTS}/simulations.nc",
        control=f"{RESULTS}/control.json",
        table=f"{RESULTS}/sweep.csv",
    log:
        f"{LOGS}/collect.log",
    benchmark:
        f"{BENCHMARKS}/collect.tsv"
    priority: 1
    resources:
        mem_mb=memory_of_sweep,
        runtime=120,
    params:
        meaning=MEANING,
        fingerprint=CAMPAIGN.fingerprint,
    message:
        "Compare with the control, and write the table of the sweep"
    script:
        "../scripts/collect_sweep.py"
