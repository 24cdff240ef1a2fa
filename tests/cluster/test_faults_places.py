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


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("started")
    run(folder, STARTED, SIMULATIONS)
    return folder


@pytest.fixture
def first(finished, tmp_path):
    """The folder of a campaign that its cap has ended after the start."""
    return shutil.copytree(finished, tmp_path / "first", copy_function=shutil.copy2)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Let further runs use a copy of the project at another path."""
    for name in ("rules", "scripts", "workflow", "config", "profiles"):
        shutil.copytree(conftest.PROJECT / name, tmp_path / "project" / name)
    shutil.copy(conftest.PROJECT / "Snakefile", tmp_path / "project")
    monkeypatch.setattr(conftest, "PROJECT", tmp_path / "project")


@pytest.mark.parametrize("records", ["with records", "without records"])
def test_moved_campaign_goes_on(first, tmp_path, records, request):
    """Without the records in its folder `.snakemake` Snakemake must be told that the caps have changed."""
    shutil.move(first, tmp_path / "second")
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
def test_warm_start_is_found_where_it_was_moved(first, tmp_path, path):
    def warm(folder, cap):
        learning = {"start": 8, "batch": 4, "max_simulations": cap, "warm_start": path.format(folder=folder)}
        return {**SHORT, "name": "warm", "learning": learning}

    second = tmp_path / "second"
    run(first, warm(first, 9), "results/warm/simulations.nc")
    shutil.move(first, second)
    before = {path: path.stat().st_mtime_ns for path in second.glob("results/*/**/shards/*.nc")}
    run(second, warm(second, 13), "results/warm/simulations.nc")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(second.glob("results/*/**/shards/*.nc"))) > len(before)


def test_results_that_can_only_be_read(first):
    """They are shown, and not continued."""
    shutil.move(first / "results", first / "writable")
    with small_disk(first / "results", "20m"):
        shutil.copytree(first / "writable", first / "results", dirs_exist_ok=True, copy_function=shutil.copy2)
        remount(first / "results", "ro")
        refused = Campaign(first, SHORT, SIMULATIONS)
        assert refused.wait() == 2
        assert refused.complaints == ["pointes: results/tiny: cannot be written (Read-only file system)"]
        command = [sys.executable, "-m", "pointes.cli", "status", str(first / "results/tiny")]
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


def test_clock_that_goes_back_and_time_zones_change_nothing(first):
    """All files of the first run are from a day that has not come yet."""
    for path in filter(os.path.isfile, first.rglob("*")):
        time = path.stat().st_mtime_ns + DAY
        os.utime(path, ns=(time, time))
    hashes = data(first)
    assert "Nothing to be done" in run(first, STARTED, SIMULATIONS, environment={"TZ": "Asia/Tokyo"}).stderr
    assert data(first) == hashes
    before = shards(first)
    run(first, SHORT, SIMULATIONS, environment={"TZ": "Pacific/Honolulu"})
    assert {name: shards(first)[name] for name in before} == before
    assert data(first) == undisturbed(SHORT)
    assert "Nothing to be done" in run(first, SHORT, SIMULATIONS, environment={"TZ": "UTC"}).stderr
