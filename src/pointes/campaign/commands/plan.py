"""What a campaign will take before anything of it runs: simulations, core-hours, memory, disk and wall time."""

from dataclasses import astuple, dataclass
from pathlib import Path

from pointes.batches.cluster import cpu_count
from pointes.campaign.commands.measure import Measured, Simulated, measure
from pointes.campaign.commands.plan_panel import PanelPlan, describe_panel_plan, plan_panel
from pointes.campaign.configuration.schema import Config
from pointes.campaign.prepare import Campaign
from pointes.campaign.prepare_panel import PanelCampaign, check_campaign
from pointes.campaign.steps import warm_start
from pointes.campaign.steps.replays import replay_points
from pointes.campaign.steps.sweep import sweep_points
from pointes.vocabulary import DESIGNS, LOW_PER_HIGH, Purpose

FACTOR = 2.0
"""Largest factor by which times are expected to differ from their estimate."""

STARTS_AFTERWARDS = 60.0
"""CPU time of all jobs after the last iteration (drugs, maps, figures, summary), in starts of a process."""

BYTES_AFTERWARDS = 7e6
"""Size of the maps, figures, logs and report of a campaign [bytes]."""

FILES_PER_ITERATION = 4
"""Files of an iteration beside its shards: points, results, classifier and assessment."""

COPIES = 3
"""Files in which each simulation is kept: its shard, that of its iteration and that of the campaign."""


@dataclass(frozen=True)
class Range:
    """An estimate and the range in which the true value is expected."""

    estimate: float
    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __mul__(self, factor: float) -> "Range":
        return Range(*(factor * value for value in astuple(self)))

    @classmethod
    def exactly(cls, value: float) -> "Range":
        """Return the range of a value that is known."""
        return cls(value, value, value)

    def in_hours(self) -> "Range":
        """Return a range of seconds in hours, as wide as times are uncertain."""
        return Range(self.estimate, self.low / FACTOR, self.high * FACTOR) * (1 / 3600)


@dataclass(frozen=True)
class Counts:
    """Numbers of simulations."""

    start: int  # the controls and the points of the start
    iteration: int  # those of each later iteration
    iterations: int  # largest number of later iterations
    comparison: int  # those of the comparison with Sobol and random points, its active runs among them
    fits: int  # number of classifiers that the comparison fits

    @property
    def most(self) -> int:
        """Largest number of simulations of the campaign, without the comparison."""
        return self.start + self.iteration * self.iterations


@dataclass(frozen=True)
class Plan:
    """What a campaign will take if it does not end before its largest number of simulations."""

    counts: Counts
    workers: int
    core_hours: Range  # CPU time of the simulations and of their jobs [h]
    comparison_core_hours: Range  # CPU time of the comparison [h]
    wall_hours: Range  # time of the whole campaign [h]
    memory_bytes: int  # memory of a job of simulations and of its workers [bytes]
    disk_bytes: float  # size of the results folder with its report [bytes]
    measured: Measured


