"""Paths, settings and functions that the rules of all kinds of campaigns share."""

CONFIG = CAMPAIGN.config
# The results folder in the paths of rules, and its actual path, which differs in a module with a prefix
RESULTS = f"results/{CONFIG.name}"
FOLDER = str(CAMPAIGN.folder)
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
PAGES = [f"{RESULTS}/summary.html"]  # to be opened in a browser
FAILURE_LIMITS = FailureLimits.of(CONFIG).to_json()
# Snakemake does not see the package change: its version is a param of jobs, and the model's fingerprint of simulations
METHOD = {"pointes": __version__}
# What the cluster is told, as text: a resource is a number or text
CLUSTER = cluster_settings(CONFIG, Path(FOLDER) / "logs").to_json()
# Largest number of cores that simulations take
CORES = (
    (workflow.cores or 1)
    if CONFIG.execution.workers == "auto"
    else CONFIG.execution.workers * CONFIG.simulation_threads
)


def external(path):
    """Return the path of a file outside the results folder; a module's prefix is put before relative ones only."""
    return str(path) if FOLDER == RESULTS else str(Path(path).absolute())


LOCKS = []  # held as long as this process lives


def claimed(wildcards):
    """Claim the results folder before a run's first job, as the input of all rules that need no files.

    Unlike `onstart`, input functions are called in modules, too; and also when nothing is to be run.
    """
    runs = workflow.executor_plugin is not None and workflow.is_main_process and not workflow.dryrun
    if runs and not LOCKS:
        try:
            LOCKS.append(identity.claim(CAMPAIGN.folder, CAMPAIGN.config, CAMPAIGN.fingerprint))
            interruption.end_when_interrupted()
        except UserError as error:
            complain(error)
            sys.exit(2)
    return []
