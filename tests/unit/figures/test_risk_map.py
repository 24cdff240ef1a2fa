from itertools import combinations, pairwise

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PathCollection
from matplotlib.legend import Legend
from matplotlib.text import Text

from pointes.figures import risk_map as module
from pointes.figures.shared import style
from pointes.figures.shared.trajectories import summarise


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


def test_the_map_shows_samples_contour_and_drugs(risk_map, simulations, drugs, control):
    figure = module.draw(risk_map, simulations, control, drugs)
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


def test_where_nothing_was_learned_no_risk_is_drawn(unlearned, simulations, drugs, control):
    figure = module.draw(unlearned, simulations.isel(sample=[6]), control, drugs)
    left, right, *bars = figure.axes
    assert figure.get_suptitle().strip() == "Nothing was learned, because no simulation succeeded."
    assert texts(left) == ["failed (1)"]
    assert not [one for one in [*left.collections, *right.collections] if getattr(one, "levels", None) is not None]
    assert len(bars) == 1  # of the iterations; there is no scale of the risk
    assert {text.get_text() for text in right.texts} == {"alpha", "beta", "gamma"}


def test_the_legend_names_no_boundary_that_is_not_there(risk_map, simulations, drugs, control):
    safe = risk_map * 0 + xr.Dataset({"risk": 0.01, "latent_mean": -3.0})
    assert texts(module.draw(safe, simulations, control, drugs).axes[0]) == ["safe (3)", "arrhythmic (3)", "failed (1)"]


def test_without_drugs_there_is_one_panel(risk_map, simulations, control):
    panel, _, risk = module.draw(risk_map, simulations, control).axes
    assert texts(panel)[:3] == ["safe (3)", "arrhythmic (3)", "failed (1)"]
    assert risk.get_xlabel() == "risk: predicted probability of arrhythmia"


def test_points_of_the_cheap_scale_are_smaller(risk_map, two_scales, drugs, control):
    left = module.draw(risk_map, two_scales, control, drugs).axes[0]
    drawn = {one.get_label(): one for one in left.collections if type(one) is PathCollection}
    assert len(drawn["cable safe"].get_offsets()) == len(drawn["cell safe"].get_offsets()) == 3
    assert drawn["cell safe"].get_sizes() < drawn["cable safe"].get_sizes()
    assert drawn["cell safe"].get_zorder() < drawn["cable safe"].get_zorder()
    assert texts(left)[:3] == ["cable safe (3)", "cable arrhythmic (3)", "cable failed (1)"]
    assert left.get_title("left") == "14 simulations"
    left.figure.draw_without_rendering()
    assert left.get_window_extent().width > 0.3 * left.figure.bbox.width  # the long names leave room for the map


def test_points_are_coloured_by_iteration(risk_map, simulations, drugs, control):
    left = module.draw(risk_map, simulations, control, drugs).axes[0]
    safe = next(one for one in left.collections if one.get_label() == "safe")
    colours = [tuple(colour) for colour in safe.get_facecolors()]  # iterations 0, 1, 1
    assert colours[0] != colours[1] == colours[2]


def test_a_slice_of_more_parameters_says_so(risk_map, simulations, drugs, control):
    risk_map.attrs["block_of_INaL"] = 0.25
    figure = module.draw(risk_map, simulations, control, drugs)
    assert "INaL 0.25; points and drugs are projected" in figure.get_suptitle()


def test_control_has_a_mark_and_an_entry_of_its_own(risk_map, with_control, drugs, control):
    left = module.draw(risk_map, with_control, control, drugs).axes[0]
    assert texts(left)[:3] == ["safe (3)", "arrhythmic (3)", "failed (1)"]  # as without it
    assert left.get_title("left") == "8 simulations"
    stars = [line for line in left.lines if line.get_marker() == style.CONTROL.marker]
    assert [line.get_xydata().tolist() for line in stars] == [[[0, 0]]]
    (beside,) = [one for one in left.artists if isinstance(one, Legend)]
    words = "control: safe, risk 0.002, APD90 424.6 ms,\nqNet 0.0703 µC/µF"
    assert [text.get_text().replace("\xa0", " ") for text in beside.get_texts()] == [words]


