"""The solver of the monodomain equation: cells that react, coupled by diffusion.

    dV/dt = -(I_ion + I_stim) + ∇·(D ∇V)

In each time step every cell reacts on its own; then the potential diffuses (Godunov splitting; Sundnes et al. 2006,
Computing the Electrical Activity in the Heart, ch. 3). Results do not depend on the number of threads.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from pointes.cells.multistep import LANES
from pointes.errors import UserError
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.solver.bundles import LARGEST
from pointes.tissue.solver.reaction import Cells, ReactionModel
from pointes.tissue.solver.stimuli import Stimulus
from pointes.vocabulary import Failure

LONGEST_MS = 0.15  # longest time between two updates of the state of a cell
CHANGE = 0.002  # change of potential that needs an update, as a share of the span of an action potential


class Diffusion(Protocol):
    """A diffusion operator, which is self-adjoint with its volumes."""

    size: int  # length of the flat array of potentials, nodes beyond the boundary included
    places: np.ndarray  # position of the potential of each node in that array, (n_nodes,)
    lines: int  # number of groups of nodes that are advanced one by one
    volumes: np.ndarray  # volumes of the nodes [mm³], in a cable lengths [mm], in a sheet areas [mm²], (n_nodes,)
    largest_step_ms: float  # largest stable explicit step; infinite without any diffusion

    def mirror(self, u: np.ndarray) -> None:
        """Set the potentials of nodes beyond the boundary."""

    def advance(self, u: np.ndarray, out: np.ndarray, step_ms: float, first: int, end: int) -> None:
        """Write the potentials of the lines from `first` to `end` after a step to `out`; call `mirror` before."""

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Return ∇·(D∇·) of a quantity at the nodes, (n_nodes,), per ms."""


class Observer(Protocol):
    """An observer of a run, which is called with the potentials of all nodes at time 0 and after every interval."""

    interval_ms: float

    def observe(self, time_ms: float, v: np.ndarray) -> None:
        """Observe the potentials of all nodes at a time."""

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays of a checkpoint."""

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from the arrays of a checkpoint."""


@dataclass(frozen=True)
class Region:
    """The cells of a region: their model, and the states (with the potential) and parameters that are not as published.

    Both are by qualified name; states are initial values.
    """

    model: ReactionModel
    state: dict[str, float]
    parameters: dict[str, float]


@dataclass(frozen=True)
class Breakdown:
    """The end of a run that failed: its reason, one of `pointes.vocabulary.Failure`, time and place."""

    reason: int
    time_ms: float
    place_mm: tuple[float, float, float]


