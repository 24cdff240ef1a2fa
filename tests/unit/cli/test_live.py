"""The table on a terminal of its own, beside output of other processes; and where there is none."""

import re
import sys

import pytest

from pointes.campaign.configuration.schema import Config
from pointes.campaign.files.identity import claim
from pointes.vocabulary import TABLE

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHOWING = """
import os, subprocess, sys
from pathlib import Path
from pointes.campaign import interruption
from pointes.cli import live

interruption.end_when_interrupted(live.end)
live.show([Path(folder) for folder in sys.argv[2:]])
exec(sys.argv[1])
live.end()
print("after the table")
"""
JOB = "subprocess.run([sys.executable, '-c', 'import sys; print(1 / 4, file=sys.stderr); print(1 / 8)'])"


@pytest.fixture
def folders(tmp_path):
    """Two campaigns that have just started, and whose runs are gone."""
    for name in ("first", "second"):
        claim(tmp_path / name, Config(name=name), "f").release()
    return [tmp_path / "first", tmp_path / "second"]


def showing(code, folders):
    """Return a command that runs a line of code while it shows these campaigns."""
    return [sys.executable, "-c", SHOWING, code, *map(str, folders)]


def lines(written):
    """Return the lines that were written, frame by frame, without control sequences."""
    return [line.rstrip() for line in CONTROL.sub("", written.replace("\r", "\n")).split("\n")]


def test_what_others_write_stands_whole_above_the_table(on_terminal, folders):
    written = on_terminal(showing(f"{JOB}; print('from here')", folders[:1]))
    shown = lines(written)
    for line in ("0.25", "0.125", "from here"):
        assert shown.count(line) == 1
    assert shown[-2:] == ["after the table", ""]
    *_, table = written.rpartition("\x1b[2K")  # the last frame
    assert [line.split()[0] for line in lines(table) if line.startswith(("campaign", "state"))] == ["campaign", "state"]
    assert written.index("\x1b[?25l") < written.index("\x1b[?25h") < written.index("after the table")


def test_jobs_know_of_the_table_as_long_as_there_is_one(on_terminal, folders):
    code = f"print('{TABLE}' in os.environ); live.end(); print('{TABLE}' in os.environ)"
    assert [line for line in lines(on_terminal(showing(code, folders[:1]))) if line in ("True", "False")] == [
        "True",
        "False",
    ]


def test_several_campaigns_have_a_line_each(on_terminal, folders):
    shown = lines(on_terminal(showing("pass", folders)))
    last = [line.split()[:2] for line in shown if "started" in line][-2:]
    assert last == [["first", "started"], ["second", "started"]]


@pytest.mark.parametrize("columns", [30, 200])
def test_the_table_fits_the_window(on_terminal, folders, columns):
    shown = lines(on_terminal(showing("pass", folders[:1]), columns))
    assert max(map(len, shown)) <= columns
    assert any(line.startswith("campaign") and line.endswith("first") for line in shown)


def test_a_terminal_without_colour_gets_none(on_terminal, folders):
    assert "\x1b[1m" in on_terminal(showing("pass", folders[:1]))
    written = on_terminal(showing("pass", folders[:1]), NO_COLOR="1")
    assert not re.search(r"\x1b\[3\d", written)


def test_a_terminal_that_cannot_draw_gets_no_table(on_terminal, folders):
    written = on_terminal(showing(JOB, folders[:1]), TERM="dumb")
    assert written == "0.25\n0.125\nafter the table\n"


def test_an_interruption_ends_the_table_and_is_the_last_line(on_terminal, folders):
    written = on_terminal(showing("import signal; os.kill(os.getpid(), signal.SIGINT)", folders[:1]))
    shown = lines(written)
    assert shown[-2:] == ["pointes: interrupted; what was simulated is kept, and the same command continues", ""]
    assert sum("interrupted" in line for line in shown) == 1
    assert written.index("\x1b[?25h") < written.index("interrupted")


def test_an_error_is_seen(on_terminal, folders):
    shown = lines(on_terminal(showing("raise ValueError('broken')", folders[:1])))
    assert shown.count("ValueError: broken") == 1


def test_a_folder_without_a_campaign_is_waited_for(on_terminal, tmp_path):
    shown = lines(on_terminal(showing("print('from here')", [tmp_path / "new"])))
    assert "from here" in shown
    assert "after the table" in shown


def test_watching_keeps_the_same_table_up_to_date(on_terminal, folders):
    written = on_terminal([sys.executable, "-m", "pointes.cli", "status", str(folders[0]), "--watch"])
    assert [line for line in lines(written) if line.startswith("run at work")]
    assert "\x1b[?25h" in written  # the cursor is back
