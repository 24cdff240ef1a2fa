"""Simulation of many points: simulators, batches on a Dask cluster, and the shards that keep their results."""
