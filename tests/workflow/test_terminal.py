"""A campaign on a terminal: one table while it runs, and the places of its results."""

import re

from .conftest import TINY, command

SWEEP = {
    **{name: TINY[name] for name in ("protocol", "execution")},
    "name": "swept",
    "sweep": {"design": "grid", "n": 2},
}
SCHEDULING = ("Select jobs", "Execute ", "Building DAG", "points simulated")


def test_a_terminal_shows_a_table_and_at_last_the_places_of_results(tmp_path, on_terminal):
    line = command(tmp_path, SWEEP, "--quiet", "rules", "progress", "host", "reason")
    written = on_terminal(line)
    before, _, table = written.partition("\x1b[?25l")
    table, _, after = table.partition("\x1b[?25h")
    assert "campaign swept: ohara-2011 (mid), block of IKr, ICaL, a grid sweep of 2 points along each axis" in before
    assert not any(words in written for words in SCHEDULING)
    frames = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", frame) for frame in table.split("\x1b[2K")]
    assert any(re.search("run at work +yes", frame) for frame in frames)
    assert re.search("state +finished", "".join(frames))
    places = [line for line in after.splitlines() if line.startswith(("summary", "results", "figures", "checksums"))]
    assert [line.split()[1] for line in places] == [
        f"results/swept/{name}" for name in ("summary.html", "simulations.nc", "figures", "SHA256SUMS")
    ]
    assert written.count("results/swept/SHA256SUMS") == 1
