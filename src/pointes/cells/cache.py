"""Compiled kernels on disk: written once, found by a hash of all that their numbers depend on, rebuilt when damaged."""

import ast
import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

import platformdirs

from pointes.files import replacing

# Modules whose code decides on the numbers
METHOD = (
    "biomarkers",
    "calculus",
    "codegen",
    "currents",
    "elimination",
    "multistep",
    "observer",
    "pacing",
    "parsing",
    "population",
    "printer",
    "simd",
    "steady",
    "stepper",
    "stimulus",
    "units",
)


def fingerprint(*parts: str) -> str:
    """Return a hash of a model's text and variant, and of the numerical method without comments and docstrings."""
    return hashlib.sha256("\0".join([*parts, *code(__file__, METHOD)]).encode()).hexdigest()[:16]


def code(beside: str, modules: Iterable[str]) -> list[str]:
    """Return texts that stand for the code of modules beside a file, without their comments and docstrings."""
    return [_code(Path(beside).with_name(f"{module}.py").read_text(encoding="utf-8")) for module in modules]


def kernel(name: str, source: Callable[[], str]) -> ModuleType:
    """Return a kernel by its name, from the cache if it is there and sound; else its source is asked for.

    A kernel's functions keep their machine code in ``__pycache__`` beside it.
    """
    path = _folder() / f"{name}.py"
    if _is_sound(path):
        try:
            return _import(path)
        except Exception:  # whatever a damaged cache of machine code may raise
            _remove(path)
    text = source()
    with replacing(path) as temporary:
        temporary.write_text(f"# {_hash(text)}\n{text}", encoding="utf-8")
    return _import(path)


@cache
def _folder() -> Path:
    """Return where kernels are kept: POINTES_CACHE, or the user's cache; a temporary folder if that is not writable."""
    folder = Path(os.environ.get("POINTES_CACHE") or platformdirs.user_cache_dir("pointes"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        print(f"pointes: cannot keep compiled models in {folder} ({error.strerror}); compiling anew", file=sys.stderr)
        return Path(tempfile.mkdtemp(prefix="pointes-"))
    return folder


def _is_sound(path: Path) -> bool:
    """Return whether a kernel's source is there, and as it was written."""
    if not path.exists():
        return False
    first, _, text = path.read_text(encoding="utf-8", errors="replace").partition("\n")
    return first == f"# {_hash(text)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _remove(path: Path) -> None:
    for part in [path, *(path.parent / "__pycache__").glob(f"{path.stem}.*")]:
        part.unlink(missing_ok=True)


def _code(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"pointes_kernel_{path.stem.replace('-', '_')}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Numba looks the module up by name
    spec.loader.exec_module(module)
    return module
