"""What simulations, learning and the start of a job cost on this machine, measured by doing a little of each.

The work is done by a process of its own, ``python -m pointes.campaign.commands.measure``, which reads and prints JSON:
its start and its memory are those of a job or of a worker.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from pointes.batches.cluster import cpu_count
from pointes.campaign.files import samples, store
from pointes.campaign.settings import Sampling
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.simulation.simulators import CellSimulator, Simulator, TissueSimulator, make_simulator
from pointes.campaign.space import Space
from pointes.campaign.steps.learners import new_learner
from pointes.campaign.target import Target
from pointes.libraries import distributed, netCDF4
from pointes.vocabulary import METHODS, Fidelity, Purpose

if TYPE_CHECKING:
    from pointes.campaign.prepare import Campaign

BUNDLES = 3  # largest number of bundles of cells that are paced
LONGEST = 3.0  # CPU time after which no further bundle is begun, and the run of a tissue is left [s]
BEATS = 100  # largest number of beats that a cell is paced
TISSUE_STEP_MS = 1.0  # simulated time after which the run of a tissue may be left
LEARNED_FROM = 200  # largest number of labels from which the learner learns


@dataclass(frozen=True)
class Simulated:
    """Cost of a simulator, and what of its simulations was run to learn it."""

    seconds: float  # CPU time of simulating as many points as are simulated at once [s]
    points_at_once: int
    points: int  # number of points that were simulated
    share: float  # share of each simulation that was run, in beats or in simulated time
    bytes: float  # size of the results of a simulation in a file
    bytes_of_file: float  # size of a file without any simulation


@dataclass(frozen=True)
class Measured:
    """Costs on this machine."""

    start: float  # CPU time from the start of a process until its imports are done [s]
    job: float  # CPU time of a job and its workers that simulate next to nothing [s]
    job_wall: float  # time that such a job takes [s]
    job_memory: int  # memory of the job and its workers, without what simulations need [bytes]
    memory: int  # memory that simulations need in each worker [bytes]
    learning: float  # CPU time of learning from half of the largest number of simulations [s]
    simulators: dict[str, Simulated]  # costs by scale; one under an empty name in campaigns with one fidelity


def measure(campaign: "Campaign", workers: int, labels: int) -> Measured:
    """Return the costs of a campaign; learning is measured with this number of ``labels``, if it is not too large."""
    quick = replace(CellSimulator.of(campaign.config, "quick", campaign.roles), beats=1, label_beats=1)
    asked = {
        "workers": min(workers, cpu_count()),
        "quick": quick.to_params(),
        "space": campaign.space.to_params(),
        "sampling": Sampling.of(campaign.config).to_params(),
        "labels": min(labels, LEARNED_FROM),
        "simulators": {scale: simulator.to_params() for scale, simulator in campaign.simulators.items()},
    }
    command = [sys.executable, "-m", __spec__.name]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"costs cannot be measured: {done.stderr}")
    found = json.loads(done.stdout)
    simulators = {scale: Simulated(**values) for scale, values in found.pop("simulators").items()}
    return Measured(simulators=simulators, **found)


def measure_here(asked: Mapping[str, Any]) -> Measured:
    """Return the costs, in a process that has just started."""
    distributed.Client, netCDF4.Dataset  # noqa: B018  what a job of simulations loads besides
    start = time.process_time()
    space = Space.of(asked["space"])
    job = _job(make_simulator(asked["quick"]), space, asked["workers"])
    before = _largest_memory()
    simulators = {scale: make_simulator(params) for scale, params in asked["simulators"].items()}
    simulated = {scale: _simulated(simulator, space) for scale, simulator in simulators.items()}
    memory = _largest_memory() - before
    learning = learning_seconds(space, Sampling.from_params(asked["sampling"]), asked["labels"])
    return Measured(start, *job, memory, learning, simulated)


def _largest_memory() -> int:
    """Return the largest memory that this process has had [bytes]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _job(simulator: Simulator, space: Space, workers: int) -> tuple[float, float, int]:
    """Return CPU time and time [s] since this process began, and memory [bytes], of it and workers that do little."""
    found: list[tuple[float, float, int]] = []
    this = psutil.Process()

    def note(done: int, total: int) -> None:
        if done == total:  # the workers are still there
            processes = [this, *this.children(recursive=True)]
            times = [process.cpu_times() for process in processes]
            memory = sum(process.memory_full_info().pss for process in processes)
            found.append((sum(each.user + each.system for each in times), time.time() - this.create_time(), memory))

    points = samples.make(_points(space, workers * simulator.points_at_once), space)
    with tempfile.TemporaryDirectory() as folder:
        simulate(points, simulator, Path(folder), workers=workers, progress=note)
    return found[-1]


