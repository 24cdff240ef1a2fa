"""Who may know whom: read from the import statements of every module."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "pointes"
ANYONE_MAY_KNOW = {"errors", "files", "libraries", "registry", "software", "statistics", "status", "tables", "vocabulary"}
MAY_KNOW = {
    "cells": set(),
    "tissue": {"cells"},
    "drugs": set(),
    "learning": set(),
    "campaign": {"cells", "drugs", "learning", "tissue"},
    "populations": {"cells"},
    "figures": set(),
}
# What a package of numbers must never import, wherever in its code
FOREIGN = {
    "cells": {"snakemake", "dask", "distributed", "xarray", "netCDF4", "matplotlib"},
    "tissue": {"snakemake", "dask", "distributed", "xarray", "matplotlib"},
    "drugs": {"snakemake", "dask", "distributed", "xarray", "netCDF4", "matplotlib", "myokit", "numba"},
    "learning": {"snakemake", "dask", "distributed", "xarray", "netCDF4", "matplotlib", "myokit", "numba"},
    "campaign": {"snakemake", "matplotlib"},
    "populations": {"snakemake", "dask", "distributed", "xarray", "matplotlib", "myokit", "numba"},
    "figures": {"snakemake", "dask", "distributed", "numba", "sklearn", "xgboost"},
}
# What takes long to import, and therefore must not be imported at the top of a module
SLOW = {"sklearn", "xgboost", "pandas", "xarray", "distributed", "snakemake"}


def modules(package):
    return sorted((SOURCE / package).rglob("*.py"))


def imported(path, *, top_level_only=False):
    """Dotted names that a module imports, without those for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in tree.body if top_level_only else ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", MAY_KNOW)
def test_nothing_imports_upward(package):
    for path in modules(package):
        for name in imported(path):
            root, *rest = name.split(".")
            if root == "pointes" and rest[0] != "__version__":
                assert rest[0] in MAY_KNOW[package] | ANYONE_MAY_KNOW | {package}, f"{path} imports {name}"


@pytest.mark.parametrize("package", FOREIGN)
def test_packages_keep_to_their_subject(package):
    for path in modules(package):
        for name in imported(path):
            assert name.split(".")[0] not in FOREIGN[package], f"{path} imports {name}"


def test_slow_imports_wait_until_they_are_needed():
    # The exception is there to be imported by the server that workers are forked from, and does nothing else
    for path in set(SOURCE.rglob("*.py")) - {SOURCE / "campaign" / "preload.py"}:
        for name in imported(path, top_level_only=True):
            assert name.split(".")[0] not in SLOW, f"{path} imports {name} at its top"
