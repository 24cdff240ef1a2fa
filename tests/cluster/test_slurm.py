"""Campaigns whose workers, or whose jobs, run on Slurm: they leave the bits of a local run."""

import re
import socket
import ssl
import stat
import subprocess
import time
from pathlib import Path

import distributed
import pytest
from distributed.security import Security

from pointes.batches.cluster import SLURM, ClusterSettings, SlurmSettings
from pointes.batches.slurm import slurm_cluster

from .campaigns import data, run, run_campaign, simulation

PROFILE = Path(__file__).parents[2] / "profiles/slurm"
JOBS = {"walltime": 5, "drain": 1, "cores": 1, "memory": "1 GB", "interface": "lo"}


def site(**slurm):
    return {"execution": {"cluster": "slurm", "workers": 2, "slurm": JOBS | slurm}}


LOCAL = {"execution": {"cluster": "local", "workers": 2}}


@pytest.fixture(scope="module")
def reference(tmp_path_factory, slurm) -> dict[str, str]:
    """What the short campaign leaves when it runs on this machine alone."""
    folder = tmp_path_factory.mktemp("local")
    done = run_campaign(folder, LOCAL, slurm.environment)
    assert done.returncode == 0, done.stderr
    return data(folder)


def simulated_locally(folder: Path, slurm, beats: int, points: int) -> dict[str, str]:
    folder.mkdir()
    done = run(simulation(folder, beats, points, LOCAL), folder, slurm.environment)
    assert done.returncode == 0, done.stderr
    return data(folder)


def test_jobs_of_the_workflow_are_jobs_of_slurm(slurm, tmp_path, reference):
    """As in docs/clusters.md, but with shorter waits."""
    before = slurm.last()
    waits = ["--latency-wait", "10", "--slurm-init-seconds-before-status-checks", "2"]
    often = ["--seconds-between-status-checks", "1", "--default-resources", "slurm_partition=main"]
    done = run_campaign(tmp_path, LOCAL, slurm.environment, "--workflow-profile", str(PROFILE), *waits, *often)
    assert done.returncode == 0, done.stderr
    assert data(tmp_path) == reference
    steps = [job["Comment"] for number, job in sorted(slurm.jobs().items()) if number > before]
    assert steps == [f"rule_{step}_wildcards_{i}" for i in ("000", "001") for step in ("simulate", "learn")]
    assert set(slurm.states(since=before)) == {"COMPLETED"}


def test_cancelled_job_is_replaced(slurm, tmp_path):
    expected = simulated_locally(tmp_path / "local", slurm, 1000, 64)
    before = slurm.last()
    folder = tmp_path / "slurm"
    folder.mkdir()
    line = simulation(folder, 1000, 64, site())
    with subprocess.Popen(line, cwd=folder, env=slurm.environment, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: list(folder.rglob("shards/*.nc")) or list(folder.glob(".out.nc.shards/*.nc")))
        running = [number for number, job in slurm.jobs().items() if number > before and job["JobState"] == "RUNNING"]
        slurm.run("scancel", str(running[0]))
        assert process.wait(timeout=300) == 0, process.stderr.read()
    assert data(folder) == expected
    assert len(slurm.states(since=before)) >= 3


def test_jobs_leave_before_their_walltime_and_are_replaced(slurm, tmp_path):
    """Each job takes new batches for 10 s, and the simulations need longer."""
    expected = simulated_locally(tmp_path / "local", slurm, 100, 768)
    before = slurm.last()
    folder = tmp_path / "slurm"
    folder.mkdir()
    done = run(simulation(folder, 100, 768, site(walltime=1, drain=50 / 60)), folder, slurm.environment)
    assert done.returncode == 0, done.stderr
    assert data(folder) == expected
    states = slurm.states(since=before)
    assert len(states) >= 4
    assert "TIMEOUT" not in states


def test_job_that_slurm_refuses_is_one_line(slurm, tmp_path):
    done = run(simulation(tmp_path, 2, 8, site(partition="none")), tmp_path, slurm.environment)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("pointes: Slurm refused a job: sbatch: error: invalid partition specified: none")


def test_jobs_whose_workers_never_answer_are_given_up(slurm, tmp_path):
    done = run(simulation(tmp_path, 2, 8, site(prologue=["exit 1"])), tmp_path, slurm.environment)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if "replaced" not in line]
    assert re.match(r"pointes: the last [34] jobs of Slurm ended before their workers answered", line)


def test_nobody_gets_in_without_the_certificate(slurm, tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", slurm.environment["SLURM_CONF"])
    settings = ClusterSettings(SLURM, folder=tmp_path, slurm=SlurmSettings(**JOBS))
    with slurm_cluster(1, settings) as client:
        (private,) = (tmp_path / "workers").glob(".tls-*")
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in private.iterdir()} == {0o600}
        address = client.scheduler.address
        host, _, port = address.removeprefix("tls://").partition(":")
        assert address.startswith("tls://")
        without = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        without.check_hostname, without.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            without.wrap_socket(plain) as connection,
            pytest.raises(ssl.SSLError, match="certificate required"),
        ):
            connection.recv(1)
        with pytest.raises(OSError, match="TLS certificate does not match"):
            distributed.Client(address, security=Security.temporary(), timeout=3)
        assert client.submit(int, 7).result(timeout=120) == 7
    assert not private.exists()


def wait_until(true) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
