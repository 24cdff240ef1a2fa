"""A tissue's diffusion as a dense matrix: finite volumes on voxels, one conductivity along each axis."""

from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture
def finite_volumes():
    def build(grid, diffusivity=(0.1, 0.1, 0.1)):
        h, shape = grid.spacing_mm, grid.tags.shape
        number = np.full(shape, -1)
        number.flat[grid.nodes] = np.arange(len(grid.nodes))
        matrix = np.zeros((len(grid.nodes),) * 2)
        for axis, d in zip((2, 1, 0), diffusivity, strict=True):
            n = shape[axis]
            left, right = (number.take(range(*ends), axis).ravel() for ends in ((0, n - 1), (1, n)))
            both = (left >= 0) & (right >= 0)
            for here, there in ((left[both], right[both]), (right[both], left[both])):
                np.add.at(matrix, (here, there), d / h**2)
                np.add.at(matrix, (here, here), -d / h**2)
        volumes = np.full(len(grid.nodes), h**3)
        return SimpleNamespace(volumes=volumes, apply=lambda values: values @ matrix.T)

    return build
