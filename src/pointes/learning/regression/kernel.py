r"""Prior covariance of a quantity: a sum of effects of single inputs, of pairs of inputs, of triples and so on.

.. math:: k(x, x') = a^2 \Bigl[1 + \sum_i v_i k_i + \sum_{i<j} w_i w_j r_{ij}\, k_i k_j
          + u_3 \sum_{i<j<l} w_i k_i w_j k_j w_l k_l + \dots\Bigr], \qquad k_i = k_i(x_i, x'_i),

for inputs x in the unit cube. The effect of input i alone has variance :math:`v_i`, that of a pair
:math:`w_i w_j r_{ij}`, that of a triple :math:`u_3 w_i w_j w_l`, all in units of the amplitude squared :math:`a^2`,
which is also the prior variance of the constant. Where few inputs interact, few points tell the effects in many
dimensions.

The covariance :math:`k_i` of an effect has the mean variance 1, and each effect has the mean 0 over its input, so that
the effects do not stand in for each other: Durrande, Ginsbourger, Roustant and Carraro, J. Multivar. Anal. 115, 57
(2013), doi:10.1016/j.jmva.2012.08.016; Lu, Boukouvalas and Hensman, ICML 2022, arXiv:2206.09861. Here :math:`k_i` is
that of an RBF or Matérn 5/2 kernel κ of length scale ℓᵢ in the warped input (`pointes.learning.regression.warping`),
given that the function's mean over Gauss-Legendre nodes s of weights ω is 0,

.. math:: k_i(x, x') = \frac{1}{m_i}\left(\kappa(x, x') - \frac{c(x)\,c(x')}{\omega^T c(s)}\right),
          \qquad c(x) = \sum_q \omega_q\,\kappa(x, s_q),

with :math:`m_i` the mean of the bracket over the nodes at x = x'. For a long ℓᵢ the effect is a line; no separate trend
is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.regression.warping import warped
from pointes.learning.types import Array

_nodes, _weights = np.polynomial.legendre.leggauss(24)
NODES, WEIGHTS = (_nodes + 1.0) / 2.0, _weights / 2.0  # of Gauss-Legendre quadrature over the unit interval
BLOCK = 2**16  # pairs of points whose covariances are computed at once: bounds the memory, and fits into caches


@dataclass(frozen=True, eq=False)
class AnovaKernel:
    """Covariance of the values of a quantity at points in the unit cube."""

    length_scales: Array  # length scales ℓ of the effects, in units of the warped parameter ranges, (d,)
    warps: Array  # parameters c of the inputs' warping, (d,)
    effects: Array  # variances v of the effects of single inputs, in units of the amplitude squared, (d,)
    shares: Array  # shares w of the inputs in interactions, (d,)
    ratios: Array  # factors r of pairs 01, 02, …, 12, …, (d (d - 1) / 2,)
    interactions: Array  # strengths u of the interactions of 3, 4, … inputs
    smooth: bool = True  # whether effects are smooth (RBF) or have two derivatives (Matérn 5/2)
    amplitude: float = 1.0  # prior standard deviation a of the constant, and unit of the effects

    def __call__(self, a: Array, b: Array) -> Array:
        """Return the covariances of all pairs, (len(a), len(b))."""
        at, to = self.located(a), self.located(b)
        covariance = np.empty((len(a), len(b)))
        step = max(BLOCK // max(len(a), 1), 1)
        for first in range(0, len(b), step):
            part = slice(first, first + step)
            distance = np.abs(at.inputs[:, :, None] - to.inputs[:, None, part])
            effects = self.of_effects(distance, at.projections[:, :, None], to.projections[:, None, part])
            covariance[:, part] = self.combined(effects.reshape(len(effects), -1)).reshape(distance.shape[1:])
        covariance *= self.amplitude**2
        return covariance

    def variance(self, a: Array) -> Array:
        """Return the variances at points (m, d), (m,)."""
        at = self.located(a)
        return self.amplitude**2 * self.combined(self.of_effects(np.zeros((1, 1)), at.projections, at.projections))

    @property
    def pairs(self) -> Array:
        """Variances of the effects of pairs of inputs, (d, d), symmetric, zeros on the diagonal."""
        d = len(self.shares)
        rows, columns = np.triu_indices(d, 1)
        variances = np.zeros((d, d))
        variances[rows, columns] = self.shares[rows] * self.shares[columns] * self.ratios
        return variances + variances.T

    def located(self, a: Array) -> "Located":
        """Return where points of the unit cube, (n, d), are for the effects."""
        inputs = warped(a, self.warps).T
        distance = np.abs(inputs[:, :, None] - NODES)
        total = centring(self.length_scales, self.smooth).total
        projections = base(distance, self.length_scales[:, None, None], self.smooth) @ WEIGHTS
        return Located(inputs, projections / np.sqrt(total)[:, None])

    def of_effects(self, distance: Array, a: Array, b: Array) -> Array:
        """Return the covariances of effects, (d, …), for distances of inputs, and projections of the points."""
        shape = (-1, *[1] * (a.ndim - 1))
        covariance = base(distance, self.length_scales.reshape(shape), self.smooth) - a * b
        covariance /= centring(self.length_scales, self.smooth).mean.reshape(shape)
        return covariance

    def combined(self, effects: Array) -> Array:
        """Return the covariances for an amplitude of 1, (pairs,), given those of the effects, (d, pairs)."""
        paired = self.pairs @ effects
        paired *= 0.5
        paired += self.effects[:, None]
        total = np.einsum("ip,ip->p", paired, effects)
        total += 1.0
        if len(self.interactions):
            sums = [1.0, *np.zeros((len(self.interactions) + 2, effects.shape[1]))]  # over sets of 0, 1, 2, … inputs
            for share, effect in zip(self.shares, effects, strict=True):
                scaled = share * effect
                for order in range(len(sums) - 1, 0, -1):
                    sums[order] += scaled * sums[order - 1]
            for strength, each in zip(self.interactions, sums[3:], strict=True):
                total += strength * each
        return np.asarray(total)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the parameters as plain arrays."""
        arrays = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        return arrays | {"smooth": np.asarray(self.smooth, dtype=np.int8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a kernel from :meth:`to_arrays`."""
        names = [field.name for field in fields(cls) if field.name not in ("smooth", "amplitude")]
        of_inputs: dict[str, Any] = {name: np.array(arrays[name], dtype=float) for name in names}
        smooth, amplitude = bool(np.asarray(arrays["smooth"])), float(np.asarray(arrays["amplitude"]))
        return cls(**of_inputs, smooth=smooth, amplitude=amplitude)


class Located(NamedTuple):
    """Where n points are for the effects of d inputs."""

    inputs: Array  # warped inputs, (d, n)
    projections: Array  # c(x) over the root of ω'c(s), (d, n)


class Centring(NamedTuple):
    """What centring the covariances of d effects takes, and derivatives by the logarithms of the length scales."""

    total: Array  # ω'c(s), (d,)
    mean: Array  # mean m of the variances after centring, (d,)
    total_slope: Array  # derivatives of ``total``, (d,)
    mean_slope: Array  # derivatives of ``mean``, (d,)


def base(distance: Array, length_scale: Array | float, smooth: bool) -> Array:
    """Return the RBF or Matérn 5/2 kernel κ at distances; shapes are broadcast.

    Examples
    --------
    >>> base(np.array([0.0, 1.0]), 1.0, True).round(4)
    array([1.    , 0.6065])
    """
    if smooth:
        z = distance / length_scale
        z *= z
        z *= -0.5
        return np.asarray(np.exp(z, out=z))
    z = np.sqrt(5.0) * distance / length_scale
    return np.asarray((1.0 + z + z * z / 3.0) * np.exp(-z))


def base_with_slope(distance: Array, length_scale: Array, smooth: bool) -> tuple[Array, Array]:
    """Return κ and its derivative by the logarithm of the length scale."""
    if smooth:
        z = distance / length_scale
        z *= z
        value = np.exp(-0.5 * z)
        return value, value * z
    z = np.sqrt(5.0) * distance / length_scale
    decay = np.exp(-z)
    square = z * z / 3.0
    return (1.0 + z + square) * decay, square * (1.0 + z) * decay


def centring(length_scales: Array, smooth: bool) -> Centring:
    """Return what centring takes for length scales, (d,)."""
    value, slope = base_with_slope(np.abs(NODES[:, None] - NODES), length_scales[:, None, None], smooth)
    c, c_slope = value @ WEIGHTS, slope @ WEIGHTS
    total, total_slope = c @ WEIGHTS, c_slope @ WEIGHTS
    square, square_slope = c**2 @ WEIGHTS, 2.0 * (c * c_slope) @ WEIGHTS
    mean_slope = (square * total_slope / total - square_slope) / total
    return Centring(total, 1.0 - square / total, total_slope, mean_slope)
