"""Checksums of results: what `sha256sum` makes of them, and files that are not what was written."""

import hashlib
import subprocess

import pytest

from pointes.campaign.files import checksums
from pointes.errors import UserError


@pytest.fixture
def folder(tmp_path):
    """A folder with two files and their checksums."""
    (tmp_path / "figures").mkdir()
    files = [tmp_path / "simulations.nc", tmp_path / "figures/risk map.svg"]
    for file in files:
        file.write_text(file.name)
    checksums.write_sums(tmp_path / checksums.SUMS, files)
    return tmp_path


def test_sums_are_those_of_sha256sum(folder):
    assert checksums.read_sums(folder)["simulations.nc"] == hashlib.sha256(b"simulations.nc").hexdigest()
    subprocess.run(["sha256sum", "--check", "--strict", checksums.SUMS], cwd=folder, check=True, capture_output=True)


def test_changed_and_missing_files_are_told(folder):
    assert set(checksums.compare(folder).values()) == {"identical"}
    (folder / "simulations.nc").write_text("changed")
    (folder / "figures/risk map.svg").unlink()
    assert checksums.compare(folder) == {"figures/risk map.svg": "missing", "simulations.nc": "changed"}


@pytest.mark.parametrize("line", ["0" * 64 + "  ../secret", "0" * 64 + "  /etc/passwd", "no sum", "0" * 63 + "  a.nc"])
def test_sums_of_other_places_are_refused(folder, line):
    (folder / checksums.SUMS).write_text(line + "\n")
    with pytest.raises(UserError, match="line 1 has no checksum of a file of this folder"):
        checksums.read_sums(folder)


def test_a_campaign_that_has_not_ended_has_no_sums(tmp_path):
    with pytest.raises(UserError, match="no SHA256SUMS yet"):
        checksums.compare(tmp_path)


def test_inputs_are_known_by_key(tmp_path):
    table = tmp_path / "drugs.csv"
    table.write_text("drug")
    checksums.write_inputs(tmp_path / checksums.INPUTS, {"drugs.table": table})
    found = checksums.read_inputs(tmp_path)["drugs.table"]
    assert found == {"path": str(table), "sha256": hashlib.sha256(b"drug").hexdigest()}


def test_files_of_iterations_are_those_of_the_table(tmp_path):
    (tmp_path / "learning.csv").write_text("iteration,simulations\n0,9\n1,13\n")
    names = [str(path.relative_to(tmp_path)) for path in checksums.iteration_files(tmp_path / "learning.csv")]
    assert len(names) == 8
    assert {"iteration_000/next_samples.nc", "iteration_001/simulations.nc"} <= set(names)
