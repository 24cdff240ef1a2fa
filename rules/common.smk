"""Paths and the sub-dictionaries of the configuration that the rules share; a changed value reruns what has it as a param."""

CONFIG = CAMPAIGN.config
RESULTS = str(CAMPAIGN.folder)
ITERATION = f"{RESULTS}/iteration_{{i}}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"

RANGES = dict(CONFIG.parameters.blocks)
MEANING = identity.meaning(CONFIG.model_dump(mode="json"))
SAMPLING = {
    "seed": CONFIG.seed,
    **CONFIG.learning.model_dump(include={"start", "batch", "stream_share", "fidelities"}, exclude_none=True),
}
# What simulations of two levels have beside those of one
LEVELS = {"scales": CONFIG.learning.fidelities, "low": CAMPAIGN.low} if CONFIG.learning.fidelities else {}
COSTS = [f"{RESULTS}/costs.json"] if LEVELS else []
IMPORTED = [f"{RESULTS}/imported.nc"] if CAMPAIGN.warm_start else []
LIMITS = CONFIG.learning.model_dump(include={"batch", "max_simulations", "max_core_hours", "max_wall_hours"})
# Snakemake does not see the package change; these stand for it. The model's fingerprint does for the simulations.
METHOD = {"pointes": __version__}
# The scale of the cell, or of a tissue, of which a thousand simulations for comparison are too many
OF_CELLS = CONFIG.simulation.scale == "cell"
REPLAYS = ["replays.nc"] if CONFIG.replays.enabled is True or (CONFIG.replays.enabled == "auto" and OF_CELLS) else []
THREADS = 1 if OF_CELLS else CONFIG.execution.threads
# Cores that simulations may take, if there are as many
CORES = (workflow.cores or 1) if CONFIG.execution.workers == "auto" else CONFIG.execution.workers * THREADS


wildcard_constraints:
    i=r"\d{3}",


def iterations():
    """Return the iterations of the campaign, oldest first: it ends when it has learned, or at a cap."""
    walked = ["000"]
    while True:
        checkpoints.learn.get(i=walked[-1])
        try:
            if ending.ended(RESULTS, int(walked[-1]), LIMITS):
                return walked
        except UserError as error:
            raise WorkflowError(str(error)) from None
        walked.append(f"{len(walked):03d}")


def earlier(i):
    """Return the iterations up to and with this one."""
    return [f"{k:03d}" for k in range(int(i) + 1)]
