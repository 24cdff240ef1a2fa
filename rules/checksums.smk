"""Checksums of everything that the campaign leaves for its users, written last; `pointes verify` compares them."""


# What takes a second is not worth a job of its own where an executor submits jobs
localrules:
    checksums,


# Files of the rules of this campaign; logs, benchmarks and shards are left out. The files of the iterations are no inputs:
# others depend on them already, and Snakemake would look at hundreds of them again after each iteration.
KEPT = [*MADE, "design.nc", "summary.html"]
KEPT += ["iteration_000/simulations.nc"] if IS_SWEEP else ["limits.json", "explore.html"]
KEPT += [f"figures/{name}.{suffix}" for name in DRAWN for suffix in FORMATS]
KEPT += [f"uncertainty/{name}.nc" for name in ("points", "simulations")] if CAMPAIGN.direct_simulations else []
KEPT += [f"replays/{name}.nc" for name in ("points", "simulations", *DESIGNS)] if REPLAYS else []
INPUTS = {key: external(path) for key, path in CAMPAIGN.inputs.items()}


rule checksums:
    """Write the checksums of all results, and of the files that the campaign was given."""
    input:
        results=[*IMPORTED, *(f"{RESULTS}/{file}" for file in KEPT)],
        learning=[] if IS_SWEEP else f"{RESULTS}/learning.csv",
        # Later changes of these files concern later campaigns
        given=ancient(list(INPUTS.values())),
    output:
        sums=f"{RESULTS}/SHA256SUMS",
        inputs=f"{RESULTS}/inputs.json",
    log:
        f"{LOGS}/checksums.log",
    benchmark:
        f"{BENCHMARKS}/checksums.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        keys_of_inputs=list(INPUTS),
        method=METHOD,
    message:
        "Write the checksums of the results"
    script:
        "../scripts/checksums.py"
