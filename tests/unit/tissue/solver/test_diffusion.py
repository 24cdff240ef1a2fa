"""The diffusion operators: exact on what is known, conservative, symmetric, and of the order that they claim."""

import dataclasses

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry import conductivity
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.solver.box import BoxDiffusion
from pointes.tissue.solver.voxels import VoxelDiffusion

STRAIGHT = np.array([0.1, 0.02, 0.03])
OBLIQUE = np.array([[0.1, 0.03, 0.01], [0.03, 0.08, 0.02], [0.01, 0.02, 0.05]])
BOXES = {"cable": box([3], 0.25), "sheet": box((3, 2), 0.25), "slab": box((3, 2, 1), 0.25)}


@pytest.fixture
def island():
    """A ragged piece of tissue, with a hole."""
    rng = np.random.default_rng(1)
    tags = (rng.random((6, 9, 12)) < 0.8).astype(np.int16)
    tags[2:4, 3:6, 4:8] = 0
    return Grid(0.25, tags, {1: "tissue"}, on_faces=False)


@pytest.mark.parametrize("name", BOXES)
def test_the_two_operators_agree_in_a_box(name):
    box, voxels = BoxDiffusion(BOXES[name], STRAIGHT, 2, 0.0), VoxelDiffusion(BOXES[name], np.diag(STRAIGHT), 2, 0.0)
    values = np.random.default_rng(0).random(len(box.places))
    assert voxels.apply(values) == pytest.approx(box.apply(values), abs=1e-6)  # weights are single precision
    assert voxels.volumes == pytest.approx(box.volumes)
    assert 0.97 * box.largest_step_ms < voxels.largest_step_ms <= box.largest_step_ms


@pytest.mark.parametrize(("order", "front_rate", "expected"), [(2, 0.0, 2), (4, 0.0, 4), (6, 0.0, 6), (6, 0.1, 4)])
def test_order_in_space_with_boundaries(order, front_rate, expected):
    """cos(k x) cos(l y) has no flux through the faces, and is its own Laplacian."""
    errors = []
    for spacing in (0.1, 0.05):
        grid = box((2, 1), spacing)
        k, m = 2 * np.pi / 2, np.pi
        x, y, _ = grid.positions.T
        wave = np.cos(k * x) * np.cos(m * y)
        exact = -(STRAIGHT[0] * k**2 + STRAIGHT[1] * m**2) * wave
        errors.append(np.abs(BoxDiffusion(grid, STRAIGHT, order, front_rate).apply(wave) - exact).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("tensor", "order"), [(np.diag(STRAIGHT), 4), (OBLIQUE, 2)])
def test_order_in_space_between_voxels(tensor, order):
    errors = []
    for spacing in (0.1, 0.05):
        grid = box((3, 3), spacing)
        k = np.array([2.0, 1.0, 0.0])
        wave = np.cos(grid.positions @ k)
        inner = ((grid.positions[:, :2] > 0.5) & (grid.positions[:, :2] < 2.5)).all(1)
        reduced = tensor[:2, :2] - np.outer(tensor[:2, 2], tensor[2, :2]) / tensor[2, 2]  # no flux out of the sheet
        exact = -(k[:2] @ reduced @ k[:2]) * wave
        errors.append(np.abs(VoxelDiffusion(grid, tensor).apply(wave) - exact)[inner].max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.25)


@pytest.mark.parametrize("tensor", [np.diag(STRAIGHT), OBLIQUE])
def test_ragged_tissue_keeps_charge_and_is_symmetric(island, tensor):
    voxels = VoxelDiffusion(island, tensor)
    a, b = np.random.default_rng(2).random((2, len(voxels.places)))
    assert voxels.volumes @ voxels.apply(a) == pytest.approx(0, abs=1e-12)
    assert a @ voxels.apply(b) == pytest.approx(b @ voxels.apply(a), rel=1e-12)
    assert a @ voxels.apply(a) < 0
    assert np.abs(voxels.apply(np.ones(len(a)))).max() == 0


def test_no_flux_out_of_oblique_fibres():
    """A potential whose flux is along y everywhere stays as it is inside a strip along y, whatever the fibres."""
    grid = dataclasses.replace(box((1, 4), 0.1), on_faces=False)
    gradient = np.linalg.solve(OBLIQUE[:2, :2], [0.0, 1.0])
    reduced = OBLIQUE.copy()
    reduced[2, :2] = reduced[:2, 2] = 0
    change = VoxelDiffusion(grid, reduced).apply(grid.positions[:, :2] @ gradient)
    y = grid.positions[:, 1]
    assert np.abs(change[(y > 0.3) & (y < 3.8)]).max() < 1e-5


def test_rotating_the_tissue_rotates_the_answer(island):
    turned = dataclasses.replace(island, tags=np.ascontiguousarray(np.rot90(island.tags, axes=(1, 2))))
    rotation = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    values = np.random.default_rng(3).random(len(island.nodes))
    there = turned.tags > 0
    moved = np.rot90(island.scatter(values), axes=(1, 2))[there]
    expected = np.rot90(island.scatter(VoxelDiffusion(island, OBLIQUE).apply(values)), axes=(1, 2))[there]
    found = VoxelDiffusion(turned, rotation @ OBLIQUE @ rotation.T).apply(moved)
    assert found == pytest.approx(expected, abs=1e-6)


def test_equal_diffusivities_make_fibres_irrelevant(island):
    fibres = np.random.default_rng(4).normal(size=(len(island.nodes), 3))
    fibres /= np.linalg.norm(fibres, axis=1)[:, None]
    values = np.random.default_rng(5).random(len(island.nodes))
    rotated = VoxelDiffusion(island, conductivity.tensors(fibres, 0.1, 0.1))
    assert rotated.apply(values) == pytest.approx(VoxelDiffusion(island, 0.1 * np.eye(3)).apply(values), abs=1e-6)


@pytest.mark.parametrize("operator", ["box", "voxels"])
def test_largest_step_is_the_limit_of_stability(operator):
    grid = BOXES["sheet"]
    diffusion = BoxDiffusion(grid, STRAIGHT) if operator == "box" else VoxelDiffusion(grid, OBLIQUE)

    def grows(step: float) -> bool:
        u = np.zeros(diffusion.size)
        u[diffusion.places] = np.random.default_rng(6).standard_normal(len(diffusion.places))
        out = u.copy()
        advanced = diffusion.step(step)
        for _ in range(3000):
            advanced.mirror(u)
            advanced.advance(u, out, 0, diffusion.lines)
            u, out = out, u
        return not np.abs(u[diffusion.places]).max() < 10

    assert not grows(diffusion.largest_step_ms)
    assert grows(1.04 * diffusion.largest_step_ms)


def test_without_diffusion_every_step_is_stable():
    assert BoxDiffusion(BOXES["cable"], np.zeros(3), front_rate=0.0).largest_step_ms == np.inf


def test_tensors_follow_the_fibres():
    tensor = conductivity.tensors(np.array([[0.6, 0.8, 0.0]]), 0.2, 0.05)[0]
    assert tensor @ [0.6, 0.8, 0.0] == pytest.approx([0.12, 0.16, 0.0])
    assert tensor @ [-0.8, 0.6, 0.0] == pytest.approx([-0.04, 0.03, 0.0])


def test_conductivity_must_be_positive_definite():
    with pytest.raises(UserError) as error:
        VoxelDiffusion(box([1.0], 0.5), conductivity.tensors(np.eye(3), 0.1, -0.02))
    assert str(error.value) == (
        "smallest diffusivity in any direction, at 3 of 3 nodes: -0.02; expected a positive number [mm²/ms]"
    )
