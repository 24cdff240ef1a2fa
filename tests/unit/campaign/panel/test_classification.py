"""Classification of a panel: its metric, the drugs that are trained on, flips between scenarios, and methods."""

import numpy as np
import pytest

from pointes import netcdf
from pointes.campaign.files.results import variable
from pointes.campaign.panel import classification
from pointes.drugs import CHANNELS, Scheme, read_drug_table

ROWS = "h1,high,100,10,training\nh2,high,100,20,test\ni1,intermediate,100,100,training\ni2,intermediate,100,200,test\n"
TABLE = f"drug,risk,cmax_nM,IKr_ic50_nM,set\n{ROWS}l1,low,100,9000,training\nl2,low,100,8000,test\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def test_the_torsade_metric_is_the_mean_over_doses(write_panel):
    path = write_panel()
    scored = classification.read_metric(path, 2000.0)
    qnet = netcdf.load_dataset(path)["qnet_uC_per_uF"].values
    np.testing.assert_allclose(scored.metric, (qnet[:, 0] + qnet[:, 1]) / 2)
    assert scored.names == ("h1", "h2", "i1", "i2", "l1", "l2")
    assert scored.category.tolist() == [2, 2, 1, 1, 0, 0]


def test_an_arrhythmic_cell_has_the_longest_apd90(write_panel):
    path = write_panel(arrhythmic=[(0, 1, 3)])
    scored = classification.read_metric(path, 2000.0)
    apd90 = netcdf.load_dataset(path)["apd90_ms"].values
    assert scored.log_apd90[0, 3] == pytest.approx((np.log(apd90[0, 0, 3]) + np.log(2000.0)) / 2)
    np.testing.assert_allclose(scored.log_apd90[1], np.log(apd90[1]).mean(axis=0))


def test_failing_cells_count_more_at_small_doses(write_panel):
    few = classification.failure_score(write_panel(arrhythmic=[(0, 0, slice(0, 2)), (1, 1, slice(0, 2))]))
    # 2 of 8 cells; weights 1 and 1/4
    np.testing.assert_allclose(few.metric[:, 0], [0.25 / 1.25, 0.25 * 0.25 / 1.25, 0, 0, 0, 0])


def test_training_drugs_are_those_of_the_set(table, tmp_path):
    assert classification.training_drugs(table, ["h1", "h2", "l1", "x"]).tolist() == [True, False, True, False]
    bare = tmp_path / "bare.csv"
    bare.write_text("drug,cmax_nM\na,1\n")
    assert classification.training_drugs(bare, ["a"]) is None
    assert classification.training_drugs(table, ["h1", "l1"]) is None


def test_a_drug_that_moves_to_another_level_flips(write_panel):
    scored = {
        "one": classification.read_metric(write_panel(), 2000.0),
        "two": classification.read_metric(write_panel("two.nc", shift=(0, 0, 0, 0.02, 0, 0)), 2000.0),
    }
    own, _, with_thresholds_of_one = classification.flips(scored, ["two"])
    assert own.classification.predicted()[3].tolist() == [1] * 8
    assert (with_thresholds_of_one.scenario, with_thresholds_of_one.fitted_to) == ("two", "one")
    assert with_thresholds_of_one.classification.predicted()[3].tolist() == [0] * 8


def test_rows_of_the_reference_are_left_out_or_tested(write_panel, table):
    scored = classification.read_metric(write_panel(), 2000.0)
    rows = classification.reference_rows("one", scored, classification.training_drugs(table, scored.names))
    assert [row["drug"] for row in rows if row["scheme"] == Scheme.FROZEN] == ["h2", "i2", "l2"]
    assert len([row for row in rows if row["scheme"] == Scheme.LEAVE_ONE_DRUG_OUT]) == 6
    assert all(row["majority"] == row["category"] for row in rows)


def write_map(path):
    """Write the drugs of a learned map: two reach a critical multiple, two none, one lies beyond the map."""
    status = np.array([2, 0, 0, 3, 1, 1], np.int8)
    variables = {
        "drug": variable(("drug",), np.array(["h1", "h2", "i1", "i2", "l1", "l2"]), "drug"),
        "category": variable(("drug",), np.array(["high"] * 2 + ["intermediate"] * 2 + ["low"] * 2), "category"),
        "critical_multiple": variable(("drug",), np.where(status == 0, [0, 2, 20, 0, 0, 0], np.nan), "dose", "1"),
        "critical_multiple_status": variable(("drug",), status, "status"),
    }
    netcdf.write(path, variables, {})
    return path


def test_critical_multiples_are_scores(tmp_path):
    score = classification.critical_multiples(write_map(tmp_path / "drugs.nc")).metric[:, 0]
    np.testing.assert_allclose(score[[1, 2]], [-np.log(2), -np.log(20)])
    assert score[0] == np.inf
    assert np.isnan(score[3])
    assert (score[4:] == -np.inf).all()


def test_methods_are_compared_on_the_drugs_of_the_table(write_panel, table, tmp_path):
    scored = {"one": classification.read_metric(write_panel(), 2000.0)}
    failing = {"cells": classification.failure_score(write_panel("cells.nc", arrhythmic=[(0, 1, 0), (1, 1, 0)]))}
    maps = {"plane": classification.critical_multiples(write_map(tmp_path / "drugs.nc"))}
    drugs, methods, evaluations = classification.compare_methods(
        read_drug_table(table, (), CHANNELS),
        classification.training_drugs(table, scored["one"].names),
        scored,
        failing,
        maps,
        seed=1,
    )
    names = [method.name for method in methods]
    assert names == [
        "hERG margin",
        "axis of arrhythmia, 25 × Cmax",
        "qNet, one",
        "qNet and APD90, one",
        "failing cells, cells",
        "critical multiple, plane",
    ]
    assert drugs.training.tolist() == [True, False] * 3
    left_out = {one.method: one for one in evaluations if one.scheme is Scheme.LEAVE_ONE_DRUG_OUT}
    assert left_out["qNet, one"].by_probability.pairwise.value == 1.0
    assert left_out["failing cells, cells"].by_probability.auc_high_vs_rest.value == 1.0
