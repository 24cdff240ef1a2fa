"""The interactive page of a panel of drugs."""

PAGES.append(f"{RESULTS}/explore.html")


rule explore:
    """Write the interactive page of the drugs of a panel."""
    input:
        panels=list(PANELS.values()),
        classification=f"{RESULTS}/classification.csv" if CLASSIFIED else [],
    output:
        report(f"{RESULTS}/explore.html", caption="../workflow/report/explore.rst", category="Explore"),
    log:
        f"{LOGS}/explore.log",
    benchmark:
        f"{BENCHMARKS}/explore.tsv"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        name=CONFIG.name,
        scenarios=SCENARIOS,
        method=METHOD,
    message:
        "Write the interactive page"
    script:
        "../scripts/explore_panel.py"
