"""Stacked classifier: the low fidelity's latent mean is a further input of the classifier of the high fidelity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.incremental import fit_labels
from pointes.learning.types import Array, Flags

LATENT_RANGE = (-2.0, 2.0)  # range of the low fidelity's latent mean, whose prior variance is 1


@dataclass(frozen=True, eq=False)
class StackedClassifier:
    """Classifier of the high-fidelity labels with the latent mean of the low fidelity as a further input.

    Parameters
    ----------
    low : GaussianProcessClassifier
        Classifier of the low-fidelity labels.
    top : GaussianProcessClassifier
        Classifier of the high-fidelity labels, in d + 1 dimensions.
    """

    low: GaussianProcessClassifier
    top: GaussianProcessClassifier

    @property
    def bounds(self) -> Array:
        """Range of each parameter, (d, 2)."""
        return self.low.bounds

    @classmethod
    def fit(cls, low: GaussianProcessClassifier, points: Array, labels: Flags) -> Self:
        """Return the classifier of high-fidelity ``labels`` (n,) at ``points`` (n, d), given the low fidelity's."""
        bounds = np.vstack([low.bounds, LATENT_RANGE])
        return cls(low, fit_labels(with_latent(low, points), labels, bounds))

    @property
    def training_accuracy(self) -> float:
        """Share of the high-fidelity labels that are reproduced."""
        return self.top.training_accuracy

    @property
    def length_scales(self) -> Array:
        """Length scales of the classifier of the high-fidelity labels, (d + 1,)."""
        return self.top.length_scales

    @property
    def with_margins(self) -> bool:
        """Always False: this classifier uses labels only."""
        return False

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the high fidelity's latent function, (m,) each, at points (m, d)."""
        return self.top.latent(with_latent(self.low, points))

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the risk, (m,), at points (m, d)."""
        return self.top.predict_proba(with_latent(self.low, points))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of both classifiers, their names with ``low_`` or ``top_`` in front."""
        parts = {"low": self.low, "top": self.top}
        return {f"{part}_{name}": array for part, one in parts.items() for name, array in one.to_arrays().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a classifier from :meth:`to_arrays`; it predicts the same to the last bit."""
        parts = (
            {name.removeprefix(part): array for name, array in arrays.items() if name.startswith(part)}
            for part in ("low_", "top_")
        )
        return cls(*map(GaussianProcessClassifier.from_arrays, parts))


def with_latent(low: GaussianProcessClassifier, points: ArrayLike) -> Array:
    """Return points (n, d) with the low fidelity's latent mean as a further input, (n, d + 1)."""
    return np.column_stack([points, low.latent(points)[0]])
