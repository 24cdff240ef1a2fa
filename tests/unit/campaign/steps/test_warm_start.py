"""A campaign that begins with the simulations of an earlier one: which fit, and what becomes of them."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from pointes.campaign.configuration.loading import parse
from pointes.campaign.files import store
from pointes.campaign.files.identity import claim
from pointes.campaign.files.samples import concatenate, make
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps import warm_start
from pointes.campaign.steps.learning import first_samples, next_samples, replay_history, write_assessment
from pointes.errors import UserError
from pointes.learning import StoppingRule
from pointes.vocabulary import Failure, Purpose

BLOCKS = {"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)}
RANGES = Space.of(BLOCKS)
SAMPLING = Sampling(seed=1, start=16, batch=8, stream_share=0.25)


@pytest.fixture
def earlier(tmp_path):
    """A finished campaign of 20 points, the fourth of which failed."""
    folder = tmp_path / "earlier"
    claim(folder, parse({"name": "earlier"}, "c.yaml"), "f").release()
    points = np.random.default_rng(0).random((20, 2))
    status = (np.arange(20) == 3).astype(np.int8)
    samples = make(
        points,
        RANGES,
        sample_id=np.arange(20, dtype=np.int32),
        iteration=np.repeat([0, 1], [16, 4]).astype(np.int16),
        purpose=np.repeat([0, 1, 2], [16, 3, 1]).astype(np.int8),
        predicted_risk=np.full(20, 0.5),
        label=np.where(status, -1, points[:, 0] > points[:, 1]).astype(np.int8),
        status=status,
    )
    store.write(folder / "simulations.nc", samples)
    return folder


def resolve(earlier, fingerprint, blocks=BLOCKS, **sections):
    """Return what becomes of a warm start in a campaign of these ranges of blocks."""
    parameters = {"blocks": {name: list(ends) for name, ends in blocks.items()}}
    config = parse({"learning": {"warm_start": str(earlier)}, "parameters": parameters, **sections}, "c.yaml")
    return warm_start.resolve(config, Space.of(blocks), fingerprint)


def test_campaign_of_the_same_model_and_protocol_fits(earlier):
    assert resolve(earlier, "f", drugs={"draws": 7}, seed=5) == earlier


def test_points_become_those_of_the_new_campaign(earlier):
    space = Space.of({"ICaL": (0.0, 0.5), "IKr": (0.0, 1.0), "INaL": (0.0, 1.0)})
    taken = warm_start.read(earlier / "simulations.nc", space)
    old = store.read(earlier / "simulations.nc")
    kept = old["ICaL"] <= 0.5
    np.testing.assert_array_equal(taken.points, np.column_stack([old["ICaL"], old["IKr"], np.zeros(20)])[kept])
    np.testing.assert_array_equal(taken["label"], old["label"][kept])
    np.testing.assert_array_equal(taken["status"], old["status"][kept])
    np.testing.assert_array_equal(taken["sample_id"], -1 - np.arange(kept.sum()))
    assert set(taken["iteration"]) == {-1}
    assert set(taken["purpose"]) == {Purpose.GIVEN}  # none of them counts as the unbiased stream
    assert np.isnan(taken["predicted_risk"]).all()


@pytest.mark.parametrize(("status", "taken_over"), [(0, True), (1, True), (2, False)])
def test_control_stays_the_control_unless_it_was_lost(earlier, status, taken_over):
    """It is taken over even where the new campaign does not explore, and then not simulated again."""
    old = store.read(earlier / "simulations.nc")
    columns = {name: column.copy() for name, column in old.columns.items()}
    columns |= {"IKr": np.r_[0.0, old["IKr"][1:]], "ICaL": np.r_[0.0, old["ICaL"][1:]]}
    columns["purpose"][0], columns["status"][0], columns["label"][0] = Purpose.CONTROL, status, -1 if status else 0
    store.write(earlier / "simulations.nc", replace(old, columns=columns))
    space = Space.of({"IKr": (0.1, 1.0), "ICaL": (0.0, 1.0), "INaL": (0.0, 1.0)})
    history = [warm_start.read(earlier / "simulations.nc", space)]
    assert (Purpose.CONTROL in history[0]["purpose"]) == taken_over
    assert set(history[0]["purpose"][1:]) == {Purpose.GIVEN}
    learner = replay_history(history, space, SAMPLING)
    assert len(learner.learner.history.points) == np.sum(old["IKr"][1:] >= 0.1)
    assert (Purpose.CONTROL in first_samples(learner, history, 16)["purpose"]) != taken_over


def test_of_two_levels_the_high_one_is_taken(earlier):
    """A cell is no cable: what only cells are measured by is left out, too."""
    both = store.read(earlier / "simulations.nc")
    level = (np.arange(20) % 4 == 0).astype(np.int8)
    more = {"fidelity": level, "ead": np.where(level, -1, 0).astype(np.int8), "qt_ms": np.where(level, 400.0, np.nan)}
    store.write(earlier / "simulations.nc", replace(both, columns=both.columns | more))
    taken = warm_start.read(earlier / "simulations.nc", RANGES)
    np.testing.assert_array_equal(taken.points, both.points[level == 1])
    assert (taken["qt_ms"] == 400.0).all()
    assert not {"fidelity", "ead"} & taken.columns.keys()


def test_earlier_failures_may_be_without_a_reason(earlier, tmp_path):
    """Campaigns of before did not write it; beside simulations that do, it is unknown."""
    taken = warm_start.read(earlier / "simulations.nc", RANGES)
    new = taken.where(np.arange(2))
    status, failure = np.array([0, 1], np.int8), np.array([0, Failure.NO_CAPTURE], np.int8)
    purpose = np.array([Purpose.CONTROL, Purpose.START], np.int8)
    columns = {"status": status, "failure": failure, "purpose": purpose, "iteration": np.zeros(2, np.int16)}
    new = replace(new, columns=new.columns | columns)
    together = concatenate([taken, new])
    np.testing.assert_array_equal(together["failure"], [-1] * 20 + [0, Failure.NO_CAPTURE])
    learner = replay_history([taken, new], RANGES, SAMPLING)
    write_assessment(tmp_path / "a.json", learner, [taken, new], asdict(StoppingRule()))
    counts = json.loads((tmp_path / "a.json").read_text())["failures"]
    assert {reason: count for reason, count in counts.items() if count} == {"unknown": 1, "no_capture": 1}


@pytest.mark.parametrize("two_levels", [False, True])
def test_earlier_failures_are_taken_over_too(earlier, two_levels):
    """Even when nothing else is: no high-fidelity simulation has a label."""
    all_failed = store.read(earlier / "simulations.nc")
    columns = all_failed.columns | {"status": np.ones(20, np.int8), "label": np.full(20, -1, np.int8)}
    if two_levels:
        columns |= {"fidelity": np.ones(20, np.int8)}
    store.write(earlier / "simulations.nc", replace(all_failed, columns=columns))
    taken = warm_start.read(earlier / "simulations.nc", RANGES)
    assert len(taken) == 20
    learner = replay_history([taken], RANGES, SAMPLING)
    assert learner.learner.assess().reason.startswith("all 20 simulations failed")


def test_learner_goes_on_from_them(earlier):
    history = [warm_start.read(earlier / "simulations.nc", RANGES)]
    learner = replay_history(history, RANGES, SAMPLING)
    chosen = next_samples(learner, history, 16)
    assert set(chosen["purpose"]) == {1, 2, 6}  # no start is needed
    assert chosen["sample_id"].tolist() == list(range(16))
    assert set(chosen["iteration"]) == {0}
    assert learner.learner.assess().stream_n == 0
    distance = np.linalg.norm(chosen.points[:, None] - history[0].points, axis=2)
    assert distance.min() > 1e-6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocol": {"cycle_length": 1000}}, "protocol.cycle_length was 2000.0 there and is 1000.0 here"),
        ({"model": {"celltype": "endo"}}, 'model.celltype was "mid" there and is "endo" here'),
        ({"blocks": {"IKr": (0, 1), "IKs": (0, 1)}}, "has block of ICaL; expected none but IKr, IKs"),
        ({"blocks": {"IKr": (0, 1), "ICaL": (0, 1), "IKs": (0.5, 1)}}, "none of 20 points lies within the ranges"),
    ],
)
def test_other_campaigns_are_refused(earlier, changes, message):
    with pytest.raises(UserError) as caught:
        resolve(earlier, "f", **changes)
    assert message in str(caught.value)
    assert str(caught.value).startswith("learning.warm_start: ")
    assert "\n" not in str(caught.value)


def test_changed_equations_are_refused(earlier):
    with pytest.raises(UserError, match="the model's equations or the numerical method have changed since"):
        resolve(earlier, "g")


def test_unfinished_campaign_is_refused(earlier):
    (earlier / "simulations.nc").unlink()
    with pytest.raises(UserError, match=r"simulations.nc: no such file; let `snakemake` finish that campaign first"):
        resolve(earlier, "f")


def test_folder_of_no_campaign_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"not the results folder of a campaign"):
        resolve(tmp_path, "f")
