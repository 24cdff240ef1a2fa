"""Campaigns that are disturbed on purpose, and what they must leave all the same."""

import atexit
import hashlib
import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from ..workflow.conftest import TINY, command

SHORT = {
    **TINY,
    "learning": {"start": 8, "batch": 4, "max_simulations": 13},
    "execution": {"workers": 1, "batch_size": 4},
    "replays": {"enabled": False},
}
"""A campaign of two iterations with four batches."""

LONG = {
    **TINY,
    "protocol": {"beats": 40, "label_beats": 2},
    "learning": {"start": 47, "max_simulations": 48},
    "execution": {"workers": 2, "batch_size": 8},
    "replays": {"enabled": False},
}
"""A campaign whose first iteration simulates six batches, long enough to be disturbed in their middle."""

SIMULATIONS = "results/tiny/simulations.nc"
"""File that is made last of those that depend on all simulations."""

SHARDS = "results/tiny/**/shards/*.nc"
MARK = "POINTES_TEST"


class Campaign:
    """A run of a campaign in the background, as a session of its own like that of a terminal."""

    def __init__(
        self,
        folder: Path,
        config: dict,
        *options: str,
        environment: dict[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.mark = uuid.uuid4().hex
        atexit.register(self._end)  # after a test that has failed
        self.printed = folder / f"{self.mark}.txt"
        with self.printed.open("w") as file:
            self.process = subprocess.Popen(
                [*prefix, *command(folder, config, *options)],
                cwd=folder,
                env={**os.environ, "OMP_NUM_THREADS": "1", **(environment or {}), MARK: self.mark},
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=file,
            )

    def wait(self, timeout: float = 240) -> int:
        """Return the exit code of Snakemake."""
        return self.process.wait(timeout)

    def wait_until(self, true: Callable[[], object], timeout: float = 120) -> None:
        """Wait until something is true, while the campaign goes on."""
        deadline = time.monotonic() + timeout
        while not true():
            assert self.process.poll() is None, f"the run ended too early: {self.stderr}"
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def processes(self) -> list[psutil.Process]:
        """Return the processes of the run that still exist, wherever they stand in the tree of processes."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def _end(self) -> None:
        for process in self.processes():
            process.kill()

    @property
    def stderr(self) -> str:
        """What the run has printed to the terminal, apart from its progress."""
        return self.printed.read_text()

    @property
    def complaints(self) -> list[str]:
        """The lines of pointes among them."""
        return [line for line in self.stderr.splitlines() if line.startswith("pointes: ")]


def run(folder: Path, config: dict, *options: str, environment: dict[str, str] | None = None) -> Campaign:
    """Run a campaign to its end, which must be a good one."""
    campaign = Campaign(folder, config, *options, environment=environment)
    assert campaign.wait() == 0, campaign.stderr
    return campaign


def data(folder: Path) -> dict[str, str]:
    """Return a hash of each file of results; logs, benchmarks and shards tell of the run and its times, too."""
    results = folder / "results/tiny"
    files = {path.relative_to(results): path for path in results.rglob("*") if path.is_file()}
    kept = {path for path in files if not {"logs", "benchmarks", "shards"} & set(path.parts)}
    return {
        str(path): hashlib.sha256(files[path].read_bytes()).hexdigest() for path in sorted(kept) if path.suffix != ""
    }


def undisturbed(config: dict) -> dict[str, str]:
    """Return the `data` that a campaign leaves when nothing happens to it."""
    return _undisturbed(json.dumps(config))


@cache
def _undisturbed(config: str) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        run(Path(folder), json.loads(config), SIMULATIONS)
        return data(Path(folder))


def shards(folder: Path) -> dict[str, int]:
    """Return when each shard was written [ns]."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in sorted(folder.glob(SHARDS))}


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a file system of this size on a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, option: str) -> None:
    """Change an option of a file system that `small_disk` has mounted, such as its size."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)
