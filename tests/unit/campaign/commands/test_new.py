"""A new study holds what a user changes, and is written whole or not at all; the workflow's tests run one."""

import pytest
import yaml

from pointes.campaign.commands import new
from pointes.campaign.commands.new import COPIED, write_study
from pointes.errors import UserError
from pointes.project import PROJECT


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_study_has_copies_and_the_workflow_has_none(tmp_path):
    write_study(tmp_path / "study")
    found = files(tmp_path / "study")
    assert {"Snakefile", "README.md", ".gitignore", "profiles/slurm/config.yaml", "config/site/slurm.yaml"} <= found
    for name in found - {"Snakefile", "README.md", ".gitignore"}:
        assert (tmp_path / "study" / name).read_bytes() == (PROJECT / name).read_bytes()
        assert name.startswith(COPIED)
    assert not {name for name in found if name.startswith(("rules", "scripts", "workflow", "src"))}


def test_readme_names_what_is_there(tmp_path):
    write_study(tmp_path / "study")
    rows = [line for line in (tmp_path / "study/README.md").read_text().splitlines() if line.startswith("| `")]
    assert len(rows) > 5
    for row in rows:
        assert (tmp_path / "study" / row.split("`")[1]).exists(), row


@pytest.mark.parametrize("path", sorted((PROJECT / "config/campaigns").glob("*.yaml")), ids=lambda path: path.stem)
def test_study_begins_from_a_campaign(tmp_path, path):
    write_study(tmp_path / "study", path.stem)
    config = tmp_path / "study/config/config.yaml"
    assert yaml.safe_load(config.read_text()) == yaml.safe_load(path.read_text())
    head = config.read_text().splitlines()[0]
    if head.startswith("# yaml-language-server"):
        assert (config.parent / head.split("$schema=")[1]).is_file()


def test_unknown_campaign_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(
        UserError, match=r"unknown campaign 'qnett'; expected one of cable-plane, .* did you mean qnet\?"
    ):
        write_study(tmp_path / "study", "qnett")
    assert not any(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path, monkeypatch):
    study = tmp_path / "study"
    study.mkdir()
    write_study(study)
    written = files(study)
    with pytest.raises(UserError, match="study: exists already; expected the name of a new folder, or an empty one"):
        write_study(study, "qnet")
    with pytest.raises(UserError, match="exists already"):
        write_study(study / "README.md")
    assert files(study) == written
    assert [path.name for path in tmp_path.iterdir()] == ["study"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no/study: cannot be written"):
        write_study(tmp_path / "no/study")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(UserError, match="the working directory; expected the name of a new folder"):
        write_study(tmp_path / "empty")


def test_study_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(new, "COPIED", (*COPIED, "no such file"))
    with pytest.raises(UserError, match="study: cannot be written"):
        write_study(tmp_path / "study")
    assert not any(tmp_path.iterdir())
