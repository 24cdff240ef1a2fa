"""Campaigns that are killed at any instant end, run again, as if nothing had happened."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from .faults import LONG, SHORT, SIMULATIONS, Campaign, data, run, shards, undisturbed

KILLS = 20


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The data of the undisturbed campaign, and how long it takes beside another one [s]."""

    def undisturbed(folder):
        began = time.monotonic()
        run(folder, SHORT, SIMULATIONS)
        return data(folder), time.monotonic() - began

    folders = [tmp_path_factory.mktemp("reference") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        (files, seconds), (others, more) = pool.map(undisturbed, folders)
    assert files == others
    return files, min(seconds, more)


def killed_after(seconds, folder, kill):
    """Return a campaign that was killed this long after its start, or earlier if it was over by then."""
    folder.mkdir()
    campaign = Campaign(folder, SHORT, SIMULATIONS)
    time.sleep(seconds)
    if campaign.process.poll() is None:
        kill(campaign.process.pid, signal.SIGKILL)
        campaign.wait()
        return campaign
    return killed_after(seconds / 2, folder.with_name(f"{folder.name}_"), kill)


def test_campaign_killed_at_any_instant_ends_with_the_same_bits(tmp_path, reference):
    """Half of the kills hit Snakemake alone, whose jobs then go on; the others hit all processes."""
    expected, duration = reference
    instants = np.random.default_rng(1).uniform(0, duration, KILLS)

    def kill(number):
        campaign = killed_after(instants[number], tmp_path / str(number), os.kill if number % 2 else os.killpg)
        before = shards(campaign.folder)
        run(campaign.folder, SHORT, SIMULATIONS)
        assert data(campaign.folder) == expected, f"killed after {instants[number]} s"
        after = shards(campaign.folder)
        assert {name: after[name] for name in before} == before, "finished batches were simulated again"
        assert not campaign.processes()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(kill, range(KILLS)))


def test_batch_of_a_killed_worker_is_simulated_again(tmp_path):
    """The campaign goes on, and its results have the same bits as if the worker had lived."""
    campaign = Campaign(tmp_path, LONG, SIMULATIONS)
    campaign.wait_until(lambda: shards(tmp_path))
    servers = [process for process in campaign.processes() if "import main" in " ".join(process.cmdline())]
    next(process for server in servers for process in server.children()).kill()
    assert campaign.wait() == 0, campaign.stderr
    assert data(tmp_path) == undisturbed(LONG)
    assert len(shards(tmp_path)) == 6
