"""Surrogate of a simulator: regressors of its quantities, and a classifier of where they are regular."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.regression.gaussian_process import GaussianProcessRegressor
from pointes.learning.regression.two_fidelity import TwoFidelityRegressor
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.types import Array

LIKELY = 0.5  # probability of being regular from which a point counts

Regressor = GaussianProcessRegressor | TwoFidelityRegressor
RegionClassifier = GaussianProcessClassifier | TwoFidelityClassifier

R = TypeVar("R", bound=Regressor, covariant=True)
C = TypeVar("C", bound=RegionClassifier, covariant=True)


@dataclass(frozen=True, eq=False)
class RegressionSurrogate(Generic[R, C]):
    """Predictions of q quantities within bounds (d, 2), of the high fidelity if there are two.

    The regressors' standard deviations are multiplied by factors by which they have turned out too small in the stream
    (`pointes.learning.regression.calibration`).
    """

    bounds: Array  # range of each parameter, (d, 2)
    regressors: tuple[R, ...]  # regressor of each quantity, from regular points alone
    factors: Array  # factors of the standard deviations, (q,)
    region: C | None = None  # classifier of regular and irregular points, if there are both

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
        """Return what points (m, d) count in means over the regular space, (m,)."""
        return counted(self.probability_regular(points))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to rebuild the surrogate, as plain arrays.

        Names begin with ``output0_`` for the first quantity and so on, and with ``region_`` for the classifier.
        """
        parts: dict[str, Any] = {f"output{k}": each for k, each in enumerate(self.regressors)}
        if self.region is not None:
            parts["region"] = self.region
        arrays = {f"{part}_{name}": array for part, each in parts.items() for name, array in each.to_arrays().items()}
        return {"bounds": self.bounds, "factors": self.factors, **arrays}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a surrogate from :meth:`to_arrays`; it predicts the same to the last bit."""
        outputs: list[Any] = []
        while part := _part(arrays, f"output{len(outputs)}_"):
            kind = TwoFidelityRegressor if "rho" in part else GaussianProcessRegressor
            outputs.append(kind.from_arrays(part))
        of_region = _part(arrays, "region_")
        classifier = TwoFidelityClassifier if "fidelity" in of_region else GaussianProcessClassifier
        region: Any = classifier.from_arrays(of_region) if of_region else None
        bounds, factors = (np.asarray(arrays[name], dtype=float) for name in ("bounds", "factors"))
        return cls(bounds, tuple(outputs), factors, region)


AnySurrogate = RegressionSurrogate[Regressor, RegionClassifier]
"""Surrogate of quantities of one or of two simulators."""


def counted(probability: Array) -> Array:
    """Return what points count in means over the regular space, (m,): their probabilities of being regular, (m,).

    Points that are probably irregular count nothing, unless all are: regressors that extrapolate across a jump are so
    uncertain there that even a small probability would outweigh the rest.

    Examples
    --------
    >>> counted(np.array([0.9, 0.4])).tolist()
    [0.9, 0.0]
    """
    likely = np.where(probability >= LIKELY, probability, 0.0)
    return likely if likely.any() else probability


def _part(arrays: Mapping[str, ArrayLike], prefix: str) -> dict[str, ArrayLike]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
