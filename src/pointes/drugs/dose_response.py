"""Static block of ion channels by a drug: the Hill equation, at concentrations and at multiples of Cmax."""

import numpy as np
from scipy.special import expit


def hill_block(
    concentration_nM: np.ndarray | float, ic50_nM: np.ndarray | float, hill: np.ndarray | float
) -> np.ndarray:
    r"""Return the blocked fraction of a channel, :math:`1 / (1 + (\mathrm{IC}_{50}/C)^h)`.

    Assumes that block follows the concentration at once and does not depend on voltage or time (pore block).

    Parameters
    ----------
    concentration_nM
        Free concentration C [nM], not negative.
    ic50_nM
        Concentration that blocks one half [nM], positive. NaN means that no block is known.
    hill
        Hill coefficient h [-], positive. The three arguments broadcast against each other.

    Returns
    -------
    array
        Block [-] in [0, 1]; 0 where the concentration is 0 or the IC50 is NaN.

    References
    ----------
    .. [1] Hill, J. Physiol. 40, iv (1910).

    Examples
    --------
    >>> hill_block(np.array([0.0, 10.0, 30.0]), 10.0, 1.0)
    array([0.  , 0.5 , 0.75])
    """
    # The logistic function of h ln(C / IC50) is the same curve, and neither overflows nor divides by zero.
    with np.errstate(divide="ignore"):
        block = expit(hill * (np.log(concentration_nM) - np.log(ic50_nM)))
    return np.where(np.isnan(ic50_nM), 0.0, block)


def block_along_doses(
    cmax_nM: np.ndarray | float, ic50_nM: np.ndarray, hill: np.ndarray, multiples: np.ndarray
) -> np.ndarray:
    """Return the block of every channel at multiples of the free therapeutic peak concentration.

    Parameters
    ----------
    cmax_nM : (...) array
        Free peak plasma concentration of each drug [nM].
    ic50_nM, hill : (..., n_channels) array
        Hill parameters [nM] and [-]; a NaN IC50 means no known block.
    multiples : (n_doses,) array
        Doses [multiples of Cmax].

    Returns
    -------
    (..., n_doses, n_channels) array
        Block [-] in [0, 1].

    Examples
    --------
    >>> block_along_doses(5.0, np.array([10.0, np.nan]), np.array([1.0, np.nan]), np.array([2.0, 6.0]))
    array([[0.5 , 0.  ],
           [0.75, 0.  ]])
    """
    concentration = np.asarray(cmax_nM, dtype=float)[..., None, None] * np.asarray(multiples, dtype=float)[:, None]
    return hill_block(concentration, ic50_nM[..., None, :], hill[..., None, :])
