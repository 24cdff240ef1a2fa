"""The compiled loop: the same bits as step by step, which is how several threads advance a run."""

from dataclasses import replace

import numpy as np
import pytest

from pointes.tissue.assembly import Tissue
from pointes.tissue.description import Site, TissueDescription
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers.activation import Activations
from pointes.tissue.observers.ead_margin import EadMargins
from pointes.tissue.observers.ecg import PseudoECG
from pointes.tissue.solver import checkpoint, monodomain, watch
from pointes.tissue.solver.monodomain import Monodomain, Region
from pointes.tissue.solver.stimuli import at_times
from pointes.tissue.solver.voxels import VoxelDiffusion

CABLE = TissueDescription(
    "cable", "tentusscher-2006", size_mm=(6.0,), spacing_mm=0.25, layers={"endo": 1, "M": 1, "epi": 1},
    beats=2, cycle_length_ms=8.0, duration_ms=1.3, time_step_ms=0.04, sites=(Site(), Site("x1", 1.0, delay_ms=3.3)),
)  # fmt: skip
TISSUES = {
    "cable": CABLE,
    "sheet": replace(CABLE, scale="sheet", size_mm=(3.0, 2.0), adaptive=False, substeps=3),
    "slab": replace(CABLE, scale="slab", size_mm=(2.0, 1.5, 1.0), fibre_angles_deg=(60.0, -60.0)),
    "ventricles": replace(
        CABLE, scale="ventricles", size_mm=(), spacing_mm=2.0, along=1.0, across=0.3,
        sites=(Site("lv_endocardium", radius_mm=15, centre_mm=(9, 41, 60)),),
    ),
}  # fmt: skip
UNTIL = 15.0  # ms


def image():
    """Two regions with holes, and a stimulus that is on twice."""
    tags = np.random.default_rng(3).choice([0, 1, 2], (7, 9, 19), p=[0.15, 0.5, 0.35]).astype(np.int16)
    grid = Grid(0.3, tags, {1: "endo", 2: "epi"}, on_faces=False)
    s1 = at_times(grid, "x0", 80.0, 1.0, [0.5, 7.25])
    return grid, VoxelDiffusion(grid, np.diag([0.1, 0.05, 0.05])), [s1]


def made(name, threads):
    """A run of a tissue, and its observers."""
    description = TISSUES.get(name, CABLE)
    if name == "image":
        (grid, diffusion, stimuli), substeps = image(), 1
    else:
        tissue = Tissue(description)
        grid, diffusion, stimuli, substeps = tissue.grid, tissue.diffusion, tissue.stimuli, tissue.substeps
    regions = {region: Region(model, {}, {}) for region, model in description.models.items()}
    run = Monodomain(
        grid, regions, diffusion, stimuli, time_step_ms=description.time_step_ms, substeps=substeps,
        adaptive=description.adaptive, threads=threads,
    )  # fmt: skip
    leads = PseudoECG(grid, diffusion, {"ecg": grid.corners[1] + 20.0}, 0.52)
    return run, [Activations(len(grid.nodes)), EadMargins(diffusion, stimuli, 0.8), leads]


def bits(run, observers):
    """All arrays of a run and of its observers, and its failure."""
    arrays = run.state() | {f"{k}.{key}": a for k, seen in enumerate(observers) for key, a in seen.state().items()}
    return {name: array.tobytes() for name, array in arrays.items()} | {"failure": run.failure}


@pytest.mark.parametrize("name", [*TISSUES, "image"])
def test_all_ways_to_advance_give_the_same_bits(name, tmp_path, monkeypatch):
    whole = made(name, 1)
    assert whole[0].run(UNTIL, whole[1])
    assert len(whole[1][0].time_ms) > 0
    expected = bits(*whole)
    monkeypatch.setattr(monodomain, "SMALLEST_PART", 2)
    for threads in (2, 3):
        stepwise = made(name, threads)
        stepwise[0].run(UNTIL, stepwise[1])
        assert bits(*stepwise) == expected

    path, part = tmp_path / "run.npz", made(name, 1)
    for until in (0.53, 1.31, 7.77):  # ms, within stimuli and between observations
        part[0].run(until, part[1])
        checkpoint.save(path, *part)
        part = made(name, 1 + (until > 1))
        checkpoint.restore(path, *part)
    part[0].run(UNTIL, part[1])
    assert bits(*part) == expected

    nodes = len(whole[0].grid.nodes)
    monkeypatch.setattr(watch, "KEPT", 3 * nodes)
    monkeypatch.setattr(monodomain, "NODE_STEPS", 7 * nodes)
    pieces = made(name, 1)
    pieces[0].run(UNTIL, pieces[1])
    assert bits(*pieces) == expected


@pytest.mark.parametrize("name", [*TISSUES, "image"])
@pytest.mark.parametrize("broken", [np.nan, 3e5])
def test_a_breakdown_in_the_middle_is_the_same_in_all_ways(name, broken):
    found = []
    for threads in (1, 2):
        run, observers = made(name, threads)
        run.run(5.0, observers)
        run.u[run.diffusion.places[-3]] = broken
        assert not run.run(UNTIL, observers)
        found.append(bits(run, observers))
    assert found[0] == found[1]
    assert 125 < run.step < 130
    assert run.failure.place_mm == tuple(run.grid.positions[-3])
