"""Points of a panel: block at each dose, dynamic binding, combinations, and the control."""

import numpy as np
import pytest

from pointes.campaign.panel.points import LITERALS, TRAPPING_RATE, Compound, panel_points
from pointes.drugs import BINDING, DrugSamples
from pointes.vocabulary import Purpose

SAMPLES = DrugSamples(
    names=("a", "b"),
    channels=("IKr", "ICaL"),
    ic50_nM=np.array([[[10.0, np.nan], [20.0, np.nan]], [[30.0, 60.0], [40.0, 80.0]]]),
    hill=np.array([[[1.0, np.nan], [2.0, np.nan]], [[1.0, 1.0], [1.0, 1.0]]]),
    binding=np.arange(1.0, 21.0).reshape(2, 2, len(BINDING)),
)
CURRENTS = ["IKr", "ICaL", "INa"]


def test_static_block_follows_the_hill_curves_sample_by_sample():
    points = panel_points(Compound("a", {"a": 10.0}), SAMPLES, CURRENTS, (1, 2), dynamic=False)
    np.testing.assert_allclose(points["IKr"], [0, 1 / 2, 1 / 5, 2 / 3, 1 / 2])
    np.testing.assert_array_equal(points["ICaL"], np.zeros(5))
    assert points["purpose"].tolist() == [Purpose.CONTROL] + [Purpose.GIVEN] * 4


def test_a_drug_that_binds_does_not_block_as_well():
    points = panel_points(Compound("b", {"b": 60.0}), SAMPLES, CURRENTS, (1, 2), dynamic=True)
    np.testing.assert_array_equal(points["IKr"], np.zeros(5))
    np.testing.assert_allclose(points["ICaL"][1:], [60 / 120, 60 / 140, 120 / 180, 120 / 200])
    np.testing.assert_array_equal(points["IKr.D"][1:], [60, 60, 120, 120])
    np.testing.assert_array_equal(points["IKr.Kt"][1:], np.full(4, TRAPPING_RATE))
    for place, name in enumerate(BINDING):
        np.testing.assert_array_equal(points[f"IKr.{name}"][1:], np.tile(SAMPLES.binding[1, :, place], 2))
    assert list(points.space)[2:] == list(LITERALS)


def test_the_control_of_a_binding_drug_has_none_of_it():
    points = panel_points(Compound("b", {"b": 60.0}), SAMPLES, CURRENTS, (1,), dynamic=True)
    control = {name: points[name][0] for name in points.space}
    assert control == dict.fromkeys(points.space, 0.0) | {"IKr.n": 1.0, "IKr.halfmax": 1.0}


def test_open_fractions_of_a_combination_are_multiplied():
    both = Compound("both", {"a": 10.0, "b": 30.0})
    points = panel_points(both, SAMPLES, CURRENTS, (1,), dynamic=False)
    np.testing.assert_allclose(points["IKr"][1:], [1 - 0.5 * 0.5, 1 - 0.8 * 40 / 70])
    np.testing.assert_allclose(points["ICaL"][1:], [30 / 90, 30 / 110])


def test_the_first_drug_of_a_combination_binds_and_the_others_block():
    both = Compound("both", {"a": 10.0, "b": 30.0})
    points = panel_points(both, SAMPLES, CURRENTS, (2,), dynamic=True)
    np.testing.assert_array_equal(points["IKr.D"][1:], [20, 20])
    np.testing.assert_allclose(points["IKr"][1:], [60 / 90, 60 / 100])


def test_channels_that_the_model_does_not_have_are_left_out():
    points = panel_points(Compound("b", {"b": 60.0}), SAMPLES, ["IKr"], (1,), dynamic=False)
    assert list(points.space) == ["IKr"]


@pytest.mark.parametrize("dynamic", [False, True])
def test_a_compound_survives_as_params(dynamic):
    compound = Compound("both", {"a": 1.0, "b": 2.0}, "high")
    assert Compound.from_params(compound.to_params()) == compound


def test_each_sample_has_the_cell_of_its_number():
    values = {"ikr.g": np.array([1.0, 0.5, 2.0])}
    points = panel_points(Compound("a", {"a": 10.0}), SAMPLES, CURRENTS, (1, 2), dynamic=False, cell_values=values)
    assert points["ikr.g"].tolist() == [1.0, 0.5, 2.0, 0.5, 2.0]
