"""The command `pointes status` on a terminal and in a log."""

import json

import pytest

from pointes.campaign.configuration.schema import Config
from pointes.campaign.files.identity import claim
from pointes.cli import watching


@pytest.fixture
def results(tmp_path):
    """A campaign that has just started, and whose run is gone."""
    claim(tmp_path / "campaign", Config(), "f").release()
    return tmp_path / "campaign"


def test_status_of_a_campaign_that_has_just_started(run, results):
    status = json.loads(run("status", results, "--json")[1])
    assert status["state"] == "started"
    assert status["max_simulations"] == 96
    assert (status["at_work"], status["simulating"]) == (False, None)


def test_a_log_gets_a_line_when_there_is_something_new(run, results, monkeypatch):
    states = [watching.campaign.stand(results)] * 3
    states.append({**states[0], "simulations": 17, "iterations": 1})
    monkeypatch.setattr(watching.campaign, "watch", lambda folder, every: iter(states))
    code, out, err = run("status", results, "--watch")
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first.endswith("ikr-ical-plane: started, 0 iterations, 0 of at most 96 simulations, no run is at work")
    assert second.endswith("started, 1 iterations, 17 of at most 96 simulations, no run is at work")
    assert first[:4].isdigit()
    assert "\x1b" not in out


def test_watching_is_no_json(run, results):
    code, _, err = run("status", results, "--watch", "--json")
    assert code == 2
    assert err == "pointes: --watch with --json; expected only one of the two\n"
