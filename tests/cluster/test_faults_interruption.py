"""Ctrl-C and SIGTERM: all processes end at once, and the user reads that the same command continues."""

import os
import signal
import time

import pytest

from pointes.locks import lock

from .faults import LONG, SIMULATIONS, Campaign, data, run, shards, undisturbed

LINE = "pointes: interrupted; what was simulated is kept, and the same command continues"

INTERRUPTIONS = {
    "Ctrl-C on the terminal": lambda process: os.killpg(process.pid, signal.SIGINT),
    "SIGINT of snakemake": lambda process: process.send_signal(signal.SIGINT),
    "SIGTERM of snakemake": lambda process: process.send_signal(signal.SIGTERM),
}


@pytest.mark.parametrize("interrupt", INTERRUPTIONS.values(), ids=INTERRUPTIONS)
def test_interrupted_campaign_stops_and_continues(tmp_path, interrupt):
    campaign = Campaign(tmp_path, LONG, SIMULATIONS)
    campaign.wait_until(lambda: shards(tmp_path))
    began = time.monotonic()
    interrupt(campaign.process)
    assert campaign.wait() != 0
    assert time.monotonic() - began < 10
    assert not campaign.processes()
    assert campaign.complaints == [LINE]
    assert campaign.stderr.rstrip().endswith(LINE)
    assert "Traceback" not in campaign.stderr
    lock(tmp_path / "results/tiny/.lock").release()

    before = shards(tmp_path)
    run(tmp_path, LONG, SIMULATIONS)
    assert {name: shards(tmp_path)[name] for name in before} == before
    assert data(tmp_path) == undisturbed(LONG)


def test_interruption_before_the_first_simulation(tmp_path):
    """A job that has just begun, or Snakemake between two of them, ends as well."""
    campaign = Campaign(tmp_path, LONG, SIMULATIONS)
    campaign.wait_until((tmp_path / "results/tiny/logs/design.log").exists)
    os.killpg(campaign.process.pid, signal.SIGINT)
    assert campaign.wait() != 0
    assert not campaign.processes()
    assert campaign.complaints == [LINE]
    assert campaign.stderr.rstrip().endswith(LINE)
