"""The points a campaign starts with."""


rule design:
    output:
        f"{RESULTS}/design.nc",
    log:
        f"{LOGS}/design.log",
    benchmark:
        f"{BENCHMARKS}/design.tsv"
    params:
        ranges=RANGES,
        sampling=SAMPLING,
        method=METHOD,
    message:
        "Choose the points of the start"
    script:
        "../scripts/design.py"
