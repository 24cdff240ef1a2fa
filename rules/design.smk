"""The points a campaign starts with, and those of an earlier campaign that it takes over."""


# A snapshot: what becomes of the earlier campaign later changes nothing.
rule warm_start:
    input:
        claimed,
        ancient(beside(f"{CAMPAIGN.warm_start}/simulations.nc")),
    output:
        f"{RESULTS}/imported.nc",
    log:
        f"{LOGS}/warm_start.log",
    benchmark:
        f"{BENCHMARKS}/warm_start.tsv"
    params:
        ranges=RANGES,
    message:
        "Take over the simulations of an earlier campaign"
    script:
        "../scripts/warm_start.py"


rule design:
    input:
        claimed,
        IMPORTED,
    output:
        f"{RESULTS}/design.nc",
    log:
        f"{LOGS}/design.log",
    benchmark:
        f"{BENCHMARKS}/design.tsv"
    params:
        ranges=RANGES,
        sampling=SAMPLING,
        points=CONFIG.learning.points_at_start,
        method=METHOD,
    message:
        "Choose the points of the start"
    script:
        "../scripts/design.py"
