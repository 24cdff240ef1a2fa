r"""Prior covariance of a quantity: a sum of effects of single inputs, of pairs of inputs, of triples and so on.

.. math:: k(x, x') = a^2 \Bigl[1 + \sum_i v_i k_i + u_2 \sum_{i<j} v_i k_i v_j k_j
          + u_3 \sum_{i<j<l} v_i k_i v_j k_j v_l k_l + \dots\Bigr], \qquad k_i = k_i(x_i, x'_i),

for inputs x in the unit cube. The effect of input i alone has variance :math:`v_i`, that of a pair of inputs
:math:`u_2 v_i v_j`, of a triple :math:`u_3 v_i v_j v_l`, all in units of the amplitude squared :math:`a^2`, which is
also the prior variance of the constant. Where inputs interact little, few points tell the effects in many dimensions.

The covariance :math:`k_j` of an effect has the mean variance 1, and each effect has the mean 0 over its input, so that
the effects do not stand in for each other: Durrande, Ginsbourger, Roustant and Carraro, J. Multivar. Anal. 115, 57
(2013), doi:10.1016/j.jmva.2012.08.016; Lu, Boukouvalas and Hensman, ICML 2022, arXiv:2206.09861, who give every order
of interaction its own variance. Here :math:`k_j` is that of an RBF or Matérn 5/2 kernel κ of length scale ℓⱼ, given
that the function's mean over Gauss-Legendre nodes s of weights ω is 0,

.. math:: k_j(x, x') = \frac{1}{m_j}\left(\kappa(x, x') - \frac{c(x)\,c(x')}{\omega^T c(s)}\right),
          \qquad c(x) = \sum_q \omega_q\,\kappa(x, s_q),

with :math:`m_j` the mean of the bracket over the nodes at x = x'. For long ℓⱼ the effect is a line; no separate trend
is needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.types import Array

_nodes, _weights = np.polynomial.legendre.leggauss(24)
NODES, WEIGHTS = (_nodes + 1.0) / 2.0, _weights / 2.0  # of Gauss-Legendre quadrature over the unit interval


@dataclass(frozen=True, eq=False)
class AnovaKernel:
    """Covariance of the values of a quantity at points in the unit cube."""

    length_scales: Array  # length scales ℓ of the effects, in units of the parameter ranges, (d,)
    effects: Array  # variances v of the effects of single inputs, in units of the amplitude squared, (d,)
    shares: Array  # shares w of the inputs in interactions, (d,)
    ratios: Array  # factors r of the interactions of pairs, (d (d - 1) / 2,), in the order of `itertools.combinations`
    interactions: Array  # strengths u of the interactions of 3, 4, … inputs, (k - 2,) up to those of k
    smooth: bool = True  # whether effects are smooth (RBF) or have two derivatives (Matérn 5/2)
    amplitude: float = 1.0  # prior standard deviation a of the constant, and unit of the effects

    def __call__(self, a: Array, b: Array) -> Array:
        """Return the covariances of all pairs, (len(a), len(b))."""
        return self._combined(effect(a[:, j, None], b[None, :, j]) for j, effect in enumerate(self._effects))

    def variance(self, a: Array) -> Array:
        """Return the variances at points (m, d), (m,)."""
        return self._combined(effect(a[:, j], a[:, j]) for j, effect in enumerate(self._effects))

    def _combined(self, covariances: Iterable[Array]) -> Array:
        """Return the covariance, given that of each input's effect."""
        total: Array | float = 1.0
        pairs, before = self.pairs, []
        orders: list[Array | float] = [0.0] * len(self.strengths)  # sums over all sets of 0, 1, 2, … inputs
        orders[0] = 1.0
        for variance, share, covariance in zip(self.effects, self.shares, covariances, strict=True):
            total = total + variance * covariance
            for i, other in enumerate(before):
                total = total + pairs[i, len(before)] * other * covariance
            before.append(covariance.copy())
            covariance *= share
            for order in range(len(orders) - 1, 0, -1):
                orders[order] = orders[order] + covariance * orders[order - 1]
        for strength, each in zip(self.strengths[2:], orders[2:], strict=True):
            total = total + strength * each
        return np.asarray(self.amplitude**2 * total)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the parameters as plain arrays."""
        arrays = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        return arrays | {"smooth": np.asarray(self.smooth, dtype=np.int8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a kernel from :meth:`to_arrays`."""
        names = ("length_scales", "effects", "shares", "ratios", "interactions")
        lengths, effects, shares, ratios, interactions = (np.array(arrays[name], dtype=float) for name in names)
        smooth, amplitude = bool(np.asarray(arrays["smooth"])), float(np.asarray(arrays["amplitude"]))
        return cls(lengths, effects, shares, ratios, interactions, smooth, amplitude)

    @property
    def strengths(self) -> Array:
        """Strengths of interactions of 0, 1, 2, … inputs, (k + 1,): none of fewer than 2, 1 of pairs."""
        return np.concatenate([[0.0, 0.0, 0.0], self.interactions])

    @property
    def pairs(self):
        d = len(self.shares)
        P = np.zeros((d, d))
        i, j = np.triu_indices(d, 1)
        P[i, j] = P[j, i] = self.shares[i] * self.shares[j] * self.ratios
        return P

    @property
    def _effects(self) -> list["Effect"]:
        return [Effect(float(length), self.smooth) for length in self.length_scales]


