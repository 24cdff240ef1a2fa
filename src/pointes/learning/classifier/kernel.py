r"""Prior covariance of the latent function: a smooth trend, and local bends about it.

.. math:: f(x) = g(x) + w\,h(x)^T \beta, \qquad g \sim \mathrm{GP}(0, k_{RBF}), \quad \beta \sim N(0, I)

with an RBF kernel of one length scale ℓⱼ per input and the trend's basis :math:`h` of a constant and, per input, a line
and a parabola in :math:`z_j = (x_j - ½)/ℓ_j`: 1, zⱼ and (zⱼ² - its mean)/√2. The basis are the first terms of the RBF
kernel's own expansion, exp(zz') = 1 + zz' + (zz')²/2 + …, without interactions, so one length scale says how much an
input matters to bends and trend alike. See Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press
2006, section 2.7 (doi:10.7551/mitpress/3206.001.0001). With a trend few points tell the rough course of a boundary in
many dimensions; without, an RBF kernel falls back to ignorance between them.

The sum is divided by its mean variance over the unit cube, so that f has unit variance there.
"""

from dataclasses import dataclass

import numpy as np

from pointes.learning.types import Array

CENTRE = 0.5
LINE_VARIANCE = 1.0 / 12.0  # variance of x - ½, uniform on the unit interval
PARABOLA_VARIANCE = 1.0 / 180.0  # variance of (x - ½)²


@dataclass(frozen=True, eq=False)
class Kernel:
    """Covariance of f for points in the unit cube."""

    length_scales: Array  # length scales in units of the parameter ranges, (d,)
    trend: float = 0.0  # prior standard deviation w of the trend's coefficients; 0 leaves the RBF kernel

    def __call__(self, a: Array, b: Array) -> Array:
        """Return the covariances of all pairs, (len(a), len(b))."""
        covariance = rbf(a, b, self.length_scales)
        if self.trend:
            covariance += self.trend**2 * (self.basis(a) @ self.basis(b).T)
            covariance /= self.scale
        return covariance

    def variance(self, a: Array) -> Array:
        """Return the variances at points (m, d), (m,)."""
        squares: Array = (self.basis(a) ** 2).sum(axis=1)
        return (1.0 + self.trend**2 * squares) / self.scale

    @property
    def scale(self) -> float:
        """Mean variance over the unit cube of bends and trend, before division by it."""
        lines, parabolas = self._mean_squares()
        return 1.0 + self.trend**2 * (1.0 + float(lines.sum() + parabolas.sum()))

    def basis(self, a: Array) -> Array:
        """Return the trend's basis at points (m, d), (m, 2 d + 1)."""
        z = (a - CENTRE) / self.length_scales
        parabolas = (z**2 - LINE_VARIANCE / self.length_scales**2) / np.sqrt(2.0)
        return np.column_stack([np.ones(len(a)), z, parabolas])

    def sensitivity(self, unit: Array, S: Array) -> Array:
        """Return the derivatives of Σᵢⱼ Sᵢⱼ Kᵢⱼ by the logarithms of length scales and trend, (d + 1,).

        K is the covariance of the points, (n, d), and S is symmetric.
        """
        d, w2, scale = len(self.length_scales), self.trend**2, self.scale
        weighted = S * rbf(unit, unit, self.length_scales)  # d rbf / d log ℓⱼ = rbf · (difference / ℓⱼ)²
        z = unit / self.length_scales
        bends: Array = 2.0 * (weighted.sum(axis=1) @ z**2 - np.einsum("ij,ij->j", z, weighted @ z))
        h = self.basis(unit)
        by_basis = w2 * np.einsum("ij,ij->j", h, S @ h)  # Σ S K of each basis function
        lines, parabolas = self._mean_squares()
        by_length = bends - 2.0 * by_basis[1 : d + 1] - 4.0 * by_basis[d + 1 :]
        by_trend = 2.0 * by_basis.sum()
        scale_by_length = -w2 * (2.0 * lines + 4.0 * parabolas)
        whole = float(weighted.sum() + by_basis.sum()) / scale
        return (np.append(by_length, by_trend) - whole * np.append(scale_by_length, 2.0 * (scale - 1.0))) / scale

    def _mean_squares(self) -> tuple[Array, Array]:
        """Return the means over the unit cube of the squares of lines and parabolas, (d,) each."""
        return LINE_VARIANCE / self.length_scales**2, 0.5 * PARABOLA_VARIANCE / self.length_scales**4


def rbf(a: Array, b: Array, length_scales: Array) -> Array:
    """Return exp(-½ |(a - b)/ℓ|²) for all pairs, (len(a), len(b))."""
    a, b = a / length_scales, b / length_scales
    exponent = a @ b.T
    exponent -= 0.5 * (a * a).sum(axis=1)[:, None]
    exponent -= 0.5 * (b * b).sum(axis=1)
    return np.exp(np.minimum(exponent, 0.0, out=exponent), out=exponent)
