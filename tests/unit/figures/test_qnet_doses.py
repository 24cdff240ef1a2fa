"""Charge against dose: quantiles of samples, the control, and afterdepolarisations."""

import numpy as np
import pytest

from pointes.figures import qnet_doses as module


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_doses_are_medians_and_quantiles_of_samples(panel):
    panel["qnet_uC_per_uF"][0, 0, 0] = np.nan
    risky, safe = module.summarise(panel)
    assert (risky.drug, safe.drug) == ("risky", "safe")
    assert risky.median.tolist() == pytest.approx([0.05, 0.045, 0.04, 0.035])
    assert safe.median[0] == pytest.approx(0.0705)  # of two samples
    assert safe.low[1] == pytest.approx(0.065 - 0.00095)
    assert risky.ead.tolist() == [0, 0, 0, pytest.approx(1 / 3)]


def test_doses_of_a_drug_whose_samples_all_failed_are_empty(panel):
    panel["qnet_uC_per_uF"][0] = np.nan
    _, safe = module.summarise(panel)
    assert np.isnan(safe.median).all()
    assert not safe.ead.any()
    assert len(module.draw(panel).axes) == 2


def test_doses_are_drawn_with_control_and_afterdepolarisations(panel):
    figure = module.draw(panel)
    assert legend(figure) == ["high risk", "low risk", "control", "some samples with EADs"]
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [[4.0]]
    assert figure.axes[0].get_xscale() == "linear"
    assert module.draw(panel.assign_coords(dose=[1.0, 4.0, 10.0, 25.0])).axes[0].get_xscale() == "log"


def test_a_panel_without_control_has_no_line_for_it(panel):
    del panel.attrs["control_qnet_uC_per_uF"]
    assert "control" not in legend(module.draw(panel))
