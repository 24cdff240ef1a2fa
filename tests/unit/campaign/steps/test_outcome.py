"""What a campaign derives from its simulations: map, drugs, neighbours of the boundary, tables, comparison."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray

from pointes import netcdf
from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import surrogate
from pointes.campaign.files.results import read_result
from pointes.campaign.files.samples import make
from pointes.campaign.files.store import write
from pointes.campaign.settings import Sampling
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.steps import drugs as drugs_step
from pointes.campaign.steps.collect import collect
from pointes.campaign.steps.crosschecks import compare
from pointes.campaign.steps.learners import TwoFidelities
from pointes.campaign.steps.learning import next_samples, nothing_learned, replay_history
from pointes.campaign.steps.learning_table import write_table
from pointes.campaign.steps.replays import GRID, UNBLOCKED, merge_curves, passive_curve, replay_points, write_curves
from pointes.campaign.steps.risk_map import write_risk_map
from pointes.campaign.steps.traces import boundary_pairs, write_traces
from pointes.cells import load
from pointes.errors import UserError
from pointes.files import write_json
from pointes.learning import GaussianProcessClassifier
from pointes.netcdf import Variable

PROJECT = Path(__file__).parents[4]
RANGES = {"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)}


class Ramp:
    """A classifier whose latent mean is the distance beyond the line IKr = 0.5 + ICaL, the third parameter added."""

    def latent(self, points):
        mean = points[:, 0] - 0.5 - points[:, 1] + points[:, 2:].sum(axis=1)
        return mean, np.full(len(points), 0.1)

    def predict_proba(self, points):
        return (self.latent(points)[0] > 0).astype(float)


@pytest.mark.parametrize("ranges", [RANGES, {**RANGES, "INaL": (0.25, 1.0)}])
def test_risk_map_has_its_axes_the_right_way_round(tmp_path, ranges):
    write_risk_map(tmp_path / "risk_map.nc", Ramp(), ranges)
    shift = ranges.get("INaL", (0.0,))[0]
    with xarray.open_dataset(tmp_path / "risk_map.nc") as risk_map:
        assert risk_map["risk"].dims == ("ICaL", "IKr")
        expected = risk_map["IKr"] - 0.5 - risk_map["ICaL"] + shift
        np.testing.assert_allclose(risk_map["latent_mean"], expected.transpose("ICaL", "IKr"), atol=1e-15)
        assert float(risk_map["ICaL"].max()) == 0.5
        assert float(risk_map["risk"].sel(IKr=1.0, ICaL=0.0)) == 1.0
        assert float(risk_map["risk"].sel(IKr=0.0, ICaL=0.5)) == 0.0


def test_surrogate_survives_the_file_bit_for_bit(tmp_path):
    points = np.random.default_rng(1).uniform([0, 0], [1, 0.5], size=(30, 2))
    labels = (points[:, 0] > 0.5 + points[:, 1]).astype(np.int8)
    classifier = GaussianProcessClassifier.fit(points, labels, np.array(list(RANGES.values())))
    surrogate.write(tmp_path / "surrogate.nc", classifier, RANGES)
    back, ranges = surrogate.read(tmp_path / "surrogate.nc")
    assert ranges == RANGES
    np.testing.assert_array_equal(back.predict_proba(points), classifier.predict_proba(points))


def test_surrogate_of_another_version_is_refused_in_one_line(tmp_path):
    netcdf.write(tmp_path / "surrogate.nc", {"bounds": Variable(("a", "b"), np.eye(2))}, {"parameters": "IKr ICaL"})
    with pytest.raises(UserError, match="expected a classifier of this version of pointes"):
        surrogate.read(tmp_path / "surrogate.nc")


def test_pairs_are_the_closest_of_each_part_of_the_second_parameter():
    points = np.array([[0.1, 0.02], [0.4, 0.03], [0.5, 0.02], [0.9, 0.02], [0.6, 0.49], [0.9, 0.48], [0.7, 0.26]])
    label = np.array([0, 0, 1, 1, 0, 1, -1], np.int8)
    np.testing.assert_array_equal(boundary_pairs(make(points, RANGES, label=label)), [[1, 2], [4, 5]])
    one_class = make(points, RANGES, label=np.zeros(7, np.int8))
    assert boundary_pairs(one_class).shape == (0, 2)


def test_traces_show_the_pair_at_the_same_times(tmp_path):
    points = np.array([[0.0, 0.0], [1.0, 0.0]])
    samples = make(points, RANGES, sample_id=np.array([7, 9]), label=np.array([0, 1], np.int8))
    fingerprint = load("ohara-2011", celltype="mid").fingerprint
    write_traces(tmp_path / "traces.nc", samples, CellSimulator("ohara-2011", "mid", fingerprint, 1000.0, 2, 2, 1e-4))
    with xarray.open_dataset(tmp_path / "traces.nc") as traces:
        assert traces["v_mV"].sizes == {"trace": 2, "time_ms": 1000}
        np.testing.assert_array_equal(traces["sample_id"], [7, 9])
        np.testing.assert_array_equal(traces["IKr"], [0.0, 1.0])
        assert np.all(traces["v_mV"].isel(time_ms=slice(0, 20)).max("time_ms") > 0)
        longer = (traces["v_mV"] > -40).sum("time_ms")
        assert longer[1] > longer[0]


def test_drugs_are_placed_with_the_maps_channels(tmp_path):
    table = PROJECT / "config/drugs/cipa28.csv"
    options = {"largest": 100.0, "draws": 5, "seed": 1}
    drugs, risks = drugs_step.place_drugs(table, Ramp().predict_proba, RANGES, (1.0, 8.0), **options)
    drugs_step.write_drugs(tmp_path / "drugs.nc", drugs, risks, RANGES)
    control = {"risk": 0.00123456, "state": "safe", "remark": "", "apd90_ms": 424.61, "qnet_uC_per_uF": None}
    drugs_step.write_ranking(tmp_path / "drugs.csv", drugs, risks, control)
    write_json(tmp_path / "classification.json", drugs_step.classify(drugs, risks, draws=5, seed=1))
    with xarray.open_dataset(tmp_path / "drugs.nc") as placed:
        np.testing.assert_array_equal(placed["multiple"], [1, 8])
        assert placed["IKr"].dims == ("drug", "multiple")
        beyond = placed["ICaL"] > 0.5
        assert beyond.any()
        np.testing.assert_array_equal(placed["risk"].isnull(), beyond)
        np.testing.assert_array_equal(
            placed["risk"].where(~beyond, 0), (placed["IKr"] - 0.5 > placed["ICaL"]) & ~beyond
        )
        assert np.all(placed["IKr"].sel(multiple=8) >= placed["IKr"].sel(multiple=1))
        named = placed["critical_multiple"].sel(drug="dofetilide")
        name, columns = read_result(str(tmp_path / "drugs.csv"))
        assert name == "drugs"
        row = list(columns["drug"]).index("dofetilide")
        assert columns["critical_multiple"][row] == pytest.approx(float(named), rel=1e-3)
        of_control = [name for name in columns if name.startswith("control_")]
        assert of_control == ["control_risk", "control_state", "control_apd90_ms", "control_qnet_uC_per_uF"]
        assert set(columns["control_risk"]) == {0.001235}
        assert set(columns["control_state"]) == {"safe"}
        assert np.isnan(columns["control_qnet_uC_per_uF"]).all()
        assert float(placed["largest_multiple"]) == 100
        status = placed["critical_multiple_status"]
        assert placed["critical_multiple"].attrs["ancillary_variables"] == status.name
        words = np.array(status.attrs["flag_meanings"].split())[status]
        assert {"reached", "not_reached", "beyond_map"} <= set(words)
        np.testing.assert_array_equal(placed["critical_multiple"].notnull(), words == "reached")
    ranks = list(zip(columns["drug"], columns["critical_multiple_status"], columns["critical_multiple"], strict=True))
    assert {drug: word for drug, word, _ in ranks} == dict(zip(drugs.names, words, strict=True))
    order = [word for _, word, _ in ranks]
    assert order == sorted(order, key=["below_smallest_dose", "reached", "not_reached", "beyond_map"].index)
    reached = [value for _, word, value in ranks if word == "reached"]
    assert reached == sorted(reached)
    assert all(np.isnan(value) for _, word, value in ranks if word != "reached")
    assert set(columns["largest_multiple"]) == {100}
    assert set(columns["smallest_multiple"]) == {0.001}
    assert "inf" not in (tmp_path / "drugs.csv").read_text()
    scores = json.loads((tmp_path / "classification.json").read_text())
    assert {"critical multiple", "hERG margin"} <= set(scores)
    assert 0 <= scores["critical multiple"]["high_vs_rest"]["value"] <= 1
    assert scores["critical multiple"]["n_drugs"] == 28 - order.count("beyond_map")
    assert scores["hERG margin"]["n_drugs"] == 28


def test_of_drugs_that_do_not_reach_it_the_one_that_may_is_written_first(tmp_path):
    """The third one crosses between 60 and 600 x Cmax, beyond the largest dose in most draws."""
    (tmp_path / "table.csv").write_text(
        "drug,cmax_nM,IKr_ic50_nM,ICaL_ic50_nM,IKr_ic50_q025_nM,IKr_ic50_q975_nM\n"
        "none,10,,,,\nsure,10,99,,,\nunsure,10,2000,,600,6000\n"
    )
    options = {"largest": 100.0, "draws": 50, "seed": 1}
    drugs, risks = drugs_step.place_drugs(tmp_path / "table.csv", Ramp().predict_proba, RANGES, (1.0, 8.0), **options)
    drugs_step.write_ranking(tmp_path / "drugs.csv", drugs, risks, {"risk": None, "state": "safe", "remark": ""})
    _, columns = read_result(str(tmp_path / "drugs.csv"))
    assert list(columns["drug"]) == ["sure", "unsure", "none"]
    assert columns["critical_multiple"][0] == pytest.approx(9.9, rel=1e-3)
    assert list(columns["critical_multiple_status"][1:]) == ["not_reached", "not_reached"]
    assert list(columns["critical_multiple_low_status"]) == ["uncertainty_unknown", "reached", "uncertainty_unknown"]


def test_where_nothing_was_learned_no_drug_is_placed(tmp_path):
    """The untrained classifier predicts one half everywhere; its map and its drugs are empty."""
    untrained, reason = GaussianProcessClassifier.fit(np.empty((0, 2)), [], list(RANGES.values())), "all went wrong"
    options = {"largest": 100.0, "draws": 5, "seed": 1, "nothing_learned": reason}
    table = PROJECT / "config/drugs/cipa28.csv"
    drugs, risks = drugs_step.place_drugs(table, untrained.predict_proba, RANGES, (1.0, 8.0), **options)
    drugs_step.write_drugs(tmp_path / "drugs.nc", drugs, risks, RANGES, reason)
    drugs_step.write_ranking(tmp_path / "drugs.csv", drugs, risks, {"risk": None, "state": "safe", "remark": ""})
    write_risk_map(tmp_path / "risk_map.nc", untrained, RANGES, reason)
    with (
        xarray.open_dataset(tmp_path / "drugs.nc") as placed,
        xarray.open_dataset(tmp_path / "risk_map.nc") as risk_map,
    ):
        assert placed.attrs["nothing_learned"] == risk_map.attrs["nothing_learned"] == reason
        for name in ("critical_multiple", "critical_multiple_low", "critical_multiple_high", "risk", "risk_high"):
            assert placed[name].isnull().all()
        assert placed["IKr"].notnull().all()
        for name in ("risk", "latent_mean", "latent_sd"):
            assert risk_map[name].isnull().all()
    _, columns = read_result(str(tmp_path / "drugs.csv"))
    assert (
        set(columns["critical_multiple_status"]) == set(columns["critical_multiple_low_status"]) == {"nothing_learned"}
    )
    for name in ("critical_multiple", "critical_multiple_high", "risk_at_1_cmax"):
        assert np.isnan(columns[name]).all()
    scores = drugs_step.classify(drugs, risks, draws=5, seed=1)
    assert scores["critical multiple"]["high_vs_rest"]["value"] is None
    assert scores["hERG margin"]["high_vs_rest"]["value"] > 0.5


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
    told = [make(points[[k]], RANGES, label=np.array(label[k : k + 1], np.int8)) for k in range(2)]
    assert nothing_learned(told) == reason
    classifier = GaussianProcessClassifier.fit(points[:0], [], list(RANGES.values()))
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

    told = [simulated(next_samples(replay_history([], RANGES, sampling), [], 8), np.full(8, -1))]
    second = next_samples(replay_history(told, RANGES, sampling), told, 4)
    assert np.isnan(second["predicted_risk"]).all()
    told.append(simulated(second, [0, -1, -1, -1]))
    learner = replay_history(told, RANGES, sampling)
    assert learner.learner.assess().stream_n == 0
    assert np.isfinite(next_samples(learner, told, 4)["predicted_risk"]).all()


def test_other_classifiers_are_not_trained_on_one_class():
    points = np.random.default_rng(1).uniform([0, 0], [1, 0.5], size=(12, 2))
    label = np.r_[np.full(4, -1), np.zeros(4), np.ones(4)].astype(np.int8)
    purpose, status = np.repeat([0, 2, 2], 4).astype(np.int8), (label < 0).astype(np.int8)
    samples = make(points, RANGES, label=label, purpose=purpose, status=status)
    told = [samples.where(slice(start, start + 4)) for start in (0, 4, 8)]
    bounds = np.array(list(RANGES.values()))
    known = [np.flatnonzero(label[:end] >= 0) for end in (4, 8, 12)]
    classifiers = [GaussianProcessClassifier.fit(points[rows], label[rows], bounds) for rows in known]
    failed, safe, both = compare(told, classifiers, seed=1)
    assert set(failed.values()) == set(safe.values()) == {None}
    assert both["svm_agreement"] is not None
    assert both["svm_stream_accuracy"] is None, "the stream was never predicted by a trained model"


def test_iterations_are_put_together_in_order(tmp_path):
    for number in range(2):
        points = np.full((2, 2), 0.1 * number)
        purpose = np.zeros(2, np.int8)
        part = make(points, RANGES, sample_id=np.arange(2, dtype=np.int32) + 2 * number, purpose=purpose)
        write(tmp_path / f"{number}.nc", part)
    whole = collect([tmp_path / "0.nc", tmp_path / "1.nc"], meaning(Config().model_dump(mode="json")), "f")
    np.testing.assert_array_equal(whole["sample_id"], [0, 1, 2, 3])
    assert json.loads(whole.attributes["config"])["protocol.beats"] == 30


def test_other_classifiers_see_what_the_learner_saw(tmp_path):
    """Two iterations on each side of IKr = 0.5: all classifiers agree about most of the space."""
    points = np.random.default_rng(1).uniform([0, 0], [1, 0.5], size=(60, 2))
    label = (points[:, 0] > 0.5).astype(np.int8)
    purpose = np.r_[np.zeros(40), np.full(20, 2)].astype(np.int8)
    samples = make(points, RANGES, label=label, purpose=purpose, status=np.zeros(60, np.int8))
    told = [samples.where(slice(0, 40)), samples.where(slice(40, 60))]
    bounds = np.array(list(RANGES.values()))
    classifiers = [GaussianProcessClassifier.fit(points[:end], label[:end], bounds) for end in (40, 60)]
    first, last = compare(told, classifiers, seed=1)
    for model in ("svm", "forest", "xgboost"):
        assert first[f"{model}_stream_accuracy"] is None
        assert last[f"{model}_stream_accuracy"] >= 0.9
        assert 0.9 < last[f"{model}_agreement"] <= 1

    for number in range(2):
        assessment = {"simulations": 2 + 2 * number, "stream_accuracy": None, "converged": False, "length_scales": [1]}
        (tmp_path / f"{number}.json").write_text(json.dumps(assessment))
    write_table(tmp_path / "learning.csv", [tmp_path / "0.json", tmp_path / "1.json"], [first, last])
    _, columns = read_result(str(tmp_path / "learning.csv"))
    assert list(columns)[:4] == ["iteration", "simulations", "stream_accuracy", "converged"]
    assert "length_scales" not in columns
    np.testing.assert_array_equal(columns["simulations"], [2, 4])
    assert np.all(np.isnan(columns["stream_accuracy"]))
    assert columns["svm_agreement"][1] == last["svm_agreement"]


@pytest.mark.parametrize("ranges", [RANGES, {**RANGES, "INaL": (0.25, 1.0)}])
def test_comparison_has_disjoint_sets_and_a_reference(ranges):
    points = replay_points(ranges, seed=1, set_size=24, repeats=2, grid=5)
    counts = {
        (int(design), int(repeat)): int(np.sum((points["design"] == design) & (points["repeat"] == repeat)))
        for design, repeat in zip(points["design"], points["repeat"], strict=True)
    }
    assert counts.pop((UNBLOCKED, 0), 0) == ("INaL" not in ranges)  # whose range does not begin at 0
    assert counts == {(1, 0): 24, (1, 1): 24, (2, 0): 24, (2, 1): 24, (GRID, 0): 25}
    sets = points.where(points["design"] < GRID).points
    assert len(np.unique(sets, axis=0)) == len(sets)
    low, high = np.array(list(ranges.values())).T
    assert np.all((points.points >= low) & (points.points <= high))
    again = replay_points(ranges, seed=1, set_size=48, repeats=1, grid=5)
    first = (points["design"] < GRID) & (points["repeat"] == 0)
    for design in (1, 2):
        longer = again.where(again["design"] == design).points
        np.testing.assert_array_equal(longer[:24], points.where(first & (points["design"] == design)).points)


def test_curves_measure_agreement_with_the_reference(tmp_path):
    points = replay_points(RANGES, seed=1, set_size=32, repeats=1, grid=8)
    label = Ramp().predict_proba(points.points).astype(np.int8)
    simulated = make(points.points, RANGES, **{**points.columns, "label": label})
    accuracy = passive_curve(simulated, "sobol", 0, [8, 32])
    assert 0.5 < accuracy[0] <= accuracy[1] <= 1
    for design in ("sobol", "random"):
        write_curves(tmp_path / f"{design}.nc", {design: [passive_curve(simulated, design, 0, [8, 32])]}, [8, 32])
    merge_curves([tmp_path / "sobol.nc", tmp_path / "random.nc"], tmp_path / "replays.nc")
    with xarray.open_dataset(tmp_path / "replays.nc") as merged:
        np.testing.assert_array_equal(merged["accuracy"].sel(design="sobol", repeat=0), accuracy)
        np.testing.assert_array_equal(merged["n"], [8, 32])


def test_a_comparison_without_reference_has_no_accuracy():
    points = replay_points(RANGES, seed=1, set_size=8, repeats=1, grid=4)
    failed = make(points.points, RANGES, **{**points.columns, "label": np.full(len(points), -1, np.int8)})
    assert np.isnan(passive_curve(failed, "sobol", 0, [8])).all()
