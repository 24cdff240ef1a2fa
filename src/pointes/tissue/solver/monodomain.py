"""The monodomain equation: cells that react, coupled by diffusion.

    dV/dt = -(I_ion + I_stim) + ∇·(D ∇V)

Each time step lets every cell react on its own, then diffuses the potential (Godunov splitting; Sundnes et al. 2006,
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

LONGEST_MS = 0.15  # between two updates of a cell's state
CHANGE = 0.002  # of the span of an action potential: a larger change calls for an update


class Diffusion(Protocol):
    """What the solver asks of a diffusion operator; see `pointes.tissue.solver.box.BoxDiffusion`."""

    size: int
    places: np.ndarray
    lines: int
    volumes: np.ndarray
    largest_step_ms: float

    def mirror(self, u: np.ndarray) -> None: ...
    def advance(self, u: np.ndarray, out: np.ndarray, step_ms: float, first: int, end: int) -> None: ...
    def apply(self, values: np.ndarray) -> np.ndarray: ...


class Observer(Protocol):
    """What watches a run: called with the potentials of all nodes at time 0 and after every interval."""

    interval_ms: float

    def observe(self, time_ms: float, v: np.ndarray) -> None: ...
    def state(self) -> dict[str, np.ndarray]: ...
    def restore(self, state: dict[str, np.ndarray]) -> None: ...


@dataclass(frozen=True)
class Region:
    """The cells of a region: their model, initial state and parameters.

    Attributes
    ----------
    model
        From `pointes.tissue.solver.reaction.load`.
    state
        Initial values of states, by qualified name, that differ from the published ones; the potential included.
    parameters
        Values of parameters, by qualified name, that differ from the published ones.
    """

    model: ReactionModel
    state: dict[str, float]
    parameters: dict[str, float]


@dataclass(frozen=True)
class Breakdown:
    """Where and when a potential left all bounds, and why the run failed: one of `pointes.vocabulary.Failure`."""

    reason: int
    time_ms: float
    place_mm: tuple[float, float, float]


class Monodomain:
    """A run of a tissue.

    Parameters
    ----------
    grid
        Where which region is.
    regions
        The cells of each region, by its name.
    diffusion
        The operator of the grid.
    stimuli
        Currents from outside.
    time_step_ms
        Of reaction and diffusion.
    substeps
        Parts of a time step in which the potential diffuses, to stay stable.
    adaptive
        Whether the states of cells whose potential rests are updated less often (at least every 0.15 ms).
    threads
        That share the work.

    Raises
    ------
    UserError
        When the step is unstable, a region of the grid has no cells, or a parameter or state is unknown.

    Attributes
    ----------
    step
        Number of time steps made.
    failure
        Where and when the run broke down; None as long as it did not.
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
        """Return the cells of each region, and which nodes they are; sets their potentials."""
        tags = self.grid.tags.ravel()[self.grid.nodes]
        populations, nodes = [], []
        for tag in np.unique(tags):
            name = self.grid.regions.get(int(tag))
            if name not in regions:
                raise UserError(
                    f"tag {tag} ({name or 'no name'}) has no cell type; expected one of {', '.join(regions)}"
                )
            region = regions[name]
            state = region.model.initial_state | region.state
            potential = state[region.model.kernel.POTENTIAL] * region.model.kernel.PER_MV
            mine = np.flatnonzero(tags == tag)
            places = self.diffusion.places[mine]
            self.u[places] = potential
            self.u[self.diffusion.size :] = potential
            populations.append(Cells(region.model, places, self.diffusion.size, state, potential, region.parameters))
            nodes.append(mine)
        return populations, nodes

    @property
    def time_ms(self) -> float:
        """Return the time that has passed."""
        return self.step * self.time_step_ms

    @property
    def potential(self) -> np.ndarray:
        """Return the membrane potential [mV] of every node, shape (n_nodes,)."""
        return self.u[self.diffusion.places]

    def state(self) -> dict[str, np.ndarray]:
        """Return all that the run needs to go on: copies of nothing, views of everything."""
        rows = {f"rows{k}": cells.rows for k, cells in enumerate(self.cells)}
        reached = {f"reached{k}": cells.reached for k, cells in enumerate(self.cells)}
        return {"run": np.array(self._identity()), "step": np.array(self.step), "u": self.u, **rows, **reached}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a state; a UserError if it is that of another run, a KeyError if a part of it is missing."""
        if str(state["run"]) != self._identity():
            raise UserError(
                "restart file: saved by a run of another tissue, model or time step; remove it to start anew"
            )
        self.step = int(state["step"])
        self.u[:] = state["u"]
        for k, cells in enumerate(self.cells):
            cells.rows[:] = state[f"rows{k}"]
            cells.reached[:] = state[f"reached{k}"]

    def _identity(self) -> str:
        """Return a hash of what the run is of; stimuli may differ, as when S2 is tried at many times."""
        hashed = hashlib.sha256()
        for part in (self.grid.tags, np.array([self.time_step_ms, self.substeps, self.longest_ms])):
            hashed.update(np.ascontiguousarray(part).tobytes())
        for cells in self.cells:
            hashed.update(cells.model.fingerprint.encode() + cells.parameters.tobytes())
        return hashed.hexdigest()

    def run(self, until_ms: float, observers: Sequence[Observer] = ()) -> bool:
        """Go on until a time; return whether all potentials stayed finite."""
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
            return cells.react(
                self.u,
                first,
                end,
                self.time_ms,
                time_step_ms=self.time_step_ms,
                longest_ms=self.longest_ms,
                change_mV=change,
            )

        failed = [block for block in self._share(pool, cells.blocks, part) if block >= 0]
        if failed:
            self.failure = self._failed(nodes[min(failed) * LANES :][:LANES])

    def _failed(self, nodes: np.ndarray) -> Breakdown:
        """Return where and when a potential left all bounds, in a block of nodes in which one did."""
        v = self.u[self.diffusion.places[nodes]]
        first = np.argmin(np.abs(v) < LARGEST)
        reason = Failure.POTENTIAL_OUT_OF_RANGE if np.isfinite(v[first]) else Failure.NOT_FINITE
        node = nodes[first]
        return Breakdown(reason, self.time_ms + self.time_step_ms, tuple(map(float, self.grid.positions[node])))

    def _share(self, pool: ThreadPoolExecutor, n: int, work: Callable[[int, int], int]) -> list[int]:
        """Let all threads do their part of n pieces of work."""
        if self.threads == 1:
            return [work(0, n)]
        bounds = [n * k // self.threads for k in range(self.threads + 1)]
        (first, end), *others = pairwise(bounds)
        waiting = [pool.submit(work, *other) for other in others]
        return [work(first, end), *(future.result() for future in waiting)]


def substeps_needed(diffusion: Diffusion, time_step_ms: float) -> int:
    """Return into how many parts a time step must be divided for the potential to diffuse stably."""
    return int(np.ceil(time_step_ms / diffusion.largest_step_ms))


def check_step(diffusion: Diffusion, time_step_ms: float, substeps: int) -> None:
    """Refuse a time step in which explicit diffusion is unstable."""
    largest = diffusion.largest_step_ms * substeps
    if time_step_ms > largest:
        raise UserError(
            f"time step of {time_step_ms:g} ms is unstable; expected at most {largest:.3g} ms for this spacing and "
            f"conductivity, or {substeps_needed(diffusion, time_step_ms)} diffusion substeps"
        )
