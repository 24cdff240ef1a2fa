"""Imported by the server that workers are forked from, so that each worker starts with everything in memory."""

import os

import distributed.nanny  # noqa: F401
import netCDF4  # noqa: F401

import pointes.campaign.batch  # noqa: F401
from pointes import cells

if kernel := os.environ.get("POINTES_PRELOAD"):
    # One beat brings the kernel's machine code in: compiled here once, or read from the disk cache.
    model, celltype = kernel.split("/")
    cells.pace(cells.load(model, celltype=celltype), {})
