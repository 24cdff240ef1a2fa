"""Points of the start, and the warm start with the simulations of an earlier campaign."""


# What takes a second is not worth a job of its own where an executor submits jobs
localrules:
    warm_start,
    design,


# The simulations are copied once: `ancient` lets later changes of the earlier campaign have no effect.
rule warm_start:
    """Copy the simulations of the earlier campaign that `learning.warm_start` names."""
    input:
        claimed,
        ancient(external(f"{CAMPAIGN.warm_start}/simulations.nc")),
    output:
        f"{RESULTS}/imported.nc",
    log:
        f"{LOGS}/warm_start.log",
    benchmark:
        f"{BENCHMARKS}/warm_start.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        space=SPACE,
    message:
        "Take over the simulations of an earlier campaign"
    script:
        "../scripts/warm_start.py"


rule design:
    """Choose the points of the start: the control and a scrambled Sobol sequence."""
    input:
        claimed,
        IMPORTED,
    output:
        f"{RESULTS}/design.nc",
    log:
        f"{LOGS}/design.log",
    benchmark:
        f"{BENCHMARKS}/design.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        space=SPACE,
        sampling=SAMPLING,
        points=CONFIG.learning.points_at_start,
        method=METHOD,
    message:
        "Choose the points of the start"
    script:
        "../scripts/design.py"
