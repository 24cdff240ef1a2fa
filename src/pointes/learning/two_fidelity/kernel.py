r"""Prior covariance of the latent functions of two fidelities.

They are tied by the autoregression of Kennedy and O'Hagan, Biometrika 87, 1 (2000), doi:10.1093/biomet/87.1.1, used for
labels by Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602 (2019), doi:10.1016/j.cma.2019.112602:

.. math:: f_H(x) = \rho f_L(x) + \sqrt{1 - \rho^2}\, \delta(x)

with independent :math:`f_L` and :math:`\delta`, each with a kernel of bends and trend
(`pointes.learning.classifier.kernel`). Noise-free labels tell signs only, so neither function needs an amplitude, and
one number ties them: two zero-mean normals of equal variance and correlation :math:`\rho` differ in sign with
probability :math:`q = \arccos(\rho)/\pi`. At q = ½ low-fidelity labels tell nothing about the high fidelity.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.classifier.kernel import Kernel
from pointes.learning.types import Array, Mask
from pointes.vocabulary import Fidelity


def with_fidelity(unit: Array, fidelity: ArrayLike) -> Array:
    """Return inputs of the joint kernel, (n, d + 1): points in the unit cube, and the fidelity as last column."""
    return np.column_stack([unit, fidelity])


@dataclass(frozen=True, eq=False)
class JointKernel:
    """Covariance of the latent functions of both fidelities, at inputs of `with_fidelity`."""

    low: Kernel  # covariance of the low fidelity's latent function
    gap: Kernel  # covariance of δ, the difference between the fidelities
    disagreement: float  # prior share q of the space, in (0, ½], where the labels of the fidelities differ

    def __call__(self, a: Array, b: Array) -> Array:
        """Return the covariances of all pairs, (len(a), len(b))."""
        rho = correlation(self.disagreement)
        shared = np.outer(_share(a, rho), _share(b, rho))
        both_high = np.outer(_is_high(a), _is_high(b))
        unit_a, unit_b = a[:, :-1], b[:, :-1]
        covariance: Array = shared * self.low(unit_a, unit_b) + (1.0 - rho**2) * both_high * self.gap(unit_a, unit_b)
        return covariance

    def variance(self, a: Array) -> Array:
        """Return the variances, (len(a),)."""
        rho, unit = correlation(self.disagreement), a[:, :-1]
        of_gap = (1.0 - rho**2) * _is_high(a) * self.gap.variance(unit)
        variance: Array = _share(a, rho) ** 2 * self.low.variance(unit) + of_gap
        return variance

    def sensitivity(self, inputs: Array, S: Array) -> Array:
        """Return the derivatives of Σᵢⱼ Sᵢⱼ Kᵢⱼ, (2 d + 3,), with K the covariance of the inputs, and S symmetric.

        The first d + 1 are derivatives by the logarithms of length scales and trend of the low fidelity, the next d + 1
        by those of δ, and the last one is that by the logit of 2q.
        """
        q, rho, unit = self.disagreement, correlation(self.disagreement), inputs[:, :-1]
        share, high = _share(inputs, rho), _is_high(inputs).astype(float)
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


def _is_high(inputs: Array) -> Mask:
    return np.equal(inputs[:, -1], Fidelity.HIGH)


def _share(inputs: Array, rho: float) -> Array:
    """Return the factor of the low fidelity's latent function in that of each input's fidelity."""
    return np.where(_is_high(inputs), rho, 1.0)
