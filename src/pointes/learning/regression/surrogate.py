"""Surrogate of a simulator: regressors of its quantities, and a classifier of where they are regular."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.regression.gaussian_process import GaussianProcessRegressor
from pointes.learning.types import Array

LIKELY = 0.5  # probability of being regular from which a point counts


@dataclass(frozen=True, eq=False)
class RegressionSurrogate:
    """Predictions of q quantities within bounds (d, 2).

    The regressors' standard deviations are multiplied by factors by which they have turned out too small in the stream
    (`pointes.learning.regression.calibration`).
    """

    bounds: Array  # range of each parameter, (d, 2)
    regressors: tuple[GaussianProcessRegressor, ...]  # regressor of each quantity, from regular points alone
    factors: Array  # factors of the standard deviations, (q,)
    region: GaussianProcessClassifier | None = None  # classifier of regular and irregular points, if there are both

    def predict(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return means and standard deviations, (m, q) each, of the quantities at points (m, d), if regular there."""
        mean, sd = self.uncalibrated(points)
        return mean, sd * self.factors

    def uncalibrated(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return means and standard deviations, (m, q) each, as the regressors tell them."""
        mean, sd = zip(*(each.predict(points) for each in self.regressors), strict=True)
        return np.column_stack(mean), np.column_stack(sd)

    def probability_regular(self, points: ArrayLike) -> Array:
        """Return the probability, (m,), that quantities at points (m, d) are regular; 1 while none was irregular."""
        return np.ones(len(np.asarray(points))) if self.region is None else self.region.predict_proba(points)

    def weight(self, points: ArrayLike) -> Array:
        """Return what points (m, d) count in means over the regular space, (m,): their probability of being regular.

        Points that are probably irregular count nothing, unless all are: regressors that extrapolate across a jump are
        so uncertain there that even a small probability would outweigh the rest.
        """
        probability = self.probability_regular(points)
        likely = np.where(probability >= LIKELY, probability, 0.0)
        return likely if likely.any() else probability

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to rebuild the surrogate, as plain arrays.

        Names begin with ``output0_`` for the first quantity and so on, and with ``region_`` for the classifier.
        """
        parts: dict[str, GaussianProcessRegressor | GaussianProcessClassifier]
        parts = {f"output{k}": each for k, each in enumerate(self.regressors)}
        if self.region is not None:
            parts["region"] = self.region
        arrays = {f"{part}_{name}": array for part, each in parts.items() for name, array in each.to_arrays().items()}
        return {"bounds": self.bounds, "factors": self.factors, **arrays}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a surrogate from :meth:`to_arrays`; it predicts the same to the last bit."""
        outputs: list[GaussianProcessRegressor] = []
        while part := _part(arrays, f"output{len(outputs)}_"):
            outputs.append(GaussianProcessRegressor.from_arrays(part))
        of_region = _part(arrays, "region_")
        region = GaussianProcessClassifier.from_arrays(of_region) if of_region else None
        bounds, factors = (np.asarray(arrays[name], dtype=float) for name in ("bounds", "factors"))
        return cls(bounds, tuple(outputs), factors, region)


def _part(arrays: Mapping[str, ArrayLike], prefix: str) -> dict[str, ArrayLike]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
