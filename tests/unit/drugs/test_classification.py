"""AUCs by hand and against scikit-learn; the simple scores on the CiPA drugs."""

import numpy as np
import pytest

from pointes.drugs import Auc, Critical, CriticalStatus, baseline_scores, critical_score, read_drug_table, separation

RISK = ["high", "high", "intermediate", "low", "low", ""]


def test_auc_by_hand():
    """High: 5, 2 against 3, 1, 0: five of six pairs. Low: 1, 0 against 5, 2, 3: all."""
    found = separation(np.array([5.0, 2, 3, 1, 0, 9]), RISK)
    assert found.n_drugs == 5
    assert found.high_vs_rest.value == pytest.approx(5 / 6)
    assert found.low_vs_rest.value == 1


def test_ties_count_one_half_also_at_infinity():
    status = [CriticalStatus.REACHED, *[CriticalStatus.NOT_REACHED] * 4, CriticalStatus.BELOW_SMALLEST_DOSE]
    score = critical_score(Critical(np.array([3.0, np.inf, np.inf, np.inf, np.inf, 0.0]), np.array(status)))
    assert score[[1, 5]].tolist() == [-np.inf, np.inf]
    assert separation(score, RISK).high_vs_rest.value == pytest.approx((3 + 1.5) / 6)


def test_a_drug_that_is_not_placed_is_left_out():
    """The second high-risk drug leaves the map at 2 x Cmax: the other one is below all the rest."""
    status = np.array([CriticalStatus.REACHED, CriticalStatus.BEYOND_MAP, *[CriticalStatus.NOT_REACHED] * 4])
    found = separation(critical_score(Critical(np.array([3.0, 2.0, *[np.inf] * 4]), status)), RISK)
    assert found.n_drugs == 4
    assert found.high_vs_rest.value == 1


def test_nothing_learned_separates_nothing():
    unknown = Critical(np.zeros(6), np.full(6, CriticalStatus.NOTHING_LEARNED))
    found = separation(critical_score(unknown), RISK)
    assert (found.n_drugs, found.high_vs_rest, found.low_vs_rest) == (0, Auc(None, None, None), Auc(None, None, None))


def test_equals_scikit_learn():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(7)
    risk = rng.choice(["high", "intermediate", "low"], 40)
    score = rng.integers(0, 12, 40).astype(float) + (risk == "high")
    found = separation(score, risk)
    assert found.high_vs_rest.value == pytest.approx(roc_auc_score(risk == "high", score), abs=1e-12)
    assert found.low_vs_rest.value == pytest.approx(roc_auc_score(risk != "low", score), abs=1e-12)


def test_an_empty_group_has_no_auc():
    found = separation(np.array([1.0, 2, 3]), ["low", "low", ""])
    assert found.n_drugs == 2
    assert found.high_vs_rest == found.low_vs_rest == Auc(None, None, None)


def test_bootstrap_interval_contains_the_auc_and_follows_the_seed(cipa28):
    score = baseline_scores(cipa28)["hERG margin"]
    first, again, other = (separation(score, cipa28.risk, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    for auc in (first.high_vs_rest, first.low_vs_rest):
        assert 0 < auc.q025 < auc.value < auc.q975 < 1


def test_bootstrap_has_the_spread_of_an_auc():
    """Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747: standard error of an AUC A of normal scores."""
    rng = np.random.default_rng(1)
    n = 400
    score = np.concatenate([rng.normal(1, 1, n), rng.normal(0, 1, n)])
    auc = separation(score, ["high"] * n + ["low"] * n, n_resamples=1000).high_vs_rest
    a = auc.value
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    error = np.sqrt((a * (1 - a) + (n - 1) * (q1 - a**2 + q2 - a**2)) / n**2)
    assert auc.q975 - auc.q025 == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_simple_scores_by_hand(write):
    path = write("drug,cmax_nM,hERG_ic50_nM,ICaL_ic50_nM,INaL_ic50_nM", "a,1,2,3,", "b,5,,2,7")
    scores = baseline_scores(read_drug_table(path, ["IKr"]))
    assert scores["hERG margin"].tolist() == [pytest.approx(-np.log(2)), -np.inf]
    a = np.mean([x / (x + 2) - x / (x + 3) for x in (1, 2, 3, 4)])
    b = np.mean([-x / (x + 2) - x / (x + 7) for x in (5, 10, 15, 20)])
    assert scores["net block"] == pytest.approx([a, b], rel=1e-12)


def test_simple_scores_need_their_channels(write):
    assert list(baseline_scores(read_drug_table(write("drug,cmax_nM,IKr_ic50_nM", "a,1,2"), ["IKr"]))) == [
        "hERG margin"
    ]
    assert baseline_scores(read_drug_table(write("drug,cmax_nM,INa_ic50_nM", "a,1,2"), ["INa"])) == {}


def test_herg_margin_of_the_cipa_drugs(cipa28):
    found = separation(baseline_scores(cipa28)["hERG margin"], cipa28.risk)
    assert found.n_drugs == 28
    assert round(found.high_vs_rest.value, 3) == 0.850
    assert round(found.low_vs_rest.value, 3) == 0.696


def test_net_block_of_the_cipa_drugs_over_the_published_samples(cipa28, published_net_block):
    found = separation(published_net_block[:, 0], cipa28.risk)
    assert round(found.high_vs_rest.value, 3) == 0.850
    assert round(found.low_vs_rest.value, 3) == 0.784


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_net_block_of_the_cipa_drugs_from_the_table(cipa28, seed):
    """Two of 171 pairs swap: terfenadine with loratadine and clozapine with diltiazem, nearly tied when published."""
    found = separation(baseline_scores(cipa28, seed=seed)["net block"], cipa28.risk)
    assert round(found.high_vs_rest.value, 3) == 0.850
    assert found.low_vs_rest.value == pytest.approx(0.784, abs=2.1 / 171)
