"""Campaigns: learn where in the space of blocked currents a cell or a tissue becomes arrhythmic.

A campaign is described by a configuration (`load`), and run by Snakemake, whose rules call the steps of this package
and keep all results in files. The functions here check a configuration, tell where a campaign stands, and use its
configuration or its results without running the workflow.

Examples
--------
>>> from pointes import campaign
>>> campaign.load("no.yaml")
Traceback (most recent call last):
pointes.errors.UserError: no.yaml: cannot be read (No such file or directory)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
