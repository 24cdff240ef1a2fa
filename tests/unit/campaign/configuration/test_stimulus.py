"""The stimulus of a campaign's cells: the model's own, or another duration and level."""

from dataclasses import replace

import numpy as np
import pytest

from pointes import cells
from pointes.campaign.configuration.loading import parse
from pointes.campaign.prepare import model_fingerprint
from pointes.campaign.simulation.simulators import configured_simulator, make_simulator
from pointes.campaign.simulation.tissue import describe_tissue
from pointes.tissue.simulation import paced_state

POINTS = np.array([[0.0, 0.0], [0.5, 0.5]])
PARAMETERS = ["IKr", "ICaL"]


@pytest.fixture(scope="module")
def own():
    """Two beats of a campaign's cells with the stimulus of the model."""
    return configured({})


def configured(protocol):
    config = parse({"protocol": {"beats": 2, "label_beats": 1, "cycle_length": 1000, **protocol}}, "c.yaml")
    return configured_simulator(config, model_fingerprint(config, "c.yaml"))


def test_written_out_the_models_own_stimulus_changes_nothing(own):
    duration = cells.load("ohara-2011", "mid").stimulus_duration
    same = configured({"stimulus_duration": duration, "stimulus_level": 1})
    for name, column in own.run(POINTS, PARAMETERS).items():
        np.testing.assert_array_equal(same.run(POINTS, PARAMETERS)[name], column, err_msg=name)


def test_weak_stimulus_captures_when_it_lasts_longer(own):
    weak, longer = configured({"stimulus_level": 0.1}), configured({"stimulus_level": 0.1, "stimulus_duration": 5})
    assert weak.run(POINTS, PARAMETERS)["capture_failure"].all()
    paced = longer.run(POINTS, PARAMETERS)
    assert not paced["capture_failure"].any()
    np.testing.assert_allclose(paced["apd90_ms"], own.run(POINTS, PARAMETERS)["apd90_ms"], rtol=0.02)


def test_each_stimulus_has_keys_of_its_own(own):
    others = [replace(own, stimulus_duration=2.0), replace(own, stimulus_level=1.5)]
    keys = {key for each in (own, *others) for key in each.keys(POINTS, PARAMETERS)}
    assert len(keys) == 3 * len(POINTS)
    assert make_simulator(own.to_params()) == own


def test_cells_of_a_tissue_are_paced_with_it_beforehand():
    def state(protocol):
        values = {
            "protocol": {"beats": 2, "label_beats": 1, **protocol},
            "simulation": {"scale": "cable", "tissue": {"size": [5]}},
        }
        return paced_state(describe_tissue(parse(values, "c.yaml")), "tissue")[0]

    own, weak, longer = (state(p) for p in ({}, {"stimulus_level": 0.1}, {"stimulus_duration": 5}))
    # Calmodulin kinase is activated by the calcium of action potentials, which the weak stimulus does not elicit
    assert weak["CaMK.CaMKt"] < 0.5 * own["CaMK.CaMKt"]
    assert longer["CaMK.CaMKt"] > 0.5 * own["CaMK.CaMKt"]
    assert longer != own
