from dataclasses import replace

import numpy as np
import pytest
import xarray

from pointes.campaign.files.samples import make
from pointes.campaign.space import Space
from pointes.campaign.steps import sensitivity
from pointes.figures import partial_dependence, shap_summary
from pointes.learning import GaussianProcessClassifier
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.kernel import JointKernel

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.8), "INa": (0.0, 1.0)})


@pytest.fixture(scope="module")
def samples():
    """Points whose label depends on the first parameter most, and on the last not at all."""
    points = np.random.default_rng(0).random((60, 3)) * [1, 0.8, 1]
    return make(
        points,
        RANGES,
        sample_id=np.arange(60),
        label=(points[:, 0] - 0.5 * points[:, 1] > 0.3).astype(np.int8),
        status=np.where(points[:, 2] > 0.95, 1, 0).astype(np.int8),
    )


@pytest.fixture(scope="module")
def folder(samples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sensitivity")
    classifier = GaussianProcessClassifier.fit(samples.points, samples["label"], RANGES.bounds)
    indices = sensitivity.write_sensitivity(folder / "sensitivity.nc", classifier, RANGES, seed=1)
    sensitivity.write_partial_dependence(folder / "partial_dependence.nc", classifier, RANGES, indices, seed=1)
    sensitivity.write_shapley(folder / "shapley.nc", samples, seed=1)
    return folder


@pytest.mark.parametrize("name", ["sensitivity.nc", "partial_dependence.nc", "shapley.nc"])
def test_files_explain_themselves(folder, check_file, name):
    check_file(folder / name, name)


def test_indices_rank_the_parameters(folder):
    with xarray.open_dataset(folder / "sensitivity.nc") as file:
        assert file["parameter"].values.tolist() == ["IKr", "ICaL", "INa"]
        first, second, third = file["total"].sel(bound="estimate").values
        assert first > second > 3 * abs(third)
        assert (file["total"].sel(bound="low") <= file["total"].sel(bound="high")).all()


def test_a_map_of_one_class_has_no_indices(samples, tmp_path):
    points = samples.points[:8]
    classifier = GaussianProcessClassifier.fit(points, np.zeros(8, np.int8), RANGES.bounds)
    indices = sensitivity.write_sensitivity(tmp_path / "sensitivity.nc", classifier, RANGES, seed=1)
    assert np.isnan(indices.first).all()
    with xarray.open_dataset(tmp_path / "sensitivity.nc") as file:
        assert np.isnan(file["total"]).all()
    sensitivity.write_partial_dependence(tmp_path / "dependence.nc", classifier, RANGES, indices, seed=1)
    with xarray.open_dataset(tmp_path / "dependence.nc") as file:
        assert (file["risk"].sel(bound="high") > 0.05).any()  # some plausible boundary, all the same


def test_where_nothing_was_learned_all_is_missing(samples, tmp_path):
    """All simulations failed: no index, no curve and no contribution, and each file says why."""
    failed, reason = samples.where(slice(8)), "no simulation succeeded"
    failed = replace(
        failed, columns={**failed.columns, "status": np.ones(8, np.int8), "label": np.full(8, -1, np.int8)}
    )
    classifier = GaussianProcessClassifier.fit(np.empty((0, 3)), [], RANGES.bounds)
    indices = sensitivity.write_sensitivity(tmp_path / "sensitivity.nc", classifier, RANGES, 1, reason)
    sensitivity.write_partial_dependence(tmp_path / "dependence.nc", classifier, RANGES, indices, 1, reason)
    sensitivity.write_shapley(tmp_path / "shapley.nc", failed, 1, reason)
    for name, quantity in (("sensitivity", "total"), ("dependence", "risk"), ("shapley", "contribution")):
        with xarray.open_dataset(tmp_path / f"{name}.nc") as file:
            assert file.attrs["nothing_learned"] == reason
            assert file[quantity].isnull().all()
    with xarray.open_dataset(tmp_path / "dependence.nc") as file:
        assert "no simulation succeeded" in partial_dependence.draw(file).axes[0].texts[0].get_text()
    with xarray.open_dataset(tmp_path / "shapley.nc") as file:
        assert file.sizes["sample"] == 0
        assert "no simulation succeeded" in shap_summary.draw(file).axes[0].texts[0].get_text()


def test_risk_rises_with_what_makes_arrhythmic(folder):
    with xarray.open_dataset(folder / "partial_dependence.nc") as file:
        risk = file["risk"].sel(bound="estimate")
        assert risk.sel(parameter="IKr")[-1] > 0.9
        assert risk.sel(parameter="IKr")[0] < 0.1
        assert risk.sel(parameter="ICaL")[0] > risk.sel(parameter="ICaL")[-1]
        assert file["value"].sel(parameter="ICaL").values[[0, -1]].tolist() == [0.0, 0.8]
        assert list(zip(file["x"].values, file["y"].values, strict=True)) == [
            ("IKr", "ICaL"),
            ("IKr", "INa"),
            ("ICaL", "INa"),
        ]


def test_failed_simulations_are_not_explained(folder, samples):
    with xarray.open_dataset(folder / "shapley.nc") as file:
        np.testing.assert_array_equal(file["sample_id"], np.flatnonzero(samples["status"] == 0))
        np.testing.assert_array_equal(file["value"].sel(parameter="INa") <= 0.95, True)
        strength = np.abs(file["contribution"]).mean("sample").values
        assert strength.argmax() == 0


def test_two_scales_have_indices_with_intervals(samples, tmp_path):
    known = samples.where(samples["status"] == 0)
    points, labels = np.tile(known.points, (2, 1)), np.tile(known["label"], 2)
    level, kernel = np.repeat([0, 1], len(known)), Kernel(np.full(3, 0.5))
    joint = JointKernel(kernel, kernel, 0.1)
    classifier = TwoFidelityClassifier(points, labels, RANGES.bounds, level, joint)
    indices = sensitivity.write_sensitivity(tmp_path / "sensitivity.nc", classifier, RANGES, seed=1)
    assert indices.total[0, 0] > indices.total[1, 0] > indices.total[2, 0]
    assert (indices.total[:, 2] > indices.total[:, 1]).all()
    sensitivity.write_partial_dependence(tmp_path / "dependence.nc", classifier, RANGES, indices, seed=1)
    both = make(points, RANGES, sample_id=np.arange(len(points)), label=labels, status=0 * labels, fidelity=level)
    sensitivity.write_shapley(tmp_path / "shapley.nc", both, seed=1)
    with xarray.open_dataset(tmp_path / "shapley.nc") as file:
        np.testing.assert_array_equal(file["sample_id"], np.flatnonzero(level))
