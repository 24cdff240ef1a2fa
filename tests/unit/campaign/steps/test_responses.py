"""Files of learned quantities and of propagated uncertainty, from surrogates of known functions."""

import numpy as np
import pytest
import xarray

from pointes import uncertainty
from pointes.campaign.files import surrogate
from pointes.campaign.files.samples import make
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Axis, Space
from pointes.campaign.steps.learners.quantities import Quantities
from pointes.campaign.steps.learning import first_samples, next_samples, nothing_learned, write_assessment
from pointes.campaign.steps.responses import write_response_map, write_responses
from pointes.campaign.steps.uncertainty import direct_samples, write_class, write_quantities
from pointes.campaign.target import THE_LABEL, Target
from pointes.files import read_json
from pointes.learning import GaussianProcessClassifier

SPACE = Space.of({"IKr": (0, 1), "GKs": Axis(0.1, 10, "scale", log=True, control=1.0)})
TARGET = Target.parse("apd90_ms")
UNITS = {"apd90_ms": "ms"}
SAMPLING = Sampling(seed=1, start=12, batch=4, stream_share=0.25, target="apd90_ms")


def apd90(points):
    """A smooth function that is arrhythmic where IKr is blocked by more than 0.8."""
    return 300 + 100 * points[:, 0] ** 2 - 20 * np.log10(points[:, 1])


def simulated(samples):
    arrhythmic = samples.points[:, 0] > 0.8
    return make(
        samples.points,
        SPACE,
        **{
            **samples.columns,
            "label": arrhythmic.astype(np.int8),
            "status": np.zeros(len(samples), np.int8),
            "failure": np.zeros(len(samples), np.int8),
            "apd90_ms": np.where(arrhythmic, np.nan, apd90(samples.points)),
        },
    )


@pytest.fixture(scope="module")
def history():
    """Learner and samples of a start and two further batches."""
    learner, told = Quantities(SPACE, SAMPLING, TARGET), []
    for count in (12, 4, 4):
        chosen = next_samples(learner, told, count) if told else first_samples(learner, told, count)
        told.append(simulated(chosen))
        learner.tell(told[-1].explored)
    return learner, told


def test_samples_carry_the_predictions_before_the_simulation(history):
    _, (start, first, _) = history
    assert np.isnan(start["predicted_apd90_ms"][1:]).all()
    known = first["label"] == 0
    error = np.abs(first["predicted_apd90_ms"] - apd90(first.points))[known]
    assert (error < 4 * first["predicted_sd_apd90_ms"][known] + 1e-6).all()
    assert ((first["predicted_risk"] >= 0) & (first["predicted_risk"] <= 1)).all()


def test_a_learner_that_is_told_the_same_again_asks_the_same(history):
    learner, told = history
    again = Quantities(SPACE, SAMPLING, TARGET)
    for samples in told:
        again.tell(samples.explored)
    np.testing.assert_array_equal(again.ask(4).points, learner.ask(4).points)


def test_assessment_names_each_quantity(history, tmp_path):
    learner, told = history
    write_assessment(tmp_path / "a.json", learner, told, {"largest_error": (50.0,), "window": 2})
    assessment = read_json(tmp_path / "a.json")
    assert assessment["quantities"] == ["apd90_ms"]
    assert assessment["simulations"] == 21
    assert assessment["apd90_ms"]["expected_half_width"] > 0
    assert {f"coverage_{level}" for level in (50, 90, 95)} <= assessment["apd90_ms"].keys()
    assert 0 < assessment["arrhythmic"] < 1
    assert nothing_learned(told, target=TARGET) == ""
    nothing = [simulated(told[0].where(told[0]["IKr"] > 0.8))]
    assert nothing_learned(nothing, target=TARGET).endswith("was safe with a value of apd90_ms")


