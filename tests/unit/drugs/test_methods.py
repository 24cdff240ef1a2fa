"""Methods on the same drugs: their scores by hand, schemes, and published AUCs."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pointes.drugs import read_drug_table
from pointes.drugs.method_table import Column, method_cells, method_classification_rows, method_rows
from pointes.drugs.methods import (
    LEAST_LOG_MARGIN,
    Method,
    compare,
    drug_set,
    evaluate,
    log_margin,
    table_methods,
    unfitted,
)
from pointes.drugs.validation import Scheme, classify

from .conftest import CIPA28

TABLES = CIPA28.parent
OUT = Scheme.LEAVE_ONE_DRUG_OUT


def column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def cipa():
    table = read_drug_table(CIPA28, ["IKr", "ICaL", "INaL"])
    training = np.array([one == "training" for one in column(CIPA28, "set")])
    return drug_set("CiPA", table, training), {one.name: one for one in table_methods(table)}


def test_methods_of_a_table(cipa):
    _, methods = cipa
    assert list(methods) == ["hERG margin", "net block", "logistic on IC50s"]
    assert methods["logistic on IC50s"].samples().shape == (28, 1, 3)


def test_margins_by_hand(write):
    path = write("drug,cmax_nM,hERG_ic50_nM,ICaL_ic50_nM", "a,10,100,", "b,10,1,1e9")
    table = read_drug_table(path, ["IKr"])
    assert log_margin(table, "IKr").tolist() == [-1, 1]
    assert log_margin(table, "ICaL").tolist() == [LEAST_LOG_MARGIN] * 2
    margin, net, both = table_methods(table)
    assert margin.metric == pytest.approx([-1, 1])
    blocks = np.array([[c / (c + ic50) for c in (10, 20, 30, 40)] for ic50 in (100, 1)]).mean(axis=1)
    assert net.metric == pytest.approx(blocks, abs=1e-6)
    assert both.samples()[:, 0].tolist() == [[-1, -3], [1, -3]]


def test_a_drug_without_block_of_herg_has_the_smallest_margin(write):
    table = read_drug_table(write("drug,cmax_nM,hERG_ic50_nM", "a,10,100", "b,10,"), ["IKr"])
    (margin,) = table_methods(table)
    assert margin.metric == pytest.approx([-1, -2])


def test_published_aucs_of_the_herg_margin(cipa):
    """Of the score itself; leaving drugs out pools the probabilities of 28 fits, which rank the drugs worse."""
    drugs, methods = cipa
    found = unfitted(methods["hERG margin"], drugs)
    assert (round(found.high_vs_rest.value, 3), round(found.low_vs_rest.value, 3)) == (0.850, 0.696)
    left_out = evaluate(methods["hERG margin"], drugs, OUT).by_probability
    assert left_out.auc_high_vs_rest.value < found.high_vs_rest.value
    assert unfitted(methods["logistic on IC50s"], drugs) is None


def test_published_aucs_of_net_block_on_the_tested_drugs(cipa):
    """With one score, probabilities rank the 16 drugs as the score does: 0.938 and 0.909."""
    drugs, methods = cipa
    found = evaluate(methods["net block"], drugs, Scheme.FROZEN).by_probability
    assert found.n_drugs == 16
    assert (round(found.auc_high_vs_rest.value, 3), round(found.auc_low_vs_rest.value, 3)) == (0.938, 0.909)


def test_a_frozen_evaluation_does_not_look_at_the_tested_categories(cipa):
    drugs, methods = cipa
    shuffled = drugs.category.copy()
    shuffled[~drugs.training] = shuffled[~drugs.training][::-1]
    method = methods["logistic on IC50s"]
    first, second = (
        classify(method.samples(), one, Scheme.FROZEN, training=drugs.training, penalty=method.penalty).probability
        for one in (drugs.category, shuffled)
    )
    assert (first == second).all()
    assert (drugs.category != shuffled).any()


def test_a_score_per_sample_and_its_missing_drugs(cipa):
    drugs, methods = cipa
    rng = np.random.default_rng(2)
    score = drugs.category[:, None] + rng.normal(0, 0.3, (28, 20))
    score[3] = np.nan
    found = evaluate(Method("sampled", score), drugs, OUT).by_probability
    assert found.n_drugs == 27
    assert found.auc_low_vs_rest.value > 0.95
    assert unfitted(Method("sampled", score), drugs).n_drugs == 27
    better = compare(
        evaluate(Method("sampled", score), drugs, OUT), evaluate(methods["hERG margin"], drugs, OUT), drugs
    )
    assert better.auc_low_vs_rest.q025 > 0
    assert better.auc_low_vs_rest.q025 < better.auc_low_vs_rest.value < better.auc_low_vs_rest.q975


def test_a_method_is_not_better_than_itself(cipa):
    drugs, methods = cipa
    one = evaluate(methods["net block"], drugs, OUT)
    assert compare(one, one, drugs) == ((0, 0, 0),) * 3


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("mcmillan41", {"high": 22, "low": 19}),
        ("kramer55", {"high": 18, "low": 17, "": 20}),
        ("lancaster-sobie98", {"high": 28, "low": 32, "": 38}),
    ],
)
def test_sets_with_binary_labels(name, labels):
    table = read_drug_table(TABLES / f"{name}.csv", ["IKr", "ICaL"])
    assert {label: table.risk.count(label) for label in set(table.risk)} == labels
    compound = column(TABLES / f"{name}.csv", "compound") if name == "lancaster-sobie98" else None
    drugs = drug_set(name, table, compound=compound)
    found = {one.name: evaluate(one, drugs, OUT).by_probability for one in table_methods(table)}
    assert all(one.n_drugs == labels["high"] + labels["low"] for one in found.values())
    assert found["net block"].auc_high_vs_rest == found["net block"].auc_low_vs_rest
    assert found["net block"].auc_high_vs_rest.value > found["hERG margin"].auc_high_vs_rest.value


def test_kramer_herg_auc():
    """Kramer 2013 reports 0.77 ± 0.07 for hERG on 55 drugs; 35 of them have a label here."""
    table = read_drug_table(TABLES / "kramer55.csv", ["IKr"])
    (margin, *_) = table_methods(table)
    found = unfitted(margin, drug_set("Kramer", table)).high_vs_rest
    assert found.q025 < 0.77 < found.q975


def test_measurements_of_a_compound_agree_on_its_label():
    path = TABLES / "lancaster-sobie98.csv"
    labels = {}
    for compound, risk in zip(column(path, "compound"), column(path, "risk"), strict=True):
        assert labels.setdefault(compound, risk) == risk
    assert len(labels) == 70


def test_tables_for_documents(cipa):
    drugs, methods = cipa
    found = [evaluate(methods[name], drugs, OUT, n_resamples=50) for name in ("hERG margin", "net block")]
    rows = method_cells(
        found, [Column("AUC", "CiPA", OUT, "auc_high_vs_rest"), Column("other", "other", OUT, "accuracy")]
    )
    assert rows[0] == ["method", "AUC", "other"]
    assert rows[2][0] == "net block"
    assert rows[2][1].startswith(f"{found[1].by_probability.auc_high_vs_rest.value:.3f} (")
    assert rows[2][2] == "–"
    table = method_rows(found)
    assert [(row["method"], row["ranked_by"]) for row in table[:3]] == [
        ("hERG margin", "probability"),
        ("hERG margin", "frequency"),
        ("net block", "probability"),
    ]
    assert table[0]["scheme"] == "leave one drug out"
    assert float(table[0]["accuracy"]) == pytest.approx(17 / 28, abs=1e-4)
    assert table[1]["auc_high_vs_rest_low"] != table[0]["auc_high_vs_rest_low"]


def test_table_of_classifications_of_methods(cipa):
    drugs, methods = cipa
    found = [evaluate(methods[name], drugs, Scheme.FROZEN) for name in ("net block", "logistic on IC50s")]
    rows = method_classification_rows(found, drugs)
    assert len(rows) == 2 * 16
    assert [rows[k]["scenario"] for k in (0, 16)] == ["net block", "logistic on IC50s"]
    assert rows[0]["drug"] == drugs.drugs[12]
    assert float(rows[0]["metric"]) == pytest.approx(methods["net block"].metric[12], rel=1e-5)
    assert rows[16]["metric"] == ""
    assert rows[16]["samples"] == 1
