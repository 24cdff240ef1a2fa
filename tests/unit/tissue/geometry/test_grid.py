"""Grids: where their nodes are, and values on them."""

import numpy as np

from pointes.tissue.geometry.grid import Grid


def test_voxels_have_their_nodes_in_their_centres_and_skip_what_does_not_conduct():
    tags = np.zeros((2, 3, 4), dtype=np.int16)
    tags[1, 2, 3] = tags[0, 1, 0] = 7
    grid = Grid(0.5, tags, {7: "endo"}, on_faces=False)
    assert grid.nodes.tolist() == [4, 23]
    assert grid.positions.tolist() == [[0.25, 0.75, 0.25], [1.75, 1.25, 0.75]]
    grid = grid.scatter(np.array([1.0, 2.0]))
    assert (grid[0, 1, 0], grid[1, 2, 3], np.isnan(grid).sum()) == (1, 2, 22)
