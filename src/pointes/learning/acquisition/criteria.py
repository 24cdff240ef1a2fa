r"""How much a point's own label is in doubt: criteria that look at one point at a time.

The usual criterion is U, the distance of the latent mean from the boundary in standard deviations: Echard, Gayton and
Lemaire, Struct. Saf. 33, 145 (2011), doi:10.1016/j.strusafe.2011.01.002 (AK-MCS); for classifiers of cardiac
simulations Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602 (2019), doi:10.1016/j.cma.2019.112602.
The probability Φ(μ/σ) nearest to ½ (smallest margin, largest entropy) is the same choice.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]
Criterion = Callable[[Array, Array], Array]

DOUBT = 1.96  # standard deviations: a label is in doubt where the 95 % interval of the latent function spans zero


def u_score(mean: Array, sd: Array) -> Array:
    r"""Return :math:`U = |\mu| / \sigma`; smaller is more uncertain.

    Parameters
    ----------
    mean, sd : (m,) array
        Latent posterior mean and standard deviation.

    Returns
    -------
    (m,) array
        Infinite where ``sd`` is 0: a known point is not asked again.

    Examples
    --------
    >>> u_score(np.array([0.0, -1.0, 1.0]), np.array([1.0, 2.0, 0.0]))
    array([0. , 0.5, inf])
    """
    return np.divide(np.abs(mean), sd, out=np.full_like(mean, np.inf), where=sd > 0)


def margin_score(mean: Array, sd: Array) -> Array:
    r"""Return :math:`|\mu|`, the distance from the boundary whatever the uncertainty."""
    del sd
    return np.abs(mean)


def feasibility_score(mean: Array, sd: Array) -> Array:
    r"""Return minus the expected feasibility, :math:`-E[\max(2\sigma - |f|, 0)]`.

    Bichon et al., AIAA J. 46, 2459 (2008), doi:10.2514/1.34321, equation 17, with the boundary at zero (EGRA).
    """
    width = 2.0 * sd
    centre, low, high = (
        np.divide(at, sd, out=np.zeros_like(mean), where=sd > 0) for at in (-mean, -width - mean, width - mean)
    )

    def density(z: Array) -> Array:
        return np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)

    return -(
        mean * (2.0 * ndtr(centre) - ndtr(low) - ndtr(high))
        - sd * (2.0 * density(centre) - density(low) - density(high))
        + width * (ndtr(high) - ndtr(low))
    )


def straddle_score(mean: Array, sd: Array) -> Array:
    r"""Return minus the straddle, :math:`|\mu| - 1.96 \sigma`, where the label is in doubt, else U.

    Bryan et al., Adv. Neural Inf. Process. Syst. 18 (2005). The guard keeps it from asking for points that are merely
    far from all others: where the straddle is negative nobody doubts the label.
    """
    straddle = np.abs(mean) - DOUBT * sd
    return np.where(straddle < 0, straddle, u_score(mean, sd))


CRITERIA: dict[str, Criterion] = {
    "u": u_score,
    "margin": margin_score,
    "feasibility": feasibility_score,
    "straddle": straddle_score,
}
"""Smaller is better."""
