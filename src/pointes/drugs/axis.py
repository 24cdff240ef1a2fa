r"""The axis of arrhythmia: a published score of torsade risk from the block of four channels, without simulation.

Heitmann et al. [1]_ scaled the maximal conductances of ICaL, IKr, INaL and IKs of 100,000 O'Hara–Rudy cells at random,
labelled the cells that had early afterdepolarisations, and separated the two classes by logistic regression on the
logarithms X of the scalings:

.. math:: \ln\frac{p}{1-p} = \beta_0 + B \cdot X.

A drug that leaves a share :math:`\delta_i` of each conductance moves every cell by :math:`a_i = \ln \delta_i`. Its risk
is the length of that step along the axis, the normal of the boundary: :math:`a \cdot B / |B|`.

References
----------
.. [1] Heitmann, Vandenberg and Hill, eLife 12, RP90027 (2023). doi:10.7554/eLife.90027
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from pointes.drugs.table import DrugTable

AXIS = {"ICaL": 2.509, "IKr": -2.471, "INaL": 0.847, "IKs": -1.724}
"""Published coefficient B of the logarithm of each conductance [-]."""

INTERCEPT = -6.416
"""Published intercept of the regression: log odds of an early afterdepolarisation in the unscaled cell."""

_B = np.array(list(AXIS.values()))
_LENGTH = float(np.linalg.norm(_B))

# Conductances of the natural population: log-normal with mean 1 and standard deviation 0.5 (published as -0.112, 0.472)
_VARIANCE = np.log(1.25)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)


@dataclass(frozen=True, eq=False)
class AxisScores:
    """Scores of drugs at doses, and the channels that count as unblocked because no IC50 of them is known."""

    score: np.ndarray  # step along the axis [natural-log units], larger is riskier, (n_drugs, n_doses)
    unknown: tuple[tuple[str, ...], ...]  # channels of `AXIS` without a known IC50, by drug


def axis_scores(table: DrugTable, multiples: np.ndarray) -> AxisScores:
    """Return the scores of the drugs of a table along the axis of arrhythmia.

    As published, the Hill coefficient is 1, and a channel without a known IC50 counts as unblocked; so does a channel
    whose IC50 is a limit. Where a channel is missing the score may be too high or too low: look at ``unknown``.

    Parameters
    ----------
    table
        Drug table with any channels.
    multiples : (n_doses,) array
        Doses [multiples of Cmax]; the publication reports 1 to 32, most of it at 25.
    """
    ic50_nM = np.full((len(table.names), len(AXIS)), np.nan)
    for k, channel in enumerate(AXIS):
        if channel in table.channels:
            ic50_nM[:, k] = table.select([channel]).point_estimate()[0][:, 0]
    concentration_nM = table.cmax_nM[:, None] * np.asarray(multiples, dtype=float)
    log_conductance = -np.log1p(concentration_nM[..., None] / ic50_nM[:, None, :])
    missing = [tuple(np.array(list(AXIS))[row].tolist()) for row in np.isnan(ic50_nM)]
    return AxisScores(along_axis(np.nan_to_num(log_conductance, nan=0.0)), tuple(missing))


def along_axis(log_conductance: np.ndarray) -> np.ndarray:
    """Return the length along the axis of steps in the logarithms of four conductances.

    Parameters
    ----------
    log_conductance : (..., 4) array
        Natural logarithm of the share of each conductance that is left, in the order of `AXIS`.

    Returns
    -------
    (...) array
        Score [natural-log units]; larger is riskier.

    Examples
    --------
    The published shares of ajmaline and linezolid at 25 times Cmax, and their published scores:

    >>> shares = np.array([[0.654, 0.0986, 1, 1], [0.067, 0.437, 1, 1]])
    >>> along_axis(np.log(shares)).round(2).tolist()
    [1.16, -1.18]
    """
    return np.asarray(log_conductance @ _B / _LENGTH)


def susceptible_share(score: np.ndarray | float) -> np.ndarray:
    """Return the share of a natural population of cells in which a drug of this score induces afterdepolarisations.

    Conductances of the population vary independently, log-normal with mean 1 and standard deviation 0.5. The share is
    that of the published regression, so it grows with the score and tells nothing beyond it.

    Examples
    --------
    Published: 0.93 % without a drug, 26 % for ajmaline and 0.0095 % for linezolid at 25 times Cmax

    >>> [float(f"{100 * share:.2g}") for share in susceptible_share(np.array([0.0, 1.163, -1.18]))]
    [0.93, 26.0, 0.0095]
    """
    middle = INTERCEPT - _VARIANCE / 2 * _B.sum()  # log odds of the median cell
    spread = np.sqrt(_VARIANCE) * _NODES
    odds = middle + _LENGTH * (np.asarray(score, dtype=float)[..., None] + spread)
    return np.asarray(expit(odds) @ _WEIGHTS / _WEIGHTS.sum())
