r"""Draws of IC50 and Hill coefficient from the summary of a posterior.

A table gives three quantiles of each (2.5, 50 and 97.5 %) and the correlation of log IC50 with Hill. The draws have
these quantiles: the logarithm x of either parameter is, at probability p,

.. math:: x(p) = m + s_\pm\, g(p), \qquad s_- = m - x_{2.5},\quad s_+ = x_{97.5} - m,

with the left or right scale on either side of the median m, and one of two shapes g, both -1 and 1 at the bounds:

- *two-piece normal*, g = z / 1.96 [1]_, which is the log-normal distribution when the bounds are symmetric: for every
  Hill coefficient, and for an IC50 that the measurement pins down;
- *two-piece uniform*, g = (p - 0.5) / 0.475: for an IC50 whose bounds lie more than two decades apart. The tested
  concentrations then show only that block is weak there (or complete), the likelihood is flat beyond, and the posterior
  is the prior of the fit, flat in log IC50 [2]_, cut off where the data exclude stronger block. A normal tail would
  reach beyond that edge.

An IC50 of which a table says only that it is larger than a limit (right-censored) is drawn in the same way, flat in
log IC50 from that limit to 1e10 nM, where the prior of those fits ends: in most draws there is next to no block.

References
----------
.. [1] Wallis, Statist. Sci. 29, 106 (2014). doi:10.1214/13-STS417
.. [2] Chang et al., Front. Physiol. 8, 917 (2017). doi:10.3389/fphys.2017.00917
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from pointes.drugs.table import DrugTable

_UNIDENTIFIED_DECADES = 2.0  # ASSUME: wider 95 % bounds of an IC50 come from the prior of the fit, not from the data


@dataclass(frozen=True, eq=False)
class HillDraws:
    """Draws of Hill parameters: ``ic50_nM`` [nM] and ``hill`` [-], each (n_drugs, n_draws, n_channels)."""

    ic50_nM: np.ndarray
    hill: np.ndarray


def draw_hill(table: DrugTable, n_draws: int = 200, seed: int = 1) -> HillDraws:
    """Draw Hill parameters for every drug and channel of a table.

    Where the table gives no quantiles, all draws are the best fit. Channels are independent of each other. The draws of
    a drug's channel depend on ``seed`` and the two names alone: editing other rows or columns leaves them as they are.

    Parameters
    ----------
    table
        Drugs, with the quantiles of their IC50 and Hill coefficients.
    n_draws
        Number of draws. They are a Latin hypercube in (IC50, Hill), so that few draws meet medians and bounds [1]_.
    seed
        Seed of the draws, not negative.

    References
    ----------
    .. [1] McKay, Beckman, Conover, Technometrics 21, 239 (1979). doi:10.1080/00401706.1979.10489755
    """
    ic50_nM = np.empty((len(table.names), n_draws, len(table.channels)))
    hill = np.empty_like(ic50_nM)
    for i, drug in enumerate(table.names):
        for j, channel in enumerate(table.channels):
            rng = np.random.default_rng([seed, *f"{drug}/{channel}".encode()])
            p_ic50, p_hill = _correlated_probabilities(rng, n_draws, table.correlation[i, j])
            censored = not np.isnan(table.limit_nM[i, j])
            ic50_nM[i, :, j] = _ic50(p_ic50, table.ic50_posterior_nM[i, j], table.ic50_nM[i, j], censored)
            hill[i, :, j] = _hill(p_hill, table.hill_posterior[i, j], table.hill[i, j])
    return HillDraws(ic50_nM, hill)


def _correlated_probabilities(rng: np.random.Generator, n: int, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    """Return two samples of (0, 1): a Latin hypercube of normal variables, correlated, and back."""
    strata = np.array([rng.permutation(n), rng.permutation(n)])
    first, second = ndtri((strata + rng.random((2, n))) / n)
    return ndtr(first), ndtr(correlation * first + np.sqrt(1 - correlation**2) * second)


def _ic50(p: np.ndarray, quantiles_nM: np.ndarray, best_fit_nM: float, censored: bool) -> np.ndarray:
    if np.isnan(quantiles_nM).any():
        return np.full(p.shape, best_fit_nM)
    log10_ic50 = np.log10(quantiles_nM)
    unidentified = censored or log10_ic50[2] - log10_ic50[0] > _UNIDENTIFIED_DECADES
    shape = (p - 0.5) / 0.475 if unidentified else _normal_shape(p)
    return 10 ** _two_piece(shape, log10_ic50)


def _hill(p: np.ndarray, quantiles: np.ndarray, best_fit: float) -> np.ndarray:
    if np.isnan(quantiles).any():
        return np.full(p.shape, best_fit)
    return np.asarray(np.exp(_two_piece(_normal_shape(p), np.log(quantiles))))


def _normal_shape(p: np.ndarray) -> np.ndarray:
    return np.asarray(ndtri(p) / ndtri(0.975))


def _two_piece(shape: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    low, median, high = quantiles
    return np.asarray(median + shape * np.where(shape < 0, median - low, high - median))