@dataclass(frozen=True, eq=False)
class Effect:
    """Covariance of the effect of one input, of mean 0 and mean variance 1 over the unit interval."""

    length_scale: float
    smooth: bool

    def __call__(self, x: Array, y: Array) -> Array:
        """Return the covariances of the values at x and y, whose shapes are broadcast."""
        centring = centred(np.array([self.length_scale]), self.smooth)
        covariance = base(np.abs(x - y), self.length_scale, self.smooth)
        covariance -= self._projection(x) * (self._projection(y) / centring.total[0])
        covariance /= centring.mean[0]
        return covariance

    def _projection(self, x: Array) -> Array:
        """Return c(x)."""
        return np.asarray(base(np.abs(x[..., None] - NODES), self.length_scale, self.smooth) @ WEIGHTS)


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


def centred(length_scales: Array, smooth: bool) -> Centring:
    """Return what centring takes for length scales, (d,)."""
    distance = np.abs(NODES[:, None] - NODES)
    value, slope = base_with_slope(distance, length_scales[:, None, None], smooth)
    c, c_slope = value @ WEIGHTS, slope @ WEIGHTS
    total, total_slope = c @ WEIGHTS, c_slope @ WEIGHTS
    square, square_slope = c**2 @ WEIGHTS, 2.0 * (c * c_slope) @ WEIGHTS
    mean_slope = (square * total_slope / total - square_slope) / total
    return Centring(total, 1.0 - square / total, total_slope, mean_slope)


class Pairs:
    """All pairs of n points in the unit cube, each pair once, for which covariances and derivatives are computed."""

    def __init__(self, unit: Array) -> None:
        self.rows, self.columns = np.triu_indices(len(unit))
        self._distance = np.abs(unit[self.rows] - unit[self.columns]).T.copy()
        self._to_nodes = np.abs(unit.T[:, :, None] - NODES)
        self.count = np.where(self.rows == self.columns, 1.0, 2.0)  # entries of a symmetric matrix for each pair
        self.n = len(unit)

    def covariance(self, kernel: AnovaKernel) -> tuple[Array, Array]:
        """Return the covariance matrix, (n, n), and derivatives of each pair's covariance, (2 d + k - 1, pairs).

        Derivatives are by the logarithms of length scales, of effects and of interactions, for an amplitude of 1.
        """
        strengths, d = kernel.strengths, len(kernel.length_scales)
        value, slope = self._effects(kernel.length_scales, kernel.smooth)
        by_effect = kernel.effects[:, None] * value
        P = kernel.pairs
        M = P @ value
        by_length = (kernel.effects[:, None] + M) * slope
        by_share = value * M
        ii, jj = np.triu_indices(d, 1)
        by_ratio = P[ii, jj][:, None] * value[ii] * value[jj]
        value *= kernel.shares[:, None]
        slope *= kernel.shares[:, None]
        before = np.zeros((d + 1, len(strengths), value.shape[1]))  # sums over all sets of so many of the first inputs
        before[0, 0] = 1.0
        for j in range(d):
            np.multiply(before[j, :-1], value[j], out=before[j + 1, 1:])
            before[j + 1] += before[j]
        behind = np.repeat(strengths[:, None], value.shape[1], axis=1)
        for j in range(d - 1, -1, -1):
            others = np.einsum("qp,qp->p", behind[1:], before[j, :-1])  # derivative by the covariance of an effect
            behind[:-1] += value[j] * behind[1:]
            slope[j] *= others
            value[j] *= others
        slope += by_length
        by_interaction = kernel.interactions[:, None] * before[d, 3:]
        covariance = 1.0 + by_effect.sum(axis=0) + by_ratio.sum(axis=0) + strengths @ before[d]
        return self._full(covariance), np.concatenate([slope, by_effect, value + by_share, by_ratio, by_interaction])

    def _effects(self, length_scales: Array, smooth: bool) -> tuple[Array, Array]:
        """Return the covariances of effects, (d, pairs), and derivatives by the logarithms of length scales."""
        value, slope = base_with_slope(self._distance, length_scales[:, None], smooth)
        node, node_slope = base_with_slope(self._to_nodes, length_scales[:, None, None], smooth)
        c, c_slope = node @ WEIGHTS, node_slope @ WEIGHTS
        centring = centred(length_scales, smooth)
        total, mean = centring.total[:, None], centring.mean[:, None]
        root, root_slope = c / np.sqrt(total), c_slope / np.sqrt(total)
        root_slope -= 0.5 * root * centring.total_slope[:, None] / total
        at_rows, at_columns = root[:, self.rows], root[:, self.columns]
        value -= at_rows * at_columns
        value /= mean
        slope -= root_slope[:, self.rows] * at_columns
        slope -= at_rows * root_slope[:, self.columns]
        slope /= mean
        slope -= value * (centring.mean_slope[:, None] / mean)
        return value, slope

    def _full(self, packed: Array) -> Array:
        matrix = np.empty((self.n, self.n))
        matrix[self.rows, self.columns] = packed
        matrix[self.columns, self.rows] = packed
        return matrix
