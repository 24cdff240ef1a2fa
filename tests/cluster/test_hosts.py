"""A cluster of two hosts, which are network namespaces of this machine: the scheduler here, a worker there."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .campaigns import data, run, simulation

HERE, THERE = "10.77.18.1", "10.77.18.2"
LINK, HOST = "pointes0", "pointes"
# Connections over a link that is cut are given up after 15 s instead of 30 s
SOON = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "15s"}
LOCAL = {"execution": {"cluster": "local"}}


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="module")
def other_host() -> Iterator[list[str]]:
    """The command that runs another command on the other host, which is connected by the link `LINK`."""
    ip("netns", "add", HOST)
    try:
        ip("link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", HOST)
        ip("address", "add", f"{HERE}/24", "dev", LINK)
        ip("link", "set", LINK, "up")
        for there in (
            ["address", "add", f"{THERE}/24", "dev", "eth0"],
            ["link", "set", "eth0", "up"],
            ["link", "set", "lo", "up"],
        ):
            ip("-n", HOST, *there)
        yield ["ip", "netns", "exec", HOST]
    finally:
        ip("netns", "delete", HOST)


@contextmanager
def running(line: list[str], folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command, and all processes that it starts, within the block."""
    with (folder / f"{name}.log").open("wb") as printed:
        process = subprocess.Popen(
            line, cwd=folder, env=os.environ | SOON, stdout=printed, stderr=printed, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


@pytest.fixture
def cluster(other_host, tmp_path) -> Iterator[dict]:
    """The keys of `execution.external` for a cluster with a worker on the other host, as docs/clusters.md starts it."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-m", "pointes.batches.certificates", "private"], cwd=folder, check=True, timeout=60
    )
    files = {"tls_ca_file": "cert.pem", "tls_cert": "cert.pem", "tls_key": "key.pem"}
    keys = {name: str(folder / "private" / file) for name, file in files.items()}
    options = [word for name, path in keys.items() for word in (f"--{name.replace('_', '-')}", path)]
    with socket.socket() as listening:
        listening.bind((HERE, 0))
        port = listening.getsockname()[1]
    address = f"tls://{HERE}:{port}"
    scheduler = ["scheduler", "--host", HERE, "--port", str(port), "--protocol", "tls", "--no-dashboard", *options]
    worker = ["worker", address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard", *options]
    dask = [sys.executable, "-m", "dask"]
    loop = [*other_host, "bash", "-c", 'while sleep 1; do "$@"; done', "loop", *dask, *worker]
    with running([*dask, *scheduler], folder, "scheduler") as process, running(loop, folder, "worker"):
        yield {"address": address, **keys}
        assert process.poll() is None, "the user's cluster was closed"


def test_link_is_cut_in_the_middle_and_mended(cluster, tmp_path):
    (tmp_path / "local").mkdir()
    assert run(simulation(tmp_path / "local", 100, 64, LOCAL), tmp_path, os.environ).returncode == 0
    folder = tmp_path / "hosts"
    folder.mkdir()
    line = simulation(folder, 100, 64, {"execution": {"cluster": "external", "external": cluster}})
    with subprocess.Popen(line, cwd=folder, env=os.environ | SOON, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 120
        while not list(folder.glob(".out.nc.shards/*.nc")):
            assert time.monotonic() < end
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.1)
        ip("link", "set", LINK, "down")
        time.sleep(20)
        assert process.poll() is None
        ip("link", "set", LINK, "up")
        assert process.wait(timeout=200) == 0, process.stderr.read()
    assert data(folder) == data(tmp_path / "local")
    assert (tmp_path / "cluster/worker.log").read_text().count("Registered to") > 1


def test_client_without_the_certificate_is_refused(cluster, tmp_path):
    site = {"execution": {"cluster": "external", "external": {"address": cluster["address"], "timeout": 10}}}
    done = run(simulation(tmp_path, 2, 8, site), tmp_path, os.environ)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(
        f"pointes: execution.external.address: '{cluster['address']}'; expected a Dask scheduler"
    )


PACE = """
from pointes import cells
print(cells.pace(cells.load("mitchell-schaeffer-2003"), {}, beats=1)["apd90_ms"][0])
"""


def test_hosts_that_share_a_cache_compile_once(other_host, tmp_path):
    """Numba says which kernels it has compiled and saved: one host does so, while the other waits for the lock."""
    environment = os.environ | {"POINTES_CACHE": str(tmp_path / "cache"), "NUMBA_DEBUG_CACHE": "1"}
    line = [sys.executable, "-c", PACE]
    hosts = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for command in (line, [*other_host, *line])
    ]
    printed = [host.communicate(timeout=200)[0] for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0]
    assert len({text.splitlines()[-1] for text in printed}) == 1
    compiled = [re.findall(r"data saved to '.*/(mitchell-\S*\.nbc)'", text) for text in printed]
    assert sorted(map(bool, compiled)) == [False, True]
