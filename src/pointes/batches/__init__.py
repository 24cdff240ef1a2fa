"""Batches of a large simulation: they run on the workers of a cluster, and each leaves its results in a file."""
