"""The simulation of a tissue, from its description to its label, intervals and maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointes import cells
from pointes.tissue.assembly import Tissue
from pointes.tissue.description import TissueDescription
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers import ecg, velocity
from pointes.tissue.observers.activation import Activations
from pointes.tissue.observers.ead_margin import EadMargins
from pointes.tissue.observers.ecg import PseudoECG
from pointes.tissue.observers.labels import LABELS, label
from pointes.tissue.observers.snapshots import Snapshots
from pointes.tissue.solver import checkpoint
from pointes.tissue.solver.monodomain import Breakdown, Monodomain, Region
from pointes.tissue.solver.watch import Observer
from pointes.vocabulary import TOLERANCE, Failure, Status

ACTIVATION_INTERVAL = 0.1  # ms
EAD_MARGIN_INTERVAL = 1.0  # ms

OUTPUTS = {
    **LABELS,
    "qt_ms": ("ms", "QT interval of the last beat in the first lead"),
    "qrs_ms": ("ms", "QRS duration of the last beat in the first lead"),
    "tpeak_tend_ms": ("ms", "time from T peak to T end of the last beat in the first lead"),
    "t_amplitude": (ecg.UNIT, "height of the T peak above the baseline, negative if inverted, in the first lead"),
    "conduction_velocity_m_per_s": (
        "m s-1",
        "conduction velocity of the last beat: of a cable between 25 and 75 % of its length, else the median",
    ),
    "total_activation_ms": (
        "ms",
        "time from the begin of the last beat until the last node that activates has done so",
    ),
    "apd90_mean_ms": ("ms", "mean over the nodes of APD90 in the last beat"),
    "apd90_dispersion_ms": ("ms", "largest minus smallest APD90 of the nodes in the last beat"),
    "failure_time_ms": ("ms", "when the membrane potential left all bounds"),
    "failure_x_mm": ("mm", "where that was, along x"),
    "failure_y_mm": ("mm", "where that was, along y"),
    "failure_z_mm": ("mm", "where that was, along z"),
}
"""Unit and meaning of each value of a simulation."""

FLAGS = (
    "label",
    "ectopic_origins",
    "sustained_reentry",
    "propagation_failure",
    "repolarisation_failure",
    "capture_failure",
)
"""Values that are integers, which are -1 if the simulation failed before the tissue was run."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a simulation.

    Attributes
    ----------
    values
        Value of each entry of `OUTPUTS`; NaN, or -1 for `FLAGS`, if it is not known.
    grid
        Grid of the tissue; None if the cells failed on their own.
    activation_ms, apd90_ms, ead_margin_V_per_s : (n_nodes,) arrays
        Activation time since the start of the last beat, APD90 in it, and largest EAD margin in the label beats.
    ecg_time_ms : (n_times,) array
        Times of the pseudo-ECG since the start of the run.
    ecg : (n_times, n_electrodes) array
        Pseudo-ECG [mV mm²/ms].
    electrodes
        Positions of the electrodes [mm] by name, in the order of `ecg`.
    failure
        Time and place at which the potential left all bounds; None if it did not.
    """

    values: dict[str, float]
    grid: Grid | None = None
    activation_ms: np.ndarray = field(default_factory=lambda: np.empty(0))
    apd90_ms: np.ndarray = field(default_factory=lambda: np.empty(0))
    ead_margin_V_per_s: np.ndarray = field(default_factory=lambda: np.empty(0))
    ecg_time_ms: np.ndarray = field(default_factory=lambda: np.empty(0))
    ecg: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    electrodes: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    failure: Breakdown | None = None

    @property
    def status(self) -> str:
        """``ok`` or ``failed``."""
        return Status(int(self.values["status"])).name.lower()


def simulate(
    description: TissueDescription,
    *,
    snapshots: Path | None = None,
    snapshot_ms: float = 5.0,
    restart: Path | None = None,
    checkpoint_ms: float = 100.0,
    progress: Callable[[float, float], None] = lambda done, total: None,
) -> Outcome:
    """Pace a cell of each type, run the tissue of such cells, and return the outcome.

    Parameters
    ----------
    description
        Description of the simulation.
    snapshots, snapshot_ms
        File that receives the potential of all nodes, and time between two snapshots [ms]; None: no snapshots.
    restart, checkpoint_ms
        File from which the run continues if it exists, and time between two writes of it [ms]; None: nothing is saved.
        A run that was interrupted and continued ends with the same bits as one that was not.
    progress
        Function that is called with the simulated time and the end [ms].

    Raises
    ------
    UserError
        For the mistakes that `pointes.tissue.assembly.check` refuses, and for a damaged restart file. A potential that
        is not finite is no error: the outcome has the status ``failed``, with reason, time and place.
    """
    tissue = Tissue(description)
    tissue.validate()
    regions = {}
    for name in description.celltypes:
        state, failure = paced_state(description, name)
        if failure != Failure.NONE:
            return Outcome(_unknown() | {"status": Status.FAILED, "failure": failure})
        regions[name] = Region(description.models[name], state, description.parameters_of(name))
    run = Monodomain(
        tissue.grid,
        regions,
        tissue.diffusion,
        tissue.stimuli,
        time_step_ms=description.time_step_ms,
        substeps=tissue.substeps,
        adaptive=description.adaptive,
        threads=description.threads,
    )
    thresholds = next(iter(regions.values())).model.thresholds
    activations = Activations(len(tissue.grid.nodes), ACTIVATION_INTERVAL, thresholds)
    ead_margins = EadMargins(
        tissue.diffusion, tissue.stimuli, EAD_MARGIN_INTERVAL, description.label_start_ms, thresholds
    )
    leads = PseudoECG(tissue.grid, tissue.diffusion, tissue.electrodes)
    files = [] if snapshots is None else [Snapshots(snapshots, tissue.grid, snapshot_ms)]
    depolarised = run.potential > thresholds.repolarised_potential
    _run(run, [activations, ead_margins, leads, *files], description.end_ms, restart, checkpoint_ms, progress)
    for file in files:
        file.finish()
    return _outcome(description, tissue, run.failure, activations, ead_margins, leads, depolarised)


def paced_state(description: TissueDescription, region: str) -> tuple[dict[str, float], int]:
    """Pace a cell of a region on its own; return its state by qualified name, and its `Failure`."""
    if description.cell_beats == 0:
        return {}, Failure.NONE
    cell = cells.load(
        description.model,
        celltype=description.celltypes[region],
        vary=tuple(description.values),
        stimulus_level=description.cell_stimulus_level,
    )
    paced = cells.pace(
        cell,
        description.blocks,
        values=description.values,
        cycle_length=description.cycle_length_ms,
        beats=description.cell_beats,
        stimulus_duration=description.cell_stimulus_duration_ms,
        tolerance=TOLERANCE if description.tolerance is None else description.tolerance,
        final_state=True,
    )
    state = paced["state"][0]
    # A cell that does not capture has a state, too, and the tissue of such cells shows what follows from it
    failure = Failure.NONE if np.isfinite(state).all() else int(paced["failure"][0])
    return dict(zip(cell.states, state.tolist(), strict=True)), failure


def _run(
    run: Monodomain,
    observers: Sequence[Observer],
    end_ms: float,
    restart: Path | None,
    checkpoint_ms: float,
    progress: Callable[[float, float], None],
) -> None:
    """Run from a checkpoint, if there is one, to the end or to a breakdown, and remove the checkpoint."""
    if restart is not None and restart.exists():
        checkpoint.restore(restart, run, observers)
    while run.time_ms < end_ms - 0.5 * run.time_step_ms and run.failure is None:
        progress(run.time_ms, end_ms)
        run.run(min(run.time_ms + checkpoint_ms, end_ms), observers)
        if restart is not None and run.failure is None:
            checkpoint.save(restart, run, observers)
    progress(end_ms, end_ms)
    if restart is not None:
        restart.unlink(missing_ok=True)


def _outcome(
    description: TissueDescription,
    tissue: Tissue,
    failure: Breakdown | None,
    activations: Activations,
    ead_margins: EadMargins,
    leads: PseudoECG,
    depolarised: np.ndarray,
) -> Outcome:
    beat = activations.beat(description.last_beat_ms)
    activated = beat.time_ms - description.last_beat_ms
    labels = label(
        tissue.grid,
        activations,
        ead_margins,
        tissue.stimuli,
        description.end_ms,
        start_ms=description.label_start_ms,
        breakdown=Failure.NONE if failure is None else failure.reason,
        depolarised=depolarised,
    )
    values = _unknown() | labels
    if failure is None:
        found = ecg.intervals(leads.time_ms, leads.potential[:, 0], description.last_beat_ms)
        values |= {name: getattr(found, name) for name in ("qt_ms", "qrs_ms", "tpeak_tend_ms", "t_amplitude")}
        values |= {
            "conduction_velocity_m_per_s": _velocity(description, tissue.grid, activated),
            "total_activation_ms": float(np.fmax.reduce(activated)),
            "apd90_mean_ms": _or_nan(np.nanmean, beat.apd90_ms),
            "apd90_dispersion_ms": _or_nan(np.nanmax, beat.apd90_ms) - _or_nan(np.nanmin, beat.apd90_ms),
        }
    else:
        places = dict(zip(("failure_x_mm", "failure_y_mm", "failure_z_mm"), failure.place_mm, strict=True))
        values |= {"failure_time_ms": failure.time_ms, **places}
    return Outcome(
        {name: values[name] for name in OUTPUTS},
        tissue.grid,
        activated,
        beat.apd90_ms,
        ead_margins.ead_margin_V_per_s,
        leads.time_ms,
        leads.potential,
        tissue.electrodes,
        failure,
    )


def _velocity(description: TissueDescription, grid: Grid, activated: np.ndarray) -> float:
    path = description.geometry.velocity_path
    if path is not None:
        return velocity.between(grid, activated, *map(np.array, path))
    return _or_nan(np.nanmedian, velocity.local(grid, activated))


def _or_nan(statistic: Callable[[np.ndarray], float], values: np.ndarray) -> float:
    return float(statistic(values)) if np.isfinite(values).any() else np.nan


def _unknown() -> dict[str, float]:
    """Return the values of a simulation without any result."""
    return {name: np.nan for name in OUTPUTS} | {name: -1 for name in FLAGS}
