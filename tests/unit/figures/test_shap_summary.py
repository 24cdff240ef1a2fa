import numpy as np
import pytest
import xarray

from pointes.figures import shap_summary as module


def dataset(values, points):
    each = ("sample", "parameter")
    return xarray.Dataset(
        {
            "contribution": (each, values),
            "value": (each, points),
            "lower": ("parameter", [0.0, 0.0]),
            "upper": ("parameter", [2.0, 1.0]),
        },
        {"parameter": ["first", "second"]},
    )


def test_largest_contribution_comes_first():
    rng = np.random.default_rng(0)
    points = rng.random((50, 2)) * [2, 1]
    values = np.column_stack([0.1 * points[:, 0], 3 * (points[:, 1] - 0.5)])
    axes, _ = module.draw(dataset(values, points)).axes
    names = [text.get_text().split("\n")[0] for text in axes.get_yticklabels()]
    assert names == ["second", "first"]
    assert axes.get_title("left").startswith("50 points")
    upper, lower = axes.collections
    np.testing.assert_array_equal(upper.get_offsets()[:, 0], values[:, 1])
    np.testing.assert_array_equal(lower.get_array(), points[:, 0] / 2)


def test_points_stay_in_their_row():
    values = np.random.default_rng(0).standard_normal(500)
    offsets = module.offsets(values, 0.1)
    assert np.abs(offsets).max() == pytest.approx(module.HALF_WIDTH)
    assert len(np.unique(np.column_stack([np.floor(values / 0.1), offsets]), axis=0)) == 500


def test_without_any_contribution_it_draws():
    axes, _ = module.draw(dataset(np.zeros((3, 2)), np.full((3, 2), 0.5))).axes
    assert len(axes.collections) == 2
