"""What a compiled kernel depends on: found by following import statements, so that nobody has to keep a list."""

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
    """Return a hash of all that decides on the machine code of a module.

    These are its code and that of the modules of pointes that it imports, directly or through others (without comments
    and docstrings), the CPU, and the versions of Python, Numba and llvmlite.

    Parameters
    ----------
    text
        The source of the module.
    package
        The folder of pointes in which imports are followed.
    """
    return digest(_machine(), _code(text), *map(_code, imported(text, package).values()))


def of_generator(packages: Iterable[str], package: Path = PACKAGE) -> str:
    """Return a hash of all modules of some packages of pointes, and of those that every package may import.

    Source is generated within two seconds, so that this may be more than is needed, and has to be fast: the modules are
    read, but not parsed.

    Parameters
    ----------
    packages
        The packages that generate source: ``cells``, ``tissue``.
    package
        The folder of pointes.
    """
    files = [*package.glob("*.py"), *(path for name in packages for path in (package / name).rglob("*.py"))]
    return digest(*(f"{path.relative_to(package)}\n{_read(path)}" for path in sorted(files)))


def imported(text: str, package: Path = PACKAGE) -> dict[Path, str]:
    """Return the files of pointes that a module imports, directly or through others, with their contents, by path."""
    found: dict[Path, str] = {}
    waiting = [text]
    while waiting:
        for path in _imports(waiting.pop(), package):
            if path not in found:
                found[path] = _read(path)
                waiting.append(found[path])
    return dict(sorted(found.items()))


def _imports(text: str, package: Path) -> Iterator[Path]:
    """Yield the files of pointes that a module imports itself, wherever in its code, but not for type checkers only."""
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
    """Yield the statements within a part of a module, however deep, but not those for type checkers only."""
    for child in ast.iter_child_nodes(node):
        is_for_checkers = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case) and not is_for_checkers:
            yield child
            yield from _statements(child)


def _file(package: Path, names: list[str]) -> Path:
    """Return the file of the module that a dotted name is, or is defined in."""
    path = package.joinpath(*names)
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if path.is_dir() or not names else _file(package, names[:-1])


@cache
def _code(text: str) -> str:
    """Return a text that stands for the code of a module, without its comments and docstrings."""
    tree = _parsed(text)
    for node in [tree, *_statements(tree)]:
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _machine() -> str:
    """Return the CPU that Numba compiles for, with its features, and the versions of what compiles."""
    cpu = cpu_target.target_context.codegen().magic_tuple()
    return repr((cpu, platform.python_version(), numba.__version__, llvmlite.__version__))
