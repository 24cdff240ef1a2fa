r"""Prior covariance of the latent functions of two levels.

They are tied by the autoregression of Kennedy and O'Hagan, Biometrika 87, 1 (2000), doi:10.1093/biomet/87.1.1, used for
labels by Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602 (2019), doi:10.1016/j.cma.2019.112602:

.. math:: f_H(x) = \rho f_L(x) + \sqrt{1 - \rho^2}\, \delta(x)

with independent :math:`f_L` and :math:`\delta`, each with a kernel of bends and trend
(`pointes.learning.classifier.kernel`). Noise-free labels tell signs only, so neither level needs an amplitude, and one
number ties them: two zero-mean normals of equal variance and correlation :math:`\rho` differ in sign with probability
:math:`q = \arccos(\rho)/\pi`. At q = ½ the low level tells nothing, and the high level is learned by itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pointes.learning.classifier.kernel import Array, Kernel
from pointes.vocabulary import Fidelity

Levels = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class JointKernel:
    """Covariance of the levels' latent functions for points in the unit cube."""

    low: Kernel
    """Of the low level."""
    gap: Kernel
    """Of δ, what is between the levels."""
    disagreement: float
    """Prior share q of the space, in (0, ½], where the labels of the levels differ."""

    def __call__(self, a: Array, a_level: Levels, b: Array, b_level: Levels) -> Array:
        """Return the covariances of all pairs, (len(a), len(b)), of points and their levels."""
        rho = correlation(self.disagreement)
        shared = np.outer(_share(a_level, rho), _share(b_level, rho))
        both_high = np.outer(a_level == Fidelity.HIGH, b_level == Fidelity.HIGH)
        return shared * self.low(a, b) + (1.0 - rho**2) * both_high * self.gap(a, b)

    def variance(self, a: Array, level: Levels) -> Array:
        """Return the variances at points (m, d) of levels (m,), (m,)."""
        rho = correlation(self.disagreement)
        of_gap = (1.0 - rho**2) * (level == Fidelity.HIGH) * self.gap.variance(a)
        return _share(level, rho) ** 2 * self.low.variance(a) + of_gap

    def sensitivity(self, unit: Array, level: Levels, S: Array) -> Array:
        """Return the derivatives of Σᵢⱼ Sᵢⱼ Kᵢⱼ, (2 d + 3,).

        They are by the logarithms of length scales and trend of the low level, by those of δ, and by the logit of 2q.

        Parameters
        ----------
        unit : (n, d) array
            Points of which K is the covariance.
        level : (n,) array
        S : (n, n) array
            Symmetric.
        """
        q, rho = self.disagreement, correlation(self.disagreement)
        share, high = _share(level, rho), (level == Fidelity.HIGH).astype(float)
        S_low, S_gap = S * np.outer(share, share), S * np.outer(high, high)
        by_rho = 2.0 * (((S * self.low(unit, unit)) @ share) @ high - rho * np.sum(S_gap * self.gap(unit, unit)))
        # dρ/dq = -π sin(πq), dq/dlogit(2q) = q (1 - 2q)
        rho_by_logit = -np.pi * np.sin(np.pi * q) * q * (1.0 - 2.0 * q)
        of_low, of_gap = self.low.sensitivity(unit, S_low), self.gap.sensitivity(unit, (1.0 - rho**2) * S_gap)
        return np.concatenate([of_low, of_gap, [by_rho * rho_by_logit]])


def correlation(disagreement: float) -> float:
    """Return the correlation ρ of two zero-mean normals whose signs differ with a given probability.

    Examples
    --------
    >>> round(correlation(1 / 3), 6)
    0.5
    """
    return float(np.cos(np.pi * disagreement))


def _share(level: Levels, rho: float) -> Array:
    """Return the factor with which the low level's latent function is in that of each level."""
    return np.where(level == Fidelity.HIGH, rho, 1.0)
