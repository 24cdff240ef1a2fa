"""Campaigns: the configuration, the samples, their simulation on Dask, and the files in a results folder."""
