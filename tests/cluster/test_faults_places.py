"""Campaigns that were moved, and places that cannot be written, or whose clock is wrong."""

import os
import shutil
import subprocess
import sys

import pytest

from pointes.cells.cache import _folder

from ..workflow import conftest
from .faults import SHORT, SIMULATIONS, Campaign, data, remount, run, shards, small_disk, undisturbed

DAY = 86_400 * 10**9
FIRST = "results/tiny/iteration_000/simulations.nc"
STARTED = {**SHORT, "learning": {**SHORT["learning"], "max_simulations": 9}}
"""The short campaign with a cap that its start reaches."""


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Let further runs use a copy of the project at another path."""
    for name in ("rules", "scripts", "workflow", "config", "profiles"):
        shutil.copytree(conftest.PROJECT / name, tmp_path / "project" / name)
    shutil.copy(conftest.PROJECT / "Snakefile", tmp_path / "project")
    monkeypatch.setattr(conftest, "PROJECT", tmp_path / "project")


@pytest.mark.parametrize("records", ["with records", "without records"])
def test_moved_campaign_goes_on(tmp_path, records, request):
    """Without the records in its folder `.snakemake` Snakemake must be told that the caps have changed."""
    (tmp_path / "first").mkdir()
    run(tmp_path / "first", STARTED, SIMULATIONS)
    shutil.move(tmp_path / "first", tmp_path / "second")
    if records == "without records":
        shutil.rmtree(tmp_path / "second/.snakemake")
    request.getfixturevalue("elsewhere")
    before = shards(tmp_path / "second")
    again = run(tmp_path / "second", STARTED, SIMULATIONS)
    assert "Nothing to be done" in again.stderr
    run(tmp_path / "second", SHORT, SIMULATIONS, *(["--forcerun", "limits"] if records == "without records" else []))
    after = shards(tmp_path / "second")
    assert {name: after[name] for name in before} == before
    assert data(tmp_path / "second") == undisturbed(SHORT)


@pytest.mark.parametrize("path", ["results/tiny", "{folder}/results/tiny"], ids=["relative", "absolute"])
def test_warm_start_is_found_where_it_was_moved(tmp_path, path):
    def warm(folder, cap):
        learning = {"start": 8, "batch": 4, "max_simulations": cap, "warm_start": path.format(folder=folder)}
        return {**SHORT, "name": "warm", "learning": learning}

    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    run(first, STARTED, SIMULATIONS)
    run(first, warm(first, 9), "results/warm/simulations.nc")
    shutil.move(first, second)
    kept = {path: path.stat().st_mtime_ns for path in second.glob("results/*/**/shards/*.nc")}
    run(second, warm(second, 13), "results/warm/simulations.nc")
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list(second.glob("results/warm/**/shards/*.nc"))) > len(list(second.glob("results/warm/**/000/*.nc")))


def test_results_that_can_only_be_read(tmp_path):
    """They are shown, and not continued."""
    with small_disk(tmp_path / "results", "20m"):
        run(tmp_path, STARTED, FIRST)
        remount(tmp_path / "results", "ro")
        refused = Campaign(tmp_path, SHORT, SIMULATIONS)
        assert refused.wait() == 2
        assert refused.complaints == ["pointes: results/tiny: cannot be written (Read-only file system)"]
        command = [sys.executable, "-m", "pointes.cli", "status", str(tmp_path / "results/tiny")]
        status = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert status.returncode == 0, status.stderr


def test_home_that_cannot_be_written(tmp_path):
    """Snakemake then needs another place for its cache."""
    cache = {"POINTES_CACHE": str(_folder())}
    with small_disk(tmp_path / "home", "1m"):
        remount(tmp_path / "home", "ro")
        home = {"HOME": str(tmp_path / "home"), **cache}
        refused = Campaign(tmp_path, SHORT, FIRST, environment=home)
        assert refused.wait() != 0
        assert f"Read-only file system: '{tmp_path}/home/.cache'" in refused.stderr
        run(tmp_path, SHORT, FIRST, environment={**home, "XDG_CACHE_HOME": str(tmp_path / "cache")})


@pytest.mark.parametrize("state", ["full", "missing"])
def test_folder_for_temporary_files(tmp_path, state):
    with small_disk(tmp_path / "full", "4k"):
        (tmp_path / "full/ballast").write_bytes(bytes(4096))
        run(tmp_path, SHORT, FIRST, environment={"TMPDIR": str(tmp_path / state)})


def test_clock_that_goes_back_and_time_zones_change_nothing(tmp_path):
    """All files of the first run are from a day that has not come yet."""
    run(tmp_path, STARTED, SIMULATIONS)
    for path in filter(os.path.isfile, tmp_path.rglob("*")):
        time = path.stat().st_mtime_ns + DAY
        os.utime(path, ns=(time, time))
    hashes = data(tmp_path)
    assert "Nothing to be done" in run(tmp_path, STARTED, SIMULATIONS, environment={"TZ": "Asia/Tokyo"}).stderr
    assert data(tmp_path) == hashes
    before = shards(tmp_path)
    run(tmp_path, SHORT, SIMULATIONS, environment={"TZ": "Pacific/Honolulu"})
    assert {name: shards(tmp_path)[name] for name in before} == before
    assert data(tmp_path) == undisturbed(SHORT)
    assert "Nothing to be done" in run(tmp_path, SHORT, SIMULATIONS, environment={"TZ": "UTC"}).stderr