def test_control_beyond_the_plane_is_not_shown(risk_map, with_control, drugs, control):
    left = module.draw(risk_map.sel(IKr=slice(0.2, 1)), with_control, control, drugs).axes[0]
    assert not [line for line in left.lines if line.get_marker() == style.CONTROL.marker]
    assert not [one for one in left.artists if isinstance(one, Legend)]


def test_legends_have_no_entry_without_a_mark(risk_map, simulations, drugs, control):
    """All are safe, nothing is in doubt, and no drug was followed to 10 x Cmax."""
    nowhere = risk_map.assign(risk=0 * risk_map["risk"], latent_mean=0 * risk_map["risk"] - 1)
    left, right, *_ = module.draw(nowhere, simulations.isel(sample=[0, 2]), control, drugs.isel(multiple=[0, 1])).axes
    assert texts(left) == ["safe (2)"]
    assert texts(right) == ["high risk", "intermediate risk", "low risk", "1 × Cmax"]


@pytest.mark.parametrize(("count", "room"), [(1, 1), (2, 2), (28, 23), (98, 50)])
def test_names_neither_overlap_nor_cross_the_map(risk_map, simulations, count, room, control):
    """Drugs that end all over the map; whichever is named has its name clear of all others and of the frame."""
    rng = np.random.default_rng(1)
    dose, shape = np.array([1.0, 4.0, 16.0]), ("drug", "multiple")
    ic50 = 10 ** rng.uniform(-1, 3, size=(2, count, 1))
    blocks = dose / (dose + ic50)
    many = xr.Dataset(
        {
            "IKr": (shape, blocks[0]),
            "ICaL": (shape, blocks[1]),
            "category": ("drug", np.array(["high", "low"] * count, dtype=object)[:count]),
            "critical_multiple": ("drug", rng.permutation(count) + 1.0),
        },
        {"drug": [f"compound {n}" for n in range(count)], "multiple": dose},
    )
    figure = module.draw(risk_map, simulations, control, many)
    figure.draw_without_rendering()
    axes = figure.axes[1]
    named = {text.get_text(): Text.get_window_extent(text) for text in axes.texts}
    assert len(named) == len(axes.texts) >= room
    assert not [pair for pair in combinations(named.values(), 2) if pair[0].overlaps(pair[1])]
    frame, whole = axes.get_window_extent(), figure.bbox
    for name, box in named.items():
        assert box.x0 > frame.x1 or (frame.x0 <= box.x0 and box.x1 <= frame.x1), name
        assert frame.y0 - box.height / 2 - 1 <= box.y0, name
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1, name
    # A name is near the end of its line, unless it stands in the margin beside it.
    ends = {one.drug: one.path[-1] for one in summarise(many, "IKr", "ICaL")}
    for text in axes.texts:
        if text.get_position()[0] < 1:
            nearest = axes.transData.inverted().transform(named[text.get_text()].corners())
            assert np.abs(nearest - ends[text.get_text()]).max(axis=1).min() < 0.25, text.get_text()
        else:
            assert ends[text.get_text()][0] >= 1 - module.NEAR
    title = axes.get_title("left")
    assert title.startswith("1 drug from" if count == 1 else f"{count} drugs from")
    assert title.endswith(f"{len(named)} of them named") == (len(named) < count)


def test_the_riskiest_are_named_where_there_is_no_room_for_all(risk_map, simulations, drugs, control):
    many = drugs.isel(drug=[0] * 98).assign_coords(drug=[f"drug{n}" for n in range(98)])
    many["critical_multiple"] = "drug", np.arange(98.0)[::-1]
    figure = module.draw(risk_map, simulations, control, many)
    assert {text.get_text() for text in figure.axes[1].texts} == {f"drug{n}" for n in range(71, 98)}
    figure.draw_without_rendering()
    boxes = sorted((Text.get_window_extent(text) for text in figure.axes[1].texts), key=lambda box: box.y0)
    assert all(lower.y1 < upper.y0 for lower, upper in pairwise(boxes))
