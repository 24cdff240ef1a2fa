"""Imported by the server that workers are forked from, so that each worker starts with everything in memory."""

import json
import os

try:
    import distributed.nanny  # noqa: F401
except ValueError as error:  # a faulty file of the user's, of which the job itself tells
    raise ImportError from error  # which a server of workers bears
import netCDF4  # noqa: F401

from pointes.campaign.simulation.cluster import leave_out_settings
from pointes.campaign.simulation.simulators import simulation_of

leave_out_settings()
for fields in json.loads(os.environ.get("POINTES_PRELOAD", "[]")):
    simulation_of(fields).warm_up()
