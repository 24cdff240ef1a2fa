"""Batches that cannot be trusted or do not end, in a campaign run by Snakemake."""

import os
import random
import shutil
import signal

from .faults import LONG, SHORT, SIMULATIONS, Campaign, data, run, shards, undisturbed


def test_damaged_shards_are_simulated_anew(tmp_path):
    """One is cut short, one has a flipped bit, and one was copied from another campaign."""
    campaign = Campaign(tmp_path, LONG, SIMULATIONS)
    campaign.wait_until(lambda: len(shards(tmp_path)) >= 3)
    os.killpg(campaign.process.pid, signal.SIGKILL)
    campaign.wait()
    cut, flipped, foreign, *_ = [tmp_path / name for name in shards(tmp_path)]
    cut.write_bytes(cut.read_bytes()[:10_000])
    content = bytearray(flipped.read_bytes())
    content[random.Random(1).randrange(len(content))] ^= 1
    flipped.write_bytes(content)
    other = tmp_path / "other"
    other.mkdir()
    run(other, {**SHORT, "seed": 2}, "results/tiny/iteration_000/simulations.nc")
    shutil.copy(other / next(iter(shards(other))), foreign)
    run(tmp_path, LONG, SIMULATIONS)
    log = (tmp_path / "results/tiny/logs/simulate_000.log").read_text()
    assert cut.name in log
    assert flipped.name in log
    assert data(tmp_path) == undisturbed(LONG)


def test_samples_that_take_too_long_are_lost_until_they_may_take_longer(tmp_path):
    """No sample ends within so short a time: the job ends with one line, and nothing is damaged."""
    hasty = {**SHORT, "execution": {**SHORT["execution"], "time_limit": 1e-6}}
    campaign = Campaign(tmp_path, hasty, SIMULATIONS)
    assert campaign.wait() != 0
    (complaint,) = campaign.complaints
    assert "failure.max_fraction" in complaint
    assert not campaign.processes()
    run(tmp_path, SHORT, SIMULATIONS)
    assert data(tmp_path) == undisturbed(SHORT)
