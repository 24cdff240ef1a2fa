"""A panel of drugs: the samples of each scenario, and the simulation of all compounds with them."""

PANEL = CONFIG.panel
SCENARIOS = {name: scenario.model_dump(mode="json") for name, scenario in PANEL.scenarios.items()}
SIMULATORS = {name: simulator.to_params() for name, simulator in CAMPAIGN.simulators.items()}
COMPOUNDS = {name: compound.to_params() for name, compound in CAMPAIGN.compounds.items()}
SCENARIO = f"{RESULTS}/scenarios/{{scenario}}"
PANELS = {name: f"{RESULTS}/scenarios/{name}/panel.nc" for name in SCENARIOS}
REFERENCE = next(iter(SCENARIOS))
DOSES = {name: scenario.doses or PANEL.doses for name, scenario in PANEL.scenarios.items()}
JOINT = [external(CAMPAIGN.joint_samples)] if CAMPAIGN.joint_samples else []


localrules:
    panel_samples,


wildcard_constraints:
    scenario="|".join(map(re.escape, SCENARIOS)),


def spread_table(wildcards):
    """Return the table of the spread between laboratories that a scenario names, if any."""
    path = CAMPAIGN.laboratories.get(wildcards.scenario)
    return [external(path)] if path else []


def population_of(wildcards):
    """Return the file of a scenario's population, if it has one."""
    has_one = PANEL.scenarios[wildcards.scenario].population is not None
    return [f"{RESULTS}/scenarios/{wildcards.scenario}/population.nc"] if has_one else []


rule panel_population:
    input:
        claimed,
    output:
        f"{SCENARIO}/population.nc",
    log:
        f"{LOGS}/panel_population_{{scenario}}.log",
    benchmark:
        f"{BENCHMARKS}/panel_population_{{scenario}}.tsv"
    threads: CORES if CONFIG.execution.cluster == "local" else 1
    resources:
        mem_mb=lambda wildcards, threads: 1000 + threads * 500,
        runtime=240,
    params:
        plan=lambda wildcards: {
            **{name: SCENARIOS[wildcards.scenario]["model"][key] for name, key in (("model", "name"), ("celltype", "celltype"))},
            **SCENARIOS[wildcards.scenario]["population"],
            "seed": CONFIG.seed,
        },
        method=METHOD,
    message:
        "Calibrate the population of scenario {wildcards.scenario}"
    script:
        "../scripts/panel_population.py"


rule panel_samples:
    input:
        claimed,
        table=external(CAMPAIGN.table),
        joint=JOINT,
        spread=spread_table,
        population=population_of,
    output:
        f"{SCENARIO}/samples.nc",
    log:
        f"{LOGS}/panel_samples_{{scenario}}.log",
    benchmark:
        f"{BENCHMARKS}/panel_samples_{{scenario}}.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        scenario=lambda wildcards: SCENARIOS[wildcards.scenario],
        seed=CONFIG.seed,
        method=METHOD,
    message:
        "Take the samples of scenario {wildcards.scenario}"
    script:
        "../scripts/panel_samples.py"


rule panel:
    input:
        samples=f"{SCENARIO}/samples.nc",
        population=population_of,
    output:
        f"{SCENARIO}/panel.nc",
    log:
        f"{LOGS}/panel_{{scenario}}.log",
    benchmark:
        f"{BENCHMARKS}/panel_{{scenario}}.tsv"
    threads: CORES if CONFIG.execution.cluster == "local" else 1
    resources:
        mem_mb=lambda wildcards, threads: 2000 + threads * 500,
        runtime=1440,
        # Not params: where and in which pieces the work is done changes no result
        cluster_settings=CLUSTER,
        cluster_cores=CORES,
        batch_size=CONFIG.execution.batch_size,
        failure_limits=FAILURE_LIMITS,
    params:
        scenario=lambda wildcards: SCENARIOS[wildcards.scenario],
        simulator=lambda wildcards: SIMULATORS[wildcards.scenario],
        compounds=COMPOUNDS,
        doses=lambda wildcards: DOSES[wildcards.scenario],
        shards=lambda wildcards, output: str(Path(output[0]).parent / "shards"),
    message:
        "Simulate the drugs in scenario {wildcards.scenario}"
    script:
        "../scripts/panel.py"


rule figures:
    input:
        list(PANELS.values()),
