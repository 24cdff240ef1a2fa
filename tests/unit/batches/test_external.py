"""A cluster that runs already is used, refused when it does not fit, and left running."""

import pytest
from distributed import Client, LocalCluster

from pointes.batches.cluster import EXTERNAL, ClusterSettings, ExternalSettings
from pointes.batches.external import check_versions, external_cluster
from pointes.errors import UserError


@pytest.fixture
def scheduler():
    """Returns a function that starts a cluster with some workers."""
    started = []

    def start(workers: int) -> LocalCluster:
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            protocol="tcp://",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        )
        started.append(cluster)
        return cluster

    yield start
    for cluster in started:
        cluster.close()


def settings(**external) -> ClusterSettings:
    return ClusterSettings(EXTERNAL, external=ExternalSettings(**external))


def test_cluster_is_used_and_left_running(scheduler, tmp_path):
    cluster = scheduler(1)
    with external_cluster(1, settings(address=cluster.scheduler_address)) as client:
        assert client.submit(abs, -2).result() == 2
        client.write_scheduler_file(str(tmp_path / "scheduler.json"))
    with external_cluster(1, settings(scheduler_file=str(tmp_path / "scheduler.json"))) as client:
        assert client.submit(abs, -3).result() == 3


def refused(**external) -> str:
    with pytest.raises(UserError) as caught, external_cluster(1, settings(**external)):
        pass
    return str(caught.value)


def test_nobody_answers(scheduler, tmp_path):
    told = refused(address="tcp://127.0.0.1:1", timeout=0.5)
    assert told.startswith("execution.external.address: 'tcp://127.0.0.1:1'; expected a Dask scheduler that answers ")
    told = refused(address="nonsense://", timeout=0.5)
    assert told.startswith("execution.external.address: 'nonsense://'; expected a Dask scheduler")
    (tmp_path / "none.json").write_text("{")
    told = refused(scheduler_file=str(tmp_path / "none.json"), timeout=0.5)
    assert told == (
        f"execution.external.scheduler_file: '{tmp_path}/none.json'; expected a file that a Dask scheduler has written"
    )
    told = refused(address=scheduler(0).scheduler_address, timeout=0.5)
    assert told == "execution.external: no worker has joined the cluster; expected one within 0.5 s"


def test_missing_files_are_named(tmp_path):
    told = refused(scheduler_file=str(tmp_path / "missing.json"), timeout=0.5)
    assert told == f"{tmp_path}/missing.json: cannot be read (No such file or directory)"
    files = {"tls_ca_file": "a.pem", "tls_cert": "b.pem", "tls_key": "c.pem"}
    told = refused(address="tls://127.0.0.1:1", timeout=0.5, **files)
    assert "No such file" in told


def test_versions_must_be_alike(scheduler):
    with Client(scheduler(1)) as client:
        found = client.get_versions(packages=["pointes", "numba"])
    check_versions(found)
    here = found["client"]["packages"]["numba"]
    (worker,) = found["workers"].values()
    worker["packages"]["numba"] = "0.1"
    with pytest.raises(UserError, match=rf"numba of worker .*: '0\.1'; expected {here}, as in this process"):
        check_versions(found)
    worker["packages"]["numba"] = None
    with pytest.raises(UserError, match=r"numba of worker .*: 'none'; expected"):
        check_versions(found)
