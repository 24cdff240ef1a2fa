"""Learners of the quantities of campaigns with two fidelities."""

from dataclasses import replace

import numpy as np
import pytest

from pointes.campaign.files import surrogate
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps.learners import new_learner
from pointes.campaign.steps.learning import first_samples, next_samples
from pointes.campaign.target import Target
from pointes.vocabulary import LOW_PER_HIGH, Fidelity, Purpose

SPACE = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)})
COSTS = {"cell": 0.01, "cable": 1.0}
SAMPLING = Sampling(
    seed=1, start=4, batch=6, stream_share=0.5, fidelities=("cell", "cable"), target=("qt_ms", "qrs_ms")
)


def simulated(samples):
    """Return samples with APD90 of cells, and QT and QRS of cables; those with much block of IKr are arrhythmic."""
    ikr, ical = samples.points.T
    is_cable, apd90 = samples["fidelity"] == Fidelity.HIGH, 280 + 150 * ikr**2 - 60 * ical
    results: dict[str, np.ndarray] = {
        "label": (ikr > 0.85).astype(np.int8),
        "status": np.zeros(len(samples), np.int8),
        "failure": np.zeros(len(samples), np.int8),
        "apd90_ms": np.where(is_cable, np.nan, apd90),
        "qt_ms": np.where(is_cable, 1.1 * apd90 + 20 + 5 * ical, np.nan),
        "qrs_ms": np.where(is_cable, 40 + 2 * ical, np.nan),
    }
    return replace(samples, columns={**samples.columns, **results})


@pytest.fixture(scope="module")
def history():
    """Learner and samples of a start and two further batches; settings are those of a job."""
    learner = new_learner(SPACE, Sampling.from_params(SAMPLING.to_params()), COSTS)
    told = [simulated(first_samples(learner, [], 4 * (1 + LOW_PER_HIGH)))]
    learner.tell(told[0].explored)
    for _ in range(2):
        told.append(simulated(next_samples(learner, told, 6)))
        learner.tell(told[-1].explored)
    return learner, told


def test_start_and_controls_are_of_both_fidelities(history):
    _, (start, *_) = history
    controls = start.where(start["purpose"] == Purpose.CONTROL)
    assert controls["fidelity"].tolist() == [Fidelity.LOW, Fidelity.HIGH]
    rest = start.where(start["purpose"] == Purpose.START)
    assert np.bincount(rest["fidelity"]).tolist() == [4 * LOW_PER_HIGH, 4]


def test_only_samples_of_the_expensive_scale_have_predictions_of_the_target(history):
    _, (_, *later) = history
    for samples in later:
        predicted = np.isfinite(samples["predicted_qt_ms"])
        np.testing.assert_array_equal(predicted, samples["fidelity"] == Fidelity.HIGH)
        assert (samples["fidelity"][samples["purpose"] == Purpose.STREAM] == Fidelity.HIGH).all()
        assert np.isfinite(samples["predicted_risk"]).all()
        assert samples.details["fidelity"]["flag_meanings"] == "cell cable"


def test_cells_tell_of_cables(history, tmp_path):
    learner, _ = history
    points = np.random.default_rng(0).uniform(0, [0.8, 1], (100, 2))
    surrogate.write(tmp_path / "surrogate.nc", learner.surrogate, SPACE, target=SAMPLING.target)
    read, _ = surrogate.read(tmp_path / "surrogate.nc")
    mean, sd = read.predict(SPACE.coordinates(points))
    expected = 1.1 * (280 + 150 * points[:, 0] ** 2 - 60 * points[:, 1]) + 20 + 5 * points[:, 1]
    assert np.sqrt(np.mean((mean[:, 0] - expected) ** 2)) < 1
    np.testing.assert_array_equal(sd, learner.surrogate.predict(SPACE.coordinates(points))[1])
    found = learner.assess({"largest_error": (5.0, 1.0), "window": 4})
    assert found["qt_ms"]["rho"] == pytest.approx(1.1, abs=0.1)
    assert found["runs"]["high"] >= 4
    assert found["total_cost"] == pytest.approx(found["runs"]["low"] * 0.01 + found["runs"]["high"])


def test_results_of_the_cheap_scale_that_inform_the_target():
    target = Target.parse(("qt_ms", "qrs_ms"))
    assert target.informed_by("cell", None).results == ("apd90_ms", "apd90_ms")
    assert target.informed_by("coarse", None) is target
    assert target.informed_by("cell", "apd50_ms").results == ("apd50_ms", "apd50_ms")
    assert target.informed_by("cell", ("apd90_ms", "dvdt_max_V_per_s")).results == ("apd90_ms", "dvdt_max_V_per_s")