def test_surrogate_survives_the_file_bit_for_bit(history, tmp_path):
    learner, _ = history
    surrogate.write(tmp_path / "surrogate.nc", learner.surrogate, SPACE, "", "apd90_ms")
    back, space = surrogate.read(tmp_path / "surrogate.nc")
    points = SPACE.bounds[:, 0] + np.random.default_rng(1).random((5, 2)) * np.ptp(SPACE.bounds, axis=1)
    for mine, theirs in zip(learner.surrogate.predict(points), back.predict(points), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(learner.surrogate.probability_regular(points), back.probability_regular(points))
    assert space == SPACE
    assert surrogate.target_of(tmp_path / "surrogate.nc") == TARGET


def test_map_and_responses_show_the_function_with_its_units(history, tmp_path, check_file):
    learner, _ = history
    write_response_map(tmp_path / "response_map.nc", learner.surrogate, SPACE, TARGET, UNITS)
    write_responses(tmp_path / "responses.nc", learner.surrogate, SPACE, TARGET, UNITS, seed=1)
    with xarray.open_dataset(tmp_path / "response_map.nc") as found:
        place = found.sel(IKr=0.5, GKs=1.0, method="nearest")
        expected = apd90(np.array([[float(place["IKr"]), float(place["GKs"])]]))[0]
        assert abs(float(place["apd90_ms"]) - expected) < 2
        assert found["apd90_ms"].attrs["units"] == "ms"
        assert found["GKs"].attrs["axis_scale"] == "logarithmic"
        assert float(found["regular"].sel(IKr=1.0, GKs=1.0, method="nearest")) < 0.5 < float(place["regular"])
    with xarray.open_dataset(tmp_path / "responses.nc") as found:
        rising = found["apd90_ms"].values[0]
        assert np.nanmax(rising) - np.nanmin(rising) > 40
        assert np.isnan(rising[-1])  # beyond 0.8 all is arrhythmic
    check_file(tmp_path / "response_map.nc", "response_map.nc")
    check_file(tmp_path / "responses.nc", "responses.nc")


NORMAL = [uncertainty.Normal(0.4, 0.05), uncertainty.Lognormal(1.0, 1.3)]


def test_quantiles_agree_with_direct_simulations(history, tmp_path, check_file):
    learner, _ = history
    direct = simulated(direct_samples(SPACE, NORMAL, 256, seed=1))
    path = tmp_path / "uncertainty.nc"
    write_quantities(path, learner.surrogate, SPACE, TARGET, UNITS, NORMAL, n=512, seed=1, direct=direct)
    with xarray.open_dataset(path) as found:
        median = found.sel(level=0.5).isel(quantity=0)
        assert abs(float(median["value"]) - float(np.median(direct["apd90_ms"]))) < 2
        assert abs(float(median["direct"][0]) - float(np.median(direct["apd90_ms"]))) < 1e-9
        assert float(found["total"].isel(quantity=0, parameter=0, bound=0)) > 0.5
        assert found.attrs["direct_simulations"] == 256
    check_file(path, "uncertainty.nc")


def test_share_of_a_class_agrees_with_direct_simulations(tmp_path):
    points = SPACE.bounds[:, 0] + np.random.default_rng(2).random((60, 2)) * np.ptp(SPACE.bounds, axis=1)
    classifier = GaussianProcessClassifier.fit(points, points[:, 0] > 0.5, SPACE.bounds)
    half = [uncertainty.Normal(0.5, 0.1), uncertainty.Lognormal(1.0, 1.3)]
    direct = direct_samples(SPACE, half, 200, seed=1)
    columns = {"label": (direct.points[:, 0] > 0.5).astype(np.int8), "status": np.zeros(200, np.int8)}
    direct = make(direct.points, SPACE, **{**direct.columns, **columns})
    write_class(tmp_path / "u.nc", classifier, SPACE, THE_LABEL, half, n=512, seed=1, direct=direct)
    with xarray.open_dataset(tmp_path / "u.nc") as found:
        share, low, high = found["share"].values
        assert low <= share <= high
        assert abs(share - 0.5) < 0.1
        assert abs(found["direct"].values[0] - 0.5) < 0.05


def test_where_nothing_was_learned_nothing_is_claimed(history, tmp_path):
    learner, _ = history
    write_response_map(tmp_path / "m.nc", learner.surrogate, SPACE, TARGET, UNITS, "no simulation succeeded")
    write_responses(tmp_path / "r.nc", learner.surrogate, SPACE, TARGET, UNITS, 1, "no simulation succeeded")
    write_quantities(
        tmp_path / "u.nc",
        learner.surrogate,
        SPACE,
        TARGET,
        UNITS,
        NORMAL,
        n=64,
        seed=1,
        nothing_learned="no simulation succeeded",
    )
    for name in ("m", "r", "u"):
        with xarray.open_dataset(tmp_path / f"{name}.nc") as found:
            assert found.attrs["nothing_learned"] == "no simulation succeeded"
    with xarray.open_dataset(tmp_path / "m.nc") as found:
        assert found["apd90_ms"].isnull().all()
