"""Reproducible random numbers: every stream of them is identified by (seed, use, counter)."""

from enum import IntEnum

import numpy as np
import scipy

from pointes.learning.types import Array


class RandomStream(IntEnum):
    """Use of a stream of random numbers. Streams of different uses are independent."""

    DESIGN = 0  # start and its continuation, the unbiased stream
    CANDIDATES = 1  # candidates from which a batch is chosen; the counter is the number of labelled points
    REFERENCE = 2  # fixed points on which successive fits are compared
    VERIFICATION = 3  # points of which those along the boundary verify the classifier
    ACQUISITION = 4  # random numbers of an acquisition; the counter is the number of labelled points
    UNCERTAINTY = 5  # points that follow distributions of the parameters


def generator(seed: int, stream: RandomStream, counter: int = 0) -> np.random.Generator:
    """Return the generator of a stream of random numbers at its beginning."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(stream), counter)))


def sobol(bounds: Array, first: int, stop: int, seed: int, stream: RandomStream, counter: int = 0) -> Array:
    """Return points ``first`` to ``stop - 1`` of a scrambled Sobol sequence within ``bounds``, (stop - first, d).

    Examples
    --------
    >>> bounds = np.array([[0.0, 1.0], [0.0, 2.0]])
    >>> start = sobol(bounds, 0, 4, 1, RandomStream.DESIGN)
    >>> np.array_equal(sobol(bounds, 2, 4, 1, RandomStream.DESIGN), start[2:])
    True
    """
    engine = scipy.stats.qmc.Sobol(len(bounds), rng=generator(seed, stream, counter))
    # scipy warns about lost balance unless a whole power of two is drawn.
    points = engine.random_base2(max(stop - 1, 0).bit_length())[first:stop]
    return bounds[:, 0] + points * (bounds[:, 1] - bounds[:, 0])
