import csv
from pathlib import Path

import numpy as np
import pytest

from pointes.drugs.agreement import agreement

PROJECT = Path(__file__).parents[3]
NO_SD = np.zeros(4)


def columns(path, **where):
    with (PROJECT / path).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if all(row[name] == value for name, value in where.items())]
    return {name: [row[name] for row in rows] for name in rows[0]}


def numbers(texts):
    return np.array(texts, float)


def test_statistics_by_hand():
    """Errors 0, 3, 1 and 4, of which two are within one standard deviation."""
    found = agreement(np.array([1.0, 5, 2, 0]), np.array([1.0, 2, 3, 4]), np.array([0.0, 2, 1, 3]), list("aabb"))
    assert found.rmse.value == pytest.approx(np.sqrt(26 / 4))
    assert found.median_error.value == 1.0
    assert found.within_sd.value == 0.5
    assert (found.points, found.failed) == (4, 0)


def test_a_failure_is_no_error_of_the_rmse_but_a_miss_of_all_else():
    measured = np.array([1.0, 2, 3, 4])
    found = agreement(np.array([1.0, np.nan, np.nan, np.nan]), measured, NO_SD + 100, list("abcd"))
    assert found.failed == 3
    assert found.rmse.value == 0
    assert found.median_error.value == np.inf
    assert found.within_sd.value == 0.25


def test_where_all_failed_there_is_no_rmse():
    found = agreement(np.full(4, np.nan), np.ones(4), NO_SD, list("abcd"))
    assert np.isnan([found.rmse.value, found.rmse.q025, found.rmse.q975]).all()
    assert found.within_sd.q975 == 0


def test_drugs_are_redrawn_and_not_points():
    """The points of a single drug are always together, so nothing varies."""
    simulated = np.array([1.0, 5, 2, 0])
    one = agreement(simulated, NO_SD, NO_SD, ["a"] * 4)
    assert (one.rmse.q025, one.rmse.q975) == (one.rmse.value, one.rmse.value)
    two = agreement(np.array([1.0, 1, 3, 3]), NO_SD, NO_SD, list("aabb"))
    assert (two.rmse.q025, two.rmse.q975) == (1.0, 3.0)


def test_intervals_are_those_of_redrawing_one_by_one():
    rng = np.random.default_rng(3)
    drugs = np.repeat(np.arange(6), [1, 2, 3, 4, 5, 6])
    simulated, measured = rng.normal(size=21), rng.normal(size=21)
    found = agreement(simulated, measured, np.full(21, 1.0), drugs, n_resamples=4000)
    redrawn = []
    for _ in range(4000):
        rows = np.concatenate([np.flatnonzero(drugs == drug) for drug in rng.integers(6, size=6)])
        error = np.abs(simulated - measured)[rows]
        redrawn.append([np.sqrt(np.mean(error**2)), np.sort(error)[(len(error) - 1) // 2], np.mean(error <= 1)])
    expected = np.quantile(redrawn, [0.025, 0.975], axis=0).T
    intervals = [(one.q025, one.q975) for one in (found.rmse, found.median_error, found.within_sd)]
    np.testing.assert_allclose(intervals, expected, atol=0.05)


@pytest.mark.parametrize(
    ("model", "protocol", "rmse", "median", "share"),
    [
        ("Grandi-Mann", "pharm", 52.1, 23.2, 8 / 29),
        ("Grandi-Mann", "cipa", 49.1, 14.8, 15 / 29),
        ("ten Tusscher 2006 endo", "cipa", 65.9, 10.8, 17 / 29),
        ("ORd 2011", "pharm", 172.5, 60.3, 8 / 29),
        ("no change", "cipa", 78.9, 15.1, 19 / 29),
    ],
)
def test_published_predictions(model, protocol, rmse, median, share):
    """Statistics of the predictions that Barral et al. publish, computed one by one from their files."""
    measured = columns("config/drugs/people/human_apd90.csv")
    predicted = columns("benchmarks/data/barral2025/predictions.csv", protocol=protocol)
    assert predicted["drug"] == measured["drug"]
    simulated = numbers(predicted[model]) if model in predicted else np.zeros(29)
    change, sd = (numbers(measured[name]) for name in ("delta_apd90_ms", "delta_apd90_sd_ms"))
    found = agreement(simulated, change, sd, measured["drug"])
    assert found.rmse.value == pytest.approx(rmse, abs=0.05)
    assert found.median_error.value == pytest.approx(median, abs=0.05)
    assert found.within_sd.value == pytest.approx(share)
    assert found.rmse.q025 < found.rmse.value < found.rmse.q975


def test_a_good_model_is_better_than_no_change():
    measured = np.array([50.0, 60, 70, 80])
    assert agreement(measured + 1, measured, NO_SD, list("abcd")).better_than_no_change == 1
    assert agreement(-measured, measured, NO_SD, list("abcd")).better_than_no_change == 0
