"""A full disk ends a run with one line that names the file and the reason; with more room the run goes on."""

import os
import re
import subprocess
import sys

import pytest

from .faults import LONG, SIMULATIONS, Campaign, data, remount, run, shards, small_disk, undisturbed


@pytest.mark.parametrize(
    ("mounted", "size", "file"),
    [
        ("results", "8k", "results/tiny/design.nc"),
        ("results", "240k", "results/tiny/iteration_000/simulations.nc"),
        (".", "120k", "results/tiny/iteration_000/shards/*.nc"),
    ],
)
def test_full_disk_damages_nothing(tmp_path, mounted, size, file):
    """The file that does not fit is written by a job, by workers, or by a job that has all it needs."""
    with small_disk(tmp_path / mounted, size):
        campaign = Campaign(tmp_path, LONG, SIMULATIONS)
        assert campaign.wait() != 0
        (complaint,) = campaign.complaints
        named, reason = complaint.removeprefix("pointes: ").split(": ", 1)
        assert (tmp_path / named).match(file)
        assert reason == "cannot be written (No space left on device); make room, and run the same command again"
        assert "Traceback" not in campaign.stderr
        assert not campaign.processes()

        before = shards(tmp_path)
        remount(tmp_path / mounted, "size=20m")
        run(tmp_path, LONG, SIMULATIONS)
        assert {name: shards(tmp_path)[name] for name in before} == before
        assert data(tmp_path) == undisturbed(LONG)


@pytest.mark.parametrize("size", ["4k", "64k"])
def test_full_disk_of_the_kernel_cache(tmp_path, size):
    """The kernel's source does not fit on the smaller disk, and its machine code not on the larger one."""
    environment = {**os.environ, "POINTES_CACHE": str(tmp_path / "cache")}

    def pace():
        command = [sys.executable, "-m", "pointes.cli", "cell", "mitchell-schaeffer-2003", "--beats", "2"]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)

    with small_disk(tmp_path / "cache", size):
        refused = pace()
        assert refused.returncode == 2
        assert re.fullmatch(rf"pointes: {tmp_path}/cache/.*: cannot be written \(No space left on.*\n", refused.stderr)
        remount(tmp_path / "cache", "size=20m")
        assert "apd90_ms" in pace().stdout
