"""Scores of new compounds, with few samples."""

import json

import numpy as np
import pytest

import pointes
from pointes import campaign, drugs
from pointes.campaign.panel import compound_cells, map_position, scoring
from pointes.campaign.panel.map_position import critical_doses
from pointes.campaign.panel.reference import load_reference
from pointes.campaign.panel.report import NOT_SIMULATED, OUTSIDE, Range
from pointes.campaign.space import Space
from pointes.errors import UserError


@pytest.fixture(scope="module")
def report():
    """Scores of a blocker of IKr and ICaL, of a compound without block, and of one that blocks far too much."""
    tables = [
        drugs.parse_compound(["IKr=120(90-160)nM h=1.1", "ICaL=3uM", "INaL>30uM"], "50nM", "mixed"),
        drugs.parse_compound(["IKr>30uM"], "10nM", "clean"),
        drugs.parse_compound(["ICaL=10nM"], "100nM", "strange"),
    ]
    merged = {
        name: np.concatenate([getattr(table, name) for table in tables])
        for name in ("cmax_nM", "ic50_nM", "hill", "ic50_posterior_nM", "hill_posterior", "correlation", "limit_nM")
    }
    names = tuple(table.names[0] for table in tables)
    table = drugs.DrugTable(names=names, risk=("",) * 3, channels=tables[0].channels, **merged)
    return campaign.score_drugs(table, samples=2, laboratory_sd=0.0)


def test_attribution_adds_up_to_the_effect_at_the_point_estimate(report):
    mixed = report.compounds[0]
    total = mixed.metric.estimate - report.reference.control_qnet
    assert sum(one.attribution for one in mixed.channels) == pytest.approx(total, abs=1e-5)
    effects = {one.channel: one.attribution for one in mixed.channels}
    assert effects["IKr"] < 0 < effects["ICaL"]
    assert effects["INaL"] == 0


def test_the_score_is_that_of_the_fit_to_the_panel(report):
    mixed, reference = report.compounds[0], load_reference()
    assert sum(mixed.probability.values()) == pytest.approx(1)
    assert mixed.probability["high"] > report.compounds[1].probability["high"]
    assert mixed.metric.q025 <= mixed.metric.median <= mixed.metric.q975 < reference.control_qnet
    medians = sorted(-np.inf if one.metric.median is None else one.metric.median for one in report.reference.drugs)
    assert mixed.rank == 1 + int(np.searchsorted(medians, mixed.metric.median))
    assert [one.estimate for one in mixed.qnet] == sorted((one.estimate for one in mixed.qnet), reverse=True)
    assert mixed.outside == ()
    assert mixed.samples == 2
    assert mixed.failed == 0


def test_a_compound_without_block_has_the_metric_of_the_control(report):
    clean = report.compounds[1]
    assert clean.metric.median == pytest.approx(report.reference.control_qnet, rel=1e-3)
    assert " or " in clean.risk_class
    assert [one.limit_nM for one in clean.channels] == [30000]


def test_a_compound_outside_the_domain_has_no_class_and_says_by_how_much(report):
    strange = report.compounds[2]
    assert strange.risk_class == OUTSIDE
    assert "block of ICaL is 0.98, 0.51 beyond the 0.47" in strange.outside[0]


def test_what_was_assumed_is_said(report):
    mixed, clean, _ = report.compounds
    assert [one.uncertainty for one in mixed.channels] == ["given", "none", "limit"]
    assert mixed.not_given == ("INa", "Ito", "IKs", "IK1")
    assert any("No IC50 of ICaL, INaL, INa is given" in remark for remark in clean.remarks)


def test_a_report_is_json(report):
    plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert [one["name"] for one in plain["compounds"]] == ["mixed", "clean", "strange"]
    assert len(plain["reference"]["drugs"]) == 28


def test_the_name_of_a_compound_does_not_matter(report):
    one = pointes.score_drug(["IKr=120(90-160)nM h=1.1", "ICaL=3uM", "INaL>30uM"], "50nM", samples=2, laboratory_sd=0.0)
    assert one.compounds[0].metric == report.compounds[0].metric
    assert one.compounds[0].probability == report.compounds[0].probability


def test_the_spread_between_laboratories_is_said_to_be_assumed():
    table = drugs.parse_compound(["IKr=120nM", "ICaL=3(2-4)uM"], "50nM")
    assert scoring._uncertainty(table, 0, 0.36)[:2] == ["0.36 decades between laboratories", "given"]


