r"""Sobol indices of plausible boundaries, with their uncertainty: how much the label depends on each parameter.

For a label Y of independent, uniform parameters, the first-order index :math:`S_j = V(E(Y|x_j))/V(Y)` is the share of
the label's variance that knowing :math:`x_j` alone removes, and the total index :math:`T_j = E(V(Y|x_{\sim j}))/V(Y)`
the share that remains when all but :math:`x_j` are known: Sobol, Math. Comput. Simul. 55, 271 (2001),
doi:10.1016/S0378-4754(00)00270-6. :math:`T_j - S_j` is what :math:`x_j` does together with others. Estimated by SALib
with the designs of Saltelli et al., Comput. Phys. Commun. 181, 259 (2010), doi:10.1016/j.cpc.2009.09.018.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.explanation.draws import Surface
from pointes.learning.types import Array

SAMPLES = 1024  # base points; a surface is evaluated at (d + 2) times as many
RESAMPLES = 50  # bootstrap samples per draw
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
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    bounds = np.asarray(bounds, dtype=float)
    d = len(bounds)
    problem = {"num_vars": d, "names": [str(k) for k in range(d)], "bounds": bounds.tolist()}
    values = surface(sample.sample(problem, samples, calc_second_order=False, seed=seed))
    varying = values[np.ptp(values, axis=1) > 0]
    if not len(varying):
        return SobolIndices(np.full((d, 3), np.nan), np.full((d, 3), np.nan))
    options = {"calc_second_order": False, "num_resamples": RESAMPLES, "keep_resamples": True, "seed": seed}
    results = [analyse.analyze(problem, draw, **options) for draw in varying]
    indices = []
    for order in ("S1", "ST"):
        estimate = np.mean([result[order] for result in results], axis=0)
        resampled = np.concatenate([result[f"{order}_conf_all"] for result in results])
        indices.append(np.column_stack([estimate, np.percentile(resampled, INTERVAL, axis=0).T]))
    return SobolIndices(*indices)
