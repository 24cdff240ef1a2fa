"""Compiled kernels on disk, found by a hash of everything that they depend on, and rebuilt when damaged."""

import importlib.util
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs
from numba import config, njit

from pointes.cells.dependencies import digest, of_generator, of_machine_code
from pointes.cells.simd import F
from pointes.errors import UserError
from pointes.files import FULL, not_written, replacing
from pointes.locks import lock


def kernel(name: str, fingerprint: str, packages: Iterable[str], source: Callable[[], str]) -> ModuleType:
    """Return the kernel of a model, from the cache if it is there and sound.

    Two files are kept: the generated source, found by a hash of model and code generator, and a copy of it whose name
    has the hash of everything that the machine code depends on. The machine code is in ``__pycache__`` beside the copy.
    The names of the files begin with `name`. If the source is not in the cache, `source` generates it, with code of
    some `packages` of pointes (``cells``, ``tissue``).
    """
    key = digest(fingerprint, of_generator(packages), version("myokit"))
    text = _kept(_folder() / f"{name}_{key}.source", source)
    path = _folder() / f"{name}_{of_machine_code(text)}.py"
    _kept(path, lambda: text)
    try:
        return _import_compiled(path)
    except Exception as error:  # a damaged cache of machine code may raise anything
        if isinstance(error, OSError) and error.errno in FULL:
            raise not_written(path, error) from None
        _pieces_file(path).unlink(missing_ok=True)
    return _import_compiled(path)


def _import_compiled(path: Path) -> ModuleType:
    """Import a kernel with machine code from the disk, which one process has compiled as a whole.

    Functions that are compiled beside others from the disk are optimised differently, and differ in the last bit.
    """
    if not _is_compiled(path):
        held = lock(path.with_suffix(".lock"), wait=True)
        try:
            if not _is_compiled(path):
                for piece in _pieces(path):
                    piece.unlink(missing_ok=True)
                _import(path)
                with replacing(_pieces_file(path)) as temporary:
                    temporary.write_text("\n".join(piece.name for piece in _pieces(path)), encoding="utf-8")
        finally:
            if held is not None:
                held.release()
    return _import(path)


def _pieces_file(path: Path) -> Path:
    """Return the file that lists the pieces of machine code of a kernel, when all of them are there."""
    return path.with_suffix(".pieces")


def _pieces(path: Path) -> list[Path]:
    return sorted((path.parent / "__pycache__").glob(f"{path.stem}.*"))


def _is_compiled(path: Path) -> bool:
    """Return whether all pieces of a kernel are there, wherever the folder of the cache is mounted."""
    listed = _pieces_file(path)
    return listed.exists() and set(listed.read_text(encoding="utf-8").splitlines()) <= {
        piece.name for piece in _pieces(path)
    }


def compiled(**options: Any) -> Callable[[F], F]:
    """Return a decorator like `numba.njit`, whose cache notices a change of any module that the function depends on.

    Numba's own cache looks at the function's file only, although constants and functions of other modules are compiled
    in. It would also let different computers that share a folder overwrite each other's machine code.
    """

    def decorate(function: F) -> F:
        path = Path(function.__code__.co_filename)
        settings: Any = config  # its attributes are made when Numba is imported
        before = settings.CACHE_DIR
        settings.CACHE_DIR = str(_folder() / f"{path.stem}_{of_machine_code(path.read_text(encoding='utf-8'))}")
        try:
            dispatcher: F = njit(cache=True, **options)(function)
            return dispatcher
        finally:
            settings.CACHE_DIR = before

    return decorate


@cache
def _folder() -> Path:
    """Return the folder of kernels: POINTES_CACHE, or the user's cache, or if not writable, a temporary folder.

    A folder that other users can change raises a UserError: their code would be run.
    """
    folder = Path(os.environ.get("POINTES_CACHE") or platformdirs.user_cache_dir("pointes"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        print(f"pointes: cannot keep compiled models in {folder} ({error.strerror}); compiling anew", file=sys.stderr)
        return Path(tempfile.mkdtemp(prefix="pointes-"))
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        mistake = "other users can change this folder of compiled models, whose code is run"
        remedy = "a folder of your own that only you can write: remove this one, or name another by POINTES_CACHE"
        raise UserError(mistake, expected=remedy, where=folder)
    return folder


def _kept(path: Path, source: Callable[[], str]) -> str:
    """Return the text of a file, written by `source` unless the file exists and is undamaged."""
    if path.exists():
        first, _, text = path.read_text(encoding="utf-8", errors="replace").partition("\n")
        if first == f"# {digest(text)}":
            return text
    text = source()
    with replacing(path) as temporary:
        temporary.write_text(f"# {digest(text)}\n{text}", encoding="utf-8")
    return text


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"pointes_kernel_{path.stem.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Numba looks the module up by name
    spec.loader.exec_module(module)
    return module
