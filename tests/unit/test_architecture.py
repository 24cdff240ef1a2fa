"""The dependencies of modules, read from their import statements, and what an import loads."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

SOURCE = Path(__file__).parents[2] / "src" / "pointes"
ANYONE_MAY_KNOW = {
    "errors",
    "files",
    "libraries",
    "locks",
    "project",
    "registry",
    "software",
    "statistics",
    "status",
    "tables",
    "vocabulary",
}
MAY_KNOW = {
    "cells": set(),
    "tissue": {"cells"},
    "drugs": set(),
    "learning": set(),
    "uncertainty": {"learning"},
    "batches": set(),
    "campaign": {"batches", "cells", "drugs", "learning", "netcdf", "populations", "tissue", "uncertainty"},
    "populations": {"batches", "cells", "netcdf"},
    "figures": set(),
    "explorer": {"campaign", "drugs", "figures", "netcdf"},
}
# Libraries that a package must never import, wherever in its code
FOREIGN = {
    "cells": {"snakemake", "dask", "distributed", "xarray", "netCDF4", "matplotlib"},
    "tissue": {"snakemake", "dask", "distributed", "xarray", "matplotlib"},
    "drugs": {"snakemake", "dask", "distributed", "xarray", "netCDF4", "matplotlib", "myokit", "numba"},
    "learning": {"snakemake", "dask", "distributed", "xarray", "netCDF4", "matplotlib", "myokit", "numba"},
    "uncertainty": {"snakemake", "dask", "distributed", "xarray", "netCDF4", "matplotlib", "myokit", "numba"},
    "campaign": {"snakemake", "matplotlib"},
    "populations": {"snakemake", "dask", "distributed", "xarray", "matplotlib", "myokit", "numba"},
    "figures": {"snakemake", "dask", "distributed", "numba", "sklearn", "xgboost"},
    "explorer": {"snakemake", "dask", "distributed", "numba", "sklearn", "xgboost"},
}
# Modules and sub-packages from the lowest layer to the highest; those that are not listed are above all others
LAYERS = {
    "campaign": [
        {"space", "target"},
        {"configuration"},
        {"files"},
        {"settings"},
        {"simulation"},
        {"exploration"},
        {"distributions", "goal"},
        {"steps"},
        {"panel"},
        {"prepare", "progress", "stopping", "job", "interruption"},
        {"prepare_panel", "panel_progress"},
        {"commands"},
    ],
    "learning": [
        {"types"},
        {"outcomes", "random_streams", "threads", "unit_cube"},
        {"validation", "verification"},
        {"classifier"},
        {"acquisition"},
        {"two_fidelity"},
        {"explanation"},
        {"assessment"},
    ],
    "uncertainty": [
        {"distributions"},
        {"propagation"},
        {"agreement", "indices", "surrogate"},
    ],
    "tissue": [
        {"numerics"},
        {"geometry"},
        {"solver"},
        {"observers"},
        {"description"},
        {"assembly"},
        {"simulation"},
    ],
}
# Cycles that exist for type checkers only
TYPE_CYCLES = [
    # A description has a geometry, which is made from the description
    {"pointes.tissue.description", "pointes.tissue.geometry", "pointes.tissue.geometry.base"},
]
# Libraries that take long to import; `pointes.libraries` loads them when they are used
SLOW = {"dask", "distributed", "netCDF4", "pandas", "sklearn", "snakemake", "xarray", "xgboost"}
# Modules that import them at once: in the server that workers are forked from, and for users without pointes
EAGER = {SOURCE / "libraries.py", SOURCE / "campaign/simulation/preload.py", SOURCE / "campaign/commands/reader.py"}


def modules(package=""):
    return sorted((SOURCE / package).rglob("*.py"))


def name_of(path):
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


@cache
def imported(path, *, for_type_checkers=False):
    """Return the dotted names that a module imports, wherever in its code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    names = []
    for node in ast.walk(tree):
        if id(node) in guarded and not for_type_checkers:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


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
            library = name.removeprefix("pointes.libraries.").split(".")[0]
            assert library not in FOREIGN[package], f"{path} imports {name}"


@pytest.mark.parametrize("package", LAYERS)
def test_no_layer_imports_a_higher_one(package):
    def height(part):
        return next((k for k, layer in enumerate(LAYERS[package]) if part in layer), len(LAYERS[package]))

    for path in modules(package):
        part = name_of(path).split(".")[2:3]
        for name in imported(path) if part else []:
            others = name.removeprefix(f"pointes.{package}.").split(".")
            if name.startswith(f"pointes.{package}."):
                assert height(others[0]) <= height(part[0]), f"{path} imports {name}"


@pytest.mark.parametrize("for_type_checkers", [False, True])
def test_imports_make_no_cycle(for_type_checkers):
    paths = {name_of(path): path for path in modules()}
    number = {name: k for k, name in enumerate(paths)}
    graph = np.zeros((len(paths), len(paths)), bool)
    for name, path in paths.items():
        for needed in imported(path, for_type_checkers=for_type_checkers):
            module = needed if needed in paths else needed.rpartition(".")[0]
            if module in paths and module != name:
                graph[number[name], number[module]] = True
    count, component = connected_components(graph, connection="strong")
    members = [{name for name, k in number.items() if component[k] == which} for which in range(count)]
    cycles = [cycle for cycle in members if len(cycle) > 1]
    assert [cycle for cycle in cycles if not (for_type_checkers and cycle in TYPE_CYCLES)] == []


def test_slow_libraries_are_imported_through_libraries():
    for path in set(modules()) - EAGER:
        for name in imported(path):
            assert name.split(".")[0] not in SLOW, f"{path} imports {name}"


@pytest.mark.parametrize("module", ["pointes.cli", "pointes.campaign.prepare"])
def test_start_loads_no_slow_library(module):
    """A library that waits for its first use has only its name among the modules."""
    code = f"import sys, {module}; print([n for n, m in sys.modules.items() if type(m).__name__ == 'module'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ast.literal_eval(done.stdout)
    assert not (SLOW | {"aiohttp", "matplotlib", "numba", "scipy.stats", "umbridge"}) & set(loaded)
