"""Checkpoints: files from which a run continues to the same bits as without an interruption."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointes.errors import UserError
from pointes.files import read_bytes, replacing
from pointes.tissue.solver.monodomain import Monodomain
from pointes.tissue.solver.watch import Observer


def save(path: Path, run: Monodomain, observers: Sequence[Observer] = ()) -> None:
    """Write the arrays of a run and its observers to a file, which replaces an earlier one when it is complete."""
    arrays = run.state()
    for k, observer in enumerate(observers):
        arrays |= {f"observer{k}.{name}": value for name, value in observer.state().items()}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # none of the names is that of an option


def restore(path: Path, run: Monodomain, observers: Sequence[Observer] = ()) -> None:
    """Continue a run and its observers from a file; raise a UserError if it is damaged, or is one of another tissue."""
    try:
        content = read_bytes(path)
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            if sum(part.file_size for part in stored.zip.infolist()) > len(content):
                raise ValueError("larger arrays than the file can hold")
            arrays = {name: stored[name] for name in stored.files}
    except UserError:
        raise
    except Exception as error:  # NumPy and zipfile raise errors of many kinds for a damaged file
        raise UserError(f"damaged restart file ({error}); remove it to start anew", where=path) from error
    try:
        run.restore({name: value for name, value in arrays.items() if not name.startswith("observer")})
        for k, observer in enumerate(observers):
            prefix = f"observer{k}."
            mine = {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
            observer.restore(mine)
    except KeyError as error:
        mistake = f"restart file without {error.args[0]}; remove it to start anew"
        raise UserError(mistake, where=path) from error
    except (TypeError, ValueError) as error:  # of arrays with other shapes
        raise UserError(f"damaged restart file ({error}); remove it to start anew", where=path) from error
