"""The peers' side of tissue.py: finitewave or torchcor on the slab of Niederer et al. 2011 [1], on one thread.

    python benchmarks/tissue_peers.py finitewave|torchcor niederer --dx 0.2 --dt 0.05 [--duration 50]
    python benchmarks/tissue_peers.py finitewave|torchcor throughput --nodes 58176

Run it with the interpreter of an environment that has the peers (`pip install finitewave torchcor`) and a C++ compiler,
which torchcor calls; nothing of pointes is imported. Cell, initial state, conductivities and stimulus are those of the
benchmark. `throughput` steps a slab of the same proportions at 0.2 mm and 0.05 ms.

One line of JSON is printed. `cpu_s` is the CPU time of the steps alone: imports, mesh files, set-up (stencil weights,
matrices) and compilation (into an empty cache) are not in it.

torchcor runs in single precision with the tolerance of its own quick start (its conjugate gradients are in double).
Its activation times depend on how the cubes are cut into tetrahedra: `--diagonals mirrored` flips the cut from cube to
cube, so that no diagonal of the slab is favoured; `parallel` gives all cubes the same one.

[1] Niederer et al., Phil. Trans. R. Soc. A 369, 4331 (2011). doi:10.1098/rsta.2011.0139
"""

import argparse
import json
import math
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np

