"""A Slurm of one node on loopback, with folders and ports of its own: it disturbs no other Slurm of the machine."""

import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = """
ClusterName=pointes
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=200000,batch_sched_delay=0
KillWait=5
ReturnToService=2
MinJobAge=3600
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=16000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """A running Slurm, and what tests ask it; ``environment`` is that of processes that use it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def run(self, *command: str) -> str:
        """Return what one of Slurm's commands prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def jobs(self) -> dict[int, dict[str, str]]:
        """Return the fields of all jobs, past ones included, by their number."""
        lines = self.run("scontrol", "--oneliner", "show", "jobs").splitlines()
        fields = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
        return {int(job["JobId"]): job for job in fields if "JobId" in job}

    def states(self, since: int = 0) -> list[str]:
        """Return the states of the jobs with a number above ``since``; jobs that are ending are waited for, 60 s."""
        end = time.monotonic() + 60
        while True:
            found = [job["JobState"] for number, job in sorted(self.jobs().items()) if number > since]
            if "COMPLETING" not in found or time.monotonic() > end:
                return found
            time.sleep(0.2)

    def last(self) -> int:
        """Return the number of the last job."""
        return max(self.jobs(), default=0)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def running_slurm(folder: Path, cores: int = 2) -> Iterator[Slurm]:
    """Start munged, slurmctld and slurmd, and end them with the block."""
    for name in ("bin", "state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    text = CONFIGURATION.format(
        host=platform.node(), folder=folder, cores=cores, controller=free_port(), node=free_port()
    )
    (folder / "slurm.conf").write_text(text)
    # Snakemake's executor takes Slurm's variables, SLURM_CONF too, from the environment of srun
    (folder / "bin/srun").write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
    (folder / "bin/srun").chmod(0o755)
    environment = {
        **os.environ,
        "SLURM_CONF": str(folder / "slurm.conf"),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    munge = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "pid", "log", "seed")]
    daemons = (
        ["munged", "--foreground", "--force", f"--socket={folder}/munge.socket", *munge],
        ["slurmctld", "-D"],
        ["slurmd", "-D"],
    )
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in daemons:
            with (folder / f"{command[0]}.out").open("wb") as printed:
                started.append(
                    subprocess.Popen(command, env=environment, stdout=printed, stderr=printed, start_new_session=True)
                )
            if command[0] == "munged":
                _wait(folder, lambda: (folder / "munge.socket").exists())
        _wait(folder, lambda: _is_idle(environment))
        yield Slurm(environment)
    finally:
        subprocess.run(["scancel", "--user=root"], env=environment, capture_output=True, timeout=60, check=False)
        for daemon in reversed(started):
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=30)


def _is_idle(environment: Mapping[str, str]) -> bool:
    line = ["sinfo", "--noheader", "--format=%t"]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False).stdout.strip() == "idle"


def _wait(folder: Path, ready) -> None:
    end = time.monotonic() + 60
    while not ready():
        if time.monotonic() > end:
            logs = "\n".join(f"{path.name}:\n{path.read_text()}" for path in folder.glob("*.[lo][ou][gt]"))
            raise TimeoutError(f"Slurm does not start\n{logs}")
        time.sleep(0.1)
