"""What a results folder is: `campaign.json` records the configuration, so that results of two meanings never mix.

Keys in `MEANING` decide what a simulated or chosen point means; a folder made with other values is refused. Everything
else (caps, stopping, workers, drugs, replays) may change between runs: Snakemake redoes what depends on it.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pointes import __version__
from pointes.errors import UserError
from pointes.files import lock, write_json

if TYPE_CHECKING:
    from pointes.campaign.configuration.schema import Config

FORMAT = 2
"""Version of a results folder; raised when campaigns of older folders can no longer be continued. Since 2 the first
simulation of a campaign is its control."""

READABLE = (1, FORMAT)
"""Versions whose results can be read."""

MEANING = (
    "name",
    "seed",
    "model.name",
    "model.celltype",
    "protocol.cycle_length",
    "protocol.beats",
    "protocol.label_beats",
    "protocol.tolerance",
    "parameters.blocks",
    "learning.start",
    "learning.batch",
    "learning.stream_share",
)

TISSUE = ("simulation.scale", "simulation.tissue")
"""What does so beyond the scale of the cell; at that scale these keys are left out."""

OPTIONAL = ("learning.warm_start", "learning.fidelities", "protocol.stimulus_duration", "protocol.stimulus_level")
"""What does so where it is not null."""

ABSENT = {"simulation.scale": "cell", **dict.fromkeys(OPTIONAL)}
"""What the absence of these keys stands for."""


def meaning(config: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that give results their meaning, by dotted path, from a configuration in JSON form.

    A record that is older than a key has no such key: it is one of cells, of one level, of the model's own stimulus.
    """

    def value(path: str) -> Any:
        section, name = path.rsplit(".", 1) if "." in path else ("", path)
        return (config.get(section, {}) if section else config).get(name)

    given = [path for path in OPTIONAL if value(path) is not None]
    of_tissue = value("simulation.scale") not in (None, "cell")
    return {path: value(path) for path in (*MEANING, *(TISSUE if of_tissue else ()), *given)}


_ANEW = "to start anew, choose another name in the configuration or remove the folder"


def check(folder: Path, config: "Config") -> None:
    """Refuse a results folder that was made by something else than this configuration.

    Raises
    ------
    UserError
        The folder holds other files, another format, or results of another meaning; names the keys, the old
        and new values, and how to start anew.
    """
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir():
        raise UserError(f"{nearest}: a file; expected a folder for the results")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        record = read(folder)
    except UserError as error:
        raise UserError(f"{error}; {_ANEW}") from None
    if record["format"] != FORMAT:
        raise UserError(
            f"{folder}: results in format {record['format']}, of a campaign without a control; this version of pointes "
            f"continues those of format {FORMAT}; {_ANEW}"
        )
    old, new = meaning(record["config"]), meaning(config.model_dump(mode="json"))
    # What only one of the two has is compared with what its absence stands for.
    absent = {path: value for path, value in ABSENT.items() if path in old.keys() | new.keys()}
    old, new = absent | old, absent | new
    # Compared as text: the order of the parameters matters, too.
    changed = [path for path in new if path in old and json.dumps(old[path]) != json.dumps(new[path])]
    if changed:
        changes = ", ".join(
            f"{path} was {json.dumps(old[path])} and is now {json.dumps(new[path])}" for path in changed
        )
        raise UserError(f"{folder}: these results have another meaning: {changes}; {_ANEW}")


def was_made_with(folder: Path, config: "Config") -> bool:
    """Return whether a results folder was made with this very configuration, all of whose checks it passed then."""
    try:
        return read(folder)["config"] == config.model_dump(mode="json")
    except UserError:
        return False


def read(folder: Path) -> dict[str, Any]:
    """Return the content of a results folder's ``campaign.json``."""
    try:
        record = json.loads((folder / "campaign.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder}: not the results folder of a campaign (no campaign.json)") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{folder}/campaign.json: cannot be read ({error})") from None
    version = record.get("format") if isinstance(record, dict) else None
    if version not in READABLE:
        readable = " and ".join(map(str, READABLE))
        raise UserError(f"{folder}: results in format {version}; this version of pointes reads formats {readable}")
    return record


def claim(folder: Path, config: "Config", fingerprint: str) -> TextIO:
    """Record the configuration in the folder and lock it for the life of the returned file.

    The kernel drops the lock with the process, however it ends, so a killed run needs no unlocking. A record that says
    the same already is left as it is.

    Raises
    ------
    UserError
        The folder cannot be written, or another run is at work in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("a")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror}); expected a folder for the results") from None
    if not lock(file):
        file.close()
        raise UserError(f"{folder}: another run of this campaign is at work; wait for it or stop it")
    record = {
        "format": FORMAT,
        "pointes": __version__,
        "fingerprint": fingerprint,
        "config": config.model_dump(mode="json"),
    }
    if not _is_written(folder, record):
        write_json(folder / "campaign.json", record)
    return file


def _is_written(folder: Path, record: dict[str, Any]) -> bool:
    try:
        return read(folder) == record
    except UserError:
        return False
