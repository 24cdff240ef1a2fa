"""What a kind of cluster needs is checked before the first job, in one line."""

import importlib.util

import pytest

from pointes.batches import requirements
from pointes.batches.cluster import EXTERNAL, LOCAL, SLURM, ClusterSettings, ExternalSettings, SlurmSettings
from pointes.batches.requirements import check_cluster
from pointes.errors import UserError


@pytest.fixture
def without(monkeypatch):
    """Returns a function that hides a module as if it were not installed."""
    found = importlib.util.find_spec

    def hide(hidden):
        monkeypatch.setattr(requirements, "find_spec", lambda name: None if name == hidden else found(name))

    return hide


@pytest.fixture
def on_login_node(tmp_path, monkeypatch):
    """A machine with Slurm's command sbatch."""
    (tmp_path / "sbatch").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


def complaint(settings: ClusterSettings, workers: int | str = 4) -> str:
    with pytest.raises(UserError) as caught:
        check_cluster(settings, workers)
    return str(caught.value)


def test_local_cluster_needs_nothing():
    check_cluster(ClusterSettings(), "auto")


@pytest.mark.usefixtures("on_login_node")
def test_slurm_is_ready():
    check_cluster(ClusterSettings(SLURM, slurm=SlurmSettings(interface="lo")), 4)


@pytest.mark.usefixtures("on_login_node")
@pytest.mark.parametrize(("module", "package"), [("dask_jobqueue", "dask-jobqueue"), ("cryptography", "cryptography")])
def test_missing_library_is_named_with_its_remedy(without, module, package):
    without(module)
    told = complaint(ClusterSettings(SLURM))
    assert told == (
        f"execution.cluster slurm needs {package}, which is not installed; expected pip install 'pointes[slurm]'"
    )


def test_dashboard_needs_bokeh(without):
    without("bokeh")
    told = complaint(ClusterSettings(LOCAL, dashboard=8787))
    assert told == "execution.dashboard needs bokeh, which is not installed; expected pip install 'pointes[dashboard]'"


def test_machine_without_slurm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    told = complaint(ClusterSettings(SLURM))
    assert told == "execution.cluster: 'slurm'; expected a machine with Slurm's command sbatch, such as a login node"


@pytest.mark.usefixtures("on_login_node")
def test_keys_of_slurm():
    told = complaint(ClusterSettings(SLURM, slurm=SlurmSettings(walltime=30, drain=30)))
    assert told == "execution.slurm.drain: 30; expected less than execution.slurm.walltime, 30"
    told = complaint(ClusterSettings(SLURM, slurm=SlurmSettings(interface="l0")))
    assert told.startswith("unknown interface 'l0' in execution.slurm.interface; expected one of ")
    assert complaint(ClusterSettings(SLURM), "auto") == (
        "execution.workers: 'auto'; expected a number with execution.cluster slurm"
    )


def test_keys_of_an_external_cluster():
    for settings in (ExternalSettings(), ExternalSettings(address="tcp://a:1", scheduler_file="s.json")):
        told = complaint(ClusterSettings(EXTERNAL, external=settings))
        assert told == "execution.external; expected either an address or a scheduler_file"
    told = complaint(ClusterSettings(EXTERNAL, external=ExternalSettings(address="tls://a:1", tls_key="key.pem")))
    assert told == "execution.external; expected tls_ca_file, tls_cert and tls_key together, or none of them"