SLAB = np.array([20.0, 7.0, 3.0])  # mm; fibres along x
POINTS = {f"P{i + 1}": SLAB * (i // 2 % 2, i % 2, i // 4) for i in range(8)} | {"C": SLAB / 2}  # mm
CONDUCTIVITIES = {"il": 0.17, "it": 0.019, "el": 0.62, "et": 0.24}  # S/m: intra-, extracellular; along, across
D_ALONG, D_ACROSS = 0.0952984, 0.0125758  # mm²/ms: half their harmonic means, over 140 /mm and 0.01 µF/mm²
STIMULUS = 50_000 / 1_400  # A/F: 50 000 µA/cm³, over the same
STIMULUS_SIDE, STIMULUS_DURATION = 1.5, 2.0  # mm, ms
STATE = (  # finitewave's name, torchcor's name, value in mV, mM or 1
    ("u", "V", -85.23),
    ("cai", "Cai", 0.000126),
    ("casr", "CaSR", 3.64),
    ("cass", "CaSS", 0.00036),
    ("nai", "Nai", 8.604),
    ("ki", "Ki", 136.89),
    ("m", "M", 0.00172),
    ("h", "H", 0.7444),
    ("j", "J", 0.7045),
    ("xr1", "Xr1", 0.00621),
    ("xr2", "Xr2", 0.4712),
    ("xs", "Xs", 0.0095),
    ("r", "R", 2.42e-8),
    ("s", "S", 0.999998),
    ("d", "d", 3.373e-5),
    ("f", "F", 0.7888),
    ("f2", "F2", 0.9755),
    ("fcass", "FCaSS", 0.9953),
    ("rr", "R_", 0.9073),
)
TOLERANCE, ITERATIONS = 1e-5, 100  # of torchcor's conjugate gradients: those of its documentation
THROUGHPUT_DX, THROUGHPUT_DT = 0.2, 0.05  # mm, ms
THROUGHPUT_SHAPE = np.array([101, 36, 16])  # of the whole slab


@dataclass(frozen=True)
class Run:
    """What a peer did.

    Attributes
    ----------
    precision : str
        Of the cells' states: "single" or "double".
    dt : float
        Step [ms].
    steps : int
        Steps timed.
    cpu, setup, compilation : float
        Times [s].
    potentials : (n_times, n_probes) array
        [mV], every step from time 0.
    """

    precision: str
    dt: float
    steps: int
    cpu: float
    setup: float
    compilation: float
    potentials: np.ndarray


def run_finitewave(shape: tuple[int, ...], dx: float, dt: float, duration: float, probes: np.ndarray) -> Run:
    """Run finitewave's explicit scheme with the stencil that it prescribes for anisotropic tissue.

    Parameters
    ----------
    shape : (3,) of int
        Nodes along x, y and z.
    dx, dt, duration : float
        Spacing [mm]; step [ms], shortened to the largest that diffusion allows; simulated time [ms].
    probes : (n_probes, 3) array of int
        Nodes whose potential is recorded.
    """
    import finitewave as fw
    from finitewave.cpuwave.stencil.sten3D.asymmetric_stencil_3d import AsymmetricStencil3D

    limit = dx**2 / (2 * D_ALONG + 4 * D_ACROSS)  # beyond it a potential alternating from node to node grows
    if dt > limit:
        dt = STIMULUS_DURATION / math.ceil(STIMULUS_DURATION / limit)

    tissue = fw.CardiacTissue([n + 2 for n in shape])  # the outermost nodes are empty
    tissue.fibers = np.zeros((*tissue.mesh.shape, 3))
    tissue.fibers[..., 0] = 1
    model = fw.TenTusscherPanfilov2006()
    model.cardiac_tissue, model.prog_bar = tissue, False
    model.dt, model.dr, model.D_model = dt, dx, D_ALONG
    model.stencil = AsymmetricStencil3D()
    model.stencil.D_al, model.stencil.D_ac = 1, D_ACROSS / D_ALONG  # relative to D_model
    for name, _, value in STATE:
        setattr(model, f"init_{name}", value)
    end = math.floor(round(STIMULUS_SIDE / dx, 6)) + 2
    last = STIMULUS_DURATION - 1.5 * dt  # a stimulus also acts in the first step at or after its end
    model.stim_sequence = fw.StimSequence()
    model.stim_sequence.add_stim(fw.StimCurrentCoord(0, STIMULUS, last, 1, end, 1, end, 1, end))
    tracker = fw.ActionPotentialTracker()
    tracker.cell_ind = probes + 1
    model.tracker_sequence = fw.TrackerSequence()
    model.tracker_sequence.add_tracker(tracker)

    first, setup = timed(model.initialize), timed(model.initialize)
    model.t_max = dt
    step = timed(lambda: model.run(initialize=False))  # compiles the cell's kernel, which `initialize` would discard
    model.t_max = duration - dt / 2
    cpu = timed(lambda: model.run(initialize=False))
    return Run("double", dt, model.step - 1, cpu, setup, first - setup + step, np.array(tracker.act_pot))


def run_torchcor(
    shape: tuple[int, ...], dx: float, dt: float, duration: float, probes: np.ndarray, mesh: Path, mirrored: bool
) -> Run:
    """Run torchcor's linear elements on `tetrahedra`, its mesh files in a folder; otherwise as `run_finitewave`."""
    import torch
    from torchcor.core.mesh import Elems, MeshWriter
    from torchcor.ionic import TenTusscherPanfilov
    from torchcor.simulator import Monodomain

    torch.set_num_threads(1)
    elements = Elems()
    elements.Tt.data = tetrahedra(shape, mirrored)
    elements.Tt.region = np.zeros(len(elements.Tt.data), dtype=int)
    nodes = np.stack(np.indices(shape), axis=-1).reshape(-1, 3)
    MeshWriter(mesh, "slab").write(nodes * dx, elements, np.tile([1, 0, 0], (len(elements.Tt.data), 1)))

    model = TenTusscherPanfilov(cell_type="EPI", dt=dt, dtype=torch.float32)
    for _, name, value in STATE:
        setattr(model, f"{name}_init", value)
    simulator = Monodomain(ionic_models=[model], T=duration, dt=dt, dtype=torch.float32)
    simulator.load_mesh(path=mesh)
    simulator.add_conductivity(None, **CONDUCTIVITIES)
    stimulated = np.flatnonzero((nodes * dx <= STIMULUS_SIDE + 1e-6).all(axis=1))
    simulator.stimuli.save_stimulus_region(stimulated, mesh / "stimulus.vtx")
    # Half a step more: whether a stimulus acts in the step that ends with it would depend on rounding.
    simulator.add_stimulus(mesh / "stimulus.vtx", 0.0, STIMULUS_DURATION + dt / 2, STIMULUS)
    probed = torch.from_numpy(np.ravel_multi_index(probes.T, shape))
    potentials = []

    def advance(steps: int) -> None:
        """Do as `simulator.solve` does from the initial state, and keep the probed potentials instead of snapshots."""
        u = model.initialize(len(nodes))
        simulator.cg.initialize(x=u, linear_guess=True)
        potentials[:] = [u[probed]]
        for step in range(1, steps + 1):
            u, iterations, *_ = simulator.step(u, step * dt, TOLERANCE, TOLERANCE, ITERATIONS)
            if iterations >= ITERATIONS:
                raise RuntimeError(f"torchcor's conjugate gradients did not converge at {step * dt:g} ms")
            potentials.append(u[probed])

    setup = timed(simulator.assemble)
    compilation = timed(lambda: advance(2))
    steps = round(duration / dt)
    cpu = timed(lambda: advance(steps))
    return Run("single", dt, steps, cpu, setup, compilation, torch.stack(potentials).double().numpy())


def timed(task: Callable[[], None]) -> float:
    """Return how long a task takes [s]."""
    start = time.process_time()
    task()
    return time.process_time() - start


def tetrahedra(shape: tuple[int, ...], mirrored: bool) -> np.ndarray:
    """Return the nodes (n_tetrahedra, 4) of a grid's cubes, each cut into the six around one of its diagonals."""
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    cubes = np.indices([n - 1 for n in shape]).reshape(3, -1).T
    flipped = cubes % 2 * mirrored
    corners, edges = (cubes + flipped) @ strides, (1 - 2 * flipped) * strides
    paths = [np.column_stack([corners, edges[:, axes]]) for axes in permutations(range(3))]
    return np.cumsum(np.concatenate(paths), axis=1)


def surrounding(point: np.ndarray, dx: float) -> np.ndarray:
    """Return the nodes (n, 3) nearest to a point [mm]: one, or those half a spacing away on either side."""
    index = np.round(point / dx, 6)
    sides = zip(np.floor(index).astype(int), np.ceil(index).astype(int), strict=True)
    return np.array(sorted(set(product(*sides))))


def activation(potentials: np.ndarray, dt: float) -> np.ndarray:
    """Return when each column of potentials (n_times, n_probes) [mV] first exceeds 0 mV [ms], NaN if never."""
    above = potentials > 0
    k = np.maximum(above.argmax(axis=0), 1)
    before, after = np.take_along_axis(potentials, np.array([k - 1, k]), axis=0)
    return np.where(above.any(axis=0), (k - after / (after - before)) * dt, np.nan)


def niederer(run: Callable[..., Run], dx: float, dt: float, duration: float) -> dict[str, Any]:
    """Run the benchmark; return its numbers, with the activation times of the points [ms], null if not activated."""
    shape = tuple(int(n) for n in np.round(SLAB / dx) + 1)
    nodes = [surrounding(point, dx) for point in POINTS.values()]
    result = run(shape, dx, dt, duration, np.concatenate(nodes))
    times = activation(result.potentials, result.dt)
    means = [part.mean() for part in np.split(times, np.cumsum([len(part) for part in nodes])[:-1])]
    activations = {f"{name}_ms": None if np.isnan(t) else round(t, 4) for name, t in zip(POINTS, means, strict=True)}
    return numbers(result, shape, dx, dt) | activations


def throughput(run: Callable[..., Run], nodes: int) -> dict[str, Any]:
    """Step a slab of about so many nodes for ten million cell-steps, at least a hundred steps; return the numbers."""
    scale = (nodes / THROUGHPUT_SHAPE.prod()) ** (1 / 3)
    shape = tuple(int(n) for n in np.round(THROUGHPUT_SHAPE * scale).clip(2))
    duration = max(100, 10_000_000 // math.prod(shape)) * THROUGHPUT_DT
    result = run(shape, THROUGHPUT_DX, THROUGHPUT_DT, duration, np.zeros((1, 3), dtype=int))
    return numbers(result, shape, THROUGHPUT_DX, THROUGHPUT_DT)


def numbers(result: Run, shape: tuple[int, ...], dx: float, dt: float) -> dict[str, Any]:
    """Return what was run, with which step in place of the one asked for, and how fast."""
    return {
        "precision": result.precision,
        "shape": shape,
        "nodes": math.prod(shape),
        "dx_mm": dx,
        "dt_asked_ms": dt,
        "dt_ms": result.dt,
        "steps": result.steps,
        "cpu_s": round(result.cpu, 3),
        "setup_s": round(result.setup, 3),
        "compilation_s": round(result.compilation, 3),
        "cell_steps_per_s": round(math.prod(shape) * result.steps / result.cpu),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=("finitewave", "torchcor"))
    parser.add_argument("--diagonals", choices=("mirrored", "parallel"), default="mirrored", help="of torchcor's mesh")
    tasks = parser.add_subparsers(dest="task", required=True)
    options = tasks.add_parser("niederer")
    options.add_argument("--dx", type=float, default=0.2, help="spacing [mm]")
    options.add_argument("--dt", type=float, default=0.05, help="step [ms]")
    options.add_argument("--duration", type=float, default=50.0, help="simulated time [ms]")
    tasks.add_parser("throughput").add_argument("--nodes", type=int, default=58_176)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS"), "1")
        os.environ |= dict.fromkeys(("NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR"), folder)  # before the peers load
        what = {"peer": arguments.peer, "version": version(arguments.peer), "task": arguments.task}
        run = run_finitewave
        if arguments.peer == "torchcor":
            run = partial(run_torchcor, mesh=Path(folder) / "slab", mirrored=arguments.diagonals == "mirrored")
            what["diagonals"] = arguments.diagonals
        if arguments.task == "niederer":
            result = niederer(run, arguments.dx, arguments.dt, arguments.duration)
        else:
            result = throughput(run, arguments.nodes)
    print(json.dumps(what | result))


if __name__ == "__main__":
    main()
