"""Where pointes writes: below results/<name> and where an option says, whatever a configuration holds."""

import os
import re
import stat
from pathlib import Path

import pytest

from pointes.campaign.configuration.loading import find_table, load, parse
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import identity
from pointes.cells import cache
from pointes.cells.model import find
from pointes.drugs import read_drug_table
from pointes.errors import UserError
from pointes.files import read_bytes, replacing
from pointes.tissue.geometry.image import read_image

from .conftest import TEXTS, outcome

NAMES = [
    "..",
    ".",
    "../x",
    "/etc",
    "a/b",
    "a\\b",
    "",
    " a",
    "a ",
    "a\n",
    "a\0",
    "~",
    "-a",
    ".a",
    "a" * 65,
    "ä",
    "a:b",
    "{a}",
    "$a",
]


@pytest.mark.parametrize(
    "name", [*NAMES, *(text for text in TEXTS if not text.isascii() or not re.fullmatch(r"[\w.-]{1,64}", text))]
)
def test_name_of_a_campaign_is_no_path(name):
    """So is the name of the file that `pointes tissue run` writes without -o."""
    (line,) = outcome(parse, {"name": name}, "c.yaml")
    assert line.startswith("c.yaml: name: ")
    (line,) = outcome(parse, {"simulation": {"tissue": {"electrodes": {name: [0, 0, 0]}}}}, "c.yaml")
    assert "simulation.tissue.electrodes" in line


@pytest.mark.parametrize("name", ["a", "a" * 64, "CON", "a..b", "0", "results"])
def test_names_that_are_allowed_stay_in_the_results(name, tmp_path):
    folder = tmp_path / "results" / parse({"name": name}, "c.yaml").name
    assert folder.resolve().parent == tmp_path / "results"
    identity.claim(folder, Config(), "f").release()


@pytest.mark.parametrize("name", [*TEXTS, "a" * 5000, "x\ud800", "/proc/self/mem", "/"])
def test_paths_that_are_read_may_be_any_and_missing_ones_are_one_line(name):
    assert isinstance(outcome(lambda: read_drug_table(find_table(name), ["IKr"])), list)
    for suffix in ("", ".mmt", ".cellml"):
        assert isinstance(outcome(find, name + suffix), list)
    for suffix in (".nc", ".vtk"):
        assert isinstance(outcome(read_image, name + suffix), list)
    assert isinstance(outcome(load, Path(name)), list)


def test_devices_and_pipes_are_not_read(folder):
    os.mkfifo(folder / "hostile-pipe")
    for path in ("/dev/zero", folder / "hostile-pipe"):
        assert outcome(read_bytes, path) == [f"{path}: a device or a pipe; expected a file"]
    for path in ("/dev/zero", folder / "hostile-pipe"):
        assert isinstance(outcome(load, Path(path)), list)
        assert isinstance(outcome(find_table, str(path)), list)


@pytest.fixture
def another_user(monkeypatch):
    """Lets all files belong to another user than that of this process."""
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)


def test_results_are_not_written_through_a_link_to_the_folder_of_another_user(tmp_path, another_user):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results/a").symlink_to(tmp_path / "theirs")
    with pytest.raises(UserError, match="a link to a folder of another user; expected a folder of your own"):
        identity.check(tmp_path / "results/a", Config())


def test_results_may_be_a_link_to_a_folder_of_ones_own(tmp_path):
    (tmp_path / "scratch").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results/a").symlink_to(tmp_path / "scratch")
    identity.check(tmp_path / "results/a", Config())
    identity.claim(tmp_path / "results/a", Config(), "f").release()
    assert (tmp_path / "scratch/campaign.json").is_file()


def test_a_link_in_the_place_of_a_result_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "simulations.nc").symlink_to(tmp_path / "precious")
    with replacing(tmp_path / "simulations.nc") as temporary:
        temporary.write_text("results")
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "simulations.nc").is_symlink()


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """A folder for kernels that is there already, as another user may have prepared it."""
    folder = tmp_path / "kernels"
    folder.mkdir(mode=0o755)
    monkeypatch.setenv("POINTES_CACHE", str(folder))
    cache._folder.cache_clear()
    yield folder
    cache._folder.cache_clear()


def prepared(effect):
    """Return a kernel's source that has an effect when it is imported."""
    return f"from pathlib import Path\nPath({str(effect)!r}).touch()\n"


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757, 0o1777])
def test_kernels_are_not_loaded_from_a_folder_that_others_can_write(kernels, tmp_path, mode):
    kernels.chmod(mode)
    with pytest.raises(UserError, match="other users can change this folder of compiled models"):
        cache.kernel("k", "f", ["cells"], lambda: prepared(tmp_path / "effect"))
    assert not (tmp_path / "effect").exists()
    assert list(kernels.iterdir()) == []


def test_kernels_are_not_loaded_from_the_folder_of_another_user(kernels, tmp_path, another_user):
    with pytest.raises(UserError, match="expected a folder of your own that only you can write"):
        cache.kernel("k", "f", ["cells"], lambda: prepared(tmp_path / "effect"))
    assert not (tmp_path / "effect").exists()


def test_folder_of_kernels_is_made_for_its_user_alone(tmp_path, monkeypatch, kernels):
    monkeypatch.setenv("POINTES_CACHE", str(tmp_path / "new"))
    before = os.umask(0)
    try:
        assert stat.S_IMODE(cache._folder().stat().st_mode) == 0o700
    finally:
        os.umask(before)
