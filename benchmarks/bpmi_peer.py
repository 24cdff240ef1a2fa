"""BPMI, the peer in `bpmi.py`: a probit classifier of two fidelities, and batches by mutual information per cost.

Cutforth, Yang, Fan, Guillas and Darve, "Multi-fidelity batch active learning for Gaussian process classifiers",
arXiv:2510.08865 (2025). A label is 1 with probability Φ(f), and f_H = ρ f_L + δ with one RBF kernel for each of f_L and
δ. This is written anew, with three differences. Expectation propagation takes in all labels, where the authors train a
variational posterior of 256 inducing points. The search for hyperparameters begins at fixed places and at the previous
fit, not at random ones. The constant means of f_L and δ have normal priors instead of being searched for.

A label that is 1 with probability Φ(f) is the sign of f + e with a standard normal e for each label, so the
expectation propagation for signs serves as it is, with f + e in place of f.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.spatial.distance import cdist
from scipy.special import ndtr

from pointes.learning.classifier.base import LatentClassifier
from pointes.learning.classifier.evidence import SEARCH_TOLERANCE, highest
from pointes.learning.classifier.expectation_propagation import Sites, evidence_sensitivity, propagate
from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.threads import one_thread
from pointes.learning.two_fidelity.kernel import with_fidelity
from pointes.vocabulary import Fidelity

Array = NDArray
BOUNDS = [*np.log([[0.02, 10.0], [0.01, 1000.0]] * 2).tolist(), [-5.0, 5.0]]
STARTS = np.array([[*np.log([length, 1.0] * 2), 0.5] for length in (0.2, 1.0)])
PENALTY = 0.01  # of the squared differences of length scales and variances from 1
TEST = 100  # points of the high fidelity of which a batch is to tell most
TRIED = 50  # candidates of each fidelity that are tried for each point of a batch
JITTER = 1e-6  # variance of the probabilities beside that of their linear approximation
MOST_REPEATS = 5  # labels at a point whose probability is ½
SHIFT = 0.01  # standard deviation of the distance between the repeats of a point
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class ProbitKernel:
    """Covariance of f + e at inputs of `with_fidelity`."""

    x: Array  # logarithms of length scale and variance of f_L, the same of δ, and ρ

    def __call__(self, a: Array, b: Array) -> Array:
        return self.smooth(a, b) + (a[:, None] == b).all(axis=2)

    def variance(self, a: Array) -> Array:
        low, gap = 1.0 + np.exp(self.x[[1, 3]])
        return 1.0 + self._share(a) ** 2 * low + _high(a) * gap

    def smooth(self, a: Array, b: Array) -> Array:
        """Return the covariances of f, (len(a), len(b))."""
        squares = cdist(a[:, :-1], b[:, :-1], "sqeuclidean")
        low, gap = (1.0 + _rbf(squares, part) for part in (self.x[:2], self.x[2:4]))
        return np.outer(self._share(a), self._share(b)) * low + np.outer(_high(a), _high(b)) * gap

    def sensitivity(self, inputs: Array, S: Array) -> Array:
        """Return the derivatives of Σᵢⱼ Sᵢⱼ Kᵢⱼ by x, (5,), with K the covariance of the inputs, and S symmetric."""
        squares, share, high = cdist(inputs[:, :-1], inputs[:, :-1], "sqeuclidean"), self._share(inputs), _high(inputs)
        derivatives = []
        for part, factor in ((self.x[:2], share), (self.x[2:4], high)):
            weighted = S * np.outer(factor, factor) * _rbf(squares, part)
            derivatives += [np.sum(weighted * squares) / np.exp(2.0 * part[0]), weighted.sum()]
        by_rho = 2.0 * high @ (S * (1.0 + _rbf(squares, self.x[:2]))) @ share
        return np.array([*derivatives, by_rho])

    def _share(self, a: Array) -> Array:
        return np.where(_high(a), self.x[4], 1.0)


def _high(a: Array) -> Array:
    return (a[:, -1] == Fidelity.HIGH).astype(float)


def _rbf(squares: Array, part: Array) -> Array:
    return np.exp(part[1] - 0.5 * squares / np.exp(2.0 * part[0]))


@dataclass(frozen=True, eq=False)
class ProbitClassifier(LatentClassifier):
    """Classifier of labels (n,) at points (n, d) of the unit cube, each of a fidelity, (n,)."""

    fidelity: Array
    kernel: ProbitKernel

    @classmethod
    def fit(cls, points: Array, labels: Array, fidelity: Array, near: Self | None = None) -> Self:
        """Find the hyperparameters; the search also begins at those of a fit to similar data."""
        inputs, y = with_fidelity(points, fidelity), np.where(labels > 0, 1.0, -1.0)

        def log_posterior(x: Array, sites: Sites | None) -> tuple[float, Array, Sites]:
            return penalised_evidence(inputs, y, x, sites)

        starts = STARTS if near is None else np.array([near.kernel.x, STARTS[0]])
        with one_thread():
            x = highest(log_posterior, starts, np.array(BOUNDS))
        return cls(points, labels, np.array([[0.0, 1.0]] * points.shape[1]), fidelity, ProbitKernel(x))

    @property
    def prior(self) -> ProbitKernel:
        return self.kernel

    def posterior(self, points: Array, fidelity: Array) -> LatentPosterior:
        """Return the posterior of f + e at points (m, d), each of a fidelity, (m,)."""
        return self._posterior(with_fidelity(points, fidelity))

    def predict_proba(self, points: Array, fidelity: int = Fidelity.HIGH) -> Array:
        """Return the probability, (m,), that a label at points (m, d) is 1."""
        mean, sd = self._moments(with_fidelity(points, np.full(len(points), fidelity)))
        return ndtr(mean / sd)

    @cached_property
    def _inputs(self) -> Array:
        return with_fidelity(self.points, self.fidelity)

    def _shortened(self) -> None:
        return None


def penalised_evidence(inputs: Array, y: Array, x: Array, sites: Sites | None = None) -> tuple[float, Array, Sites]:
    """Return the log evidence less the penalty of hyperparameters x, its gradient, and the sites reached."""
    kernel, scales = ProbitKernel(x), np.exp(x[:4])
    posterior = propagate(kernel(inputs, inputs), y, sites, SEARCH_TOLERANCE)
    gradient = kernel.sensitivity(inputs, evidence_sensitivity(posterior))
    gradient[:4] -= 2.0 * PENALTY * (scales - 1.0) * scales
    return posterior.evidence - PENALTY * float(np.sum((scales - 1.0) ** 2)), gradient, posterior.sites


def informative_batch(
    classifier: ProbitClassifier, budget: float, costs: Mapping[Fidelity, float], rng: np.random.Generator, noisy: bool
) -> tuple[Array, Array]:
    """Return points and fidelities of largest information per cost, as many as the budget allows.

    Points whose noisy label is uncertain are repeated nearby, up to `MOST_REPEATS` times.
    """
    d, spent, picked = classifier.points.shape[1], 0.0, np.empty((0, classifier.points.shape[1] + 1))
    while affordable := [one for one in Fidelity if spent + costs[one] <= budget + ROUNDING]:
        test = with_fidelity(rng.random((TEST, d)), np.full(TEST, Fidelity.HIGH))
        candidates = with_fidelity(rng.random((TRIED * len(affordable), d)), np.repeat(affordable, TRIED))
        gain = information(classifier, candidates, picked, test)
        best = candidates[np.argmax(gain / [costs[Fidelity(int(one))] for one in candidates[:, -1]])]
        fidelity = Fidelity(int(best[-1]))
        n = min(repeats(classifier, best), int((budget + ROUNDING - spent) / costs[fidelity])) if noisy else 1
        points = np.clip(best[:-1] + SHIFT * rng.standard_normal((n, d)) * (n > 1), 0.0, 1.0)
        picked = np.vstack([picked, with_fidelity(points, np.full(n, fidelity))])
        spent += n * costs[fidelity]
    return picked[:, :-1], picked[:, -1].astype(int)


def repeats(classifier: ProbitClassifier, best: Array) -> int:
    """Return how many labels a point is worth: in proportion to the squared variance of a label."""
    p = classifier.predict_proba(best[None, :-1], int(best[-1]))[0]
    return int(np.clip(np.round(MOST_REPEATS * (4.0 * p * (1.0 - p)) ** 2), 1, MOST_REPEATS))


def information(classifier: ProbitClassifier, candidates: Array, picked: Array, test: Array) -> Array:
    """Return what Φ(f) at each candidate tells of Φ(f) at test points beyond what the picked points tell, (k,) [nats].

    All are inputs of `with_fidelity`. Φ is linearised about the mean of f, so the probabilities are jointly normal.
    """
    inputs, k = np.concatenate([candidates, picked, test]), len(candidates)
    at = classifier.posterior(inputs[:, :-1], inputs[:, -1])
    slope = np.exp(-0.5 * at.mean**2) / np.sqrt(2.0 * np.pi)
    covariance = np.outer(slope, slope) * (classifier.kernel.smooth(inputs, inputs) - at.explained.T @ at.explained)
    covariance[np.diag_indices_from(covariance)] += JITTER
    before, after = (_left(covariance, k, end) for end in (k + len(picked), len(inputs)))
    return 0.5 * np.log(before / after)


def _left(covariance: Array, k: int, end: int) -> Array:
    """Return the variances of the first k values, given those from k to the end."""
    known = np.linalg.cholesky(covariance[k:end, k:end])
    explained = solve_triangular(known, covariance[k:end, :k], lower=True, check_finite=False)
    return np.diag(covariance)[:k] - np.sum(explained**2, axis=0)
