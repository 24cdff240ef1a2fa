"""Sites and stimuli: which nodes, when, and every mistake in one clear line."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.geometry.sites import Box, Patch, Sphere, components, nodes_at
from pointes.tissue.solver.stimuli import activation_sites, at_times, check_connected, periodic

SLAB = box((4, 3, 2), 1)


def refusal(function, *arguments, **options):
    with pytest.raises(UserError) as error:
        function(*arguments, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def two_islands():
    tags = np.ones((1, 1, 9), dtype=np.int16)
    tags[..., 4] = 0
    return Grid(0.5, tags, {1: "tissue"}, on_faces=False)


@pytest.mark.parametrize("name", ["x0", "x1", "y0", "y1", "z0", "z1"])
def test_faces(name):
    axis, end = "xyz".index(name[0]), (0, (4, 3, 2)["xyz".index(name[0])])[int(name[1])]
    assert nodes_at(SLAB, name, "site").tolist() == np.flatnonzero(SLAB.positions[:, axis] == end).tolist()


def test_a_face_of_a_mask_is_its_outermost_layer_that_conducts():
    tags = np.zeros((3, 4, 5), dtype=np.int16)
    tags[1, 1:3, 1:4] = 1
    grid = Grid(1, tags, {1: "tissue"}, on_faces=False)
    assert grid.positions[nodes_at(grid, "x1", "site")].tolist() == [[3.5, 1.5, 1.5], [3.5, 2.5, 1.5]]


def test_boxes_include_their_corners_and_forgive_round_off():
    nodes = nodes_at(SLAB, Box((1, 0, 2), (2 - 1e-9, 1, 2)), "site")
    assert SLAB.positions[nodes].tolist() == [[1, 0, 2], [2, 0, 2], [1, 1, 2], [2, 1, 2]]
    line = box([3], 0.1)
    assert nodes_at(line, Box((0, 0, 0), (0.3, 0, 0)), "site").tolist() == [0, 1, 2, 3]


def test_spheres():
    assert nodes_at(SLAB, Sphere((2, 1, 1), 1), "site").size == 7


def test_patches_are_parts_of_a_surface():
    grid = Grid(1, SLAB.tags, SLAB.regions, surfaces={"top": nodes_at(SLAB, "z1", "site")})
    nodes = nodes_at(grid, Patch("top", (0, 0, 2), 1), "site")
    assert grid.positions[nodes].tolist() == [[0, 0, 2], [1, 0, 2], [0, 1, 2]]


def test_periodic_stimuli_come_once_per_cycle():
    stimulus = periodic(SLAB, "x0", 40, 2, cycle_length_ms=500, beats=3, start_ms=10)
    assert stimulus.times_ms.tolist() == [10, 510, 1010]
    assert (stimulus.amplitude, stimulus.duration_ms) == (40, 2)


@pytest.mark.parametrize("step", [0.01, 0.02, 0.025, 0.05, 0.1, 0.125, 0.5])
def test_a_stimulus_acts_in_as_many_steps_as_it_lasts(step):
    stimulus = at_times(SLAB, "x0", 40, 2, [0, 30.1])
    steps = np.arange(round(60 / step))
    on = steps[stimulus.is_on(steps * step, step)]
    assert len(on) == 2 * round(2 / step)
    assert on[: len(on) // 2].tolist() == list(range(round(2 / step)))


def test_activation_sites_keep_their_delays_in_every_beat():
    first, second = activation_sites(SLAB, [("x0", 0), (Sphere((4, 3, 2), 1), 12)], 40, 2, cycle_length_ms=600, beats=2)
    assert (first.times_ms.tolist(), second.times_ms.tolist()) == ([0, 600], [12, 612])
    assert second.nodes.size == 4


def test_parts_are_connected_through_faces_only():
    tags = np.zeros((1, 3, 3), dtype=np.int16)
    tags[0, [0, 0, 1, 2], [0, 1, 2, 2]] = 1
    assert components(Grid(1, tags, {1: "tissue"})).tolist() == [0, 0, 1, 1]


def test_stimuli_must_reach_all_of_the_tissue():
    grid = two_islands()
    left, right = at_times(grid, "x0", 40, 2, [0]), at_times(grid, "x1", 40, 2, [0])
    check_connected(grid, [left, right])
    assert refusal(check_connected, grid, [left]) == (
        "the stimuli cannot reach 4 of 8 nodes: the tissue has 2 disconnected parts and 1 of them is stimulated; "
        "expected a stimulus in each part, or no tissue at (2.75, 0.25, 0.25) mm"
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: at_times(SLAB, "x0", -50, 2, [0]),
            "amplitude: -50; expected a positive number [A/F], which depolarises",
        ),
        (
            lambda: at_times(SLAB, "x0", 0, 2, [0]),
            "amplitude: 0; expected a positive number [A/F], which depolarises",
        ),
        (
            lambda: at_times(SLAB, "x0", np.nan, 2, [0]),
            "amplitude: nan; expected a positive number [A/F], which depolarises",
        ),
        (lambda: at_times(SLAB, "x0", 50, 0, [0]), "duration_ms: 0; expected a positive number [ms]"),
        (
            lambda: at_times(SLAB, "x0", 50, 2, [10, -5]),
            "times_ms: [-5, 10]; expected at least one time, none before 0",
        ),
        (lambda: at_times(SLAB, "x0", 50, 2, []), "times_ms: []; expected at least one time, none before 0"),
        (lambda: periodic(SLAB, "x0", 50, 2, 500, 0), "beats: 0; expected at least 1"),
        (lambda: periodic(SLAB, "x0", 50, 2, -500, 3), "cycle_length_ms: -500; expected a positive number [ms]"),
        (
            lambda: at_times(SLAB, Box((5, 0, 0), (6, 1, 1)), 50, 2, [0], "sites.0"),
            "sites.0: 'box from (5, 0, 0) to (6, 1, 1) mm'; expected a site with a node of the tissue, which "
            "extends from (0, 0, 0) to (4, 3, 2) mm",
        ),
        (
            lambda: at_times(two_islands(), Sphere((2.25, 0.25, 0.25), 0.1), 50, 2, [0]),
            "site: 'sphere of 0.1 mm around (2.25, 0.25, 0.25) mm'; expected a site with a node of the tissue, "
            "which extends from (0.25, 0.25, 0.25) to (4.25, 0.25, 0.25) mm",
        ),
        (
            lambda: at_times(SLAB, "X0", 50, 2, [0], "sites.1"),
            "sites.1.surface: 'X0'; expected one of x0, x1, y0, y1, z0, z1; did you mean x0?",
        ),
        (
            lambda: at_times(SLAB, Patch("lv_endocardium", (0, 0, 0), 1), 50, 2, [0]),
            "site.surface: 'lv_endocardium'; expected one of x0, x1, y0, y1, z0, z1",
        ),
    ],
)
def test_what_is_refused(build, message):
    assert refusal(build) == message