class Monodomain:
    """A run of a tissue with the cells of each region of the grid, by its name; a ``failure`` ends it early.

    The potential diffuses in ``substeps`` parts of a time step, for stability. If ``adaptive``, the states of cells
    whose potential rests are updated less often, at least every 0.15 ms.

    Raises
    ------
    UserError
        When the step is unstable, a region of the grid has no cells, or a parameter or state is unknown.
    """

    def __init__(
        self,
        grid: Grid,
        regions: dict[str, Region],
        diffusion: Diffusion,
        stimuli: Sequence[Stimulus],
        *,
        time_step_ms: float,
        substeps: int = 1,
        adaptive: bool = False,
        threads: int = 1,
    ) -> None:
        check_step(diffusion, time_step_ms, substeps)
        self.grid, self.diffusion, self.stimuli = grid, diffusion, list(stimuli)
        self.time_step_ms, self.substeps, self.threads = time_step_ms, substeps, threads
        self.longest_ms = LONGEST_MS - 0.5 * time_step_ms if adaptive else 0.0
        self.step = 0
        self.failure: Breakdown | None = None
        self.u = np.zeros(diffusion.size + LANES)
        self._out = np.zeros_like(self.u)
        self.cells, self._nodes = self._populate(regions)
        self._change = [CHANGE * cells.model.span if adaptive else 0.0 for cells in self.cells]

    def _populate(self, regions: dict[str, Region]) -> tuple[list[Cells], list[np.ndarray]]:
        """Return the cells and the nodes of each region, and set the initial potentials."""
        tags = self.grid.tags.ravel()[self.grid.nodes]
        populations, nodes = [], []
        for tag in np.unique(tags):
            name = self.grid.regions.get(int(tag))
            if name not in regions:
                raise UserError(f"region of tag {tag}", name, f"one of {', '.join(regions)}")
            region = regions[name]
            state = region.model.initial_state | region.state
            potential = state[region.model.kernel.POTENTIAL] * region.model.kernel.PER_MV
            members = np.flatnonzero(tags == tag)
            places = self.diffusion.places[members]
            self.u[places] = potential
            self.u[self.diffusion.size :] = potential
            populations.append(Cells(region.model, places, self.diffusion.size, state, potential, region.parameters))
            nodes.append(members)
        return populations, nodes

    @property
    def time_ms(self) -> float:
        """Time since the start of the run."""
        return self.step * self.time_step_ms

    @property
    def potential(self) -> np.ndarray:
        """Membrane potential of every node [mV], (n_nodes,)."""
        potential: np.ndarray = self.u[self.diffusion.places]
        return potential

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays of a checkpoint. They are views, not copies."""
        rows = {f"rows{k}": cells.rows for k, cells in enumerate(self.cells)}
        reached = {f"reached{k}": cells.reached for k, cells in enumerate(self.cells)}
        return {"run": np.array(self._identity()), "step": np.array(self.step), "u": self.u, **rows, **reached}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from the arrays of a checkpoint; raise a UserError if it is one of another run."""
        if str(state["run"]) != self._identity():
            raise UserError("restart file of another tissue, model or time step; remove it to start anew")
        self.step = int(state["step"])
        self.u[:] = state["u"]
        for k, cells in enumerate(self.cells):
            cells.rows[:] = state[f"rows{k}"]
            cells.reached[:] = state[f"reached{k}"]

    def _identity(self) -> str:
        """Return a hash of tissue, models and time step. Stimuli may differ between runs of the same hash."""
        hashed = hashlib.sha256()
        for part in (self.grid.tags, np.array([self.time_step_ms, self.substeps, self.longest_ms])):
            hashed.update(np.ascontiguousarray(part).tobytes())
        for cells in self.cells:
            hashed.update(cells.model.fingerprint.encode() + cells.parameters.tobytes())
        return hashed.hexdigest()

    def run(self, until_ms: float, observers: Sequence[Observer] = ()) -> bool:
        """Run until a time [ms]; return whether all potentials stayed within bounds."""
        every = [max(1, round(observer.interval_ms / self.time_step_ms)) for observer in observers]
        if self.step == 0:
            for observer in observers:
                observer.observe(0.0, self.potential)
        with ThreadPoolExecutor(self.threads) as pool:
            while self.step < round(until_ms / self.time_step_ms) and self.failure is None:
                self._advance(pool)
                due = [observer for observer, n in zip(observers, every, strict=True) if self.step % n == 0]
                if due:
                    v = self.potential
                    for observer in due:
                        observer.observe(self.time_ms, v)
        return self.failure is None

    def _advance(self, pool: ThreadPoolExecutor) -> None:
        for cells, nodes, change in zip(self.cells, self._nodes, self._change, strict=True):
            self._react(pool, cells, nodes, change)
        for stimulus in self.stimuli:
            if stimulus.is_on(self.time_ms, self.time_step_ms):
                self.u[self.diffusion.places[stimulus.nodes]] += self.time_step_ms * stimulus.amplitude
        for _ in range(self.substeps):
            self.diffusion.mirror(self.u)
            self._share(pool, self.diffusion.lines, self._diffuse)
            self._out[self.diffusion.size :] = self.u[self.diffusion.size :]
            self.u, self._out = self._out, self.u
        self.step += 1

    def _diffuse(self, first: int, end: int) -> int:
        self.diffusion.advance(self.u, self._out, self.time_step_ms / self.substeps, first, end)
        return -1

    def _react(self, pool: ThreadPoolExecutor, cells: Cells, nodes: np.ndarray, change: float) -> None:
        def part(first: int, end: int) -> int:
            return cells.react(self.u, first, end, self.time_ms, self.time_step_ms, self.longest_ms, change)

        failed = [bundle for bundle in self._share(pool, cells.bundles, part) if bundle >= 0]
        if failed:
            self.failure = self._failed(nodes[min(failed) * LANES :][:LANES])

    def _failed(self, nodes: np.ndarray) -> Breakdown:
        """Return the failure of the first node of a bundle whose potential left all bounds."""
        v = self.u[self.diffusion.places[nodes]]
        first = np.argmin(np.abs(v) < LARGEST)
        reason = Failure.POTENTIAL_OUT_OF_RANGE if np.isfinite(v[first]) else Failure.NOT_FINITE
        x, y, z = self.grid.positions[nodes[first]].tolist()
        return Breakdown(reason, self.time_ms + self.time_step_ms, (x, y, z))

    def _share(self, pool: ThreadPoolExecutor, n: int, work: Callable[[int, int], int]) -> list[int]:
        """Divide n pieces of work among all threads."""
        if self.threads == 1:
            return [work(0, n)]
        bounds = [n * k // self.threads for k in range(self.threads + 1)]
        (first, end), *others = pairwise(bounds)
        waiting = [pool.submit(work, *other) for other in others]
        return [work(first, end), *(future.result() for future in waiting)]


def substeps_needed(diffusion: Diffusion, time_step_ms: float) -> int:
    """Return the number of parts of a time step in which the potential diffuses stably."""
    return int(np.ceil(time_step_ms / diffusion.largest_step_ms))


def check_step(diffusion: Diffusion, time_step_ms: float, substeps: int) -> None:
    """Raise a UserError for a time step in which explicit diffusion is unstable."""
    largest = diffusion.largest_step_ms * substeps
    if time_step_ms > largest:
        needed = substeps_needed(diffusion, time_step_ms)
        stable = f"at most {largest:.3g} for this spacing and conductivity, or {needed} diffusion substeps"
        raise UserError("time_step_ms", time_step_ms, stable)
