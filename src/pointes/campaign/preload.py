"""Imported by the server that workers are forked from, so that each worker starts with everything in memory."""

import json
import os

import distributed.nanny  # noqa: F401
import netCDF4  # noqa: F401

from pointes.campaign.batch import simulation_of

for fields in json.loads(os.environ.get("POINTES_PRELOAD", "[]")):
    simulation_of(fields).warm_up()
