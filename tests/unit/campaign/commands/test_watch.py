"""Where a campaign stands while a run is at work, and watching it until the run ends."""

import json
import os
import time

import pytest

from pointes.campaign.commands.watch import describe_line, describe_stand, stand, watch
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files.identity import claim

LOG = "2026-01-01 12:00:00,000 INFO root: {} of 16 points simulated\n"


@pytest.fixture
def running(tmp_path):
    """A campaign whose run is at work on its start, and the lock of the run."""
    folder = tmp_path / "ikr-ical-plane"
    lock = claim(folder, Config(), "f")
    (folder / "logs").mkdir()
    (folder / "logs/simulate_000.log").write_text(LOG.format(0) + LOG.format(8))
    yield folder, lock
    lock.release()


def assess(folder, iteration, converged):
    path = folder / f"iteration_{iteration:03d}/assessment.json"
    path.parent.mkdir()
    assessment = {"simulations": 17, "converged": converged, "reason": "at rest", "imported": 0, "n_failed": 0}
    assessment |= {"arrhythmic": 0.3, "stream_n": 0, "verification_n": 0, "expected_error": 0.02, "drift": None}
    path.write_text(json.dumps(assessment))


def test_points_of_the_running_iteration_are_counted(running):
    folder, _ = running
    status = stand(folder)
    assert status["at_work"] is True
    assert status["simulating"] == {"iteration": 0, "done": 8, "total": 16}
    assert describe_stand(status)["being simulated"] == "8 of 16 points of iteration 0"
    expected = "ikr-ical-plane: started, 0 iterations, 0 of at most 96 simulations, 8 of 16 points of iteration 0"
    assert describe_line(status) == expected


def test_the_time_to_the_cap_falls_but_not_below_that_after_the_next_iteration(running):
    folder, _ = running
    for iteration in range(3):
        assess(folder, iteration, converged=False)
    assert stand(folder)["state"] == "learning"
    now = time.time()
    for since, left in ((0.0, 90.0), (4.0, 86.0), (1000.0, 80.0)):
        for iteration, end in enumerate((20.0, 10.0, 0.0)):
            path = folder / f"iteration_{iteration:03d}/assessment.json"
            os.utime(path, (now - since - end, now - since - end))
        # Nine batches of eight fit between 17 and 96 simulations
        assert stand(folder)["seconds_to_cap"] == pytest.approx(left, abs=2.0)
    assert describe_stand(stand(folder))["time to cap"] == "about 2 min"


def test_a_run_that_is_gone_simulates_nothing(running):
    folder, lock = running
    lock.release()
    status = stand(folder)
    assert (status["at_work"], status["simulating"]) == (False, None)
    assert describe_stand(status)["run at work"] == "no"
    assert describe_line(status).endswith("0 of at most 96 simulations, no run is at work")


def test_looking_at_a_campaign_does_not_lock_it(running):
    folder, lock = running
    lock.release()
    stand(folder)
    claim(folder, Config(), "f").release()


def test_watching_ends_with_the_run(running):
    folder, lock = running
    seen = []
    for status in watch(folder, every=0.01):
        seen.append((status["iterations"], status["at_work"]))
        if len(seen) == 2:
            assess(folder, 0, converged=True)
        if len(seen) == 3:
            lock.release()
    assert seen == [(0, True), (0, True), (1, True), (1, False)]
