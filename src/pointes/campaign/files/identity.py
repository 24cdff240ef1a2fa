"""The record ``campaign.json`` of a results folder, which keeps results of different meanings from mixing.

A folder whose results have other values of the keys in `pointes.campaign.configuration.meaning` is refused. All other
keys may change between runs: Snakemake repeats the steps that depend on them.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from pointes import __version__
from pointes.campaign.configuration.meaning import ABSENT, is_panel, meaning
from pointes.errors import UserError
from pointes.files import bring_to_present, not_written, read_bytes, write_json
from pointes.locks import Lock, lock

if TYPE_CHECKING:
    from pointes.campaign.configuration.panel import PanelConfig
    from pointes.campaign.configuration.schema import Config

FORMAT = 2  # since version 2 the first simulation of a campaign is its control
"""Version of results folders, raised when campaigns of older folders can no longer be continued."""

READABLE = (1, FORMAT)
"""Versions whose results can be read."""

CONTENT: Mapping[str, type | tuple[type, ...]] = {
    "fingerprint": str,
    "config": dict,
    "config.name": str,
    "config.model": dict,
    "config.model.name": str,
    "config.protocol": dict,
    "config.protocol.cycle_length": (int, float),
    "config.learning": dict,
    "config.learning.batch": int,
    "config.learning.max_simulations": int,
    "config.learning.max_core_hours": (int, float, NoneType),
    "config.learning.max_wall_hours": (int, float, NoneType),
}
"""Types of the values of a record that are used; sections stand before what is in them."""

PANEL_CONTENT: Mapping[str, type | tuple[type, ...]] = {
    "fingerprint": str,
    "config": dict,
    "config.name": str,
    "config.protocol": dict,
    "config.protocol.cycle_length": (int, float),
    "config.panel": dict,
    "config.panel.scenarios": dict,
}
"""Types of the values of the record of a panel campaign that are used."""

BEGUN = (".lock", ".campaign.json")
"""Beginnings of the names of files in a folder whose first run was killed, or met a full disk, while it claimed it."""

REMEDY = "to start anew, choose another name in the configuration or remove the folder"


def check(folder: Path, config: "Config | PanelConfig") -> None:
    """Refuse a results folder that is not the user's, or holds other files, another format or another meaning."""
    if folder.is_symlink() and os.path.exists(folder) and folder.stat().st_uid != os.geteuid():
        raise UserError("a link to a folder of another user", expected="a folder of your own", where=folder)
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir():
        raise UserError("a file", expected="a folder for the results", where=nearest)
    if not folder.is_dir() or all(path.name.startswith(BEGUN) for path in folder.iterdir()):
        return
    try:
        record = read(folder)
    except UserError as error:
        raise UserError(f"{error}; {REMEDY}") from None
    if record["format"] != FORMAT:
        raise UserError(
            f"results in format {record['format']}, of a campaign without a control; this version of pointes "
            f"continues those of format {FORMAT}; {REMEDY}",
            where=folder,
        )
    if changes := _changes(meaning(record["config"]), config.meaning):
        raise UserError(f"these results have another meaning: {', '.join(changes)}; {REMEDY}", where=folder)


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return how each key has changed, as a clause."""
    # A key that only one of the two has is compared with the value that its absence stands for
    absent = {path: value for path, value in ABSENT.items() if path in old.keys() | new.keys()}
    old, new = absent | old, absent | new
    return [
        f"{path} was {json.dumps(old[path])} and is now {json.dumps(new[path])}"
        for path in new
        if path in old and _comparable(path, old[path]) != _comparable(path, new[path])
    ]


def _comparable(path: str, value: Any) -> str:
    """Return the value of a key as text, because the order of the parameters matters, too."""
    if path == "learning.warm_start" and value is not None:
        return Path(value).name  # a campaign that was moved is still the same
    return json.dumps(value)


def was_made_with(folder: Path, config: "Config | PanelConfig") -> bool:
    """Return whether a results folder was made with this very configuration, which passed all checks then."""
    return bool(_read_if_sound(folder).get("config") == config.model_dump(mode="json"))


def _read_if_sound(folder: Path) -> dict[str, Any]:
    """Return the content of a results folder's ``campaign.json``; empty if there is none that can be read."""
    try:
        return read(folder)
    except UserError:
        return {}


def read(folder: Path) -> dict[str, Any]:
    """Return the content of a results folder's ``campaign.json``."""
    file = folder / "campaign.json"
    try:
        record = json.loads(read_bytes(file).decode())
    except FileNotFoundError:
        raise UserError("not the results folder of a campaign (no campaign.json)", where=folder) from None
    except (ValueError, RecursionError) as error:  # of JSON, or of UTF-8
        raise UserError(f"cannot be read ({error})", where=file) from None
    if not isinstance(record, dict) or record.get("format") not in READABLE:
        version = record.get("format") if isinstance(record, dict) else None
        readable = " and ".join(map(str, READABLE))
        raise UserError(f"results in format {version}; this version of pointes reads formats {readable}", where=folder)
    config = record.get("config")
    for path, kind in (PANEL_CONTENT if isinstance(config, dict) and is_panel(config) else CONTENT).items():
        if not isinstance(_found(record, path), kind):
            raise UserError(f"damaged: {path}", _found(record, path), "the record that pointes has written", file)
    return record


def _found(record: dict[str, Any], path: str) -> Any:
    """Return the value at a dotted path, whose sections are known to be mappings; None if it is not there."""
    section, _, name = path.rpartition(".")
    return (_found(record, section) if section else record).get(name)


def claim(folder: Path, config: "Config | PanelConfig", fingerprint: str) -> Lock:
    """Record the configuration in the folder, and return the folder's lock.

    The lock ends with the process, however this ends, so a killed run needs no unlocking. An equal record is left as it
    is. Raises a UserError if the folder cannot be written, or another run is at work in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = lock(folder / ".lock")
    except OSError as error:
        raise not_written(folder, error) from None
    if held is None:
        raise UserError("another run of this campaign is at work; wait for it or stop it", where=folder)
    bring_to_present(folder)
    record = {
        "format": FORMAT,
        "pointes": __version__,
        "fingerprint": fingerprint,
        "config": config.model_dump(mode="json"),
    }
    if _read_if_sound(folder) != record:
        write_json(folder / "campaign.json", record)
    return held
