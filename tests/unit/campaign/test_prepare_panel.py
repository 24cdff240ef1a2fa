"""Checks of a panel campaign: every mistake is one line that names its key, before anything is simulated."""

from pathlib import Path

import pytest

from pointes.campaign.prepare_panel import check_campaign, prepare_panel
from pointes.errors import UserError

PROJECT = Path(__file__).parents[3]
TABLE = "drug,risk,cmax_nM,IKr_ic50_nM,ICaL_ic50_nM\na,high,10,20,300\nb,low,5,1000,\n"
SAMPLES = "drug,IKr_ic50_nM,IKr_hill\na,20,1\na,22,1\nb,1000,1\nb,1100,1\n"
STATIC = {"binding": "static", "samples": 2}


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """Return a function that checks a panel with these changes of its section."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text(TABLE)
    (tmp_path / "samples.csv").write_text(SAMPLES)

    def prepare(**changes):
        panel = {"table": "table.csv", "joint_samples": None, "scenarios": {"static": STATIC}, **changes}
        return prepare_panel({"name": "mine", "panel": panel}, "mine.yaml", PROJECT)

    return prepare


def test_a_panel_has_its_compounds_and_a_simulator_for_each_scenario(prepared):
    campaign = prepared(combinations={"a + b": {"a": 1, "b": 2}})
    assert list(campaign.compounds) == ["a", "b", "a_b"]
    assert campaign.compounds["a_b"].cmax_nM == {"a": 10.0, "b": 10.0}
    assert [one.category for one in campaign.compounds.values()] == ["high", "low", ""]
    assert campaign.simulators["static"].until_steady
    assert campaign.simulators["static"].literals == ()


def test_the_study_of_cipa_passes_all_checks(monkeypatch, tmp_path):
    monkeypatch.chdir(PROJECT)
    campaign = check_campaign(PROJECT / "config/campaigns/cipa.yaml")
    assert len(campaign.compounds) == 28
    assert next(iter(campaign.simulators.values())).literals[:2] == ("IKr.D", "IKr.Kmax")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"table": "no.csv"}, "panel.table: 'no.csv'; expected the path of a CSV table of drugs"),
        ({"joint_samples": "no.nc"}, "panel.joint_samples: 'no.nc'; expected the path of a file of joint samples"),
        ({"doses": [0, 1]}, "panel.doses: [0, 1]; expected increasing positive numbers"),
        ({"scenarios": {}}, "panel.scenarios: {}; expected at least one scenario by name"),
        (
            {"scenarios": {"x": {**STATIC, "channels": ["hERG"]}}},
            "panel.scenarios.x.channels: ['hERG']; expected a list",
        ),
        ({"scenarios": {"x": {"samples": 0}}}, "panel.scenarios.x.samples: 0; expected greater than or equal to 1"),
        ({"scenarios": {"x": {"bindnig": "static"}}}, "unknown key 'panel.scenarios.x.bindnig'"),
        ({"scenarios": {"x": {**STATIC, "model": {"name": "nowhere"}}}}, "panel.scenarios.x.model: unknown model"),
        (
            {"scenarios": {"x": {"samples": 2}}},
            "a has no constants of dynamic binding to hERG; expected joint samples with them, or "
            "panel.scenarios.x.binding: static",
        ),
        (
            {"scenarios": {"x": {"samples": 2, "model": {"name": "ohara-2011"}}}},
            "panel.scenarios.x.binding: 'dynamic'; expected static: ohara-2011 has no dynamic binding to hERG",
        ),
        (
            {"joint_samples": "samples.csv", "scenarios": {"x": {**STATIC, "samples": 3}}},
            "panel.scenarios.x.samples: 3; expected at most 2, the number of samples in samples.csv",
        ),
        (
            {"maps": {"plane": "results/no"}},
            "panel.maps.plane: 'results/no'; expected the results folder of a finished",
        ),
        ({"people": {"apd90": "no.csv"}}, "panel.people.apd90: 'no.csv'; expected the path of a file"),
        ({"combinations": {"ac": {"a": 1, "c": 1}}}, "unknown drug 'c' in panel.combinations.ac"),
        ({"combinations": {"aa": {"a": 1}}}, "expected for aa two or more drugs with positive multiples"),
        ({"combinations": {"B": {"a": 1, "b": 1}}}, "two compounds whose files would be named B"),
        ({"scenarios": {"x": {**STATIC, "laboratory_sd": "no.csv"}}}, "panel.scenarios.x.laboratory_sd: 'no.csv'"),
        ({"scenarios": {"x": {**STATIC, "laboratory_sd": -1}}}, "panel.scenarios.x.laboratory_sd"),
    ],
)
def test_a_mistake_is_told_in_one_line(prepared, changes, message):
    with pytest.raises(UserError) as raised:
        prepared(**changes)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_joint_samples_must_have_all_drugs_of_the_table(prepared, tmp_path):
    (tmp_path / "samples.csv").write_text(SAMPLES.replace("b,", "c,"))
    with pytest.raises(UserError, match=r"unknown drug 'b' in joint samples samples\.csv"):
        prepared(joint_samples="samples.csv")


def test_the_spread_between_laboratories_may_be_a_table(prepared, tmp_path):
    (tmp_path / "spread.csv").write_text("drug,between_site_sd_log10\na,0.3\nz,0.5\n")
    campaign = prepared(scenarios={"x": {**STATIC, "laboratory_sd": "spread.csv"}})
    assert campaign.laboratories == {"x": Path("spread.csv")}
    assert campaign.inputs["panel.scenarios.x.laboratory_sd"] == Path("spread.csv")
