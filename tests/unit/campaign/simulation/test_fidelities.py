"""Campaigns of two levels, without Snakemake: configuration, simulation, a step of learning from files."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import xarray

from pointes.campaign.configuration.loading import parse
from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import store, surrogate
from pointes.campaign.files.identity import check, claim
from pointes.campaign.files.samples import concatenate, make
from pointes.campaign.prepare import Campaign, model_fingerprint, prepare
from pointes.campaign.settings import Sampling
from pointes.campaign.simulation.fidelities import measured_costs, simulate_fidelities
from pointes.campaign.simulation.shards import COST
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Space
from pointes.campaign.steps.crosschecks import compare
from pointes.campaign.steps.learning import first_samples, next_samples, replay_history, write_assessment
from pointes.campaign.steps.learning_table import write_table
from pointes.campaign.steps.traces import write_traces
from pointes.errors import UserError
from pointes.learning import StoppingRule
from pointes.learning.two_fidelity.fits import TwoFidelityFits
from pointes.vocabulary import METHODS, Fidelity

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})
BOUNDS = RANGES.bounds
SAMPLING = Sampling(seed=1, start=8, batch=6, stream_share=0.5, fidelities=("cell", "cable"))
COSTS = {"cell": 3e-3, "cable": 0.1}
CABLE = {
    "name": "tiny",
    "model": {"name": "tentusscher-2006", "celltype": "epi"},
    "protocol": {"cycle_length": 400, "beats": 1, "label_beats": 1},
    "simulation": {"scale": "cable", "tissue": {"size": [2], "spacing": 0.25, "beats": 1, "time_step": 0.1}},
    "learning": {"fidelities": ["cell", "cable"], "start": 4, "max_simulations": 40},
}


def changed(**sections):
    return {**CABLE, **{name: {**CABLE.get(name, {}), **section} for name, section in sections.items()}}


def coarse(spacing):
    tissue = {**CABLE["simulation"]["tissue"], "coarse_spacing": spacing}
    return changed(learning={"fidelities": ["coarse", "cable"]}, simulation={"tissue": tissue})


def start_samples():
    return first_samples(replay_history([], RANGES, SAMPLING), [], 72)


def simulated(samples, failed=()):
    """Return samples with labels: cables are arrhythmic beyond an oblique line, cells beyond one farther left."""
    beyond = samples["IKr"] - samples["ICaL"] > 0.4 + 0.2 * samples["fidelity"]
    status = np.isin(samples["sample_id"], failed).astype(np.int8)
    results = {"label": np.where(status == 0, beyond, -1).astype(np.int8), "status": status}
    return concatenate([make(samples.points, RANGES, **samples.columns | results)])


def history_files(folder, iterations=3, failed=()):
    """Run a campaign in files, one learner per iteration; return the files."""
    files, samples = [], start_samples()
    for iteration in range(iterations):
        store.write(folder / f"samples_{iteration}.nc", samples)
        files.append(folder / f"simulations_{iteration}.nc")
        store.write(files[-1], simulated(store.read(folder / f"samples_{iteration}.nc"), failed))
        history = [store.read(path) for path in files]
        samples = next_samples(replay_history(history, RANGES, SAMPLING, COSTS), history, 6)
    store.write(folder / f"samples_{iterations}.nc", samples)
    return files


# The configuration


@pytest.mark.parametrize(
    ("learning", "message"),
    [
        *[
            (
                {"fidelities": wrong},
                f"c.yaml: learning.fidelities: {wrong!r}; expected null or two scales, cell or coarse and that of a "
                "tissue, as [cell, cable]",
            )
            for wrong in (["cable"], "cable", ["cable", "cell"], ["cell", "cell"], ["cell", "wire"], 2, {"cell": 1})
        ],
        (
            {"max_simulations": 37},
            "c.yaml: learning.max_simulations: 37; expected at least the controls and the start of both scales, 2 and "
            "9 times learning.start, which are 38 simulations",
        ),
    ],
)
def test_mistakes_are_told_one_per_line(learning, message):
    with pytest.raises(UserError) as caught:
        parse(changed(learning=learning), "c.yaml")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            changed(learning={"fidelities": ["cell", "slab"]}),
            "c.yaml: learning.fidelities: ['cell', 'slab']; expected the last to be simulation.scale, which is cable",
        ),
        (
            changed(learning={"warm_start": "results/before"}),
            "c.yaml: learning.warm_start: 'results/before'; expected null with learning.fidelities: earlier "
            "simulations are of one scale, and what they cost is not known",
        ),
        (
            changed(replays={"enabled": True}),
            "c.yaml: replays.enabled: 'true'; expected auto or false with learning.fidelities: the comparison counts "
            "simulations, and those of two scales cannot be added up",
        ),
        (
            changed(learning={"fidelities": ["coarse", "cable"]}),
            "c.yaml: simulation.tissue.coarse_spacing: 'null'; expected the spacing of the low fidelity, which is "
            "coarse",
        ),
        (
            coarse(0.25),
            "c.yaml: simulation.tissue.coarse_spacing: 0.25; expected more than simulation.tissue.spacing, which is "
            "0.25",
        ),
    ],
)
def test_what_does_not_fit_together_ends_before_any_job(values, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        prepare(values, "c.yaml", tmp_path)
    assert str(caught.value) == message


def test_start_is_of_both_scales():
    assert parse(CABLE, "c.yaml").learning.points_at_start == 36
    assert Config().learning.points_at_start == 16


def test_scales_are_a_part_of_the_meaning(tmp_path):
    one = parse(changed(learning={"fidelities": None}), "c.yaml")
    older = one.model_dump(mode="json")
    del older["learning"]["fidelities"]
    assert meaning(older) == meaning(one.model_dump(mode="json"))
    claim(tmp_path, parse(CABLE, "c.yaml"), "f").release()
    check(tmp_path, parse(CABLE, "c.yaml"))
    with pytest.raises(UserError, match=r'learning\.fidelities was \["cell", "cable"\] and is now null'):
        check(tmp_path, one)


# Simulation


@pytest.fixture(scope="module")
def simulators():
    config = parse(CABLE, "c.yaml")
    campaign = Campaign(config, model_fingerprint(config, "c.yaml"), None, Space.of(config.parameters.blocks))
    return campaign.simulators


def test_each_sample_is_simulated_at_its_scale(tmp_path, simulators):
    points = np.random.default_rng(1).uniform([0, 0], [1, 0.5], size=(5, 2))
    level = np.array([1, 0, 0, 1, 0], np.int8)
    details = {"fidelity": {"flag_meanings": "cell cable"}}
    samples = make(points, RANGES, sample_id=np.arange(5), fidelity=level)
    samples = type(samples)(samples.columns, RANGES, details)
    assert isinstance(simulators["cell"], CellSimulator)
    done = simulate_fidelities(samples, simulators, tmp_path / "shards", cores=1, threads=2)
    np.testing.assert_array_equal(done["sample_id"], np.arange(5))
    for value, (scale, simulator) in enumerate(simulators.items()):
        rows = level == value
        for name, expected in simulator.run(points[rows], list(RANGES)).items():
            np.testing.assert_array_equal(done[name][rows], expected, err_msg=f"{scale} {name}")
    assert np.isnan(done["qt_ms"][level == 0]).all()
    assert np.isnan(done["ecg"][level == 0]).all()
    assert (done["propagation_failure"][level == 0] == -1).all()
    assert (done["ead"][level == 1] == -1).all()
    assert done.details["fidelity"] == details["fidelity"]
    assert done.details["qt_ms"]["units"] == done.details["apd90_ms"]["units"] == "ms"
    store.write(tmp_path / "simulations.nc", done)
    with xarray.open_dataset(tmp_path / "simulations.nc") as opened:
        for name in ("ead", "ectopic_origins", "sustained_reentry"):
            assert opened[name].isnull().sum() == (level == (0 if name != "ead" else 1)).sum()

    costs = measured_costs(done, simulators, tmp_path / "shards")
    assert list(costs) == ["cell", "cable"]
    assert 0 < costs["cell"] < costs["cable"]
    for shard in list((tmp_path / "shards" / "cell").glob("*.nc")):  # of another protocol, and far dearer
        stale = store.read(shard)
        stale = replace(stale, columns=stale.columns | {"key": np.full(len(stale), "0" * 64)}, attributes={COST: 1e6})
        store.write(shard.with_stem("stale"), stale)
    assert measured_costs(done, simulators, tmp_path / "shards") == costs
    assert not any(COST in name for name in (*done.columns, *done.attributes))
    write_traces(tmp_path / "traces.nc", done, simulators["cable"])


def test_a_coarse_tissue_differs_in_its_spacing_alone():
    config = parse(coarse(0.5), "c.yaml")
    ranges = Space.of(config.parameters.blocks)
    low, high = Campaign(config, model_fingerprint(config, "c.yaml"), None, ranges).simulators.values()
    assert low.description == replace(high.description, spacing_mm=0.5)
    assert low.fingerprint == high.fingerprint
    points = np.array([[0.2, 0.1]])
    assert low.keys(points, list(RANGES))[0] != high.keys(points, list(RANGES))[0]
    assert set(low.run(points, list(RANGES))) == set(high.run(points, list(RANGES)))


def test_costs_that_were_not_measured_are_missed(tmp_path, simulators):
    samples = make(np.zeros((2, 2)), RANGES, fidelity=np.array([0, 1], np.int8))
    with pytest.raises(UserError, match="no simulations from which costs could be learned"):
        measured_costs(samples, simulators, tmp_path)


def test_iterations_with_other_columns_are_put_together():
    cells = make(np.zeros((2, 2)), RANGES, label=np.zeros(2, np.int8), apd=np.ones(2))
    cables = make(np.ones((1, 2)), RANGES, label=np.ones(1, np.int8), reentry=np.ones(1, np.int8), ecg=np.ones((1, 3)))
    together = concatenate([cells, cables])
    np.testing.assert_array_equal(together["apd"], [1, 1, np.nan])
    np.testing.assert_array_equal(together["reentry"], np.array([-1, -1, 1], np.int8), strict=True)
    assert together["ecg"].shape == (3, 3)


# Learning


def test_start_has_points_of_both_levels():
    start = start_samples()
    np.testing.assert_array_equal(start["fidelity"], np.repeat([0, 1, 0, 1], [1, 1, 64, 8]))  # controls first
    np.testing.assert_array_equal(start.points[66:], start.points[2:10])
    np.testing.assert_array_equal(start["sample_id"], np.arange(74))
    assert np.isnan(start["predicted_risk"]).all()


def test_learning_from_files_gives_the_same_each_time(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (history_files(tmp_path / name, failed=(5, 72)) for name in ("a", "b"))
    for one, other in zip(sorted((tmp_path / "a").iterdir()), sorted((tmp_path / "b").iterdir()), strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    assert len(first) == len(second) == 3
    last = store.read(tmp_path / "a/samples_3.nc")
    assert {0, 1} == set(last["fidelity"])
    assert last.details["fidelity"]["flag_meanings"] == "cell cable"
    streamed = last["purpose"] == 2
    assert streamed.any()
    assert (last["fidelity"][streamed] == 1).all()
    for method in METHODS:
        np.testing.assert_array_equal(np.isfinite(last[store.predicted_by(method)]), streamed)
    assert np.isfinite(last["predicted_risk"]).all()


def test_assessment_and_table_tell_of_both_levels(tmp_path):
    history = [store.read(path) for path in history_files(tmp_path)]
    learner = replay_history(history, RANGES, SAMPLING, COSTS)
    write_assessment(tmp_path / "assessment.json", learner, history, asdict(StoppingRule()))
    found = json.loads((tmp_path / "assessment.json").read_text())
    label = np.concatenate([one.high_fidelity["label"] for one in history])
    assert found["simulations"] == 86
    assert found["runs"] == {"low": 86 - len(label), "high": len(label)}
    assert found["arrhythmic"] == label.mean()
    assert found["mean_cost"] == {"low": pytest.approx(3e-3), "high": pytest.approx(0.1)}
    classifiers = [replay_history(history[: k + 1], RANGES, SAMPLING, COSTS).learner.classifier for k in range(3)]
    compared = compare(history, classifiers, seed=1)
    write_table(tmp_path / "learning.csv", [tmp_path / "assessment.json"] * 3, compared)
    header = (tmp_path / "learning.csv").read_text().splitlines()[0].split(",")
    assert {"leader", "runs_low", "mean_cost_high", "log_scores_pooled", "svm_agreement"} <= set(header)
    assert not {"runs", "length_scales"} & set(header)


@pytest.mark.parametrize("method", METHODS)
def test_every_surrogate_survives_the_file_bit_for_bit(tmp_path, method):
    samples = simulated(start_samples())
    classifier = TwoFidelityFits(samples.points, samples["label"], samples["fidelity"], BOUNDS).fit(method)
    surrogate.write(tmp_path / "surrogate.nc", classifier, RANGES)
    back, ranges = surrogate.read(tmp_path / "surrogate.nc")
    assert ranges == RANGES
    test = np.random.default_rng(1).uniform(*BOUNDS.T, size=(3000, 2))
    for expected, found in zip(classifier.latent(test), back.latent(test), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(back.predict_proba(test), classifier.predict_proba(test))


def test_learner_believes_costs(tmp_path):
    history = [store.read(path) for path in history_files(tmp_path, iterations=1)]
    dear = next_samples(replay_history(history, RANGES, SAMPLING, {"cell": 1, "cable": 1e5}), history, 6)
    cheap = next_samples(replay_history(history, RANGES, SAMPLING, {"cell": 1, "cable": 1}), history, 6)
    assert (dear["fidelity"] == Fidelity.LOW).sum() > (cheap["fidelity"] == Fidelity.LOW).sum()