def test_a_class_is_named_if_it_is_more_likely_than_not():
    assert scoring._risk_class(np.array([0.1, 0.3, 0.6]), []) == "high"
    assert scoring._risk_class(np.array([0.42, 0.45, 0.13]), []) == "low or intermediate"
    assert scoring._risk_class(np.array([0.1, 0.3, 0.6]), ["too much"]) == OUTSIDE
    assert scoring._risk_class(np.full(3, np.nan), []) == NOT_SIMULATED


def test_arrhythmic_samples_are_below_all_others_in_ranges():
    assert Range.of(np.array([-np.inf, 0.05, 0.06, np.nan]), 0.05) == Range(0.05, 0.05, None, 0.06)
    assert Range.of(np.full(2, np.nan)) == Range(None, None, None, None)


def cells(metric_of_subsets):
    """Return the cells of a compound that blocks IKr and ICaL, with these metrics of the subsets."""
    label = np.where(np.isneginf(metric_of_subsets), 1, 0)
    qnet = np.where(np.isneginf(metric_of_subsets), 0.1, metric_of_subsets)
    return compound_cells.CompoundCells(
        qnet=np.zeros((4, 1)),
        label=np.zeros((4, 1)),
        channels=("IKr", "ICaL"),
        block=np.zeros((4, 2)),
        blocked=("IKr", "ICaL"),
        qnet_of_subsets=np.tile(qnet, (4, 1)),
        label_of_subsets=np.tile(label, (4, 1)),
    )


def test_channels_without_which_a_cell_is_not_arrhythmic_are_named():
    """Subsets: none, ICaL, IKr, both."""
    assert scoring._necessary(cells([0.07, 0.08, -np.inf, -np.inf])) == ("IKr",)
    assert scoring._necessary(cells([0.07, 0.08, 0.03, 0.04])) == ()


def test_a_panel_of_other_equations_is_refused(monkeypatch):
    monkeypatch.setattr(scoring, "simulate_compounds", lambda table, *_, **__: ([None], 0.08))
    with pytest.raises(UserError, match=r"qNet of the cell without block .* 0.08; expected 0.069.*make that anew"):
        pointes.score_drug(["IKr=1nM"], "1nM")


class Step:
    """Classifier of a map on which IKr block above one half is arrhythmic."""

    def predict_proba(self, points):
        return (points[:, 0] > 0.5).astype(float)


@pytest.fixture
def on_map(monkeypatch, tmp_path):
    """Returns the folder of a campaign with that map of IKr and ICaL block."""
    (tmp_path / "surrogate.nc").touch()
    config = {"model": {"name": "ohara-2011", "celltype": "mid"}}
    monkeypatch.setattr(map_position.identity, "read", lambda folder: {"config": config})
    space = Space.of({"IKr": (0.0, 0.9), "ICaL": (0.0, 0.9)})
    monkeypatch.setattr(map_position.surrogate, "read_classifier", lambda path: (Step(), space))
    monkeypatch.setattr(map_position.surrogate, "nothing_learned", lambda path: "")
    return tmp_path


def test_the_critical_multiple_is_where_the_map_says(on_map):
    table = drugs.with_laboratory_spread(drugs.parse_compound(["IKr=120nM"], "50nM"), 0.36)
    (found,) = critical_doses(table, on_map, seed=1)
    assert found.multiple == pytest.approx(120 / 50, rel=0.02)
    assert found.q025 == pytest.approx(120 / 50 / 10 ** (1.96 * 0.36), rel=0.2)
    assert (found.status, found.parameters) == ("reached", ("IKr", "ICaL"))
    (certain,) = critical_doses(drugs.parse_compound(["IKr=120nM"], "50nM"), on_map, seed=1)
    assert (certain.q025, certain.q025_status) == (None, "uncertainty_unknown")


def test_a_map_of_other_parameters_or_none_is_refused(on_map, monkeypatch):
    table = drugs.parse_compound(["IKr=120nM"], "50nM")
    other = Space.of({"INaK": (0.0, 0.9)})
    monkeypatch.setattr(map_position.surrogate, "read_classifier", lambda path: (Step(), other))
    with pytest.raises(UserError, match="parameter of the map: 'INaK'; expected a channel of the compound"):
        critical_doses(table, on_map, seed=1)
    (on_map / "surrogate.nc").unlink()
    with pytest.raises(UserError, match=r"no surrogate.nc yet; let `snakemake` finish this campaign first"):
        critical_doses(table, on_map, seed=1)
