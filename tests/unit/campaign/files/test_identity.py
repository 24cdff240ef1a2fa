"""A results folder belongs to one meaning of one campaign."""

import json
import os
import time
from pathlib import Path

import pytest

from pointes.campaign.configuration.loading import parse
from pointes.campaign.configuration.meaning import MEANING
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files.identity import check, claim, read
from pointes.errors import UserError


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder that the default campaign has claimed once."""
    claim(tmp_path / "campaign", Config(), "f").release()
    return tmp_path / "campaign"


def test_absent_and_empty_folders_are_free(tmp_path):
    check(tmp_path / "nothing", Config())
    check(tmp_path, Config())


def test_folder_whose_first_run_was_killed_at_once_is_free(tmp_path):
    for name in (".lock", ".lock.lease", ".campaign.json.host.17"):
        (tmp_path / name).touch()
    check(tmp_path, Config())


def test_same_meaning_is_accepted(folder):
    check(folder, Config())


@pytest.mark.parametrize(
    ("values", "change"),
    [
        ({"seed": 2}, "seed was 1 and is now 2"),
        ({"model": {"celltype": "endo"}}, 'model.celltype was "mid" and is now "endo"'),
        ({"protocol": {"cycle_length": 1000}}, "protocol.cycle_length was 2000.0 and is now 1000.0"),
        ({"protocol": {"beats": 40}}, "protocol.beats was 30 and is now 40"),
        ({"protocol": {"label_beats": 2}}, "protocol.label_beats was 4 and is now 2"),
        ({"protocol": {"stimulus_duration": 2.0}}, "protocol.stimulus_duration was null and is now 2.0"),
        ({"protocol": {"stimulus_level": 1.5}}, "protocol.stimulus_level was null and is now 1.5"),
        ({"protocol": {"tolerance": 1e-5}}, "protocol.tolerance was 0.00012 and is now 1e-05"),
        ({"parameters": {"blocks": {"IKr": [0, 0.9], "ICaL": [0, 1]}}}, '"IKr": [0.0, 0.9]'),
        ({"parameters": {"blocks": {"ICaL": [0, 1], "IKr": [0, 1]}}}, "parameters.blocks was"),
        ({"learning": {"start": 8}}, "learning.start was 16 and is now 8"),
        ({"learning": {"batch": 4}}, "learning.batch was 8 and is now 4"),
        ({"learning": {"stream_share": 0.5}}, "learning.stream_share was 0.25 and is now 0.5"),
        ({"learning": {"acquisition": "u"}}, 'learning.acquisition was "sur" and is now "u"'),
        ({"name": "other"}, 'name was "ikr-ical-plane" and is now "other"'),
    ],
)
def test_changed_meaning_is_refused(folder, values, change):
    with pytest.raises(UserError) as caught:
        check(folder, parse(values, "c.yaml"))
    message = str(caught.value)
    assert change in message
    assert "to start anew, choose another name in the configuration or remove the folder" in message
    assert "\n" not in message


def test_every_key_is_a_meaning_or_may_change(folder):
    harmless = {
        "learning": {"max_simulations": 200, "stopping": {"checks": 5}},
        "execution": {"workers": 1, "batch_size": 16},
        "drugs": {"table": "mine.csv", "multiples": [1], "draws": 10},
        "replays": {"enabled": False, "repeats": 1, "grid": 10},
    }
    check(folder, parse(harmless, "c.yaml"))
    assert len(MEANING) == 12


def test_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(UserError, match="not the results folder of a campaign") as caught:
        check(tmp_path, Config())
    assert "to start anew" in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 0}', "\0"])
def test_folder_of_another_version_is_refused(folder, content):
    (folder / "campaign.json").write_text(content)
    with pytest.raises(UserError, match=r"format|cannot be read") as caught:
        check(folder, Config())
    assert "\n" not in str(caught.value)


def test_campaign_of_before_there_were_controls_is_read_but_not_continued(folder):
    record = read(folder)
    (folder / "campaign.json").write_text(json.dumps(record | {"format": 1}))
    assert read(folder)["config"] == record["config"]
    with pytest.raises(UserError) as caught:
        check(folder, Config())
    assert str(caught.value) == (
        f"{folder}: results in format 1, of a campaign without a control; this version of pointes continues those of "
        "format 2; to start anew, choose another name in the configuration or remove the folder"
    )


def test_record_holds_the_effective_configuration(folder):
    record = read(folder)
    assert record["fingerprint"] == "f"
    assert record["config"] == json.loads(Config().model_dump_json())


def test_warm_start_may_have_been_moved(tmp_path):
    def warm(path):
        return parse({"learning": {"warm_start": path}}, "c.yaml")

    claim(tmp_path, warm("results/earlier"), "f").release()
    check(tmp_path, warm("/elsewhere/results/earlier"))
    with pytest.raises(UserError, match=r'learning\.warm_start was "results/earlier" and is now "results/other"'):
        check(tmp_path, warm("results/other"))


def test_files_from_the_future_are_brought_back(tmp_path):
    claim(tmp_path, Config(), "f").release()
    record = tmp_path / "campaign.json"
    os.utime(record, (2**32, 2**32))
    claim(tmp_path, Config(), "f").release()
    assert record.stat().st_mtime <= time.time()


def test_two_runs_of_a_campaign_exclude_each_other(tmp_path):
    lock = claim(tmp_path, Config(), "f")
    with pytest.raises(UserError, match="another run of this campaign"):
        claim(tmp_path, Config(), "f")
    lock.release()
    claim(tmp_path, Config(), "f").release()
