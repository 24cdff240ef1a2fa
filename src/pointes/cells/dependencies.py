"""Dependencies of compiled kernels, found by following import statements."""

import ast
import hashlib
import platform
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import llvmlite
import numba
from numba.core.registry import cpu_target

PACKAGE = Path(__file__).parents[1]  # the folder of pointes


def digest(*parts: str) -> str:
    """Return a hash of texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def of_machine_code(text: str, package: Path = PACKAGE) -> str:
    """Return a hash of everything that decides on the machine code of a module.

    These are its code and that of the modules of pointes that it imports, directly or through others (without comments
    and docstrings), the CPU, and the versions of Python, Numba and llvmlite.
    """
    return digest(_machine(), _code(text), *map(_code, imported(text, package).values()))


def of_generator(packages: Iterable[str], package: Path = PACKAGE) -> str:
    """Return a hash of all modules of some packages of pointes, and of the modules that every package may import.

    The modules are read, but not parsed: the hash must be fast. It may change more often than the generated source,
    because generating the source again takes only two seconds.
    """
    files = [*package.glob("*.py"), *(path for name in packages for path in (package / name).rglob("*.py"))]
    return digest(*(f"{path.relative_to(package)}\n{path.read_text(encoding='utf-8')}" for path in sorted(files)))


def imported(text: str, package: Path = PACKAGE) -> dict[Path, str]:
    """Return the files of pointes that a module imports, directly or through others, with their contents, by path."""
    found: dict[Path, str] = {}
    waiting = [text]
    while waiting:
        for path in _imports(waiting.pop(), package):
            if path not in found:
                found[path] = path.read_text(encoding="utf-8")
                waiting.append(found[path])
    return dict(sorted(found.items()))


def _imports(text: str, package: Path) -> Iterator[Path]:
    """Yield the files of pointes that a module imports itself anywhere in its code, except for type checkers only."""
    for node in _statements(_parsed(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            root, *rest = name.split(".")
            if root == package.name:
                yield _file(package, rest)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a part of a module at any depth, except those for type checkers only."""
    for child in ast.iter_child_nodes(node):
        is_for_checkers = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case) and not is_for_checkers:
            yield child
            yield from _statements(child)


def _file(package: Path, names: list[str]) -> Path:
    """Return the file of the module that a dotted name denotes, or that defines it."""
    path = package.joinpath(*names)
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if path.is_dir() or not names else _file(package, names[:-1])


@cache
def _code(text: str) -> str:
    """Return the syntax tree of a module, without comments and docstrings, as text."""
    tree = _parsed(text)
    for node in [tree, *_statements(tree)]:
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def _machine() -> str:
    """Return the CPU that Numba compiles for, with its features, and the versions of the compilers."""
    cpu = cpu_target.target_context.codegen().magic_tuple()
    return repr((cpu, platform.python_version(), numba.__version__, llvmlite.__version__))