def _simulated(simulator: Simulator, space: Space) -> Simulated:
    simulator.warm_up()
    if isinstance(simulator, TissueSimulator):
        return _tissue(simulator, space)
    assert isinstance(simulator, CellSimulator)
    return _cells(simulator, space)


def _cells(simulator: CellSimulator, space: Space) -> Simulated:
    """Pace some bundles of cells at random points for up to `BEATS` beats."""
    beats = min(simulator.beats, BEATS)
    short = replace(simulator, beats=beats, label_beats=min(simulator.label_beats, beats))
    lanes = simulator.points_at_once
    points = _points(space, BUNDLES * lanes)
    began, bundles = time.process_time(), 0
    while bundles < BUNDLES and time.process_time() - began < LONGEST:
        results = short.run(points[bundles * lanes : (bundles + 1) * lanes], list(space))
        bundles += 1
    seconds = (time.process_time() - began) / bundles * simulator.beats / beats
    sizes = _sizes(simulator, space, results)
    return Simulated(seconds, lanes, bundles * lanes, beats / simulator.beats, *sizes)


class _EnoughError(Exception):
    """Signal that ends the run of a tissue whose cost is known."""


def _tissue(simulator: TissueSimulator, space: Space) -> Simulated:
    """Run the tissue without any block until `LONGEST`, and take the rest of the run for as costly as what was run."""
    from pointes import tissue
    from pointes.campaign.simulation.tissue_results import columns
    from pointes.tissue.simulation import OUTPUTS

    times: list[tuple[float, float]] = []  # simulated time [ms] and CPU time [s]

    def note(simulated: float, end: float) -> None:
        times.append((simulated, time.process_time()))
        if times[-1][1] - times[0][1] > LONGEST and simulated > 0:
            raise _EnoughError

    began = time.process_time()
    with suppress(_EnoughError):
        tissue.simulate(replace(simulator.description, threads=1), checkpoint_ms=TISSUE_STEP_MS, progress=note)
    (_, prepared), (simulated, last) = times[0], times[-1]
    share = simulated / simulator.description.end_ms
    nothing_known = tissue.Outcome(dict.fromkeys(OUTPUTS, -1.0))
    sizes = _sizes(simulator, space, columns(simulator.description, [nothing_known]))
    return Simulated(prepared - began + (last - prepared) / share, 1, 1, share, *sizes)


def _sizes(simulator: Simulator, space: Space, results: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Return the sizes of a simulation in a file of results, and of a file without any [bytes]."""
    one, many = 1, 65
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (one, many):
            rows = np.zeros(count, int)
            points = _points(space, count)
            repeated = {name: column[rows] for name, column in results.items()}
            table = samples.make(points, space, key=simulator.keys(points, list(space)), **repeated)
            path = Path(folder) / f"{count}.nc"
            store.write(path, replace(table, details=simulator.details()))
            sizes[count] = path.stat().st_size
    each = (sizes[many] - sizes[one]) / (many - one)
    return each, max(sizes[one] - each, 0.0)


def learning_seconds(space: Space, sampling: Sampling, count: int) -> float:
    """Return the CPU time of learning from ``count`` simulations and of choosing the next points [s].

    A class has a plane boundary, and quantities are parabolas that are defined all over the space.
    """
    learner = new_learner(space, sampling, {scale: 1.0 for scale in sampling.fidelities or ()})
    points, target = _points(space, count), Target.parse(sampling.target)
    low, high = space.bounds.T
    height = ((space.coordinates(points) - low) / (high - low)).mean(axis=1)
    purpose = np.full(count, Purpose.BOUNDARY, np.int8)
    purpose[: sampling.start] = Purpose.START
    columns = {
        "label": ((height > 0.5) & target.is_class).astype(np.int8),
        "status": np.zeros(count, np.int8),
        "purpose": purpose,
        "predicted_risk": np.full(count, 0.5),
    }
    if sampling.fidelities is not None:
        columns["fidelity"] = np.where(np.arange(count) % 9, Fidelity.LOW, Fidelity.HIGH).astype(np.int8)
        columns |= {store.predicted_by(method): np.full(count, np.nan) for method in METHODS}
    if not target.is_class:
        informing = (
            target if sampling.fidelities is None else target.informed_by(sampling.fidelities[0], sampling.low_target)
        )
        columns |= dict.fromkeys([*target.results, *informing.results], height**2)
    began = time.process_time()
    learner.tell(samples.make(points, space, **columns))
    learner.ask(sampling.batch)
    return time.process_time() - began


def _points(space: Space, count: int) -> np.ndarray:
    """Return random points (n, d)."""
    return space.at(np.random.default_rng(0).uniform(size=(count, len(space))))


if __name__ == "__main__":
    json.dump(asdict(measure_here(json.load(sys.stdin))), sys.stdout)
