"""One step of learning."""

import numpy as np
import pytest

from pointes.campaign.files import surrogate
from pointes.campaign.files.samples import make
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps.learners.classes import TwoFidelities
from pointes.campaign.steps.learning import next_samples, nothing_learned, replay_history
from pointes.learning import GaussianProcessClassifier

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ([-1, -1], "no simulation succeeded"),
        ([0, -1], "no simulation was arrhythmic"),
        ([1, 1], "no simulation was safe"),
        ([0, 1], ""),
    ],
)
def test_something_is_learned_from_both_classes(tmp_path, label, reason):
    points = np.array([[0.1, 0.2], [0.8, 0.2]])
    history = [make(points[[k]], RANGES, label=np.array(label[k : k + 1], np.int8)) for k in range(2)]
    assert nothing_learned(history) == reason
    classifier = GaussianProcessClassifier.fit(points[:0], [], RANGES.bounds)
    surrogate.write(tmp_path / "surrogate.nc", classifier, RANGES, reason)
    assert surrogate.nothing_learned(tmp_path / "surrogate.nc") == reason


def test_of_two_scales_the_sought_one_must_have_met_both_classes():
    points, level = np.full((4, 2), 0.1), np.array([0, 0, 1, 1], np.int8)
    both = make(points, RANGES, label=np.array([0, 1, 0, 0], np.int8), fidelity=level)
    assert nothing_learned([both], TwoFidelities.simulation) == "no simulation of the expensive scale was arrhythmic"


def test_before_any_simulation_succeeded_nothing_is_predicted():
    """Of the next points one succeeds and is safe: no prediction came true, since an untrained one is none."""
    sampling = Sampling(seed=1, start=8, batch=4, stream_share=0.25)

    def simulated(samples, label):
        columns = {"label": np.array(label, np.int8), "status": np.less(label, 0).astype(np.int8)}
        return make(samples.points, RANGES, **samples.columns, **columns)

    history = [simulated(next_samples(replay_history([], RANGES, sampling), [], 8), np.full(8, -1))]
    second = next_samples(replay_history(history, RANGES, sampling), history, 4)
    assert np.isnan(second["predicted_risk"]).all()
    history.append(simulated(second, [0, -1, -1, -1]))
    learner = replay_history(history, RANGES, sampling)
    assert learner.learner.assess().stream_n == 0
    assert np.isfinite(next_samples(learner, history, 4)["predicted_risk"]).all()
