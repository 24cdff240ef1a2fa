r"""Sobol indices of plausible boundaries, with their uncertainty: how much the label depends on each parameter.

For a label Y of independent, uniform parameters, the first-order index :math:`S_j = V(E(Y|x_j))/V(Y)` is the share of
the label's variance that knowing :math:`x_j` alone removes, and the total index :math:`T_j = E(V(Y|x_{\sim j}))/V(Y)`
the share that remains when all but :math:`x_j` are known: Sobol, Math. Comput. Simul. 55, 271 (2001),
doi:10.1016/S0378-4754(00)00270-6. :math:`T_j - S_j` is what :math:`x_j` does together with others. Estimated by SALib
with the designs of Saltelli et al., Comput. Phys. Commun. 181, 259 (2010), doi:10.1016/j.cpc.2009.09.018.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.explanation.draws import Surface
from pointes.learning.types import Array

SAMPLES = 1024  # base points; a surface is evaluated at (d + 2) times as many
RESAMPLES = 50  # bootstrap samples per draw
ORDERS = ("S1", "ST")  # names that SALib gives to first-order and total indices
INTERVAL = (2.5, 97.5)  # percentiles at the ends of the 95 % interval


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Indices of each parameter: estimate, lower and upper end of the 95 % interval, (d, 3) each.

    The estimate is the mean over the draws. The interval holds both uncertainties: of the boundary, by the draws, and
    of the sampling, by bootstrap. NaN where no draw has both labels: there is no variance to be shared.
    """

    first: Array  # first-order indices
    total: Array  # total indices


def sobol_indices(surface: Surface, bounds: ArrayLike, *, samples: int = SAMPLES, seed: int = 1) -> SobolIndices:
    """Estimate first-order and total Sobol indices of plausible surfaces.

    Parameters
    ----------
    surface
        Draws of labels (:func:`~pointes.learning.explanation.draws.label_draws`).
    bounds : (d, 2) array
        Range of each parameter, in which it is uniformly distributed.
    samples : int
        Base points, a power of two.
    seed : int
        Seed of sampling and bootstrap.
    """
    bounds = np.asarray(bounds, dtype=float)
    d = len(bounds)
    values = surface(bounds[:, 0] + saltelli_points(d, samples, seed) * (bounds[:, 1] - bounds[:, 0]))
    varying = values[np.ptp(values, axis=1) > 0]
    if not len(varying):
        return SobolIndices(np.full((d, 3), np.nan), np.full((d, 3), np.nan))
    estimates, resampled = indices_of(varying, d, RESAMPLES, seed)
    mean = estimates.mean(axis=0)
    ends = np.percentile(resampled, INTERVAL, axis=(0, 2))
    first, total = (np.column_stack([mean[order], *ends[:, order]]) for order in (0, 1))
    return SobolIndices(first, total)


def saltelli_points(d: int, samples: int, seed: int) -> Array:
    """Return the points of the unit cube at which a function is evaluated for its indices, (samples (d + 2), d)."""
    from SALib.sample import sobol as sample  # takes a second

    return np.asarray(sample.sample(_problem(d), samples, calc_second_order=False, seed=seed))


def indices_of(values: Array, d: int, resamples: int, seed: int) -> tuple[Array, Array]:
    """Return the indices of k functions with respect to d parameters, first-order and total.

    Parameters
    ----------
    values : (k, samples (d + 2)) array
        Values of the functions, none of them constant, at the points that `saltelli_points` returns.
    d, resamples, seed : int
        Number of parameters, number of bootstrap samples, at least two, and their seed.

    Returns
    -------
    (k, 2, d) array, (k, 2, resamples, d) array
        Estimates, and those of the bootstrap samples.
    """
    from SALib.analyze import sobol as analyse  # takes a second

    options = {"calc_second_order": False, "num_resamples": resamples, "keep_resamples": True}
    options["seed"] = seed or 1  # SALib takes 0 for no seed
    results = [analyse.analyze(_problem(d), one, **options) for one in values]
    estimates = np.array([[result[order] for order in ORDERS] for result in results])
    return estimates, np.array([[result[f"{order}_conf_all"] for order in ORDERS] for result in results])


def _problem(d: int) -> dict[str, Any]:
    return {"num_vars": d, "names": [str(k) for k in range(d)], "bounds": [[0.0, 1.0]] * d}
