"""Libraries that take long to import. Each is loaded when one of its attributes is first used (SPEC 1)."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    import dask as dask
    import distributed as distributed
    import filelock as filelock
    import netCDF4 as netCDF4
    import sklearn as sklearn
    import xarray as xarray
    import xgboost as xgboost
else:
    dask = lazy_loader.load("dask")
    distributed = lazy_loader.load("distributed")
    filelock = lazy_loader.load("filelock")
    netCDF4 = lazy_loader.load("netCDF4")
    sklearn = lazy_loader.load("sklearn")
    xarray = lazy_loader.load("xarray")
    xgboost = lazy_loader.load("xgboost")
