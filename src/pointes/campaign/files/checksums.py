"""SHA-256 checksums of a campaign's files, which ``sha256sum -c`` can check, and of the files that it was given."""

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from pointes.errors import UserError, damaged
from pointes.files import read_json, read_text, replacing, write_json

SUMS = "SHA256SUMS"
"""Name of the file with the checksums of a results folder's files."""

INPUTS = "inputs.json"
"""Name of the file with the paths and checksums of the files that a configuration names, by key."""

OF_ITERATION = ("simulations.nc", "surrogate.nc", "assessment.json", "next_samples.nc")
"""Names of the files of each iteration."""

LINE = re.compile(r"(?P<sum>[0-9a-f]{64})  (?P<name>.+)")


def sha256(path: Path | str) -> str:
    """Return the SHA-256 checksum of a file's content, in hexadecimal digits."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=path) from None


def write_inputs(path: Path | str, files: Mapping[str, Path | str]) -> None:
    """Write the paths and checksums of the files that a configuration names, given by key."""
    write_json(path, {key: {"path": str(file), "sha256": sha256(file)} for key, file in files.items()})


def read_inputs(folder: Path) -> dict[str, dict[str, str]]:
    """Return ``path`` and ``sha256`` of each file that the configuration of a campaign names, by key."""
    inputs: dict[str, dict[str, str]] = read_json(folder / INPUTS)
    return inputs


def iteration_files(learning: Path | str) -> list[Path]:
    """Return the files of all iterations in a table ``learning.csv``, which stands in the results folder."""
    with Path(learning).open(encoding="utf-8", newline="") as file:
        iterations = [int(row["iteration"]) for row in csv.DictReader(file)]
    return [Path(learning).parent / f"iteration_{i:03d}" / name for i in iterations for name in OF_ITERATION]


def write_sums(path: Path | str, files: Iterable[Path | str]) -> None:
    """Write the checksums of files, with their paths relative to the folder of the file that is written."""
    folder = Path(path).parent
    sums = {str(Path(file).relative_to(folder)): sha256(file) for file in files}
    with replacing(path) as temporary:
        temporary.write_text("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)), encoding="utf-8")


def read_sums(folder: Path) -> dict[str, str]:
    """Return the checksums that were written for the files of a results folder, by their paths in it."""
    path = folder / SUMS
    if not path.is_file():
        raise UserError(f"no {SUMS} yet; let `snakemake` finish this campaign first", where=folder)
    sums = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        found = LINE.fullmatch(line)
        if found is None or not _is_inside(found["name"]):
            raise damaged(path, f"line {number} has no checksum of a file of this folder")
        sums[found["name"]] = found["sum"]
    return sums


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def compare(folder: Path) -> dict[str, str]:
    """Return whether each file of a results folder is ``identical`` to what was written, ``changed`` or ``missing``."""
    return {name: _state(folder / name, recorded) for name, recorded in read_sums(folder).items()}


def _state(path: Path, recorded: str) -> str:
    try:
        return "identical" if sha256(path) == recorded else "changed"
    except FileNotFoundError:
        return "missing"
