"""The control: the first sample of every campaign, its description, and the changes against it."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import xarray

from pointes.campaign.configuration.loading import parse
from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import store
from pointes.campaign.files.samples import concatenate, make
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps import control, replays
from pointes.campaign.steps.collect import collect
from pointes.campaign.steps.crosschecks import compare
from pointes.campaign.steps.learning import first_samples, next_samples, replay_history, write_assessment
from pointes.campaign.steps.sensitivity import write_shapley
from pointes.campaign.steps.warm_start import IMPORTED_ITERATION
from pointes.errors import UserError
from pointes.learning import GaussianProcessClassifier, StoppingRule
from pointes.vocabulary import Fidelity, Purpose

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})
APART = Space.of({"IKr": (0.2, 0.9), "ICaL": (0.0, 0.5)})
SAMPLING = Sampling(seed=1, start=8, batch=4, stream_share=0.25)
TWO = replace(SAMPLING, fidelities=("cell", "cable"))
DETAILS = {"apd90_ms": {"long_name": "duration", "units": "ms"}, "qt_ms": {"long_name": "QT", "units": "ms"}}


def start(ranges=RANGES, sampling=SAMPLING, history=(), count=8):
    return first_samples(replay_history(history, ranges, sampling), history, count)


def simulated(samples, status=0):
    """Return samples as if simulated: arrhythmic beyond IKr block 0.5; the control has the status given."""
    failed = (samples["purpose"] == Purpose.CONTROL) & (status != 0)
    results = {
        "label": np.where(failed, -1, samples["IKr"] > 0.5).astype(np.int8),
        "status": np.where(failed, status, 0).astype(np.int8),
        "apd90_ms": np.where(failed, np.nan, 300 + 100 * samples["IKr"]),
    }
    made = make(samples.points, samples.space, **{**samples.columns, **results})
    return type(made)(made.columns, made.space, DETAILS)


# The start


@pytest.mark.parametrize("ranges", [RANGES, APART])
def test_control_comes_first_and_the_sobol_start_after_it(ranges):
    samples = start(ranges)
    plain = next_samples(replay_history([], ranges, SAMPLING), [], 8)
    np.testing.assert_array_equal(samples.points[0], 0)
    np.testing.assert_array_equal(samples.points[1:], plain.points)
    np.testing.assert_array_equal(samples["sample_id"], np.arange(9))
    np.testing.assert_array_equal(samples["purpose"], [Purpose.CONTROL, *[0] * 8])
    assert np.isnan(samples["predicted_risk"]).all()
    assert set(samples["iteration"]) == {0}


def test_two_levels_have_a_control_each():
    samples = start(sampling=TWO, count=72)
    np.testing.assert_array_equal(samples.points[:2], 0)
    np.testing.assert_array_equal(samples["fidelity"][:2], [0, 1])
    np.testing.assert_array_equal(samples["purpose"][:3], [Purpose.CONTROL, Purpose.CONTROL, 0])
    np.testing.assert_array_equal(samples["sample_id"], np.arange(74))
    assert samples.details["fidelity"]["flag_meanings"] == "cell cable"


def test_a_control_that_was_taken_over_is_not_simulated_again():
    earlier = simulated(start())
    earlier.columns["iteration"][:] = IMPORTED_ITERATION
    samples = start(history=[earlier])
    assert Purpose.CONTROL not in samples["purpose"]
    assert set(samples["iteration"]) == {0}


def test_cap_covers_control_and_start():
    assert parse({"learning": {"start": 16, "max_simulations": 17}}, "c.yaml").learning.max_simulations == 17
    with pytest.raises(UserError) as caught:
        parse({"learning": {"start": 16, "max_simulations": 16}}, "c.yaml")
    assert str(caught.value) == (
        "c.yaml: learning.max_simulations: 16; expected at least the control and learning.start, which are 17 "
        "simulations"
    )


# What the learner makes of it


def test_learner_is_told_the_control_and_streams_as_without():
    history = [simulated(start())]
    learner, without = (
        replay_history([one], RANGES, SAMPLING).learner
        for one in (history[0], history[0].where(history[0]["purpose"] == 0))
    )
    np.testing.assert_array_equal(learner.history.points[0], 0)
    assert len(learner.history.points) == 9
    for one in (learner, without):
        proposals = []
        for _ in range(3):
            proposals.append(one.ask(6))
            labels = proposals[-1].points[:, 0] > 0.5
            one.tell(proposals[-1].points, labels, purpose=proposals[-1].purpose, risk=proposals[-1].risk)
    streams = [one.history.points[one.history.purpose == 2] for one in (learner, without)]
    assert len(streams[0]) >= 3
    np.testing.assert_array_equal(*streams)
    assert learner.assess().stream_n == len(streams[0])


def test_control_outside_the_ranges_is_not_told(tmp_path):
    history = [simulated(start(APART))]
    learner = replay_history(history, APART, SAMPLING)
    assert len(learner.learner.history.points) == 8
    write_assessment(tmp_path / "assessment.json", learner, history, asdict(StoppingRule()))
    found = json.loads((tmp_path / "assessment.json").read_text())
    assert (found["simulations"], found["control"]) == (9, "safe")
    assert found["arrhythmic"] == history[0]["label"][1:].mean()
    assert control.risk(history[0], learner.learner.classifier.predict_proba) is None
    compare(history, [learner.learner.classifier], seed=1)
    write_shapley(tmp_path / "shapley.nc", history[0], seed=1)
    with xarray.open_dataset(tmp_path / "shapley.nc") as shapley:
        assert shapley.sizes["sample"] == 8


def test_two_levels_learn_from_both_controls():
    samples = start(sampling=TWO, count=72)
    samples = concatenate([make(samples.points, RANGES, **simulated(samples).columns)])
    costs = {"cell": 1.0, "cable": 10.0}
    learner = replay_history([samples], RANGES, TWO, costs).learner
    assert learner.assess().runs == {"low": 65, "high": 9}
    np.testing.assert_array_equal(learner.history.points[:2], 0)
    without = replay_history(
        [samples.where(samples["purpose"] == 0)], RANGES, TWO, {"cell": 1.0, "cable": 10.0}
    ).learner
    for one in (learner, without):  # a quarter of the points after the start is of the stream
        assert [(one.ask(n, Fidelity.HIGH).purpose == 2).sum() for n in (3, 4)] == [0, 1]


# Its description


@pytest.mark.parametrize(("status", "state"), [(0, "safe"), (1, "failed"), (2, "lost")])
def test_state_says_what_became_of_it(status, state):
    simulations = simulated(start(), status)
    assert control.state([simulations]) == state
    described = control.describe(simulations)
    assert described["state"] == state
    assert described["apd90_ms"] == (300 if status == 0 else None)
    assert bool(described["remark"]) == (status != 0)


def test_arrhythmic_control_is_remarked_upon():
    simulations = simulated(start())
    simulations.columns["label"][0] = 1
    assert control.describe(simulations)["remark"].startswith("the control is arrhythmic without any block")


def test_risk_is_that_of_the_classifier_unless_one_class_was_met():
    simulations = simulated(start())
    classifier = replay_history([simulations], RANGES, SAMPLING).learner.classifier
    assert control.risk(simulations, classifier.predict_proba) == classifier.predict_proba(np.zeros((1, 2)))[0]
    simulations.columns["label"][:] = 0
    assert control.risk(simulations, classifier.predict_proba) is None


def test_changes_are_told_against_the_control_of_the_same_level():
    samples = make(
        np.array([[0.0, 0.0], [0.0, 0.0], [0.5, 0.1], [0.5, 0.1], [0.7, 0.1]]),
        RANGES,
        fidelity=np.array([0, 1, 0, 1, 0], np.int8),
        purpose=np.array([Purpose.CONTROL, Purpose.CONTROL, 0, 0, 0], np.int8),
        apd90_ms=np.array([300.0, np.nan, 350.0, np.nan, np.nan]),
        qt_ms=np.array([np.nan, 400.0, np.nan, 430.0, np.nan]),
    )
    compared = control.with_changes(type(samples)(samples.columns, RANGES, DETAILS))
    np.testing.assert_array_equal(compared["delta_apd90_ms"], [0, np.nan, 50, np.nan, np.nan])
    np.testing.assert_array_equal(compared["delta_qt_ms"], [np.nan, 0, np.nan, 30, np.nan])
    assert compared.details["delta_qt_ms"] == {"long_name": "change against the control of QT", "units": "ms"}
    assert len(compared.high_fidelity) == 2


@pytest.mark.parametrize("status", [0, 1])
def test_collected_simulations_have_changes(tmp_path, status):
    store.write(tmp_path / "a.nc", simulated(start(), status))
    collected = collect([tmp_path / "a.nc"], meaning(Config().model_dump(mode="json")), "f")
    expected = collected["apd90_ms"] - 300 if status == 0 else np.full(9, np.nan)
    np.testing.assert_array_equal(collected["delta_apd90_ms"], expected)


def test_control_beyond_the_ranges_survives_the_file(tmp_path):
    """It is valid where it lies, and the ranges are still those that are explored."""
    store.write(tmp_path / "a.nc", simulated(start(APART)))
    back = store.read(tmp_path / "a.nc")
    assert back.space == APART
    assert len(back.explored) == 8
    with xarray.open_dataset(tmp_path / "a.nc") as opened:
        assert opened["IKr"].attrs["valid_min"] == 0
        np.testing.assert_array_equal(opened["IKr"].attrs["explored_range"], [0.2, 0.9])


def test_ranges_of_older_files_are_read(tmp_path):
    import netCDF4

    store.write(tmp_path / "a.nc", make(np.array([[0.3, 0.1]]), APART))
    with netCDF4.Dataset(tmp_path / "a.nc", "a") as file:
        for name, axis in APART.items():
            file[name].delncattr("explored_range")
            file[name].valid_min = axis.low
    assert store.read(tmp_path / "a.nc").space == APART


# The comparison of designs


def test_every_design_learns_from_the_control_and_counts_it():
    points = replays.replay_points(RANGES, 1, set_size=12, repeats=1, grid=4)
    np.testing.assert_array_equal(points.points[points["design"] == replays.UNBLOCKED], [[0, 0]])
    results = {"label": points.points.sum(axis=1) > 0.6, "status": np.zeros(len(points), np.int8)}
    simulations = make(points.points, RANGES, **{**points.columns, **results})
    grid = simulations.where(simulations["design"] == replays.GRID)
    sizes, bounds = [9, 13], RANGES.bounds
    for number, design in ((1, "sobol"), (2, "random")):
        chosen = simulations.where(simulations["design"] == number)
        expected = []
        for size in sizes:
            labelled = concatenate(
                [simulations.where(simulations["design"] == replays.UNBLOCKED), chosen.where(np.arange(size - 1))]
            )
            fit = GaussianProcessClassifier.fit(labelled.points, labelled["label"], bounds)
            expected.append(np.mean((fit.predict_proba(grid.points) > 0.5) == grid["label"]))
        assert replays.passive_curve(simulations, design, 0, sizes) == expected

    asked = []

    def pace(at):
        asked.append(at)
        return {"label": at.sum(axis=1) > 0.6, "status": np.zeros(len(at), np.int8)}

    replays.active_curve(simulations, pace, SAMPLING, 0, sizes)
    campaign = [simulated(start())]  # whose points the first repeat has
    campaign[0].columns["label"][:] = campaign[0].points.sum(axis=1) > 0.6
    np.testing.assert_array_equal(asked[0], campaign[0].points[1:])
    np.testing.assert_array_equal(
        asked[1], next_samples(replay_history(campaign, RANGES, SAMPLING), campaign, 4).points
    )


def test_comparison_without_the_control_where_it_is_not_explored():
    assert replays.UNBLOCKED not in replays.replay_points(APART, 1, 8, 1, 4)["design"]


def test_a_fit_without_control_is_less_sure_of_it():
    """What telling it is for: three safe points far from the corner leave its risk open."""
    points = np.array([[0.3, 0.3], [0.5, 0.1], [0.4, 0.45], [0.9, 0.1], [0.8, 0.2]])
    labels = np.array([0, 0, 0, 1, 1])
    bounds = RANGES.bounds
    origin = np.zeros((1, 2))
    without = GaussianProcessClassifier.fit(points, labels, bounds).predict_proba(origin)[0]
    labelled = np.concatenate([points, origin]), np.append(labels, 0)
    assert GaussianProcessClassifier.fit(*labelled, bounds).predict_proba(origin)[0] < without
