import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from pointes.drugs.risk import CriticalStatus
from pointes.figures import summary as module
from pointes.vocabulary import METHODS, Purpose, meanings

CONFIG = {
    "name": "tiny <plane>",
    "model": {"name": "ohara-2011", "celltype": "mid"},
    "protocol": {"cycle_length": 2000.0, "beats": 30, "label_beats": 4},
    "simulation": {"scale": "cell"},
    "parameters": {"blocks": {"IKr": [0.0, 1.0], "ICaL": [0.0, 0.5]}},
    "learning": {"max_simulations": 8},
}
STATUS = {"converged": True, "reason": "the boundary is at rest"}
LEARNING = {
    "stream_n": np.array([0.0, 2.0]),
    "stream_accuracy": np.array([np.nan, 1.0]),
    "stream_low": np.array([np.nan, 0.158]),
    "stream_high": np.array([np.nan, 1.0]),
    "stream_brier": np.array([np.nan, 0.05]),
    "stream_ece": np.array([np.nan, 0.2]),
    "verification_n": np.array([0.0, 16.0]),
    "verification_wrong": np.array([0.0, 2.0]),
    "verification_expected": np.array([0.0, 1.25]),
    "expected_error": np.array([0.08, 0.0123]),
    "svm_agreement": np.array([0.5, 0.984]),
    "svm_stream_accuracy": np.array([np.nan, 1.0]),
    "forest_agreement": np.array([0.5, 0.95]),
    "forest_stream_accuracy": np.array([np.nan, 0.5]),
    "xgboost_agreement": np.array([0.5, 0.9]),
    "xgboost_stream_accuracy": np.array([np.nan, np.nan]),
}


CONTROL = {"risk": 0.0021, "state": "safe", "remark": "", "apd90_ms": 424.61, "qnet_uC_per_uF": 0.0703}


def auc(value, q025, q975):
    return {"value": value, "q025": q025, "q975": q975}


CLASSIFICATION = {
    "critical multiple": {"n_drugs": 3, "high_vs_rest": auc(0.9, 0.8, 1.0), "low_vs_rest": auc(0.9, 0.8, 1.0)},
    "hERG margin": {"n_drugs": 3, "high_vs_rest": auc(0.85, 0.6, 1.0), "low_vs_rest": auc(0.7, 0.5, 0.9)},
    "net block": {"n_drugs": 3, "high_vs_rest": auc(0.5, 0.3, 0.7), "low_vs_rest": auc(0.75, 0.5, 0.9)},
}


