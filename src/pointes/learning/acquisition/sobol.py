"""Reproducible scrambled-Sobol points: every stream of random numbers is named by (seed, purpose, counter)."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Stream(IntEnum):
    """What a stream of random numbers is for; streams of different purposes are independent."""

    DESIGN = 0
    """Start design and, continued, the unbiased stream."""
    CANDIDATES = 1
    """Pools from which a batch is chosen; the counter is the number of points told."""
    REFERENCE = 2
    """Fixed points on which successive fits are compared."""
    VERIFICATION = 3
    """Points of which those along the boundary verify the classifier."""


def sobol(bounds: Array, first: int, stop: int, seed: int, stream: Stream, counter: int = 0) -> Array:
    """Return points ``first`` to ``stop - 1`` of a scrambled Sobol sequence within ``bounds``, (stop - first, d).

    Examples
    --------
    >>> bounds = np.array([[0.0, 1.0], [0.0, 2.0]])
    >>> start = sobol(bounds, 0, 4, 1, Stream.DESIGN)
    >>> np.array_equal(sobol(bounds, 2, 4, 1, Stream.DESIGN), start[2:])
    True
    """
    from scipy.stats import qmc

    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(stream), counter)))
    engine = qmc.Sobol(len(bounds), rng=rng)
    # A whole power of two keeps scipy from warning about balance; the points wanted are its first ones.
    points = engine.random_base2(max(stop - 1, 0).bit_length())[first:stop]
    return bounds[:, 0] + points * (bounds[:, 1] - bounds[:, 0])
