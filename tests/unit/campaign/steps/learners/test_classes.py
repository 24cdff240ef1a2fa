"""Learners of a class, with one and with two fidelities."""

import numpy as np
import pytest

from pointes.campaign.configuration.loading import parse
from pointes.campaign.files.samples import make
from pointes.campaign.settings import Sampling
from pointes.campaign.steps.learning import next_samples, replay_history
from pointes.learning.acquisition import ACQUISITIONS
from pointes.vocabulary import LOW_PER_HIGH, Fidelity, Purpose

from ..conftest import BLOCKS, RANGES

COSTS = {"cell": 1.0, "cable": 1000.0}
SCALES = {"cell": None, "cable": ["cell", "cable"]}


def configured(acquisition, scale):
    """Return the settings of a campaign after they have gone to a job."""
    learning = {"acquisition": acquisition, "fidelities": SCALES[scale], "start": 4, "batch": 4}
    simulation = {"scale": scale, "tissue": {"size": [5]}} if scale != "cell" else {}
    config = parse({"parameters": {"blocks": BLOCKS}, "learning": learning, "simulation": simulation}, "c.yaml")
    return Sampling.from_params(Sampling.of(config).to_params())


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("acquisition", ACQUISITIONS.built_in)
def test_the_configured_acquisition_reaches_the_learner(acquisition, scale):
    learner = replay_history([], RANGES, configured(acquisition, scale), COSTS)
    assert type(learner.learner.acquisition) is ACQUISITIONS[acquisition]


def test_the_configured_acquisition_chooses_the_points_of_two_fidelities():
    """Random points belong to the high fidelity, those of the default, at these costs, to the low one."""
    chosen = {}
    for acquisition in ("sur", "random"):
        sampling = configured(acquisition, "cable")
        count = sampling.start * (1 + LOW_PER_HIGH)
        start = next_samples(replay_history([], RANGES, sampling, COSTS), [], count)
        label = (start["IKr"] > 0.5 + start["ICaL"]).astype(np.int8)
        history = [make(start.points, RANGES, **start.columns, label=label, status=np.zeros_like(label))]
        proposed = next_samples(replay_history(history, RANGES, sampling, COSTS), history, sampling.batch)
        chosen[acquisition] = proposed.where(proposed["purpose"] == Purpose.BOUNDARY)
    assert (chosen["random"]["fidelity"] == Fidelity.HIGH).all()
    assert (chosen["sur"]["fidelity"] == Fidelity.LOW).any()
