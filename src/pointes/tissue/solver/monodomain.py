"""The solver of the monodomain equation: cells that react, coupled by diffusion.

    dV/dt = -(I_ion + I_stim) + ∇·(D ∇V)

In each time step every cell reacts on its own; then the potential diffuses (Godunov splitting; Sundnes et al. 2006,
Computing the Electrical Activity in the Heart, ch. 3). Results do not depend on the number of threads.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from pointes.cells.multistep import LANES
from pointes.errors import UserError
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.solver import loop
from pointes.tissue.solver.bundles import LARGEST
from pointes.tissue.solver.diffusion import Diffusion
from pointes.tissue.solver.reaction import Cells, Reaction, ReactionModel
from pointes.tissue.solver.stimuli import Stimulus, sites_of, stimulate
from pointes.tissue.solver.watch import Observer, Watch, keep
from pointes.vocabulary import Failure

Work = TypeVar("Work")
NODE_STEPS = 2**22  # nodes times steps that one thread computes at once; a run can be interrupted in between
PARTS = 4  # parts of the work of each thread, as cells in a wave take longer than others
SMALLEST_PART = 2000  # bundles or lines of nodes; smaller parts take less than their start
LONGEST_MS = 0.15  # longest time between two updates of the state of a cell
CHANGE = 0.002  # change of potential that needs an update, as a share of the span of an action potential


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
        changes = [CHANGE * cells.model.span if adaptive else 0.0 for cells in self.cells]
        self._reactions = tuple(
            cells.reaction(self.longest_ms, change) for cells, change in zip(self.cells, changes, strict=True)
        )
        self._diffusion = diffusion.step(time_step_ms / max(1, substeps))
        self._sites = sites_of(self.stimuli, diffusion.places, time_step_ms)

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
        watch = Watch(observers, self.time_step_ms, self.diffusion.places)
        if self.step == 0:
            keep(self.u, 0, watch.frames, 0)
            watch.show(0, 1)
        end = round(until_ms / self.time_step_ms)
        with ThreadPoolExecutor(self.threads) as pool:
            while self.step < end and self.failure is None:
                before = self.step
                if self.threads == 1:
                    self._leap(end, watch)
                else:
                    self._advance(pool, watch)
                watch.show(before + 1, self.step + 1)
        return self.failure is None

    def _leap(self, end: int, watch: Watch) -> None:
        """Advance towards a step, in this thread, by as many steps as can be taken at once."""
        steps, failure = loop.advance(
            self.u, self._out, self._reactions, self._sites, self._stimulated(end), self._diffusion, self.substeps,
            watch.frames, self.step, self.time_step_ms,
        )  # fmt: skip
        if steps * self.substeps % 2 == 1:
            self.u, self._out = self._out, self.u
        self.step += steps
        if failure[0] >= 0:
            self.failure = self._breakdown(*failure)

    def _stimulated(self, end: int) -> np.ndarray:
        """Return which stimuli act in the next steps, (n_steps, n_stimuli), of those that can be taken at once."""
        most = max(1, NODE_STEPS // len(self.grid.nodes))
        times = self.time_step_ms * np.arange(self.step, min(end, self.step + most))
        on = [stimulus.is_on(times, self.time_step_ms) for stimulus in self.stimuli]
        return np.array(on, bool).reshape(-1, len(times)).T.copy()

    def _advance(self, pool: ThreadPoolExecutor, watch: Watch) -> None:
        """Advance by a step in all threads."""
        failure = None
        for region, cells in enumerate(self.cells):
            bundle = self._react(pool, self._reactions[region])
            if bundle >= 0:
                failure = (region, bundle, self.u[cells.places[bundle]])
        stimulate(self.u, self._sites, self._stimulated(self.step + 1)[0])
        for _ in range(self.substeps):
            self._diffuse(pool)
        self.step += 1
        keep(self.u, self.step, watch.frames, 0)
        if failure is not None:
            self.failure = self._breakdown(*failure)

    def _react(self, pool: ThreadPoolExecutor, cells: Reaction) -> int:
        """Advance the cells of a region; return the number of the first bundle that fails, -1 if there is none."""

        def part(first: int, end: int) -> int:
            return cells.advance(self.u, first, end, self.time_ms, self.time_step_ms)

        return min((bundle for bundle in self._share(pool, len(cells.places), part) if bundle >= 0), default=-1)

    def _diffuse(self, pool: ThreadPoolExecutor) -> None:
        """Let the potentials diffuse for a substep."""

        def part(first: int, end: int) -> None:
            self._diffusion.advance(self.u, self._out, first, end)

        self._diffusion.mirror(self.u)
        self._share(pool, self.diffusion.lines, part)
        self._out[self.diffusion.size :] = self.u[self.diffusion.size :]
        self.u, self._out = self._out, self.u

    def _breakdown(self, region: int, bundle: int, potentials: np.ndarray) -> Breakdown:
        """Return the failure of the last step: the first node of a bundle whose potential [mV] left all bounds."""
        nodes = self._nodes[region][bundle * LANES :][:LANES]
        first = np.argmin(np.abs(potentials[: len(nodes)]) < LARGEST)
        reason = Failure.POTENTIAL_OUT_OF_RANGE if np.isfinite(potentials[first]) else Failure.NOT_FINITE
        x, y, z = self.grid.positions[nodes[first]].tolist()
        return Breakdown(reason, (self.step - 1) * self.time_step_ms + self.time_step_ms, (x, y, z))

    def _share(self, pool: ThreadPoolExecutor, n: int, work: Callable[[int, int], Work]) -> list[Work]:
        """Divide n pieces of work among all threads, in parts of which a thread takes the next when it has done one."""
        if self.threads == 1:
            return [work(0, n)]
        parts = self.threads * max(1, min(PARTS, n // SMALLEST_PART))
        firsts = [n * k // parts for k in range(parts)]
        return list(pool.map(work, firsts, [*firsts[1:], n]))


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
