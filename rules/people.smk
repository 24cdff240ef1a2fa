"""APD90 and QT of simulations beside measurements in human tissue and in people; for panels with `panel.people`."""

IN_PEOPLE = [f"{name}.csv" for name in ("human_apd", "human_apd_agreement", "human_qt", "human_qt_effects")]
CHANNELS_IN_PEOPLE = [key for key in PEOPLE if key.startswith("channels.")]


rule panel_human_apd:
    """Simulate APD90 of human tissue under drugs, and compare it with measurements."""
    input:
        claimed,
        measured=PEOPLE["apd90"],
    output:
        simulated=f"{RESULTS}/human_apd.csv",
        agreement=f"{RESULTS}/human_apd_agreement.csv",
    log:
        f"{LOGS}/panel_human_apd.log",
    benchmark:
        f"{BENCHMARKS}/panel_human_apd.tsv"
    threads: CORES if CONFIG.execution.cluster == "local" else 1
    resources:
        mem_mb=memory_of_cells,
        runtime=240,
        cluster_settings=CLUSTER,
        cluster_cores=CORES,
        batch_size=CONFIG.execution.batch_size,
        failure_limits=FAILURE_LIMITS,
    params:
        shards=f"{FOLDER}/shards/human_apd",
        method=METHOD,
    message:
        "Simulate APD90 of human tissue under drugs"
    script:
        "../scripts/panel_human_apd.py"


rule panel_human_qt:
    """Simulate QT of people under drugs, and compare it with trials."""
    input:
        claimed,
        clinical=PEOPLE["qt"],
        cable=PEOPLE["cable"],
        tables=[PEOPLE[key] for key in CHANNELS_IN_PEOPLE],
    output:
        simulated=f"{RESULTS}/human_qt.csv",
        effects=f"{RESULTS}/human_qt_effects.csv",
    log:
        f"{LOGS}/panel_human_qt.log",
    benchmark:
        f"{BENCHMARKS}/panel_human_qt.tsv"
    threads: CORES if CONFIG.execution.cluster == "local" else 1
    resources:
        mem_mb=memory_of_tissues,
        runtime=480,
        cluster_settings=CLUSTER,
        cluster_cores=CORES,
        batch_size=CONFIG.execution.batch_size,
        failure_limits=FAILURE_LIMITS,
    params:
        names=[key.removeprefix("channels.") for key in CHANNELS_IN_PEOPLE],
        shards=f"{FOLDER}/shards/human_qt",
        method=METHOD,
    message:
        "Simulate QT of people under drugs"
    script:
        "../scripts/panel_human_qt.py"
