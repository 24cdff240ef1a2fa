"""Sensitivity of the boundary to the parameters, in campaigns with three or more."""


rule sensitivity:
    """Compute Sobol indices, partial dependence and Shapley values of the parameters."""
    input:
        surrogate=f"{RESULTS}/surrogate.nc",
        simulations=f"{RESULTS}/simulations.nc",
    output:
        sensitivity=f"{RESULTS}/sensitivity.nc",
        partial_dependence=f"{RESULTS}/partial_dependence.nc",
        shapley=f"{RESULTS}/shapley.nc",
    log:
        f"{LOGS}/sensitivity.log",
    benchmark:
        f"{BENCHMARKS}/sensitivity.tsv"
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Compute the sensitivity of the boundary"
    script:
        "../scripts/sensitivity.py"
