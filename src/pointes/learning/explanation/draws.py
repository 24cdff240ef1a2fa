r"""Plausible boundaries: latent functions drawn from the posterior, defined everywhere.

A joint draw at m points by Cholesky factorisation costs m³. Instead a prior function is drawn as a sum of random
cosines (Rahimi and Recht, NIPS 2007) and a trend, and corrected by what the training data say of it (Matheron's rule:
Wilson et al., ICML 2020, arXiv:2002.09309):

.. math:: f(x) = \mu(x) + g(x) - k(x, X)\,(K + T^{-1})^{-1} (g(X) + \varepsilon), \qquad \varepsilon \sim N(0, T^{-1})

with the posterior mean :math:`\mu`, a prior draw :math:`g` and the precisions :math:`T` that expectation propagation
has put in place of the labels.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.classifier.expectation_propagation import solve_factored
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.threads import one_thread
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.fits import BoundaryClassifier
from pointes.learning.two_fidelity.kernel import correlation, with_fidelity
from pointes.learning.two_fidelity.stacked import StackedClassifier, with_latent
from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit
from pointes.vocabulary import Fidelity

Function = Callable[[Array], Array]
Surface = Callable[[Array], Array]
"""Function that returns k plausible values, (k, m), at points (m, d) in the user's units."""

COSINES = 1024  # cosines of which a draw from the prior is the sum
_CHUNK = 4096  # points at a time: bounds the memory


def latent_draws(classifier: BoundaryClassifier, n: int, seed: int = 1) -> Surface:
    """Return ``n`` latent functions of the boundary's simulator, drawn from a classifier's posterior.

    Their values are negative where safe. The low fidelity of a stacked classifier is taken for known.
    """
    if isinstance(classifier, StackedClassifier):
        of_top = latent_draws(classifier.top, n, seed)
        return lambda points: of_top(with_latent(classifier.low, points))
    rng = np.random.default_rng(seed)
    known = to_unit(classifier.points, classifier.bounds)
    if isinstance(classifier, TwoFidelityClassifier):
        prior, cross, at_known = _two_fidelity_prior(classifier, known, n, rng)
    else:
        kernel = classifier.kernel
        prior = _prior(kernel, n, rng)
        cross, at_known = (lambda unit: kernel(unit, known)), prior(known)

    fit = classifier.training
    noisy = fit.sqrt_precision[:, None] * at_known + rng.standard_normal((len(known), n))
    correction = fit.weights[:, None] - fit.sqrt_precision[:, None] * solve_factored(fit.cholesky, noisy)

    def surface(points: Array) -> Array:
        unit = to_unit(np.asarray(points, dtype=float), classifier.bounds)
        parts = (unit[k : k + _CHUNK] for k in range(0, len(unit), _CHUNK))
        with one_thread():
            return np.concatenate([prior(part) + cross(part) @ correction for part in parts]).T

    return surface


def _two_fidelity_prior(
    classifier: TwoFidelityClassifier, known: Array, n: int, rng: np.random.Generator
) -> tuple[Function, Function, Array]:
    """Return ``n`` prior draws, covariances with the training data at ``known``, and the draws there."""
    joint, inputs = classifier.kernel, with_fidelity(known, classifier.fidelity)
    rho = correlation(joint.disagreement)
    low, gap = _prior(joint.low, n, rng), _prior(joint.gap, n, rng)

    def high(unit: Array) -> Array:
        return np.asarray(rho * low(unit) + np.sqrt(1.0 - rho**2) * gap(unit))

    def cross(unit: Array) -> Array:
        return joint(with_fidelity(unit, np.full(len(unit), Fidelity.HIGH)), inputs)

    is_high = classifier.fidelity == Fidelity.HIGH
    return high, cross, np.where(is_high[:, None], high(known), low(known))


def _prior(kernel: Kernel, n: int, rng: np.random.Generator) -> Function:
    """Return ``n`` functions drawn from the prior, with values (m, n) at points (m, d) of the unit cube."""
    d = len(kernel.length_scales)
    frequencies = rng.standard_normal((d, COSINES)) / kernel.length_scales[:, None]
    phases = rng.uniform(0.0, 2.0 * np.pi, COSINES)
    weights = rng.standard_normal((COSINES, n)) * np.sqrt(2.0 / COSINES)
    trend = rng.standard_normal((2 * d + 1, n)) * kernel.trend

    def prior(unit: Array) -> Array:
        bends = np.cos(unit @ frequencies + phases) @ weights
        return np.asarray((bends + kernel.basis(unit) @ trend) / np.sqrt(kernel.scale))

    return prior


def label_draws(classifier: BoundaryClassifier, n: int, seed: int = 1) -> Surface:
    """Return ``n`` plausible labellings of the space, 0 (safe) or 1 (arrhythmic), by `latent_draws`."""
    latent = latent_draws(classifier, n, seed)
    return lambda points: (latent(points) > 0).astype(float)


def risk(predict_proba: Callable[[ArrayLike], Array]) -> Surface:
    """Return the risk surface of any classifier as a single draw."""
    return lambda points: predict_proba(points)[None]
