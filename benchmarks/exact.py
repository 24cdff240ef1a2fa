"""The risk that a classifier's prior and labels imply exactly, by sampling: a reference for the risk that it tells.

The labels are walls between which f is normal. Hamiltonian Monte Carlo moves along ellipses, which are exact, and is
reflected where a label would change: Pakman and Paninski, J. Comput. Graph. Stat. 23, 518 (2014),
doi:10.1080/10618600.2013.788448.
"""

import numpy as np
from numba import njit
from scipy.linalg import cholesky, solve_triangular
from scipy.special import ndtr

from pointes.learning import GaussianProcessClassifier
from pointes.learning.unit_cube import to_unit

WARM_UP = 200
JITTER = 1e-9  # on the diagonal of the covariance, whose rounded eigenvalues may be negative
QUARTER = 0.5 * np.pi  # how long each move is: a quarter of an ellipse forgets where it began
BEGUN = 1e-9  # time after a reflection in which the same wall is not met again


def exact_risk(classifier: GaussianProcessClassifier, points: np.ndarray, n: int = 3000, seed: int = 1) -> np.ndarray:
    """Return the risk at points (m, d), averaged over n samples of f at the training points, labels alone."""
    known, new = to_unit(classifier.points, classifier.bounds), to_unit(points, classifier.bounds)
    sign, kernel = np.where(classifier.labels > 0, 1.0, -1.0), classifier.kernel
    root = cholesky(kernel(known, known) + JITTER * np.eye(len(known)), lower=True)
    first = solve_triangular(root, classifier.training.mean, lower=True)  # has all labels right
    walls = np.ascontiguousarray(sign[:, None] * root)
    white = samples(walls, first, WARM_UP + n, np.random.default_rng(seed))[WARM_UP:]
    explained = solve_triangular(root, kernel(known, new), lower=True)
    sd = np.sqrt(np.maximum(kernel.variance(new) - (explained**2).sum(axis=0), JITTER))
    return np.mean([ndtr(one @ explained / sd) for one in white], axis=0)


@njit(cache=True)
def samples(walls: np.ndarray, first: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n samples, (n, d), of d standard normals x with walls (k, d) @ x > 0, from a first one of them."""
    found = np.empty((n, len(first)))
    x = first
    for sample in range(n):
        speed = rng.standard_normal(len(first))
        left = QUARTER
        while left > 0:
            near, towards = walls @ x, walls @ speed
            # On the ellipse each distance is a cosine, which falls through 0 a quarter of its period after its crest.
            meets = (np.arctan2(towards, near) + QUARTER) % (2.0 * np.pi)
            meets[meets < BEGUN] = 2.0 * np.pi
            wall = np.argmin(meets)
            move = min(left, meets[wall])
            x, speed = x * np.cos(move) + speed * np.sin(move), speed * np.cos(move) - x * np.sin(move)
            left -= move
            if left > 0:
                normal = walls[wall]
                speed = speed - 2.0 * (normal @ speed) / (normal @ normal) * normal
        found[sample] = x
    return found
