import numpy as np
import pytest

from pointes.figures import calibration as module


def test_calibration_of_known_points():
    risk = np.array([0.15, 0.15, 0.15, 0.95, 0.95, 1.0])
    label = np.array([0, 0, 1, 1, 1, 1])
    result = module.summarise(risk, label)
    assert [(one.points, one.arrhythmic) for one in result.bins] == [(3, 1), (3, 3)]
    assert result.error == pytest.approx((abs(1 - 0.45) + abs(3 - 2.9)) / 6)
    assert result.brier == pytest.approx((2 * 0.15**2 + 0.85**2 + 2 * 0.05**2) / 6)
    # All of three: the lower bound is the cube root of 0.025.
    assert (result.bins[1].low, result.bins[1].high) == pytest.approx((0.025 ** (1 / 3), 1.0))


def test_no_points_have_no_calibration():
    result = module.summarise(np.array([]), np.array([]))
    assert result.bins == []
    assert np.isnan(result.error)
    assert np.isnan(result.brier)


def test_only_simulated_stream_points_are_shown(simulations):
    axes, strip = module.draw(simulations).axes
    assert "2 stream points" in axes.get_title("left")  # the third one failed
    assert [text.get_text() for text in axes.texts] == ["0/1", "1/1"]
    assert [list(line.get_xdata()) for line in strip.lines] == [[0.1], [0.7]]
    assert strip.get_xlabel() == "risk predicted before the simulation"


def test_counts_of_neighbouring_bins_do_not_overlap(simulations):
    simulations["predicted_risk"][4:6] = [0.49, 0.51]
    figure = module.draw(simulations)
    figure.draw_without_rendering()
    left, right = (text.get_window_extent() for text in figure.axes[0].texts)
    assert left.x1 < right.x0


def test_an_empty_stream_is_said(simulations):
    (axes,) = module.draw(simulations.isel(sample=[0, 1, 2])).axes
    assert [text.get_text() for text in axes.texts] == ["no point of the unbiased stream yet"]
    assert not axes.axison


def test_a_point_of_which_nothing_was_predicted_is_left_out(simulations):
    simulations["predicted_risk"][4] = np.nan
    assert module.draw(simulations).axes[0].get_title("left").startswith("1 stream points")
