"""A run of a tissue on disk, so that it can go on later and end bit-identical."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointes.errors import UserError
from pointes.files import read_bytes, replacing
from pointes.tissue.solver.monodomain import Monodomain, Observer


def save(path: Path, run: Monodomain, observers: Sequence[Observer] = ()) -> None:
    """Write all that a run needs to go on, under a temporary name that is then moved into place."""
    arrays = run.state()
    for k, observer in enumerate(observers):
        arrays |= {f"observer{k}.{name}": value for name, value in observer.state().items()}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)


def restore(path: Path, run: Monodomain, observers: Sequence[Observer] = ()) -> None:
    """Let a run, built as the one that was saved, go on from where that one was.

    Raises
    ------
    UserError
        When the file cannot be read, is damaged, or was saved by a run of something else.
    """
    try:
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"restart file {path}: damaged ({error}); remove it to start anew") from error
    try:
        run.restore({name: value for name, value in arrays.items() if not name.startswith("observer")})
        for k, observer in enumerate(observers):
            prefix = f"observer{k}."
            mine = {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
            observer.restore(mine)
    except KeyError as error:
        raise UserError(f"restart file {path}: {error.args[0]} is missing; remove it to start anew") from error
