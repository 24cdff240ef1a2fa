from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PathCollection
from matplotlib.text import Text

from pointes.figures import risk_map as module
from pointes.figures import style
from pointes.figures.trajectories import summarise


def texts(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_trajectories_follow_the_hill_curve_between_the_given_doses(drugs):
    alpha, beta, gamma = summarise(drugs, "IKr", "ICaL")
    assert [one.drug for one in (alpha, beta, gamma)] == ["alpha", "beta", "gamma"]
    assert beta.category == "intermediate"
    np.testing.assert_allclose(beta.marks, [[1 / 11, 0], [0.5, 0]], atol=1e-9)  # 10 x Cmax is not among the doses
    np.testing.assert_allclose(alpha.path[[0, -1], 0], [0.5, 16 / 17])
    assert np.all(np.diff(gamma.path[:, 0]) > 0)


def test_nothing_is_extrapolated(drugs):
    (alpha, *_) = summarise(drugs.isel(multiple=[1, 0, 2]), "IKr", "ICaL")  # up to 4 x Cmax, in no order
    np.testing.assert_allclose(alpha.marks[0], [0.5, 0], atol=1e-9)
    assert np.isnan(alpha.marks[1]).all()
    assert np.isfinite(alpha.path).all()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([1.0, 5.0, 9.0], [1.0, 5.0, 9.0]),
        ([5.0, 5.0, 5.0], [3.0, 5.0, 7.0]),
        ([0.0, 0.0, 9.0], [0.0, 2.0, 9.0]),
        ([10.0, 10.0], [8.0, 10.0]),
        ([], []),
    ],
)
def test_spread_keeps_the_gap_and_moves_little(wanted, expected):
    np.testing.assert_allclose(module.spread(np.array(wanted), 2.0, 0.0, 10.0), expected)


def test_spread_shrinks_the_gap_when_there_is_no_room():
    np.testing.assert_allclose(module.spread(np.full(11, 3.0), 2.0, 0.0, 10.0), np.arange(11.0))


def test_the_map_shows_samples_contour_and_drugs(risk_map, simulations, drugs):
    figure = module.draw(risk_map, simulations, drugs)
    left, right, *_ = figure.axes
    assert left.get_xlabel() == "block of IKr (fraction)"
    assert left.get_ylabel() == "block of ICaL (fraction)"
    assert texts(left) == ["safe (3)", "arrhythmic (3)", "failed (1)", "risk 0.5", "risk 0.05 to 0.95"]
    points = {one.get_label(): one.get_offsets() for one in left.collections if type(one) is PathCollection}
    assert {name: len(at) for name, at in points.items()} == {"safe": 3, "arrhythmic": 3, "failed": 1}
    np.testing.assert_allclose(points["failed"], [[0.6, 0.9]])

    (boundary,) = [
        one for one in right.collections if getattr(one, "levels", None) is not None and len(one.levels) == 1
    ]
    np.testing.assert_allclose(np.concatenate([path.vertices[:, 0] for path in boundary.get_paths()]), 0.5)

    assert texts(right) == ["high risk", "intermediate risk", "low risk", "1 × Cmax", "10 × Cmax"]
    assert {text.get_text() for text in right.texts} == {"alpha", "beta", "gamma"}
    lines = {line.get_label(): line for line in right.lines if line.get_label() in ("alpha", "beta", "gamma")}
    assert {name: line.get_color() for name, line in lines.items()} == {
        "alpha": style.RUST,
        "beta": style.ORANGE,
        "gamma": style.BLUE,
    }
    assert "1 to 16 × Cmax" in right.get_title("left")


def test_where_nothing_was_learned_no_risk_is_drawn(unlearned, simulations, drugs):
    figure = module.draw(unlearned, simulations.isel(sample=[6]), drugs)
    left, right, *bars = figure.axes
    assert figure.get_suptitle().strip() == "Nothing was learned, because no simulation succeeded."
    assert texts(left) == ["failed (1)"]
    assert not [one for one in [*left.collections, *right.collections] if getattr(one, "levels", None) is not None]
    assert len(bars) == 1  # of the iterations; there is no scale of the risk
    assert {text.get_text() for text in right.texts} == {"alpha", "beta", "gamma"}


def test_the_legend_names_no_boundary_that_is_not_there(risk_map, simulations, drugs):
    safe = risk_map * 0 + xr.Dataset({"risk": 0.01, "latent_mean": -3.0})
    assert texts(module.draw(safe, simulations, drugs).axes[0]) == ["safe (3)", "arrhythmic (3)", "failed (1)"]


def test_without_drugs_there_is_one_panel(risk_map, simulations):
    panel, _, risk = module.draw(risk_map, simulations).axes
    assert texts(panel)[:3] == ["safe (3)", "arrhythmic (3)", "failed (1)"]
    assert risk.get_xlabel() == "risk: predicted probability of arrhythmia"


def test_points_of_the_cheap_scale_are_smaller(risk_map, two_scales, drugs):
    left = module.draw(risk_map, two_scales, drugs).axes[0]
    drawn = {one.get_label(): one for one in left.collections if type(one) is PathCollection}
    assert len(drawn["cable safe"].get_offsets()) == len(drawn["cell safe"].get_offsets()) == 3
    assert drawn["cell safe"].get_sizes() < drawn["cable safe"].get_sizes()
    assert drawn["cell safe"].get_zorder() < drawn["cable safe"].get_zorder()
    assert texts(left)[:3] == ["cable safe (3)", "cable arrhythmic (3)", "cable failed (1)"]
    assert left.get_title("left") == "14 simulations"


def test_points_are_coloured_by_iteration(risk_map, simulations, drugs):
    left = module.draw(risk_map, simulations, drugs).axes[0]
    safe = next(one for one in left.collections if one.get_label() == "safe")
    colours = [tuple(colour) for colour in safe.get_facecolors()]  # iterations 0, 1, 1
    assert colours[0] != colours[1] == colours[2]


def test_a_slice_of_more_parameters_says_so(risk_map, simulations, drugs):
    risk_map.attrs["block_of_INaL"] = 0.25
    figure = module.draw(risk_map, simulations, drugs)
    assert "INaL 0.25; points and drugs are projected" in figure.get_suptitle()


def test_names_do_not_overlap(risk_map, simulations, drugs):
    many = drugs.isel(drug=[0] * 28)
    figure = module.draw(risk_map, simulations, many.assign_coords(drug=[f"drug{n}" for n in range(28)]))
    figure.draw_without_rendering()
    boxes = sorted((Text.get_window_extent(text) for text in figure.axes[1].texts), key=lambda box: box.y0)
    assert len(boxes) == 28
    assert all(lower.y1 < upper.y0 for lower, upper in pairwise(boxes))
