import csv

import numpy as np
import pytest
from scipy.stats import qmc

from pointes.campaign.files.samples import make
from pointes.campaign.space import Axis, Space
from pointes.campaign.steps.sweep import size, sweep_points, sweep_samples, write_table
from pointes.vocabulary import Purpose

SPACE = Space.of({"IKr": (0, 0.8), "GKs": Axis(0.1, 10, "scale", log=True, control=1.0)})


@pytest.mark.parametrize("design", ["sobol", "latin-hypercube"])
def test_designs_fill_the_space_evenly_and_repeat_themselves(design):
    points = sweep_points(SPACE, design, 100, seed=3)
    assert points.shape == (100, 2)
    assert SPACE.holds(points).all()
    np.testing.assert_array_equal(points, sweep_points(SPACE, design, 100, seed=3))
    assert not np.array_equal(points, sweep_points(SPACE, design, 100, seed=4))
    low, high = SPACE.bounds.T
    unit = (SPACE.coordinates(points) - low) / (high - low)
    assert qmc.discrepancy(unit) < 0.5 * qmc.discrepancy(np.random.default_rng(1).random((100, 2)))


def test_every_part_of_a_latin_hypercube_has_one_point():
    low, high = SPACE.bounds.T
    unit = (SPACE.coordinates(sweep_points(SPACE, "latin-hypercube", 10, seed=1)) - low) / (high - low)
    for column in unit.T:
        assert sorted(np.floor(column * 10).astype(int)) == list(range(10))


def test_a_grid_has_its_number_along_each_axis():
    points = sweep_points(SPACE, "grid", 3, seed=1)
    np.testing.assert_allclose(points[:3], [[0, 0.1], [0, 1], [0, 10]])
    assert len(points) == size(SPACE, "grid", 3) == 9
    assert size(SPACE, "sobol", 3) == 3


def test_points_of_a_file(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("GKs,IKr\n2,0.5\n")
    np.testing.assert_array_equal(sweep_points(SPACE, "file", 1, 1, path), [[0.5, 2.0]])


def test_the_control_comes_first_and_the_table_has_words_and_blanks(tmp_path):
    samples = sweep_samples(SPACE, np.array([[0.5, 2.0]]), "file")
    assert samples.points.tolist() == [[0.0, 1.0], [0.5, 2.0]]
    assert samples["purpose"].tolist() == [Purpose.CONTROL, Purpose.GIVEN]
    assert samples["sample_id"].tolist() == [0, 1]
    results = {"status": np.array([0, 1], np.int8), "label": np.array([0, -1], np.int8), "apd90_ms": [300.0, np.nan]}
    whole = make(samples.points, SPACE, **samples.columns, **{name: np.array(one) for name, one in results.items()})
    write_table(tmp_path / "sweep.csv", whole)
    first, second = csv.DictReader((tmp_path / "sweep.csv").read_text().splitlines())
    assert (first["purpose"], first["status"], first["label"], first["apd90_ms"]) == ("control", "ok", "0", "300.0")
    assert (second["purpose"], second["status"], second["label"], second["apd90_ms"]) == ("given", "failed", "", "")
    assert (second["IKr"], second["GKs"]) == ("0.5", "2.0")
