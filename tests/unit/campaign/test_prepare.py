"""Things that another package adds by entry points are named by a configuration like those of pointes itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pointes.campaign.prepare import prepare
from pointes.errors import UserError

PROJECT = Path(__file__).parents[3]

MODULE = """
from contextlib import contextmanager
from pointes.learning.acquisition.base import Acquisition
from pointes.tissue.geometry.cable import Cable

class Exploration(Acquisition):
    def score(self, batch, candidates):
        return batch.variance[candidates]

class Strand(Cable):
    noun, plural = "a strand", "strands"

@contextmanager
def threads(workers, settings):
    from distributed import Client, LocalCluster
    print(workers, "worker of", settings.kind)
    with (
        LocalCluster(workers, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client
"""
ENTRY_POINTS = """
[pointes.acquisitions]
exploration = others:Exploration
[pointes.geometries]
strand = others:Strand
[pointes.clusters]
threads = others:threads
"""
USE = """
import json, sys
from pathlib import Path
import numpy as np
from pointes.campaign.files.samples import make
from pointes.campaign.prepare import prepare
from pointes.campaign.settings import Sampling, cluster_settings
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.simulation.simulators import make_simulator
from pointes.campaign.steps.learning import replay_history
from pointes.campaign.space import Space
if __name__ == "__main__":
    campaign = prepare(json.loads(sys.argv[1]), "c.yaml", Path.cwd())
    config = campaign.config
    space = Space.of(config.parameters.blocks)
    samples = make(np.array([[0.1, 0.2], [0.3, 0.4]]), space)
    simulator = make_simulator(campaign.simulator.to_params())
    done = simulate(samples, simulator, Path("shards"), workers=1, cluster=cluster_settings(config, Path("logs")))
    expected = simulator.run(samples.points, list(space))
    np.testing.assert_array_equal(done["qt_ms"], expected["qt_ms"])
    print(type(simulator.description.geometry).__name__)
    print(type(replay_history([], space, Sampling.of(config)).learner.acquisition).__name__)
"""
CAMPAIGN = """{
    "model": {"name": "tentusscher-2006", "celltype": "epi"},
    "protocol": {"cycle_length": 400, "beats": 1, "label_beats": 1},
    "simulation": {"scale": "strand", "tissue": {"size": [2], "spacing": 0.25, "beats": 1, "time_step": 0.1}},
    "learning": {"acquisition": "exploration"},
    "execution": {"cluster": "threads", "workers": 1},
    "drugs": null
}"""


def test_things_of_another_package_are_used(tmp_path):
    (tmp_path / "others.py").write_text(MODULE)
    (tmp_path / "others-1.0.dist-info").mkdir()
    (tmp_path / "others-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (tmp_path / "others-1.0.dist-info/entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "use.py").write_text(USE)
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", str(PROJECT / "src"))])
    done = subprocess.run(
        [sys.executable, "use.py", CAMPAIGN],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.split("\n")[:3] == ["1 worker of threads", "Strand", "Exploration"], done.stderr


def test_unknown_kind_of_cluster_is_refused(tmp_path):
    with pytest.raises(UserError) as caught:
        prepare({"execution": {"cluster": "lokal"}}, "c.yaml", PROJECT, results=tmp_path)
    expected = "expected one of local, slurm, external; did you mean local?"
    message = f"unknown cluster 'lokal' in execution.cluster; {expected}"
    assert str(caught.value) == f"c.yaml: {message}"
