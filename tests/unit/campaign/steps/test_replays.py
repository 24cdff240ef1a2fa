"""Replays of other ways to choose points."""

import numpy as np
import pytest
import xarray

from pointes.campaign.files.samples import make
from pointes.campaign.space import Space
from pointes.campaign.steps.replays import GRID, UNBLOCKED, merge_curves, passive_curve, replay_points, write_curves

from .conftest import RANGES, Ramp


@pytest.mark.parametrize("ranges", [RANGES, Space.of({**RANGES, "INaL": (0.25, 1.0)})])
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
    low, high = ranges.bounds.T
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
