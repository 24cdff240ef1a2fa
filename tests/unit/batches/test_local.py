"""Local clusters are reached from this machine only; the dashboard is there when it is asked for."""

import os
import socket
import urllib.request

import psutil
import pytest

from pointes.batches.cluster import ClusterSettings
from pointes.batches.local import local_cluster


def listening() -> set[str]:
    """Return the addresses at which this process and all those that it has started listen."""
    this = psutil.Process(os.getpid())
    found = set()
    for process in (this, *this.children(recursive=True)):
        sockets = process.net_connections(kind="inet")
        found |= {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}
    return found


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


@pytest.mark.parametrize("with_dashboard", [False, True])
def test_loopback_only(with_dashboard):
    port = free_port() if with_dashboard else None
    with local_cluster(1, ClusterSettings(dashboard=port)) as client:
        assert client.submit(abs, -2).result() == 2
        assert listening() == {"127.0.0.1"}
        if with_dashboard:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=30) as page:
                assert b"Dask" in page.read()
