"""The interactive page of what was learned, and the recordings of all simulated points that it shows."""

PAGES.append(f"{RESULTS}/explore.html")


# Nothing but the page needs them, hence the low priority
rule recordings:
    """Record an action potential, or keep an ECG, of each simulated point."""
    input:
        f"{RESULTS}/simulations.nc",
    output:
        f"{RESULTS}/recordings.nc",
    log:
        f"{LOGS}/recordings.log",
    benchmark:
        f"{BENCHMARKS}/recordings.tsv"
    priority: -1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        simulator=SIMULATOR,
    message:
        "Record a beat of all simulated points"
    script:
        "../scripts/recordings.py"


rule explore:
    """Write the interactive page of what was learned."""
    input:
        surrogate=f"{RESULTS}/surrogate.nc",
        simulations=f"{RESULTS}/simulations.nc",
        recordings=f"{RESULTS}/recordings.nc",
        drugs=f"{RESULTS}/drugs.nc" if CAMPAIGN.places_drugs else [],
        # The drugs were placed with this table
        table=ancient(external(CAMPAIGN.drugs)) if CAMPAIGN.places_drugs else [],
    output:
        report(f"{RESULTS}/explore.html", caption="../workflow/report/explore.rst", category="Explore"),
    log:
        f"{LOGS}/explore.log",
    benchmark:
        f"{BENCHMARKS}/explore.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        name=CONFIG.name,
        units={} if OF_CLASS else CAMPAIGN.goal.units_by_result,
        method=METHOD,
    message:
        "Write the interactive page"
    script:
        "../scripts/explore.py"
