"""Campaigns: learn where in the space of blocked currents a cell or a tissue becomes arrhythmic.

A campaign is described by a configuration (`load`), and run by Snakemake, whose rules call the steps of this package
and keep all results in files of the folder ``results/<name>``. The functions here check a configuration, tell where a
campaign stands, and use its configuration or its results without running the workflow. `open_campaign` opens the
simulations of a finished campaign as an xarray dataset.

The sub-packages, of which each imports those above it only:

- ``configuration``: sections and keys, reading and checking of YAML files, and the keys that define what results mean;
- ``files``: samples, classifiers, provenance, and the record of the configuration in a results folder;
- ``simulation``: simulators of cells and of tissue, and the simulation of many points in batches on a cluster;
- ``steps``: the work of the workflow's jobs: design, learning, risk map, drugs, traces, replays;
- ``commands``: the work of commands that need no workflow.

Examples
--------
Configurations are frozen, and keys that are left out have their defaults:

>>> from pointes import campaign
>>> config = campaign.parse({"name": "my-campaign", "learning": {"batch": 4}}, where="my-campaign.yaml")
>>> config.learning.batch, config.protocol.beats, list(config.parameters.blocks)
(4, 30, ['IKr', 'ICaL'])
>>> campaign.load("no.yaml")
Traceback (most recent call last):
pointes.errors.UserError: no.yaml: cannot be read (No such file or directory)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
