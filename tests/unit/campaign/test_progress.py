"""What a campaign says of itself while it runs and afterwards."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from pointes.campaign import progress
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files.identity import claim
from pointes.figures.summary import describe_learning
from pointes.vocabulary import TABLE

ASSESSMENT = {
    "simulations": 16,
    "imported": 0,
    "n_failed": 0,
    "control": "safe",
    "arrhythmic": None,
    "stream_n": 0,
    "stream_accuracy": None,
    "stream_low": 0.0,
    "stream_high": 1.0,
    "verification_n": 0,
    "expected_error": 0.3,
    "drift": None,
    "converged": False,
    "reason": "the stream has 0 of 12 points",
}


@pytest.fixture
def folder(tmp_path) -> Path:
    claim(tmp_path, Config(), "f").release()
    return tmp_path


def add(folder: Path, iteration: int, **changes) -> None:
    """Write an iteration's assessment, and the benchmark of its simulation: 2 s."""
    path = folder / f"iteration_{iteration:03d}"
    path.mkdir()
    (path / "assessment.json").write_text(json.dumps(ASSESSMENT | {"simulations": 16 + 8 * iteration} | changes))
    (folder / "benchmarks").mkdir(exist_ok=True)
    (folder / f"benchmarks/simulate_{iteration:03d}.tsv").write_text("s\th:m:s\n2.0\t0:00:02\n")


def printed(capsys) -> list[str]:
    """Return the lines that were printed, each without the time that a log has before it."""
    lines = capsys.readouterr().out.splitlines()
    times = [line[:19] for line in lines]
    assert times == [str(datetime.fromisoformat(time)) for time in times]
    return [line[19:].removeprefix("  ") for line in lines]


def ends_at(folder: Path, *times: float) -> None:
    """Set the times at which the iterations ended [s]."""
    for iteration, time in enumerate(times):
        os.utime(folder / f"iteration_{iteration:03d}/assessment.json", (time, time))


def test_unknown_numbers_are_dashes():
    words = progress.line(0, ASSESSMENT, cap=96, time_left=None).split()
    assert words == ["0", "16", "/", "96", "-", "-", "-", "-"]


def test_time_to_the_cap_counts_the_batches_that_fit_below_it(folder, capsys):
    add(folder, 0)
    progress.report(folder, 0, began=0.0)
    header, line = printed(capsys)
    assert header == progress.HEADER.format("arrhythmic")
    assert line.split()[-1] == "-"
    for iteration in range(1, 11):
        add(folder, iteration)
    ends_at(folder, 100, 103, 106)
    progress.report(folder, 2, began=0.0)
    (line,) = printed(capsys)
    assert line.endswith("about 30 s")  # eight batches of 3 s
    progress.report(folder, 10, began=0.0)
    (line,) = printed(capsys)
    assert line.rstrip().endswith("at cap")


def test_a_pause_or_a_slow_iteration_does_not_change_the_estimate(folder):
    for iteration in range(5):
        add(folder, iteration)
    ends_at(folder, 0, 9000, 9003, 9007, 9010)
    limits = progress.Limits(batch=8, max_simulations=96)
    found = [progress.time_to_cap(folder, iteration, limits) for iteration in range(5)]
    assert found == [None, None, 3.0 * 8, 4.0 * 7, 3.0 * 6]


def test_where_a_table_shows_the_progress_only_remarks_are_printed(folder, capsys, monkeypatch):
    monkeypatch.setenv(TABLE, "1")
    add(folder, 0, control="arrhythmic")
    progress.report(folder, 0, began=0.0)
    progress.ticker("iteration 000", folder, every=0.0)(8, 16)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("the control is arrhythmic")


def test_the_places_of_results_that_exist_are_printed(folder, capsys):
    for name in ("summary.html", "simulations.nc", "SHA256SUMS"):
        (folder / name).write_text("")
    progress.say_places(folder)
    assert [line.split() for line in printed(capsys)] == [
        ["summary", str(folder / "summary.html")],
        ["results", str(folder / "simulations.nc")],
        ["checksums", str(folder / "SHA256SUMS")],
    ]


