"""A simulation of a tissue from its description to its label, intervals and maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointes import cells
from pointes.tissue.assembly import Tissue
from pointes.tissue.description import Setup
from pointes.tissue.geometry.grid import Geometry
from pointes.tissue.observers import ecg, velocity
from pointes.tissue.observers.activation import Activations
from pointes.tissue.observers.ead_margin import Margins
from pointes.tissue.observers.ecg import PseudoECG
from pointes.tissue.observers.labels import LABELS, label
from pointes.tissue.observers.snapshots import Snapshots
from pointes.tissue.solver import checkpoint
from pointes.tissue.solver.monodomain import Breakdown, Monodomain, Observer, Region
from pointes.vocabulary import TOLERANCE, Failure, Status

ACTIVATION_INTERVAL = 0.1  # ms
ECG_INTERVAL = 1.0  # ms
MARGIN_INTERVAL = 1.0  # ms

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
"""Unit and meaning of each value of an outcome."""

FLAGS = (
    "label",
    "ectopic_origins",
    "sustained_reentry",
    "propagation_failure",
    "repolarisation_failure",
    "capture_failure",
)
"""Values that are integers; -1 where nothing is known."""


@dataclass(frozen=True)
class Outcome:
    """What a simulation found.

    Attributes
    ----------
    values
        The entries of `OUTPUTS`: NaN where there is none, for `FLAGS` -1.
    geometry
        The tissue; None if its cells failed before they were put together.
    activation_ms, apd90_ms, margin_V_per_s : (n_nodes,) arrays
        Activation time since the begin of the last beat, APD90 in it, and the largest margin in the label beats.
    ecg_time_ms : (n_times,) array
        Since the begin of the run.
    ecg : (n_times, n_electrodes) array
        Pseudo-ECG [mV mm²/ms].
    electrodes
        Positions [mm] by name, in the order of `ecg`.
    failure
        When and where the potential left all bounds, and why the run failed.
    """

    values: dict[str, float]
    geometry: Geometry | None = None
    activation_ms: np.ndarray = field(default_factory=lambda: np.empty(0))
    apd90_ms: np.ndarray = field(default_factory=lambda: np.empty(0))
    margin_V_per_s: np.ndarray = field(default_factory=lambda: np.empty(0))
    ecg_time_ms: np.ndarray = field(default_factory=lambda: np.empty(0))
    ecg: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    electrodes: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    failure: Breakdown | None = None

    @property
    def status(self) -> str:
        """``ok`` or ``failed``."""
        return Status(int(self.values["status"])).name.lower()


def simulate(
    setup: Setup,
    *,
    snapshots: Path | None = None,
    snapshot_ms: float = 5.0,
    restart: Path | None = None,
    checkpoint_ms: float = 100.0,
    progress: Callable[[float, float], None] = lambda done, total: None,
) -> Outcome:
    """Pace the cells, put them together, run the tissue, and return what was found.

    Parameters
    ----------
    setup
        The simulation.
    snapshots, snapshot_ms
        File that receives the potential of all nodes, and how often [ms]; None: no snapshots.
    restart, checkpoint_ms
        File from which the run goes on if it exists, and to which it is saved so often [ms]; None: nothing is saved.
        A run that was interrupted and went on ends bit-identical.
    progress
        Called with the time that has passed and the end [ms].

    Raises
    ------
    UserError
        As `pointes.tissue.assembly.check`, and for a damaged restart file. A potential that is not finite raises
        nothing: the outcome has status ``failed``, the reason, time and place.
    """
    tissue = Tissue(setup)
    _ = tissue.stimuli, tissue.electrodes, tissue.diffusion  # mistakes come before the cells' pacing
    regions = {}
    for name in setup.celltypes:
        state, failure = paced_state(setup, name)
        if failure != Failure.NONE:
            return Outcome(_failed(failure))
        regions[name] = Region(setup.models[name], state, setup.parameters_of(name))
    run = Monodomain(
        tissue.geometry,
        regions,
        tissue.diffusion,
        tissue.stimuli,
        time_step_ms=setup.time_step_ms,
        substeps=tissue.substeps,
        adaptive=setup.adaptive,
        threads=setup.threads,
    )
    activations, margins, leads = observers = _observers(setup, tissue, regions)
    films = [] if snapshots is None else [Snapshots(snapshots, tissue.geometry, snapshot_ms)]
    depolarised = run.potential > margins.levels.repolarised_potential
    _run(run, [*observers, *films], setup.end_ms, restart, checkpoint_ms, progress)
    for film in films:
        film.finish()
    return _outcome(setup, tissue, run.failure, activations, margins, leads, depolarised)


def paced_state(setup: Setup, region: str) -> tuple[dict[str, float], int]:
    """Return the state of a region's cells, by qualified name, after pacing on their own.

    Beside it why that broke down, one of `pointes.vocabulary.Failure`; then the state is not finite.
    """
    if setup.cell_beats == 0:
        return {}, Failure.NONE
    cell = cells.load(
        setup.model,
        celltype=setup.celltypes[region],
        vary=tuple(setup.values),
        stimulus_level=setup.cell_stimulus_level,
    )
    paced = cells.pace(
        cell,
        setup.blocks,
        values=setup.values,
        cycle_length=setup.cycle_length_ms,
        beats=setup.cell_beats,
        stimulus_duration=setup.cell_stimulus_duration_ms,
        tolerance=TOLERANCE if setup.tolerance is None else setup.tolerance,
        final_state=True,
    )
    state = paced["state"][0]
    # A cell that does not capture has a state all the same; what the tissue does with it is seen in the tissue.
    failure = Failure.NONE if np.isfinite(state).all() else int(paced["failure"][0])
    return dict(zip(cell.states, state.tolist(), strict=True)), failure


def _observers(setup: Setup, tissue: Tissue, regions: dict[str, Region]) -> tuple[Activations, Margins, PseudoECG]:
    levels = next(iter(regions.values())).model.thresholds
    n = len(tissue.geometry.nodes)
    return (
        Activations(n, ACTIVATION_INTERVAL, levels),
        Margins(tissue.diffusion, tissue.stimuli, MARGIN_INTERVAL, setup.label_start_ms, levels),
        PseudoECG(tissue.geometry, tissue.diffusion, tissue.electrodes, ECG_INTERVAL),
    )


def _run(
    run: Monodomain,
    observers: Sequence[Observer],
    end_ms: float,
    restart: Path | None,
    checkpoint_ms: float,
    progress: Callable[[float, float], None],
) -> None:
    """Run to the end or to a breakdown, from the checkpoint if there is one; remove it at the end."""
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
    setup: Setup,
    tissue: Tissue,
    failure: Breakdown | None,
    activations: Activations,
    margins: Margins,
    leads: PseudoECG,
    depolarised: np.ndarray,
) -> Outcome:
    beat = activations.beat(setup.last_beat_ms)
    activated = beat.time_ms - setup.last_beat_ms
    labels = label(
        tissue.geometry,
        activations,
        margins,
        tissue.stimuli,
        setup.end_ms,
        start_ms=setup.label_start_ms,
        breakdown=Failure.NONE if failure is None else failure.reason,
        depolarised=depolarised,
    )
    values = _unknown() | labels
    if failure is None:
        found = ecg.intervals(leads.time_ms, leads.potential[:, 0], setup.last_beat_ms)
        values |= {name: getattr(found, name) for name in ("qt_ms", "qrs_ms", "tpeak_tend_ms", "t_amplitude")}
        values |= {
            "conduction_velocity_m_per_s": _velocity(setup, tissue.geometry, activated),
            "total_activation_ms": float(np.fmax.reduce(activated)),
            "apd90_mean_ms": _or_nan(np.nanmean, beat.apd90_ms),
            "apd90_dispersion_ms": _or_nan(np.nanmax, beat.apd90_ms) - _or_nan(np.nanmin, beat.apd90_ms),
        }
    else:
        places = dict(zip(("failure_x_mm", "failure_y_mm", "failure_z_mm"), failure.place_mm, strict=True))
        values |= {"failure_time_ms": failure.time_ms, **places}
    return Outcome(
        {name: values[name] for name in OUTPUTS},
        tissue.geometry,
        activated,
        beat.apd90_ms,
        margins.margin_V_per_s,
        leads.time_ms,
        leads.potential,
        tissue.electrodes,
        failure,
    )


def _velocity(setup: Setup, geometry: Geometry, activated: np.ndarray) -> float:
    if setup.scale == "cable":
        start, end = (np.array([share * setup.size_mm[0], 0.0, 0.0]) for share in (0.25, 0.75))
        return velocity.between(geometry, activated, start, end)
    return _or_nan(np.nanmedian, velocity.local(geometry, activated))


def _or_nan(statistic: Callable[[np.ndarray], float], values: np.ndarray) -> float:
    return float(statistic(values)) if np.isfinite(values).any() else np.nan


def _unknown() -> dict[str, float]:
    """Return the values of a simulation of which nothing is known."""
    return {name: np.nan for name in OUTPUTS} | {name: -1 for name in FLAGS}


def _failed(failure: int) -> dict[str, float]:
    """Return the values of a simulation of which nothing is known but why it failed."""
    return _unknown() | {"status": Status.FAILED, "failure": failure}
