"""A new study: a folder in which the installed workflow runs, with a configuration that the user changes."""

import os
import shutil
import tempfile
from pathlib import Path

from pointes.errors import UserError, unknown
from pointes.files import not_written
from pointes.project import PROJECT

CAMPAIGNS = "config/campaigns"

COPIED = (
    "config/README.md",
    "config/config.schema.json",
    "config/config.yaml",
    "config/panel.schema.json",
    "config/drugs/README.md",
    "config/drugs/cipa28.csv",
    CAMPAIGNS,
    "config/site",
    "profiles",
)
"""Files and folders of the project that a study has copies of."""


def write_study(folder: Path, campaign: str | None = None) -> None:
    """Write a new study, whole or not at all.

    Parameters
    ----------
    folder
        New folder, or an empty one.
    campaign
        Campaign of ``config/campaigns`` that becomes that of ``config/config.yaml``; None leaves the default one.

    Raises
    ------
    UserError
        The folder has files or cannot be written, or there is no such campaign.
    """
    _check_empty(folder)
    configuration = None if campaign is None else _configuration(campaign)
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=folder.absolute().parent) as temporary:
            study = Path(temporary) / folder.name
            _copy(PROJECT / "workflow/study", study)
            for name in COPIED:
                _copy(PROJECT / name, study / name)
            if configuration is not None:
                (study / "config/config.yaml").write_text(configuration, encoding="utf-8")
            os.replace(study, folder)
    except OSError as error:
        raise not_written(folder, error) from None


def _check_empty(folder: Path) -> None:
    """Refuse a folder with files, and the working directory, which no other folder can be moved to."""
    if folder.is_dir() and folder.samefile(Path()):
        raise UserError("the working directory", expected="the name of a new folder", where=folder)
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise UserError("exists already", expected="the name of a new folder, or an empty one", where=folder)


def _configuration(campaign: str) -> str:
    """Return the configuration of a campaign that comes with pointes, as the text of ``config/config.yaml``."""
    files = {path.stem: path for path in sorted((PROJECT / CAMPAIGNS).glob("*.yaml"))}
    if campaign not in files:
        raise unknown("campaign", campaign, files)
    return files[campaign].read_text(encoding="utf-8").replace("$schema=../", "$schema=")


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, without the permissions of an installation that may not be written."""
    for path in [source, *source.rglob("*")]:
        if not path.is_dir():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
