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
    panel_trajectories,
    panel_checksums,


wildcard_constraints:
    scenario="|".join(map(re.escape, SCENARIOS)),


def memory_of_cells(wildcards, threads):
    """Return the memory of a job with results of many cells, and of its local workers [MB]."""
    return 2000 + threads * 500


def memory_of_tissues(wildcards, threads):
    """Return the memory of a job and its local workers, each of which simulates a tissue [MB]."""
    return 1000 + threads * 2000


def spread_table(wildcards):
    """Return the table of the spread between laboratories that a scenario names, if any."""
    path = CAMPAIGN.laboratories.get(wildcards.scenario)
    return [external(path)] if path else []


def population_of(wildcards):
    """Return the file of a scenario's population, if it has one."""
    has_one = PANEL.scenarios[wildcards.scenario].population is not None
    return [f"{RESULTS}/scenarios/{wildcards.scenario}/population.nc"] if has_one else []


rule panel_population:
    """Draw cells and pace them until enough of them behave as human ventricular cells do."""
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
        mem_mb=memory_of_cells,
        runtime=240,
    params:
        plan=lambda wildcards: {
            **{
                name: SCENARIOS[wildcards.scenario]["model"][key]
                for name, key in (("model", "name"), ("celltype", "celltype"))
            },
            **SCENARIOS[wildcards.scenario]["population"],
            "seed": CONFIG.seed,
        },
        method=METHOD,
    message:
        "Calibrate the population of scenario {wildcards.scenario}"
    script:
        "../scripts/panel_population.py"


rule panel_samples:
    """Take or draw the samples of the drugs' pharmacology."""
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
    """Simulate all compounds of a scenario at all doses and samples."""
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
        mem_mb=memory_of_cells,
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


# Scenarios whose samples are classified: cells of a population are no samples, and other doses make another metric
SCORED = [name for name, one in PANEL.scenarios.items() if one.population is None and one.doses is None]
POPULATIONS = [name for name, one in PANEL.scenarios.items() if one.population is not None]
# Scenarios of the model and the binding of the reference, whose thresholds mean the same for them
COMPARABLE = [
    name
    for name in SCORED[1:]
    if all(SCENARIOS[name][key] == SCENARIOS[REFERENCE][key] for key in ("model", "binding", "cycle_length"))
]
CLASSIFIED = []
if CAMPAIGN.is_classified:

    include: "classification.smk"


EFFECTS = {}
if len(COMPOUNDS) > 3:  # of fewer there are no clusters
    EFFECTS["drug_clusters"] = ("Clusters of drugs by their effects", [PANELS[REFERENCE]])
if POPULATIONS:
    failing = POPULATIONS[0]
    EFFECTS["failing_cells"] = ("Cells that fail under drugs", [PANELS[failing]])
    if PANEL.scenarios[failing].population.cells > 3:
        EFFECTS["cell_clusters"] = (
            "Clusters of cells by their phenotype",
            [PANELS[failing], f"{RESULTS}/scenarios/{failing}/population.nc"],
        )

for effect, (title, shown) in EFFECTS.items():

    rule:
        name:
            f"panel_{effect}"
        input:
            shown,
        output:
            f"{RESULTS}/{effect}.nc",
        log:
            f"{LOGS}/panel_{effect}.log",
        benchmark:
            f"{BENCHMARKS}/panel_{effect}.tsv"
        resources:
            mem_mb=4000,
            runtime=60,
        params:
            effect=effect,
            title=title,
            method=METHOD,
        message:
            "{params.title}"
        script:
            "../scripts/panel_effects.py"


rule panel_trajectories:
    """Evaluate the block of each channel along the doses of each drug."""
    input:
        claimed,
        table=external(CAMPAIGN.table),
    output:
        f"{RESULTS}/trajectories.nc",
    log:
        f"{LOGS}/panel_trajectories.log",
    benchmark:
        f"{BENCHMARKS}/panel_trajectories.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        method=METHOD,
    message:
        "Follow the drugs along their doses"
    script:
        "../scripts/panel_trajectories.py"


PEOPLE = {key: external(path) for key, path in CAMPAIGN.people.items()}
IN_PEOPLE = []
if PEOPLE:

    include: "people.smk"


include: "latex.smk"


OF_TISSUE = False
MADE = ["trajectories.nc", *CLASSIFIED, *IN_PEOPLE, *IN_LATEX, *(f"{name}.nc" for name in EFFECTS), "panel.nc"]
# The reference scenario's file is that of the campaign
PLACES = {"panel.nc": f"scenarios/{REFERENCE}/panel.nc"}


include: "drawing.smk"


SUMMARISED = {"panel": PANELS[REFERENCE]}
if CLASSIFIED:
    SUMMARISED |= {"classification": f"{RESULTS}/classification.csv", "tables": f"{RESULTS}/methods.json"}


rule panel_summary:
    """Write the summary page from the results of the panel."""
    input:
        **SUMMARISED,
    output:
        report(f"{RESULTS}/summary.html", caption="../workflow/report/panel_summary.rst", category="Summary"),
    log:
        f"{LOGS}/panel_summary.log",
    benchmark:
        f"{BENCHMARKS}/panel_summary.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        config=CONFIG.model_dump(mode="json"),
    message:
        "Write the summary"
    script:
        "../scripts/panel_summary.py"


INPUTS = {key: external(path) for key, path in CAMPAIGN.inputs.items()}


rule panel_checksums:
    """Write the checksums of all results, and of the files that the panel was given."""
    input:
        results=[
            *(f"{RESULTS}/scenarios/{name}/samples.nc" for name in SCENARIOS),
            *PANELS.values(),
            *(f"{RESULTS}/{PLACES.get(name, name)}" for name in MADE if name not in PLACES),
            f"{RESULTS}/summary.html",
            *(f"{RESULTS}/figures/{name}.{suffix}" for name in DRAWN for suffix in FORMATS),
        ],
        # Later changes of these files concern later campaigns
        given=ancient(list(INPUTS.values())),
    output:
        sums=f"{RESULTS}/SHA256SUMS",
        inputs=f"{RESULTS}/inputs.json",
    log:
        f"{LOGS}/panel_checksums.log",
    benchmark:
        f"{BENCHMARKS}/panel_checksums.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        keys_of_inputs=list(INPUTS),
        method=METHOD,
    message:
        "Write the checksums of the results"
    script:
        "../scripts/panel_checksums.py"
