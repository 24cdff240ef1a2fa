"""An interrupted process ends with all that it has started, also with what does not want to end."""

import signal
import subprocess
import sys

import psutil
import pytest

MAIN = """
import subprocess, time
from pointes.campaign import interruption

interruption.GRACE = 0.3
interruption.end_when_interrupted()
job = subprocess.Popen(["sh", "-c", "python3 -c 'import time; time.sleep(60)' & trap '' TERM; echo ready; wait; wait"])
time.sleep(60)
"""

JOB = """
import sys, time
from pointes.campaign.job import logged

with logged(sys.argv[1]):
    print("ready", flush=True)
    time.sleep(60)
"""


def started(code, *arguments):
    """Return a process that has begun to wait."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stubborn_processes_are_ended(number):
    with started(MAIN) as main:
        children = psutil.Process(main.pid).children(recursive=True)
        assert children
        main.send_signal(number)
        _, printed = main.communicate(timeout=30)
    assert printed == "pointes: interrupted; what was simulated is kept, and the same command continues\n"
    assert main.returncode == 128 + number
    psutil.wait_procs(children, timeout=10)
    assert not any(child.is_running() for child in children)


def test_job_ends_when_it_is_told_to_and_not_by_ctrl_c(tmp_path):
    """Ctrl-C reaches the main process, too, which then tells its jobs."""
    log = tmp_path / "logs/job.log"
    with started(JOB, log) as job:
        job.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            job.wait(0.5)
        job.send_signal(signal.SIGTERM)
        _, printed = job.communicate(timeout=30)
    assert job.returncode == 130
    assert printed == ""
    assert log.read_text().endswith("INFO root: interrupted\n")
