"""Prove that a change of the code changes no results: record them before and after the change, and compare.

    python benchmarks/same_results.py record before --checkout ../pointes-before
    python benchmarks/same_results.py record after
    python benchmarks/same_results.py compare before after

`record` runs, in a new folder, tiny versions of the shipped campaigns, a campaign with a warm start, populations and
other commands of `pointes`; same_results.yaml lists them. Code, Snakefile and configurations are those of a checkout.
It takes about five minutes on two cores if the kernels are in the cache that POINTES_CACHE names. Recordings of
different computers, or with different versions of libraries, may differ.

`compare` prints one line for each difference between the data of two recordings, and exits with code 1 if there is any.
netCDF files must have the same dimensions, attributes and variables, with the same types, storage and bytes; JSON files
the same keys and values in the same order; CSV files the same lines; figures, pages and all other files the same bytes.
The LEFT_OUT constants name what is not compared: it differs between two runs of the same code, or tells versions.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import yaml

# Files and folders: records of Snakemake, log files with times and paths, measured run times, and locks
LEFT_OUT_NAMES = {".snakemake", "logs", "benchmarks", ".lock"}
# Versions of pointes and of libraries, the computer, the revision of the code, and the measured CPU time of a shard
LEFT_OUT_ATTRIBUTES = {"history", "versions", "host", "git_revision", "core_seconds"}
LEFT_OUT_KEYS = {"pointes"}  # its version, in campaign.json


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a nested mapping with the values of another one put in."""
    inner = {key: merged(old.get(key) or {}, value) for key, value in new.items() if isinstance(value, dict)}
    return {**old, **new, **inner}


def run(arguments: list[str], folder: Path, checkout: Path) -> str:
    """Run Python with the code of a checkout and return what it prints; end with its messages if it fails."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, "PYTHONPATH": str(checkout / "src")}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}exit code {done.returncode} of {' '.join(arguments)}")
    return done.stdout


def prepare(folder: Path, checkout: Path, recipe: dict[str, Any]) -> None:
    """Write what campaigns and commands read into a new folder."""
    shutil.copytree(checkout / "config/drugs", folder / "config/drugs", ignore=shutil.ignore_patterns("*.md"))
    for name, campaign in (recipe["campaigns"] | recipe["tissues"]).items():
        shipped = yaml.safe_load((checkout / campaign["config"]).read_text())
        tiny = merged(shipped, {**campaign["values"], "name": name})
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(tiny, sort_keys=False))
    (folder / "points.csv").write_text(recipe["points"])


def run_campaign(name: str, costs: dict[str, float] | None, folder: Path, checkout: Path) -> None:
    """Run a campaign; its measured run costs, if it has two fidelities, are replaced before anything reads them."""
    files = ["--configfile", f"{name}.yaml", "--snakefile", str(checkout / "Snakefile")]
    snakemake = ["-m", "snakemake", *files, "--cores", "2"]
    if costs:
        measured = f"results/{name}/costs.json"
        run([*snakemake, measured], folder, checkout)
        (folder / measured).write_text(json.dumps(costs))
    run(snakemake, folder, checkout)


def record(folder: Path, checkout: Path) -> None:
    """Run all campaigns and commands with the code of a checkout; the folder must not exist yet."""
    recipe = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
    prepare(folder, checkout, recipe)
    package = run(["-c", "import pointes; print(pointes.__file__)"], folder, checkout).strip()
    if not Path(package).is_relative_to(checkout):
        sys.exit(f"{package} is imported; expected the package of {checkout}")
    began = time.monotonic()
    for name, campaign in recipe["campaigns"].items():
        run_campaign(name, campaign.get("costs"), folder, checkout)
        print(f"{time.monotonic() - began:4.0f} s  campaign {name}", flush=True)
    for name, arguments in recipe["commands"].items():
        printed = run(["-c", "from pointes.cli import main; main()", *arguments.split()], folder, checkout)
        (folder / f"{name}.json").write_text(printed)
        print(f"{time.monotonic() - began:4.0f} s  command {name}", flush=True)


def files_of(folder: Path) -> set[Path]:
    """Return the relative paths of the files that are compared."""
    paths = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path for path in paths if LEFT_OUT_NAMES.isdisjoint(path.parts)}


def exact(value: Any) -> tuple[Any, ...]:
    """Return the type and shape of a value of a netCDF file, and its bytes, or its text."""
    array = np.asarray(value)
    return str(array.dtype), array.shape, array.tolist() if array.dtype.kind in "OU" else array.tobytes()


def attributes(item: netCDF4.Dataset | netCDF4.Variable) -> dict[str, Any]:
    """Return the attributes of a netCDF file or variable by the name in a line of `compare`."""
    return {f"attribute {key}": exact(item.getncattr(key)) for key in item.ncattrs() if key not in LEFT_OUT_ATTRIBUTES}


def netcdf_parts(path: Path) -> dict[str, Any]:
    """Return the dimensions, attributes and variables of a netCDF file; files of pointes have no groups."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        parts = {f"dimension {name}": (len(size), size.isunlimited()) for name, size in file.dimensions.items()}
        parts |= attributes(file) | {"groups": list(file.groups)}
        for name, variable in file.variables.items():
            parts[f"dimensions of {name}"] = variable.dimensions
            parts[f"storage of {name}"] = variable.endian(), variable.chunking(), variable.filters()
            parts[f"values of {name}"] = exact(variable[...])
            parts |= {f"{key} of {name}": value for key, value in attributes(variable).items()}
    return parts


