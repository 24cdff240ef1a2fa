import numpy as np
import pytest
import xarray as xr

from pointes.figures import learning_curve as module


@pytest.fixture
def replays() -> xr.Dataset:
    accuracy = [
        [[0.90, 0.96, 0.99, 1.00], [0.94, 0.98, 0.99, 0.99], [0.92, 0.94, 0.96, 0.98]],
        [[0.80, 0.96, 0.94, 0.96], [0.80, 0.90, 0.92, 0.94], [0.80, 0.90, 0.92, 0.94]],
    ]
    coordinates = {"design": ["active", "random"], "repeat": [0, 1, 2], "n": [16, 24, 32, 40]}
    return xr.Dataset({"accuracy": (("design", "repeat", "n"), np.array(accuracy))}, coordinates)


@pytest.fixture
def learning() -> dict[str, np.ndarray]:
    return {
        "simulations": np.array([16, 24, 32]),
        "stream_n": np.array([0, 2, 4]),
        "stream_accuracy": np.array([np.nan, 0.5, 0.75]),
        "stream_low": np.array([np.nan, 0.01, 0.19]),
        "stream_high": np.array([np.nan, 0.99, 0.99]),
    }


def test_a_level_that_is_lost_again_is_not_held():
    n = np.array([8, 16, 24, 32])
    assert module.first_held(n, np.array([0.96, 0.94, 0.95, 0.97]), 0.95) == 24
    assert module.first_held(n, np.array([0.96, 0.96, 0.96, 0.96]), 0.95) == 8
    assert module.first_held(n, np.array([0.96, 0.96, 0.96, 0.90]), 0.95) == np.inf
    assert module.first_held(n, np.array([np.nan, 0.96, 0.96, 0.96]), 0.95) == 16


def test_a_comparison_without_reference_says_so(learning, replays):
    left, _ = module.draw(learning, replays * np.nan).axes
    assert left.texts[0].get_text() == "no reference point has a label"


def test_summary_of_the_repeats(replays):
    curves = module.summarise(replays)
    active = curves["active"]
    np.testing.assert_allclose(active.median, [0.92, 0.96, 0.99, 0.99])
    np.testing.assert_allclose(active.low, [0.90, 0.94, 0.96, 0.98])
    np.testing.assert_allclose(active.high, [0.94, 0.98, 0.99, 1.00])
    assert active.hold == (24, 32, 32)  # of 24, 24, 32; 32, 24, 40; 32, 32, never
    assert curves["random"].hold == (np.inf, np.inf, np.inf)  # one of three holds 95 % from 40 on


def test_the_figure_shows_both_judgements(learning, replays):
    grid, stream = module.draw(learning, replays).axes
    labels = [text.get_text() for text in grid.get_legend().get_texts()]
    assert labels == ["active: 24 / 32 / 32", "random: not yet / not yet / not yet"]
    assert grid.get_xlabel() == stream.get_xlabel() == "simulations"
    assert grid.get_ylim()[1] == stream.get_ylim()[1] == 1
    assert {"95 %", "98 %", "99 %"} <= {tick.get_text() for tick in grid.get_yticklabels()}
    (container,) = stream.containers
    points, _, _ = container
    np.testing.assert_allclose(points.get_xydata(), [[24, 0.5], [32, 0.75]])  # no stream yet at 16
    assert [text.get_text() for text in stream.texts[:2]] == ["2", "4"]


def test_a_level_that_is_held_is_one_that_the_median_stays_above(replays):
    for repeats in ([0, 1], [0, 2], [1, 2], [0, 1, 2]):
        for curve in module.summarise(replays.isel(repeat=repeats)).values():
            for target, start in zip(module.TARGETS, curve.hold, strict=True):
                assert (curve.median[curve.simulations >= start] >= target).all()
                assert np.isfinite(start) == (curve.median[-1] >= target)


def test_a_campaign_without_a_stream_says_so(learning):
    learning["stream_n"][:] = 0
    (stream,) = module.draw(learning).axes
    assert [text.get_text() for text in stream.texts] == ["no point of the unbiased stream yet"]
    assert not stream.axison


def test_without_replays_the_stream_stands_alone(learning):
    (stream,) = module.draw(learning).axes
    assert "stream" in stream.get_title("left")


def test_equal_steps_of_the_scale_are_equal_steps_of_the_root_of_the_error(learning):
    (stream,) = module.draw(learning).axes
    heights = stream.transData.transform([(20, value) for value in (0.96, 0.99, 1.0)])[:, 1]
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0])
