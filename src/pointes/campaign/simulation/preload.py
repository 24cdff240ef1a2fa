"""Module that the server imports from which workers are forked, so that each starts with everything in memory."""

import json
import os

try:
    import distributed.nanny  # noqa: F401
except ValueError as error:  # a settings file of the user's is faulty, which the job itself reports
    raise ImportError from error  # the only exception that a server of workers survives
import netCDF4  # noqa: F401

from pointes.batches.cluster import leave_out_settings
from pointes.campaign.simulation.simulators import make_simulator

leave_out_settings()
for params in json.loads(os.environ.get("POINTES_PRELOAD", "[]")):
    make_simulator(params).warm_up()