def test_a_strange_control_is_told_once(folder, capsys):
    add(folder, 0, control="arrhythmic")
    add(folder, 1, control="arrhythmic")
    progress.report(folder, 0, began=0.0)
    *_, remark = printed(capsys)
    assert remark == "the control is arrhythmic without any block: check model and protocol before you believe the map"
    progress.report(folder, 1, began=0.0)
    assert "control" not in capsys.readouterr().out


def test_a_run_that_goes_on_begins_with_a_header(folder, capsys):
    for iteration in range(3):
        add(folder, iteration)
    assessed = (folder / "iteration_000/assessment.json").stat().st_mtime
    os.utime(folder / "iteration_001/assessment.json", (assessed + 2, assessed + 2))
    progress.report(folder, 1, began=assessed + 1)
    assert printed(capsys)[0] == progress.HEADER.format("arrhythmic")
    progress.report(folder, 2, began=assessed + 1)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_status_speaks_in_the_words_of_the_summary(folder):
    """Its numbers, units and words are those of the page that a reader of the report sees."""
    found = {"stream_n": 4, "stream_correct": 3, "stream_accuracy": 0.75, "stream_low": 0.19, "stream_high": 0.99}
    scores = {"stream_brier": 0.0153, "stream_ece": 0.09, "expected_error": 0.0507, "verification_n": 16}
    checks = {"verification_wrong": 2, "verification_expected": 1.26}
    add(folder, 0, **found, **scores, **checks, arrhythmic=0.31, drift=0.042, imported=5, n_failed=1)
    status = progress.read_status(folder)
    words = progress.describe_status(status)
    sentences = " ".join(describe_learning(status, {name: np.array([value]) for name, value in status.items()}))
    for label in ("unbiased stream", "Brier score", "calibration error", "along the boundary"):
        assert label in sentences
        assert label in words
    for text in ("accuracy of 75 % (95 % interval 19 to 99 %)", "0.015", "0.090", "5.1 % of the space"):
        assert text in sentences
        assert text in " ".join(words.values())
    assert words["along the boundary"].startswith("2 of the 16 simulations")
    assert words["simulations"] == "16 of at most 96"
    assert (words["arrhythmic"], words["failed"]) == ("31 % of the simulations", "1")


def test_state_follows_the_iterations(folder, capsys):
    assert progress.read_status(folder)["state"] == "started"
    progress.conclude(folder)
    add(folder, 0)
    assert progress.read_status(folder)["state"] == "learning"
    progress.conclude(folder)
    assert capsys.readouterr().out == ""
    add(folder, 1, converged=True, reason="at rest")
    add(folder, 2)  # left over from a stricter rule
    status = progress.read_status(folder)
    assert (status["state"], status["simulations"], status["iterations"]) == ("learned", 24, 2)
    progress.conclude(folder)
    assert "learned after 24 simulations: at rest" in capsys.readouterr().out


def test_campaign_at_its_cap(folder):
    for iteration in range(11):
        add(folder, iteration)
    status = progress.read_status(folder)
    assert status["state"] == "stopped at a cap"
    assert status["reason"] == "96 of at most 96 simulations were run; the stream has 0 of 12 points"


def test_long_simulations_report_themselves(capsys):
    tick = progress.ticker("iteration 003", "results/tiny", every=0.0)
    tick(8, 16)
    tick(16, 16)
    assert [line.strip() for line in printed(capsys)] == ["iteration 003: 8 of 16 points simulated"]
    quiet = progress.ticker("iteration 003", "results/tiny", every=1000.0)
    quiet(8, 16)
    assert capsys.readouterr().out == ""


def test_a_terminal_needs_no_times(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    progress.say(progress.HEADER, "results/tiny")
    assert capsys.readouterr().out == f"{progress.HEADER}\n"


def test_lines_name_their_campaign_if_there_are_several(capsys, monkeypatch):
    monkeypatch.setenv(progress.SEVERAL, "1")
    progress.say("learned", "results/tiny")
    assert printed(capsys) == ["tiny: learned"]