def plan(path: Path, workers: int | None = None) -> Plan | PanelPlan:
    """Return what the campaign of a configuration file will take on a number of workers; None: as it is configured."""
    campaign = check_campaign(path)
    if workers is None:
        configured = campaign.config.execution.workers
        workers = max(1, cpu_count() // campaign.config.simulation_threads) if configured == "auto" else configured
    if isinstance(campaign, PanelCampaign):
        return plan_panel(campaign, workers)
    config, counts = campaign.config, count(campaign)
    return estimate(counts, measure(campaign, workers, counts.most // 2), config, workers)


def count(campaign: Campaign) -> Counts:
    """Return the numbers of simulations of a campaign, up to its cap on them."""
    config, space = campaign.config, campaign.space
    learning, replays = config.learning, config.replays
    if config.sweep is not None:
        count = len(sweep_points(space, config.sweep.design, config.sweep.n, config.seed, campaign.sweep_file))
        return Counts(1 + count, 0, 0, 0, 0)
    controls = len(learning.fidelities or [""])
    if campaign.warm_start is not None:
        imported = warm_start.read(campaign.warm_start / "simulations.nc", space)
        controls -= int((imported["purpose"] == Purpose.CONTROL).any())
    start = controls + learning.points_at_start
    iterations = (learning.max_simulations - start) // learning.batch
    if not config.is_compared:
        return Counts(start, learning.batch, iterations, 0, 0)
    sizes = config.compared_sizes
    points = replay_points(space, config.seed, sizes[-1] - 1, replays.repeats, replays.grid)
    active = replays.repeats * (sizes[-1] - 1)
    fits = len(DESIGNS) * replays.repeats * len(sizes)
    return Counts(start, learning.batch, iterations, len(points) + active, fits)


def estimate(counts: Counts, measured: Measured, config: Config, workers: int) -> Plan:
    """Return the plan that follows from numbers of simulations and measured costs."""
    simulators = list(measured.simulators.values())
    simulations = _start(counts, simulators, config) + _iteration(counts, simulators, config) * counts.iterations
    jobs = 1 + counts.iterations
    comparison = 0.0
    if counts.comparison:
        comparison = measured.job + _seconds(counts.comparison, simulators[-1], config)
        comparison += counts.fits * measured.learning
    learning = measured.start + measured.learning
    afterwards = STARTS_AFTERWARDS * measured.start
    cores = workers * config.simulation_threads
    # Iterations follow one another; all else shares the cores
    chain = Range.exactly(jobs * (measured.job_wall + learning)) + simulations * (1 / cores)
    chain += Range.exactly(afterwards / cores)
    work = Range.exactly(jobs * (measured.job + learning) + comparison + afterwards) + simulations
    return Plan(
        counts,
        workers,
        core_hours=(Range.exactly(jobs * measured.job) + simulations).in_hours(),
        comparison_core_hours=Range.exactly(comparison).in_hours(),
        wall_hours=Range(*map(max, astuple(chain), astuple(work * (1 / cores)))).in_hours(),
        memory_bytes=measured.job_memory + workers * measured.memory,
        disk_bytes=_disk(counts, simulators[-1], config),
        measured=measured,
    )


def _start(counts: Counts, simulators: list[Simulated], config: Config) -> Range:
    """Return the CPU time of the simulations of the start, whose fidelities are known [s]."""
    numbers = [counts.start]
    if len(simulators) == 2:
        numbers = [1 + LOW_PER_HIGH * config.learning.start, 1 + config.learning.start]
    costs = [_seconds(number, cost, config) for number, cost in zip(numbers, simulators, strict=True)]
    return Range.exactly(sum(costs))


def _iteration(counts: Counts, simulators: list[Simulated], config: Config) -> Range:
    """Return the CPU time of an iteration [s]; its simulations may all be of one fidelity or of the other."""
    costs = [_seconds(counts.iteration, simulator, config) for simulator in simulators]
    return Range(sum(costs) / len(costs), min(costs), max(costs))


def _seconds(number: int, simulator: Simulated, config: Config) -> float:
    """Return the CPU time of a number of simulations [s]; a batch that fills no bundle costs as much as a full one."""
    bundle, batch = simulator.points_at_once, config.execution.batch_size
    size = number if batch == "auto" else min(batch, number)
    whole, rest = divmod(number, size)
    return (whole * -(-size // bundle) + -(-rest // bundle)) * simulator.seconds


def _disk(counts: Counts, simulator: Simulated, config: Config) -> float:
    """Return the size of a results folder [bytes]; a shard holds at least as many simulations as are run at once."""
    number, batch = counts.most + counts.comparison, config.execution.batch_size
    shards = number / max(simulator.points_at_once, 1 if batch == "auto" else batch)
    files = shards + FILES_PER_ITERATION * (1 + counts.iterations)
    return files * simulator.bytes_of_file + COPIES * number * simulator.bytes + BYTES_AFTERWARDS


def describe_plan(found: Plan | PanelPlan) -> dict[str, str]:
    """Return a plan in words, by the names that `pointes plan` prints."""
    if isinstance(found, PanelPlan):
        return describe_panel_plan(found)
    counts = found.counts
    words = {
        "simulations": f"{counts.start} at the start, then {counts.iteration} in each of at most "
        f"{counts.iterations} iterations: at most {counts.most}"
    }
    if not counts.iterations and not counts.iteration:
        words["simulations"] = f"{counts.start}, the control among them, without learning"
    if counts.comparison:
        words["comparison"] = f"{counts.comparison} further simulations of Sobol, random and active points"
    words["core-hours"] = _hours(found.core_hours)
    if counts.comparison:
        words["core-hours of the comparison"] = _hours(found.comparison_core_hours)
    wall, unit = (found.wall_hours, "h") if found.wall_hours.estimate >= 1 else (found.wall_hours * 60, "min")
    return words | {
        f"wall time on {found.workers} workers": f"{_hours(wall)} {unit}",
        "memory": _size(found.memory_bytes),
        "disk": _size(found.disk_bytes),
        "how this was measured": _method(found.measured),
        "uncertainty": f"times may be {FACTOR:g} times as short or as long; a campaign that has learned ends earlier",
    }


def _method(measured: Measured) -> str:
    """Return what was run to measure the costs."""
    parts = []
    for scale, cost in measured.simulators.items():
        what = f"{cost.points} {f'{scale}s' if scale else 'cells'}" if cost.points > 1 else f"one {scale or 'tissue'}"
        parts.append(what if cost.share >= 1 else f"{cost.share:.0%} of {what}, and the rest taken for as costly")
    return f"by simulating {', '.join(parts)}, one step of learning and one job here"


def _hours(hours: Range) -> str:
    return f"{hours.estimate:.2g} ({hours.low:.2g} to {hours.high:.2g})"


def _size(size: float) -> str:
    return f"{size / 1e9:.2g} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
