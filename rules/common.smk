"""Paths and the sub-dictionaries of the configuration that the rules share; a changed value reruns what has it as a param."""

ITERATION = f"{RESULTS}/iteration_{{i}}"

SPACE = CAMPAIGN.space.to_params()
MEANING = CONFIG.meaning
SAMPLING = Sampling.of(CONFIG).to_params()
# Simulator of the points, and all simulators by the folder of their shards: two-fidelity campaigns have a second one
SIMULATOR = CAMPAIGN.simulator.to_params()
SIMULATORS = {folder: simulator.to_params() for folder, simulator in CAMPAIGN.simulators.items()}
COSTS = [f"{RESULTS}/costs.json"] if CONFIG.learning.fidelities else []
IMPORTED = [f"{RESULTS}/imported.nc"] if CAMPAIGN.warm_start else []
LIMITS = Limits.of(CONFIG)
IS_SWEEP = CONFIG.sweep is not None
OF_CLASS = CAMPAIGN.goal.target.is_class
OF_CELLS = CONFIG.simulation.scale == "cell"
REPLAYS = ["replays.nc"] if CONFIG.is_compared else []
THREADS = CONFIG.simulation_threads
# A core for replays; the job that an executor has started somewhere else has its cores for itself
RESERVED = len(REPLAYS) if workflow.is_main_process else 0
# Longest time that an executor gives the simulations of an iteration [min]; a later job continues from their shards
SIMULATION_MINUTES = 240 if OF_CELLS else 1440


wildcard_constraints:
    i=r"\d{3}",


PASSED = {}  # time at which the assessment was written of each complete iteration that is not the last [ns]


def iterations():
    """Return the iterations of the campaign, oldest first: it ends when it has learned, or at a cap.

    Snakemake calls this for several rules after each iteration. Only what has changed since is looked at again.
    """
    for number in itertools.count():
        assessment = stopping.assessment_path(FOLDER, number)
        if number not in PASSED or PASSED[number] != modified(assessment):
            checkpoints.learn.get(i=f"{number:03d}")
            try:
                if stopping.ended(FOLDER, number, LIMITS):
                    return [f"{k:03d}" for k in range(number + 1)]
            except UserError as error:
                raise WorkflowError(str(error)) from None
            PASSED[number] = modified(assessment)


def modified(path):
    """Return the time at which a file was written [ns]; None if there is none."""
    return path.stat().st_mtime_ns if path.exists() else None


def shards(wildcards, output):
    """Return the folder of the batches of a simulation, beside its result."""
    return str(Path(output[0]).parent / "shards")


def samples(wildcards):
    return (
        f"{RESULTS}/design.nc"
        if int(wildcards.i) == 0
        else f"{RESULTS}/iteration_{int(wildcards.i) - 1:03d}/next_samples.nc"
    )


def simulate_cores(wildcards):
    """Return the cores of an iteration's workers: no more workers than batches, and a core left for replays if any."""
    if IS_SWEEP:
        return CORES
    count = 1 + CONFIG.learning.start if int(wildcards.i) == 0 else CONFIG.learning.batch
    batches = -(-count // 8) if OF_CELLS else count
    return max(1, min(CORES - RESERVED, batches * THREADS))


def memory_of_workers(wildcards, threads):
    """Return the memory of a job and its local workers [MB]."""
    return 1000 + threads * (500 if OF_CELLS else 2000)


def memory_of_sweep(wildcards, input):
    """Return the memory of a job that holds all results of a sweep several times [MB]."""
    return 2000 + int(4 * input.size_mb)


def earlier(i):
    """Return the iterations up to and with this one."""
    return [f"{k:03d}" for k in range(int(i) + 1)]