class Words(HTMLParser):
    """Collects the visible text, the tags, and every attribute that could load something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.loaded = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loaded += [value for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def page(simulations, risk_map, drugs) -> Words:
    drugs.attrs["drug_table"] = "µM converted to nM: cmax_uM"
    return Words(rendered(simulations, risk_map, drugs, CLASSIFICATION))


def rendered(simulations, risk_map, *of_drugs) -> str:
    made = {"seed": "1", "fingerprint": "abc123", "git_revision": "def456", "host": "Linux x86_64, 2 cores"}
    simulations.attrs = made | {"versions": json.dumps({"pointes": "0.1.0", "numpy": "2.0"})}
    return module.render(CONFIG, STATUS, simulations, LEARNING, risk_map, CONTROL, *of_drugs)


def test_the_page_shows_names_and_numbers_and_loads_nothing(page):
    text = re.sub(r"\s+", " ", " ".join(page.text))
    assert "tiny <plane>" in text  # escaped in the source, shown as it is
    for shown in (
        "ohara-2011",
        "30 beats every 2000 ms",
        "ICaL 0 to 0.5",
        "0.85 (0.60 to 1.00)",
        "Control, without any block: safe, risk 0.002, APD90 424.6 ms, qNet 0.0703 µC/µF.",
        "abc123",
        "numpy 2.0",
        "Doses from 0.001 to 1000 × Cmax were searched.",
        "Drug table: µM converted to nM: cmax_uM.",
    ):
        assert shown in text
    assert page.loaded == ["explore.html"]  # a link, which is followed by a click only
    assert not {"script", "img", "link", "iframe"} & set(page.tags)


def test_the_table_of_drugs_begins_with_the_most_dangerous(page):
    text = re.sub(r"\s+", " ", " ".join(page.text))
    rows = (
        "alpha high 1 below smallest dose to 2",
        "beta intermediate 10 5 to not reached",
        "gamma low not reached 400 to not reached",
    )
    assert " ".join(rows) in text


def test_the_other_classifiers_are_those_of_the_last_iteration(page):
    text = re.sub(r"\s+", " ", " ".join(page.text))
    assert (
        "support vector machine 98.4 % 100 % random forest 95.0 % 50 % boosted trees (XGBoost) 90.0 % no stream" in text
    )


def test_every_purpose_and_method_has_words():
    assert set(module.PURPOSES) == set(meanings(Purpose))
    assert tuple(module.METHODS) == METHODS


def test_simulations_are_counted_by_reason(simulations):
    run, failed, share = module.describe_simulations(simulations, cap=8)
    reasons = "2 at the start, 2 where they were expected to tell most about the boundary, 3 for the unbiased stream"
    assert run == f"7 of at most 8 simulations were run: {reasons}."
    assert failed.startswith("1 of 7 simulations failed: 1 did not capture. They count as neither safe nor arrhythmic")
    # 2 of 4: the interval is symmetric about one half, with 6.8 % as its lower end.
    assert share == "2 of the 4 evenly spread simulations were arrhythmic: 50 % (95 % interval 7 to 93 %) of the space."


def test_control_and_simulations_taken_over_are_counted_apart(simulations):
    simulations["purpose"].attrs["flag_meanings"] = "start boundary stream given verification control"
    simulations["purpose"][:3] = [5, 3, 3]
    simulations["iteration"][:3] = -1
    run, imported, _, share = module.describe_simulations(simulations, cap=8)
    assert run.startswith("4 of at most 8 simulations were run: 1 where")
    assert imported == "3 others were taken over from an earlier campaign."
    simulations["iteration"][0] = 0
    assert module.describe_simulations(simulations, cap=8)[0].startswith(
        "5 of at most 8 simulations were run: 1 of the control, 1"
    )
    assert share.startswith(
        "1 of the 2 evenly spread simulations"
    )  # neither those taken over nor the control are spread


def test_what_is_wrong_with_the_control_is_said():
    control = {"risk": None, "state": "failed", "remark": "the simulation of the control failed", "apd90_ms": None}
    assert module.describe_control(control) == [
        "Control, without any block: failed.",
        "The simulation of the control failed.",
    ]


def test_two_scales_are_told_apart(two_scales):
    sentences = module.describe_simulations(two_scales, cap=20)
    assert sentences[0].startswith("14 of at most 20 simulations were run")
    assert sentences[-1].startswith("2 of the 4 evenly spread simulations were arrhythmic")  # cables alone
    runs = {"runs_low": 126.0, "runs_high": 34.0, "mean_cost_low": 0.00365, "mean_cost_high": 5.45}
    scores = {f"log_scores_{method}": -0.5 for method in module.METHODS}
    last = {**runs, **scores, "total_cost": 185.8, "disagreement": 0.12, "leader": "stacked", "stream_n": 5.0}
    cost, differ, race = module.describe_fidelities(
        two_scales, {name: np.array([value]) for name, value in last.items()}
    )
    assert cost == (
        "126 simulations were of the low fidelity (cell), at 0.0037 core-seconds each, and 34 simulations were of the "
        "high fidelity (cable), at 5.5 core-seconds each, as measured at the start: 186 core-seconds in total."
    )
    assert differ.startswith(
        "The classes of cell and cable are expected to differ in 12 % of the space. The map is that of the stacked"
    )
    assert "autoregressive -0.50, stacked -0.50, pooled -0.50, single-fidelity -0.50" in race


def test_what_a_low_fidelity_tells_of_quantities(two_scales):
    last = {"runs_low": 126.0, "runs_high": 34.0, "mean_cost_low": 0.004, "mean_cost_high": 5.5, "total_cost": 185.8}
    last |= {"qt_ms_rho": 1.08, "qrs_ms_rho": 0.0}
    _, qt, qrs = module.describe_fidelities(two_scales, {name: np.array([value]) for name, value in last.items()})
    assert qt == "qt_ms: the high fidelity's value changes by 1.1 where that of the low fidelity changes by 1."
    assert qrs == "qrs_ms: the low fidelity tells nothing of the high one."


def test_nothing_is_said_of_two_scales_where_there_is_one(simulations):
    assert module.describe_fidelities(simulations, {}) == []


def test_failures_are_told_by_their_reasons(simulations):
    simulations["status"][:4] = [1, 1, 2, 1]
    simulations["failure"][:4] = [4, 2, 5, -1]
    assert module.describe_failures(simulations) == (
        "5 of 7 simulations failed: 2 did not capture, 1 ran out of steps, 1 died with the worker process, "
        "1 failed for a reason that was not recorded."
    )
    assert module.describe_failures(simulations.drop_vars("failure")) == (
        "5 of 7 simulations failed: 5 failed for a reason that was not recorded."
    )


def test_nothing_is_said_of_failures_that_did_not_happen(simulations):
    assert len(module.describe_simulations(simulations.isel(sample=slice(6)), cap=8)) == 2


def test_a_perfect_stream_is_put_in_its_place():
    ended, verified, accuracy, perfect, scores, expected = module.describe_learning(STATUS, LEARNING)
    assert ended == "The campaign ended because the boundary is at rest."
    assert verified == (
        "2 of the 16 simulations along the boundary had another label than predicted; 1.2 were expected to differ."
    )
    assert "2 of 2 points" in accuracy
    assert "100 % (95 % interval 16 to 100 %)" in accuracy
    assert "as narrow as so few points allow" in perfect
    assert scores == "The Brier score of these predictions is 0.050, their calibration error 0.200."
    assert expected == "The map itself expects to be wrong on 1.2 % of the space."


def test_nothing_is_said_of_a_verification_that_was_not_begun():
    first = {name: values[:1] for name, values in LEARNING.items()}
    assert not [sentence for sentence in module.describe_learning(STATUS, first) if "along the boundary" in sentence]


def test_a_campaign_that_met_its_cap_or_had_no_stream_says_so():
    learning = {name: values[:1] for name, values in LEARNING.items()}
    status = {"converged": False, "reason": "8 of at most 8 simulations were run; the boundary moved"}
    ended, honest, expected = module.describe_learning(status, learning)
    assert ended == "The campaign ended at a cap: 8 of at most 8 simulations were run; the boundary moved."
    assert "no unbiased measure" in honest
    assert expected.startswith("The map itself expects")


def test_drugs_are_counted_by_dose(drugs):
    reached, therapeutic = module.describe_ranking(drugs)
    assert reached.startswith("2 of 3 drugs")
    assert therapeutic.endswith(": alpha.")
    assert reached == "2 of 3 drugs reach a risk above 0.5 at a dose of up to 1000 × Cmax."
    drugs["critical_multiple_low"][1] = 0.5
    assert module.describe_ranking(drugs)[-1] == "Possibly also, within the uncertainty of their IC50 values: beta."


def test_a_drug_below_the_smallest_dose_is_arrhythmic_at_the_therapeutic_one(drugs):
    drugs["critical_multiple"][1] = np.nan
    drugs["critical_multiple_status"][1] = CriticalStatus.BELOW_SMALLEST_DOSE
    assert module.describe_ranking(drugs)[1].endswith(": beta, alpha.")


def test_drugs_beyond_the_map_are_named_and_not_counted(drugs):
    drugs["critical_multiple"][1] = np.nan
    drugs["critical_multiple_status"][1] = CriticalStatus.BEYOND_MAP
    sentences = module.describe_ranking(drugs)
    assert sentences[0].startswith("1 of 3 drugs")
    assert sentences[-1] == (
        "1 leave the explored ranges of block before their risk is above 0.5, and are not placed: beta."
    )


def test_no_difference_is_claimed_where_not_all_drugs_are_placed():
    ours = {"n_drugs": 2, "high_vs_rest": auc(0.95, 0.9, 1.0), "low_vs_rest": auc(0.9, 0.8, 1.0)}
    for sentence in module.describe_separation(CLASSIFICATION | {"critical multiple": ours}):
        assert sentence.endswith("with 2 and 3 drugs, no difference can be claimed.")


def test_without_drugs_nothing_is_said_of_them(simulations, risk_map):
    page = rendered(simulations, risk_map)
    assert "drug" not in page.lower()
    assert "AUC" not in page


def test_where_nothing_was_learned_nothing_is_claimed(simulations, unlearned, drugs):
    drugs = drugs.assign_attrs(unlearned.attrs)
    nothing = {"n_drugs": 0, "high_vs_rest": auc(None, None, None), "low_vs_rest": auc(None, None, None)}
    page = rendered(simulations, unlearned, drugs, CLASSIFICATION | {"critical multiple": nothing})
    text = re.sub(r"\s+", " ", " ".join(Words(page).text))
    assert "Nothing was learned, because no simulation succeeded. The map holds no risk." in text
    assert "Nothing was learned, because no simulation succeeded. No drug is placed." in text
    assert "critical multiple no drugs to compare" in text
    for claimed in ("reach a risk", "support vector machine", "alpha", "expects to be wrong", "predicted right"):
        assert claimed not in text


@pytest.mark.parametrize(("ours", "verdict"), [((0.9, 0.8, 1.0), "it is better"), ((0.6, 0.5, 0.7), "it is worse")])
def test_a_difference_is_claimed_only_outside_the_interval(ours, verdict):
    high, low = module.describe_separation(
        CLASSIFICATION
        | {"critical multiple": {"n_drugs": 3, "high_vs_rest": auc(0.9, 0.8, 1.0), "low_vs_rest": auc(*ours)}}
    )
    assert "hERG margin, 0.85; with 3 drugs, no difference can be claimed" in high
    assert f"net block, 0.75; with 3 drugs, {verdict}" in low


def test_groups_without_drugs_are_left_out():
    nothing = {"n_drugs": 0, "high_vs_rest": auc(None, None, None), "low_vs_rest": auc(None, None, None)}
    assert module.describe_separation({"critical multiple": nothing, "hERG margin": nothing}) == []
