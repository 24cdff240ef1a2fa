"""Bars of the attribution of drugs to channels."""

import numpy as np
import pytest

from pointes.figures import attribution as module


@pytest.fixture
def attribution():
    return {
        "drug": np.array(["safe", "safe", "risky", "risky", "worst"]),
        "category": np.array(["low", "low", "high", "high", "high"]),
        "channel": np.array(["IKr", "ICaL", "IKr", "INaL", "IKr"]),
        "effect_uC_per_uF": np.array([-0.002, 0.004, -0.02, -0.001, np.nan]),
    }


def test_bars_stack_on_either_side_by_risk(attribution):
    (axes,) = module.draw(attribution).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["worst", "risky", "safe"]
    bars = [(round(bar.get_x(), 6), round(bar.get_width(), 6), round(bar.get_y() + 0.4)) for bar in axes.patches]
    assert bars == [(0.0, -0.02, 1), (-0.02, -0.001, 1), (0.0, -0.002, 2), (0.0, 0.004, 2)]
    assert [text.get_text().strip() for text in axes.texts] == ["arrhythmic"]
