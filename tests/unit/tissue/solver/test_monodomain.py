"""The monodomain solver: against reference cables, exact solutions and itself."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from pointes import cells
from pointes.errors import UserError
from pointes.tissue.geometry import sites
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers import velocity
from pointes.tissue.observers.activation import Activations
from pointes.tissue.solver import checkpoint, reaction, stimuli
from pointes.tissue.solver.box import BoxDiffusion
from pointes.tissue.solver.monodomain import Monodomain, Region, substeps_needed
from pointes.tissue.solver.voxels import VoxelDiffusion
from pointes.vocabulary import Failure

DATA = Path(__file__).parents[3] / "data"
CELLS = {  # of the reference cables
    "bueno_orovio_2008_epi": ("bueno-orovio-2008", "epi"),
    "mitchell_schaeffer_2003": ("mitchell-schaeffer-2003", None),
    "ord2011_endo": ("ohara-2011", "endo"),
    "torord_fkatp_endo": ("torord-fkatp", "endo"),
    "tt2006_epi": ("tentusscher-2006", "epi"),
}
TESTED = {
    ("0.2", "0.05"),
    ("0.2", "0.01"),
    ("0.5", "0.01"),
}  # spacing and time step of the reference rows compared here
FAST = {"membrane.tau_close": 20.0, "membrane.tau_open": 60.0}  # Mitchell–Schaeffer with short action potentials


def region(name: str, celltype: str | None = None, **parameters: float) -> Region:
    return Region(reaction.load(name, celltype, tuple(parameters)), {}, parameters)


def velocity_of(row: dict[str, str], **scheme: float) -> float:
    """Return the conduction velocity [m/s] of a cable as in the reference; NaN without propagation."""
    grid = box([30], float(row["dx_mm"]))
    cells = region(*CELLS[row["model"]])
    diffusion = BoxDiffusion(grid, np.full(3, float(row["D_mm2_per_ms"])), **scheme)
    amplitude = 80.0 if cells.model.span > 1 else 0.5
    s1 = stimuli.at_times(grid, sites.Box((0, 0, 0), (1.5, 0, 0)), amplitude, 2.0, [0.0])
    step = float(row["dt_ms"])
    run = Monodomain(grid, {"tissue": cells}, diffusion, [s1], time_step_ms=step)
    activations = Activations(len(grid.nodes), step, cells.model.thresholds)
    assert run.run(25.0 / 0.3 * np.sqrt(0.0953 / float(row["D_mm2_per_ms"])), [activations])
    return velocity.between(grid, activations.beat().time_ms, np.array([10.0, 0, 0]), np.array([20.0, 0, 0]))


@pytest.mark.parametrize("model", CELLS)
def test_conduction_velocity_of_reference_cables(model):
    with (DATA / "cable_cv.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["model"] == model and row["D_mm2_per_ms"] == "0.0953"]
    compared = [row for row in rows if (row["dx_mm"], row["dt_ms"]) in TESTED]
    assert len(compared) >= 4
    for row in compared:
        expected = float(row["cv_m_per_s"])
        found = velocity_of(row, order=int(row["scheme"][-1]), front_rate=0.0)
        assert found == pytest.approx(expected if expected > 0 else np.nan, rel=5e-3, nan_ok=True), row


@pytest.mark.parametrize("model", ["bueno_orovio_2008_epi", "torord_fkatp_endo", "tt2006_epi"])
@pytest.mark.parametrize(("diffusivity", "worst"), [("0.0953", 0.025), ("0.0126", 0.07)])
def test_conduction_velocity_at_a_coarse_spacing(model, diffusivity, worst):
    """With 0.2 mm; the plain scheme of the reference is off by 8 % along and 37 % across fibres."""
    with (DATA / "cable_cv.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["model"] == model]
    converged = next(row for row in rows if row["D_mm2_per_ms"] == "0.0953" and row["dx_mm"] == "0.025")
    expected = float(converged["cv_m_per_s"]) * np.sqrt(float(diffusivity) / 0.0953)
    row = {"model": model, "D_mm2_per_ms": diffusivity, "dx_mm": "0.2", "dt_ms": "0.02"}
    assert velocity_of(row) == pytest.approx(expected, rel=worst)


def test_linear_cells_follow_the_exact_solution(tmp_path):
    """With linear cells, each wave cos(k x) of the potential evolves by the exponential of a 2 × 2 matrix."""
    path = tmp_path / "linear.mmt"
    path.write_text(
        "[[model]]\nmembrane.v = 1\ncell.w = 0.5\n[engine]\ntime = 0 [ms] bind time\n  in [ms]\npace = 0 bind pace\n"
        "[membrane]\ndot(v) = -0.1 * v + 0.3 * cell.w + engine.pace label membrane_potential\n"
        "[cell]\ndot(w) = -0.2 * membrane.v - 0.5 * w\n"
    )
    cells = Region(reaction.load(str(path)), {}, {})
    grid = box([1], 0.05)
    wave = np.cos(2 * np.pi * grid.positions[:, 0])
    d = 0.02
    exact = expm(np.array([[-0.1 - d * (2 * np.pi) ** 2, 0.3], [-0.2, -0.5]]))[0] @ [1.0, 0.5] * wave
    errors = []
    for step in (0.02, 0.01):
        diffusion = BoxDiffusion(grid, np.full(3, d), front_rate=0.0)
        run = Monodomain(grid, {"tissue": cells}, diffusion, [], time_step_ms=step)
        run.u[run.diffusion.places] = wave
        lanes = np.resize(wave, run.cells[0].bundles * 8).reshape(-1, 8)
        run.cells[0].rows[:, 0], run.cells[0].rows[:, -2] = 0.5 * lanes, lanes
        run.run(1.0)
        errors.append(np.abs(run.potential - exact).max())
    assert errors[1] < 2e-3
    assert np.log2(errors[0] / errors[1]) == pytest.approx(1, abs=0.1)


def spiral(grid: Grid, until_ms: float) -> Activations:
    """Return what is activated when in a run in which a spiral wave is started."""
    cells = region("mitchell-schaeffer-2003", None, **FAST)
    diffusion = VoxelDiffusion(grid, 0.1 * np.eye(3))
    wave = stimuli.at_times(grid, "x0", 0.5, 2.0, [0.0])
    quarter = stimuli.at_times(grid, sites.Box((0.0, 0.0, 0.0), (20.0, 20.0, 0.0)), 0.5, 2.0, [110.0])
    run = Monodomain(grid, {"tissue": cells}, diffusion, [wave, quarter], time_step_ms=0.2, adaptive=True)
    activations = Activations(len(grid.nodes), 1.0, cells.model.thresholds)
    assert run.run(until_ms, [activations])
    return activations


def periods(activations: Activations, grid: Grid, place: tuple[float, float], start_ms: float) -> np.ndarray:
    """Return the times [ms] between activations of the node nearest to a place, from a time on."""
    node = np.argmin(np.abs(grid.positions[:, :2] - place).sum(1))
    times = np.sort(activations.time_ms[activations.node == node])
    return np.diff(times[times > start_ms])


def test_a_spiral_wave_persists_with_a_stable_period_and_a_scar_pins_it():
    free = box((40, 40), 0.5)
    radius = 9.0
    centre = sites.Sphere((20.0, 20.0, 0.0), radius)
    tags = free.tags.copy()
    tags.flat[free.nodes[sites.nodes_at(free, centre, "scar")]] = 0
    scarred = replace(free, tags=tags)
    found = []
    for grid in (free, scarred):
        activations = spiral(grid, 2000.0)
        assert activations.time_ms.max() > 1980
        corners = [periods(activations, grid, place, 1000.0) for place in ((5, 5), (35, 5), (5, 35), (35, 35))]
        assert all(len(corner) >= 3 for corner in corners)
        found.append(np.concatenate(corners))
        assert np.ptp(found[-1]) < 0.04 * found[-1].mean()
    around = 2 * np.pi * radius / 0.28  # ms, at about the velocity of a curved wave
    assert found[1].mean() > 1.5 * found[0].mean()
    assert found[1].mean() == pytest.approx(around, rel=0.2)


def test_adaptive_updates_hardly_change_an_action_potential():
    grid = box([10], 0.2)
    cells, beats = region("tentusscher-2006", "epi"), []
    for adaptive in (False, True):
        s1 = stimuli.at_times(grid, "x0", 80.0, 2.0, [0.0])
        diffusion = BoxDiffusion(grid, np.full(3, 0.0953))
        run = Monodomain(grid, {"tissue": cells}, diffusion, [s1], time_step_ms=0.05, adaptive=adaptive)
        activations = Activations(len(grid.nodes), 0.05)
        assert run.run(450.0, [activations])
        beats.append(activations.beat())
    assert np.abs(beats[1].time_ms - beats[0].time_ms).max() < 0.1
    assert np.abs(beats[1].apd90_ms - beats[0].apd90_ms).max() < 0.5


def test_a_slab_extrudes_the_sheet():
    runs = []
    for grid in (box((4, 3), 0.25), box((4, 3, 1), 0.25)):
        s1 = stimuli.at_times(grid, sites.Box((0, 0, 0), (1, 1, 1)), 80.0, 2.0, [0.0])
        diffusion = BoxDiffusion(grid, np.array([0.1, 0.05, 0.07]))
        cells = {"tissue": region("tentusscher-2006", "epi")}
        run = Monodomain(grid, cells, diffusion, [s1], time_step_ms=0.05)
        run.run(6.0)
        runs.append(grid.scatter(run.potential))
    flat, thick = runs
    assert np.ptp(flat) > 50
    for layer in thick:
        assert layer == pytest.approx(flat[0], abs=1e-9)


def test_results_do_not_depend_on_threads_or_interruption(tmp_path):
    grid = box((5, 5), 0.25)

    def made(threads: int) -> Monodomain:
        s1 = stimuli.at_times(grid, "x0", 80.0, 2.0, [0.0])
        cells, diffusion = {"tissue": region("ohara-2011", "endo")}, VoxelDiffusion(grid, 0.1 * np.eye(3))
        return Monodomain(grid, cells, diffusion, [s1], time_step_ms=0.05, adaptive=True, threads=threads)

    whole, threaded, first, second = made(1), made(2), made(1), made(1)
    observers = [Activations(len(grid.nodes)) for _ in range(3)]
    whole.run(6.0, observers[:1])
    threaded.run(6.0)
    first.run(2.5, observers[1:2])
    checkpoint.save(tmp_path / "run.npz", first, observers[1:2])
    checkpoint.restore(tmp_path / "run.npz", second, observers[2:])
    second.run(6.0, observers[2:])
    for other in (threaded, second):
        assert np.array_equal(whole.u, other.u)
        assert np.array_equal(whole.cells[0].rows, other.cells[0].rows)
    assert np.array_equal(observers[0].time_ms, observers[2].time_ms)
    assert len(observers[0].time_ms) > 0


def test_damaged_restart_file(tmp_path):
    grid = box([1], 0.25)
    cells, path = {"tissue": region("mitchell-schaeffer-2003")}, tmp_path / "run.npz"
    run = Monodomain(grid, cells, BoxDiffusion(grid, np.full(3, 0.1)), [], time_step_ms=0.1)
    checkpoint.save(path, run)
    content = path.read_bytes()
    for damaged in (content[:-30], content[:100] + bytes(40) + content[140:], b"nothing"):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=r"run.npz: damaged restart file \(.*\); remove it to start anew"):
            checkpoint.restore(path, run)
    with pytest.raises(UserError, match=r"cannot be read \(Is a directory\)$"):
        checkpoint.restore(tmp_path, run)
    other = Monodomain(grid, cells, BoxDiffusion(grid, np.full(3, 0.1)), [], time_step_ms=0.15)
    path.write_bytes(content)
    with pytest.raises(UserError, match="restart file of another tissue, model or time step"):
        checkpoint.restore(path, other)


def test_run_that_breaks_down_tells_where_and_when():
    grid = box([5], 0.25)
    run = Monodomain(
        grid, {"tissue": region("mitchell-schaeffer-2003")}, BoxDiffusion(grid, np.full(3, 0.1)), [],
        time_step_ms=0.1,
    )  # fmt: skip
    run.run(1.0)
    run.cells[0].rows[1, 0, 2] = np.nan
    assert not run.run(5.0)
    assert run.failure.reason == Failure.NOT_FINITE
    assert run.failure.place_mm == (2.5, 0.0, 0.0)
    assert run.failure.time_ms == pytest.approx(1.1)
    assert run.step == 11


def test_unstable_step_is_refused():
    grid = box((2, 2, 1), 0.1)
    diffusion = BoxDiffusion(grid, np.array([0.0952984, 0.0125758, 0.0125758]))
    cells = {"tissue": region("mitchell-schaeffer-2003")}
    with pytest.raises(UserError) as error:
        Monodomain(grid, cells, diffusion, [], time_step_ms=0.05)
    assert str(error.value) == (
        "time_step_ms: 0.05; expected at most 0.0259 for this spacing and conductivity, or 2 diffusion substeps"
    )
    assert substeps_needed(diffusion, 0.05) == 2


def test_region_without_cells_is_refused():
    grid = box([2], 0.25, layers={"endo": 0.5, "epi": 0.5})
    with pytest.raises(UserError, match="region of tag 2: 'epi'; expected one of endo"):
        Monodomain(
            grid, {"endo": region("mitchell-schaeffer-2003")}, BoxDiffusion(grid, np.full(3, 0.1)), [],
            time_step_ms=0.1,
        )  # fmt: skip


@pytest.mark.parametrize("name", cells.names())
def test_without_diffusion_each_node_is_the_cell(name):
    """Set off by a raised potential, a node repolarises as the cell engine says, and states end alike."""
    compiled = cells.load(name)
    v = compiled.kernel.POTENTIAL
    raised = compiled.initial_state.copy()
    raised[v] += 0.6 if compiled.kernel.DIMENSIONLESS else 70.0
    options = {"cycle_length": 400.0, "initial_state": raised, "stimulus_duration": 0.0}
    course = cells.trace(compiled, {}, **options)
    expected = cells.pace(compiled, {}, final_state=True, **options)["state"]
    grid = box([0.25], 0.25)
    model = reaction.load(name)
    state = dict(zip(compiled.states, raised, strict=True))
    run = Monodomain(
        grid, {"tissue": Region(model, state, {})}, BoxDiffusion(grid, np.zeros(3), front_rate=0.0), [],
        time_step_ms=0.02, adaptive=True,
    )  # fmt: skip
    times, potentials = [], []
    while run.time_ms < 399.99:
        assert run.run(run.time_ms + 1.0)
        times.append(run.time_ms)
        potentials.append(run.potential[0])
    exact = np.interp(times, course["time_ms"], course["v_mV"])
    assert np.abs(np.array(potentials) - exact)[5:].mean() < 0.01 * model.span
    final = dict(zip(compiled.states, np.atleast_2d(expected)[0], strict=True))
    for row, state_name in enumerate(model.states):
        found = run.cells[0].rows[0, row, 0]
        scale = max(abs(final[state_name]), abs(model.initial_state[state_name]), 1e-3)
        assert found == pytest.approx(final[state_name], abs=0.1 * scale), state_name
