"""What kernels depend on: all of it is found, and nothing else."""

import shutil
from pathlib import Path
from types import ModuleType

import pytest
from numba.core.dispatcher import Dispatcher

from pointes import cells
from pointes.cells.dependencies import PACKAGE, imported, of_generator, of_machine_code
from pointes.tissue.observers import activation, waves
from pointes.tissue.observers import ead_margin as margins
from pointes.tissue.solver import box, reaction, voxels

MODEL = "aliev-panfilov-1996"
IN_PLACE = (activation, box, margins, voxels, waves)  # modules whose own functions are compiled


@pytest.fixture(scope="module")
def sources():
    """The text of modules that are compiled, by name."""
    kernels = {"cell": cells.load(MODEL).kernel, "tissue": reaction.load(MODEL).kernel}
    modules = kernels | {module.__name__: module for module in IN_PLACE}
    return {name: (module, Path(module.__file__).read_text(encoding="utf-8")) for name, module in modules.items()}


@pytest.fixture
def package(tmp_path):
    return shutil.copytree(PACKAGE, tmp_path / "pointes", ignore=shutil.ignore_patterns("__pycache__"))


def compiled_in(namespace, seen):
    """Modules of all functions that the compiled functions in a namespace call, directly or through others."""
    for value in namespace:
        if isinstance(value, Dispatcher) and value not in seen:
            seen.add(value)
            function = value.py_func
            yield function.__module__
            names = [function.__globals__.get(name) for name in function.__code__.co_names]
            inner = [getattr(part, name, None) for part in names if isinstance(part, ModuleType)
                     for name in function.__code__.co_names]  # fmt: skip
            yield from compiled_in([*names, *inner], seen)


def test_whatever_is_compiled_in_is_a_dependency(sources):
    met = set()
    for module, text in sources.values():
        known = {f"pointes.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}" for path in imported(text)}
        within = set(compiled_in(vars(module).values(), set())) - {module.__name__}
        assert within <= known
        met |= within
    assert {
        "pointes.cells.multistep",
        "pointes.cells.observer",
        "pointes.cells.simd",
        "pointes.tissue.solver.bundles",
    } <= met


def test_constants_of_other_modules_are_dependencies(sources):
    _, text = sources["pointes.tissue.observers.ead_margin"]
    assert PACKAGE / "cells" / "observer.py" in imported(text)  # EAD_START


def test_a_change_in_any_module_is_seen(sources, package):
    for _, text in sources.values():
        dependencies = imported(text, package)
        assert len(dependencies) >= 3
        for path, before in dependencies.items():
            key = of_machine_code(text, package)
            path.write_text(f"{before}\nALTERED = 1\n", encoding="utf-8")
            assert of_machine_code(text, package) != key, path
            path.write_text(before, encoding="utf-8")
            assert of_machine_code(text, package) == key
        assert of_machine_code(f"{text}\nALTERED = 1\n", package) != key


def test_comments_and_docstrings_do_not_matter(sources, package):
    for _, text in sources.values():
        key = of_machine_code(text, package)
        for path, before in imported(text, package).items():
            first, quotes, rest = before.partition('"""')
            path.write_text(f"# A comment\n{first}{quotes}Another word. {rest}", encoding="utf-8")
        assert of_machine_code(f"# A comment\n{text}", package) == key


def test_modules_that_are_not_imported_do_not_matter(sources, package):
    for _, text in sources.values():
        key = of_machine_code(text, package)
        for path in set(package.rglob("*.py")) - set(imported(text, package)):
            path.write_text("1 / 0\n", encoding="utf-8")
        assert of_machine_code(text, package) == key
        shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)


@pytest.mark.parametrize("packages", [["cells"], ["cells", "tissue"]])
def test_a_change_of_the_code_generator_is_seen(packages, package):
    key = of_generator(packages, package)
    for path in [path for name in packages for path in (package / name).rglob("*.py")]:
        before = path.read_text(encoding="utf-8")
        path.write_text(before.replace("1", "2") + "\nALTERED = 1\n", encoding="utf-8")
        assert of_generator(packages, package) != key, path
        path.write_text(before, encoding="utf-8")
    (package / "figures" / "shared" / "style.py").write_text("1 / 0\n", encoding="utf-8")
    assert of_generator(packages, package) == key


def test_no_function_is_kept_by_the_cache_of_numba_alone():
    """It looks at one file only; `pointes.cells.cache` tells it of the others."""
    users = [path.name for path in PACKAGE.rglob("*.py") if "cache=True" in path.read_text(encoding="utf-8")]
    assert users == ["cache.py"]
