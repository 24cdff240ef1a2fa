"""Where a campaign waits: the time of a whole run with its report, by rule, beside the computation of its simulations.

    python benchmarks/campaign.py [--checkout ../pointes-before] [--config config/config.yaml]

The campaign runs in a temporary folder with the code of each checkout, first that of this folder, on all cores. Kernels
are compiled beforehand, by a first run of which no time is taken.
"""

import argparse
import csv
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import machine
import netCDF4
from same_results import run

HERE = Path(__file__).parents[1]
COLUMNS = "{:28} {:>5} {:>8} {:>8}"


def timed_run(folder: Path, checkout: Path, config: Path) -> float:
    """Run a campaign with its report in an empty folder, and return the wall time [s]."""
    (folder / "config").symlink_to(checkout / "config")
    report = ["--report", "report.html", "--report-after-run"]
    files = ["--snakefile", str(checkout / "Snakefile"), "--configfile", str(config)]
    began = time.monotonic()
    run(["-m", "snakemake", *report, "--cores", "all", *files], folder, checkout)
    return time.monotonic() - began


def seconds(value: str) -> float:
    """Return a time that Snakemake has measured [s]; it has no number for jobs that were too short."""
    try:
        return float(value)
    except ValueError:
        return 0.0


def by_rule(results: Path) -> dict[str, list[tuple[float, float]]]:
    """Return wall and CPU time [s] of each job by the name of its rule, from the files that Snakemake has written."""
    jobs = defaultdict(list)
    for path in results.glob("benchmarks/*.tsv"):
        with path.open(newline="") as file:
            *_, last = csv.DictReader(file, delimiter="\t")
        rule = path.stem.rstrip("0123456789").rstrip("_")
        jobs[rule].append((seconds(last["s"]), seconds(last["cpu_time"])))
    return jobs


def core_seconds(results: Path) -> float:
    """Return the CPU time of the workers in simulations [s], replays included, from the shards."""
    total = 0.0
    for path in results.rglob("shards/*.nc"):
        with netCDF4.Dataset("shard", memory=path.read_bytes()) as file:
            total += file.core_seconds
    return total


def print_breakdown(wall: float, results: Path) -> None:
    """Print the times of all rules, the most expensive first, and the sums."""
    print(COLUMNS.format("rule", "jobs", "wall [s]", "CPU [s]"))
    jobs = by_rule(results)
    for rule, times in sorted(jobs.items(), key=lambda item: -sum(cpu for _, cpu in item[1])):
        print(COLUMNS.format(rule, len(times), *(f"{sum(column):.1f}" for column in zip(*times, strict=True))))
    cpu = sum(one for times in jobs.values() for _, one in times)
    print(COLUMNS.format("all jobs", sum(map(len, jobs.values())), "", f"{cpu:.1f}"))
    print(COLUMNS.format("computation in simulations", "", "", f"{core_seconds(results):.1f}"))
    print(COLUMNS.format("whole run with its report", "", f"{wall:.1f}", ""))


def main() -> None:
    """Run the campaign with the code of each checkout, and print the breakdowns and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkout", type=Path, help="folder of another version of pointes, for the ratio")
    parser.add_argument("--config", type=Path, default=Path("config/config.yaml"), help="relative to each checkout")
    options = parser.parse_args()
    print(machine.described().replace(", one thread", ""))
    walls = []
    for checkout in filter(None, (HERE, options.checkout and options.checkout.resolve())):
        for repeat in range(2):
            with tempfile.TemporaryDirectory() as folder:
                wall = timed_run(Path(folder), checkout, checkout / options.config)
                if repeat:
                    print(f"\n{'this version' if checkout == HERE else checkout}")
                    print_breakdown(wall, next(Path(folder).glob("results/*")))
                    walls.append(wall)
    if len(walls) == 2:
        print(f"\nthe other version takes {walls[1] / walls[0]:.2f} times as long")


if __name__ == "__main__":
    main()
