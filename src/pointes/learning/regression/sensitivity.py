"""Derivatives of a weighted sum of covariances by the parameters of the kernel, for the gradient of the evidence."""

import numpy as np

from pointes.learning.regression.kernel import NODES, WEIGHTS, AnovaKernel, base_with_slope, centring
from pointes.learning.regression.warping import warp_slope, warped
from pointes.learning.types import Array, Indices

CHUNK = 4096  # pairs whose derivatives are computed at once: they fit into caches


class Pairs:
    """All pairs of n points in the unit cube, (n, d), each pair once."""

    def __init__(self, unit: Array) -> None:
        self.unit = unit
        self.rows, self.columns = np.triu_indices(len(unit))
        self.count = np.where(self.rows == self.columns, 1.0, 2.0)  # entries of a symmetric matrix for each pair

    def covariance(self, kernel: AnovaKernel) -> Array:
        """Return the covariance matrix, (n, n), for an amplitude of 1."""
        at, n = kernel.located(self.unit), len(self.unit)
        matrix = np.empty((n, n))
        for rows, columns, _ in self._chunks():
            distance = np.abs(at.inputs[:, rows] - at.inputs[:, columns])
            effects = kernel.of_effects(distance, at.projections[:, rows], at.projections[:, columns])
            matrix[rows, columns] = matrix[columns, rows] = kernel.combined(effects)
        return matrix

    def sensitivity(self, kernel: AnovaKernel, weights: Array) -> Array:
        """Return the derivatives of the sum over pairs of weights, (pairs,), times covariances, for an amplitude of 1.

        Derivatives are by the logarithms of length scales, by warps, and by the logarithms of effects, shares, ratios
        and interactions.
        """
        d = len(kernel.effects)
        effects = _Effects(kernel, self.unit)
        of_effects, of_inputs, of_pairs = np.zeros(d), np.zeros((3, d)), np.zeros((d, d))
        of_interactions = np.zeros(len(kernel.interactions))
        for rows, columns, part in self._chunks():
            weight = weights[part]
            value, by_length, by_warp = effects.between(rows, columns)
            paired = kernel.pairs @ value
            higher, sums = _higher(kernel, value)
            slope = weight * (kernel.effects[:, None] + paired + higher)  # by the covariance of each effect
            weighted = weight * value
            of_effects += weighted.sum(axis=1)
            of_inputs += [
                np.einsum("ip,ip->i", slope, by_length),
                np.einsum("ip,ip->i", slope, by_warp),
                np.einsum("ip,ip->i", weighted, paired + higher),
            ]
            of_pairs += weighted @ value.T
            of_interactions += sums @ weight
        of_ratios = (kernel.pairs * of_pairs)[np.triu_indices(d, 1)]
        by_length, by_warp, by_share = of_inputs
        own = [by_length, by_warp, kernel.effects * of_effects, by_share]
        return np.concatenate([*own, of_ratios, kernel.interactions * of_interactions])

    def _chunks(self) -> list[tuple[Indices, Indices, slice]]:
        parts = [slice(first, first + CHUNK) for first in range(0, len(self.rows), CHUNK)]
        return [(self.rows[part], self.columns[part], part) for part in parts]


class _Effects:
    """Covariances of the effects of d inputs between n points, with derivatives."""

    def __init__(self, kernel: AnovaKernel, unit: Array) -> None:
        self._kernel, lengths = kernel, kernel.length_scales
        self._centring = centring(lengths, kernel.smooth)
        self._inputs = warped(unit, kernel.warps).T
        self._moves = warp_slope(unit, kernel.warps).T  # derivatives of the inputs by the warps
        offset = self._inputs[:, :, None] - NODES
        value, slope = base_with_slope(np.abs(offset), lengths[:, None, None], kernel.smooth)
        root = np.sqrt(self._centring.total)[:, None]
        self._projection = value @ WEIGHTS / root
        self._by_length = slope @ WEIGHTS / root
        self._by_length -= 0.5 * self._projection * (self._centring.total_slope / self._centring.total)[:, None]
        self._by_warp = -_ratio(slope, offset) @ WEIGHTS / root * self._moves

    def between(self, rows: Indices, columns: Indices) -> tuple[Array, Array, Array]:
        """Return covariances of pairs, (d, pairs), and derivatives by logarithms of length scales and by warps."""
        offset = self._inputs[:, rows] - self._inputs[:, columns]
        scales = self._kernel.length_scales[:, None]
        value, by_length = base_with_slope(np.abs(offset), scales, self._kernel.smooth)
        by_warp = -_ratio(by_length, offset) * (self._moves[:, rows] - self._moves[:, columns])
        a, b = self._projection[:, rows], self._projection[:, columns]
        value -= a * b
        by_length -= self._by_length[:, rows] * b + a * self._by_length[:, columns]
        by_warp -= self._by_warp[:, rows] * b + a * self._by_warp[:, columns]
        mean = self._centring.mean[:, None]
        by_length -= value * (self._centring.mean_slope[:, None] / mean)
        for each in (value, by_length, by_warp):
            each /= mean
        return value, by_length, by_warp


def _ratio(slope: Array, offset: Array) -> Array:
    """Return minus the derivative of κ by the offset of two inputs: the slope, which is 0 at 0, over the offset."""
    return np.divide(slope, offset, out=np.zeros_like(slope), where=offset != 0)


def _higher(kernel: AnovaKernel, value: Array) -> tuple[Array, Array]:
    """Return derivatives of interactions of 3 or more inputs by the effects, (d, pairs), and the sums over all sets."""
    d, k = len(value), len(kernel.interactions)
    if not k:
        return np.zeros_like(value), np.empty((0, value.shape[1]))
    scaled = kernel.shares[:, None] * value
    before = np.zeros((d + 1, k + 3, value.shape[1]))  # sums over all sets of so many of the first inputs
    before[0, 0] = 1.0
    for j in range(d):
        np.multiply(before[j, :-1], scaled[j], out=before[j + 1, 1:])
        before[j + 1] += before[j]
    behind = np.repeat([[0.0], [0.0], [0.0], *kernel.interactions[:, None]], value.shape[1], axis=1)
    slope = np.empty_like(value)
    for j in range(d - 1, -1, -1):
        slope[j] = kernel.shares[j] * np.einsum("qp,qp->p", behind[1:], before[j, :-1])
        behind[:-1] += scaled[j] * behind[1:]
    return slope, before[d, 3:]
