"""Exported surrogates predict what pointes predicts, with NumPy alone."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from pointes.campaign.commands.export import export_surrogate
from pointes.campaign.configuration.loading import parse
from pointes.campaign.files import identity, surrogate
from pointes.campaign.space import Axis, Space
from pointes.errors import UserError
from pointes.learning import GaussianProcessClassifier, RegressionLearner, StackedClassifier, TwoFidelityClassifier

SPACE = Space.of({"IKr": (0, 1), "GKs": Axis(0.1, 10, "scale", log=True, control=1.0), "ICaL": (0, 0.5)})
POINTS = SPACE.at(np.random.default_rng(5).random((40, 3)))


def folder_of(tmp_path, learned, target, nothing=""):
    """Return a results folder with a surrogate."""
    config = parse({"name": "exported"}, "test")
    folder = tmp_path / "exported"
    identity.claim(folder, config, "f").release()
    surrogate.write(folder / "surrogate.nc", learned, SPACE, nothing, target)
    return folder


def read_by(reader, path, function="predict", points=POINTS):
    """Return what a function of the reader that was written beside an export makes of points."""
    spec = importlib.util.spec_from_file_location("reader", reader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, function)(module.load(path), points)


@pytest.fixture(scope="module")
def quantities():
    learner = RegressionLearner(SPACE.bounds, outputs=2, start=40, seed=2)
    points = learner.ask(40).points
    x, g, c = points.T
    values = np.column_stack([300 + 100 * x**2 - 20 * g + 30 * x * c, np.exp(g) + c])
    learner.tell(points, values, regular=x < 0.8)
    return learner.surrogate


def test_quantities_and_their_region(tmp_path, quantities):
    folder = folder_of(tmp_path, quantities, ("apd90_ms", "qnet_uC_per_uF"))
    found = read_by(export_surrogate(folder, tmp_path / "export.nc"), tmp_path / "export.nc")
    mean, sd = quantities.predict(SPACE.coordinates(POINTS))
    assert list(found) == ["apd90_ms", "qnet_uC_per_uF", "region"]
    for k, name in enumerate(("apd90_ms", "qnet_uC_per_uF")):
        np.testing.assert_allclose(found[name][0], mean[:, k], rtol=1e-12, atol=1e-12 * np.abs(mean[:, k]).max())
        prior = quantities.regressors[k].kernel.variance(np.full((1, 3), 0.5))[0]
        np.testing.assert_allclose(found[name][1] ** 2, sd[:, k] ** 2, rtol=1e-12, atol=1e-10 * prior)
    latent = quantities.region.latent(SPACE.coordinates(POINTS))
    for mine, theirs in zip(found["region"], latent, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
    probability = read_by(tmp_path / "reader.py", tmp_path / "export.nc", "probability")
    assert list(probability) == ["region"]
    expected = quantities.probability_regular(SPACE.coordinates(POINTS))
    np.testing.assert_allclose(probability["region"], expected, rtol=0, atol=1e-11)


def labelled(count, seed):
    """Return points of the space in coordinates, and labels of a boundary across it."""
    points = SPACE.bounds[:, 0] + np.random.default_rng(seed).random((count, 3)) * np.ptp(SPACE.bounds, axis=1)
    return points, points[:, 0] > 0.5 + 0.1 * points[:, 1]


def one_fidelity():
    return GaussianProcessClassifier.fit(*labelled(60, 1), SPACE.bounds)


def stacked():
    points, labels = labelled(24, 2)
    return StackedClassifier.fit(one_fidelity(), points, labels)


def two_fidelities():
    points, labels = labelled(48, 3)
    fidelity = np.arange(48) % 3 == 0
    shifted = points[:, 0] > 0.4 + 0.1 * points[:, 1]
    return TwoFidelityClassifier.fit(points, np.where(fidelity, labels, shifted), fidelity, SPACE.bounds)


@pytest.mark.parametrize("fit", [one_fidelity, stacked, two_fidelities])
def test_a_class(tmp_path, fit):
    classifier = fit()
    reader = export_surrogate(folder_of(tmp_path, classifier, "label"), tmp_path / "export.nc")
    found = read_by(reader, tmp_path / "export.nc")["class"]
    mean, sd = classifier.latent(SPACE.coordinates(POINTS))
    np.testing.assert_allclose(found[0], mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found[1], sd, rtol=1e-9)
    many = SPACE.at(np.random.default_rng(6).random((500, 3)))
    risk = read_by(reader, tmp_path / "export.nc", "probability", many)["class"]
    expected = classifier.predict_proba(SPACE.coordinates(many))
    assert np.ptp(expected) > 0.99
    np.testing.assert_allclose(risk, expected, rtol=0, atol=1e-11)


def test_a_class_of_one_label_is_certain_of_nothing_more(tmp_path):
    """No label is worth putting back where the prior alone decides."""
    points, _ = labelled(5, 4)
    classifier = GaussianProcessClassifier.fit(points, np.zeros(5), SPACE.bounds)
    reader = export_surrogate(folder_of(tmp_path, classifier, "label"), tmp_path / "export.nc")
    risk = read_by(reader, tmp_path / "export.nc", "probability")["class"]
    np.testing.assert_allclose(risk, classifier.predict_proba(SPACE.coordinates(POINTS)), rtol=0, atol=1e-12)


def test_the_reader_needs_nothing_of_pointes(tmp_path, quantities):
    reader = export_surrogate(folder_of(tmp_path, quantities, ("apd90_ms", "qnet_uC_per_uF")), tmp_path / "export.nc")
    code = [
        line for line in reader.read_text().splitlines() if line.strip() and not line.lstrip().startswith(('"""', "#"))
    ]
    assert len(code) < 110
    script = "import sys, reader; reader.predict(reader.load('export.nc'), [[0.5, 1.0, 0.2]])\n"
    script += "assert 'pointes' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)


def test_where_nothing_was_learned_there_is_nothing_to_export(tmp_path, quantities):
    folder = folder_of(tmp_path, quantities, ("apd90_ms", "qnet_uC_per_uF"), "no simulation succeeded")
    with pytest.raises(UserError, match="nothing was learned, because no simulation succeeded"):
        export_surrogate(folder, tmp_path / "export.nc")
    (folder / "surrogate.nc").unlink()
    with pytest.raises(UserError, match=r"no surrogate\.nc yet"):
        export_surrogate(folder, tmp_path / "export.nc")