def json_parts(value: Any, place: str = "value") -> Iterator[tuple[str, Any]]:
    """Yield each place of a JSON value with the number, text or type that is there, in Python's notation."""
    if not isinstance(value, dict | list):
        yield place, repr(value)
        return
    yield place, type(value).__name__
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if key not in LEFT_OUT_KEYS:
            yield from json_parts(inner, f"{place}.{key}")


def parts_of(path: Path) -> dict[str, Any]:
    """Return what is compared of a file, by the name of the part."""
    if path.suffix == ".nc":
        return netcdf_parts(path)
    if path.suffix == ".json":
        return dict(json_parts(json.loads(path.read_text())))
    if path.suffix == ".csv":
        return {f"line {number}": line for number, line in enumerate(path.read_bytes().split(b"\n"), start=1)}
    return {"content": path.read_bytes()}


def changed(old: Any, new: Any) -> str:
    """Return in what way a part differs: how many values of an array, or both parts from their first difference on."""
    if isinstance(old, tuple) and isinstance(old[-1], bytes) and old[:2] == new[:2]:
        before, after = (np.frombuffer(part[-1], part[0]) for part in (old, new))
        rows = [row for row in range(len(before)) if before[row].tobytes() != after[row].tobytes()]
        return f"{len(rows)} of {len(before)} differ, the first from {before[rows[0]]} to {after[rows[0]]}"
    texts = str(old), str(new)
    same = next((at for at, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    before, after = (text[max(0, same - 20) : same + 50] for text in texts)
    return f"{before!r} became {after!r}"


def differences(old: Path, new: Path) -> Iterator[str]:
    """Yield one line for each difference between two recordings."""
    files = files_of(old), files_of(new)
    yield from (f"{path}: only in {old if path in files[0] else new}" for path in sorted(files[0] ^ files[1]))
    for path in sorted(files[0] & files[1]):
        before, after = parts_of(old / path), parts_of(new / path)
        for name in before | after:
            if name not in before or name not in after:
                yield f"{path}: {name}: only in {old if name in before else new}"
            elif before[name] != after[name]:
                yield f"{path}: {name}: {changed(before[name], after[name])}"
        if list(before) != list(after) and before.keys() == after.keys():
            yield f"{path}: another order of the same names"


def compare(old: Path, new: Path) -> None:
    """Print the differences between two recordings; exit with code 1 if there are any."""
    found, count = list(differences(old, new)), len(files_of(old) | files_of(new))
    print(*found, f"{len(found)} differences in {count} files", sep="\n")
    sys.exit(bool(found) or not count)


def main() -> None:
    """Run the command that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="run tiny campaigns and commands")
    recording.add_argument("folder", type=Path, help="new folder for the results")
    recording.add_argument("--checkout", type=Path, default=Path(__file__).parents[1], help="default: this one")
    comparing = commands.add_parser("compare", help="compare two recordings")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    options = parser.parse_args()
    if options.command == "record":
        record(options.folder.resolve(), options.checkout.resolve())
    else:
        compare(options.old, options.new)


if __name__ == "__main__":
    main()
