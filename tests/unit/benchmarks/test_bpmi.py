"""The toys of BPMI have the published formulae, and the re-implementation of BPMI does what its formulae say."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from pointes.vocabulary import Fidelity

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    """Return a function that imports a benchmark, which imports its neighbours as scripts do."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


@pytest.mark.parametrize(
    ("boundary", "values"),
    [
        ("low_boundary", [17 / 30, (1 + np.sqrt(0.5)) / 3 - 0.1, 7 / 30]),
        ("linear_boundary", [0.8 * 17 / 30 + 0.3, 0.8 * ((1 + np.sqrt(0.5)) / 3 - 0.1) + 0.3, 0.8 * 7 / 30 + 0.3]),
        ("nonlinear_boundary", [2 / 3, (1 + np.sqrt(0.5)) / 3 - 0.1, 1 / 3]),  # sin(3π/2) / 10 is -0.1
    ],
)
def test_boundaries(load, boundary, values):
    np.testing.assert_allclose(getattr(load("bpmi"), boundary)(np.array([0.0, 0.5, 1.0])), values)


@pytest.mark.parametrize(("fidelity", "height"), [(Fidelity.LOW, 17 / 30), (Fidelity.HIGH, 2 / 3)])
def test_labels(load, fidelity, height):
    points = np.array([[0.0, height + shift] for shift in (-0.05, 0.0, 0.05)])
    points = np.vstack([points, [1.0, height - 1 / 3 + 0.05]])
    flags = np.full(4, fidelity)
    sharp, noisy = (load("bpmi").Toy("non-linear", noisy, seed=1) for noisy in (False, True))
    assert sharp.label(points[[0, 2, 3]], flags[:3]).tolist() == [0, 1, 1]
    odds = np.exp([-1.0, 0.0, 1.0, 0.25])  # the slope is 20 at x = 0, and 5 at x = 1
    np.testing.assert_allclose(noisy.probability(points, flags), odds / (1 + odds))


def test_elpp(load):
    toy = load("bpmi").Toy("linear", noisy=False, seed=1)
    right = np.where(toy.truth == 1, 0.9, 0.1)
    assert toy.elpp(right) == pytest.approx(np.log(0.9))
    assert toy.elpp(1 - right) == pytest.approx(np.log(0.1))


def classifier(peer):
    rng = np.random.default_rng(1)
    points, fidelity = rng.random((12, 2)), np.repeat(list(Fidelity), 6)
    kernel = peer.ProbitKernel(np.array([np.log(0.4), 0.3, np.log(0.6), -0.2, 0.7]))
    labels = (points[:, 1] > 0.5).astype(np.int8)
    return peer.ProbitClassifier(points, labels, np.array([[0.0, 1.0]] * 2), fidelity, kernel)


def test_gradient_of_the_evidence(load):
    peer = load("bpmi_peer")
    model = classifier(peer)
    y, x, step = 2.0 * model.labels - 1.0, model.kernel.x, 1e-4
    gradient = peer.penalised_evidence(model._inputs, y, x)[1]
    for k, along in enumerate(step * np.eye(5)):
        above, below = (peer.penalised_evidence(model._inputs, y, x + sign * along)[0] for sign in (1, -1))
        assert (above - below) / (2 * step) == pytest.approx(gradient[k], rel=1e-2, abs=1e-3)


def test_one_label_of_a_probit_classifier(load):
    """Another label at the place of one label is the same with the probability of two normals of correlation v."""
    peer = load("bpmi_peer")
    kernel = peer.ProbitKernel(np.array([0.0, 0.0, 0.0, 0.0, 0.5]))
    point, beside = np.array([[0.5, 0.5]]), np.array([[0.5, 0.5 + 1e-7]])
    model = peer.ProbitClassifier(point, np.array([1]), np.array([[0.0, 1.0]] * 2), np.array([Fidelity.LOW]), kernel)
    share = 2 / 3  # of the variance 1 + 1 of f_L in that of f_L + e
    both = 0.25 + np.arcsin(share) / (2 * np.pi)
    # The mean of f + e after the label is √(2/π) standard deviations; the Gaussian approximation has this probability.
    mean, variance = share * np.sqrt(2 / np.pi), 1 - share**2 * 2 / np.pi
    assert model.predict_proba(beside, Fidelity.LOW)[0] == pytest.approx(ndtr(mean / np.sqrt(variance)), abs=1e-6)
    assert model.predict_proba(beside, Fidelity.LOW)[0] == pytest.approx(2 * both, abs=0.01)


def test_information_is_that_of_jointly_normal_probabilities(load):
    peer = load("bpmi_peer")
    model, rng = classifier(peer), np.random.default_rng(2)
    candidates, picked, test = (
        np.column_stack([rng.random((n, 2)), np.full(n, fidelity)])
        for n, fidelity in ((3, Fidelity.LOW), (2, Fidelity.HIGH), (4, Fidelity.HIGH))
    )
    gain = peer.information(model, candidates, picked, test)

    def mutual(chosen):
        """Return the mutual information of Φ(f) at chosen and at test points, from determinants."""
        inputs = np.concatenate([chosen, test])
        at = model.posterior(inputs[:, :-1], inputs[:, -1])
        slope = np.diag(np.exp(-0.5 * at.mean**2) / np.sqrt(2 * np.pi))
        of_f = np.column_stack([at.covariance(k) for k in range(len(inputs))]) - np.eye(len(inputs))
        covariance = slope @ of_f @ slope + peer.JITTER * np.eye(len(inputs))
        n = len(chosen)
        parts = covariance[:n, :n], covariance[n:, n:], covariance
        first, second, whole = (np.linalg.slogdet(part)[1] for part in parts)
        return 0.5 * (first + second - whole)

    for k in range(3):
        more = mutual(np.vstack([picked, candidates[k]])) - mutual(picked)
        assert gain[k] == pytest.approx(more, rel=1e-6)


def test_batches_cost_what_they_may(load):
    bpmi, peer = load("bpmi"), load("bpmi_peer")
    for noisy in (False, True):
        toy = bpmi.Toy("linear", noisy, seed=3)
        for rule in (bpmi.by_information, bpmi.by_reduction, bpmi.at_random):
            points, fidelity = rule(classifier(peer), 3.0, toy)
            assert 2.0 < bpmi.costs(fidelity).sum() <= 3.0 + 1e-9
            assert np.all((points >= 0) & (points <= 1))
