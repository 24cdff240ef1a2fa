"""Fibrosis: its density and size, and its independence of the grid."""

import numpy as np
import pytest
from scipy import ndimage

from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.fibrosis import random_function, with_fibrosis

SHEET = box([40, 40], 0.5)


def test_the_share_of_nodes_that_do_not_conduct_is_the_density_and_what_it_cuts_off():
    thin, dense = (
        1 - len(with_fibrosis(SHEET, density, 1.0, seed=1).nodes) / len(SHEET.nodes) for density in (0.1, 0.3)
    )
    assert thin == pytest.approx(0.1, abs=0.005)
    assert 0.3 < dense < 0.4


def test_what_is_left_is_connected():
    grid = with_fibrosis(SHEET, 0.45, 1.0, seed=1)
    assert ndimage.label(grid.tags)[1] == 1
    assert len(grid.nodes) < 0.55 * len(SHEET.nodes)  # islands are gone


def test_patches_are_at_the_same_places_on_another_grid():
    coarse, fine = (with_fibrosis(box([40, 40], spacing), 0.3, 2.0, seed=3) for spacing in (0.5, 0.25))
    differ = coarse.tags[0] != fine.tags[0, ::2, ::2]
    assert differ.mean() < 0.01


def test_a_denser_fibrosis_contains_a_thinner_one():
    thin, dense = (with_fibrosis(SHEET, density, 1.0, seed=2).tags for density in (0.1, 0.2))
    assert not (dense & ~thin).any()


def test_the_seed_places_the_patches():
    one, other = (with_fibrosis(SHEET, 0.2, 1.0, seed).tags for seed in (1, 2))
    assert (one != other).mean() > 0.1


def test_the_random_function_has_the_covariance_that_is_said():
    rng = np.random.default_rng(0)
    start = rng.uniform(0, 100, (2000, 3))
    apart = start + np.array([1.0, 0.0, 0.0])
    products = [random_function(start, 1.0, seed) * random_function(apart, 1.0, seed) for seed in range(10)]
    assert np.mean(products) == pytest.approx(np.exp(-0.5), abs=0.05)
    assert np.mean([random_function(start, 1.0, seed) ** 2 for seed in range(10)]) == pytest.approx(1, abs=0.05)


def test_surfaces_keep_their_nodes():
    left = np.flatnonzero(SHEET.positions[:, 0] == 0)
    marked = box([40, 40], 0.5)
    marked.surfaces["left"] = left
    grid = with_fibrosis(marked, 0.3, 1.0, seed=1)
    assert (grid.positions[grid.surfaces["left"]][:, 0] == 0).all()
    assert len(grid.surfaces["left"]) == (grid.positions[:, 0] == 0).sum()
