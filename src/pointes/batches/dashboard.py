"""The Dask dashboard of a cluster that pointes starts: on loopback, and only if the configuration asks for it."""

from typing import Any

from pointes.batches.cluster import ClusterSettings


def dashboard_address(settings: ClusterSettings) -> str:
    """Return the address of the scheduler's HTTP server, which Dask starts even without a dashboard."""
    return f"127.0.0.1:{settings.dashboard or 0}"


def http_settings(settings: ClusterSettings) -> dict[str, Any]:
    """Return the settings of Dask that leave out what only the dashboard shows, unless there is one."""
    if settings.dashboard is not None:
        return {}
    return {
        "distributed.worker.profile.enabled": False,
        "distributed.worker.http.routes": [],
        "distributed.scheduler.http.routes": [],
    }
