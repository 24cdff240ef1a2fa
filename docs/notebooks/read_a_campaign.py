# %% [markdown]
# # Read a campaign
#
# A campaign leaves netCDF and CSV files that any program can read. This notebook opens those of the default campaign,
# which `make campaign` runs. Set `results` to the results folder of your own campaign.

# %%
import tempfile
from pathlib import Path

import pandas as pd
import xarray

import pointes
from pointes.campaign import predict_points

results = Path("../../results/ikr-ical-plane")
campaign = pointes.open_campaign(results)
print(campaign)

# %% [markdown]
# ## What was simulated
#
# Each position along `sample` is one simulated cell. Attributes say what a variable is, and in which unit. The
# parameters of the space are named by the attribute `parameters`.

# %%
campaign["apd90_ms"].attrs

# %%
names = campaign.attrs["parameters"].split()
columns = [*names, "label", "apd90_ms", "qnet_uC_per_uF"]
campaign[columns].to_dataframe().head()

# %% [markdown]
# The first sample is the control, the cell without any block. Labels are 0 (safe) and 1 (arrhythmic). How long may an
# action potential be without an early afterdepolarisation or a repolarisation failure?

# %%
safe = campaign.where(campaign["label"] == 0, drop=True)
longest = safe.isel(sample=int(safe["apd90_ms"].argmax("sample")))
print(f"{safe.sizes['sample']} of {campaign.sizes['sample']} cells are safe.")
print(f"APD90 of the control: {campaign['apd90_ms'][0]:.0f} ms.")
print(f"Longest APD90 of a safe cell: {longest['apd90_ms']:.0f} ms, with")
print(", ".join(f"{100 * longest[name].item():.0f} % block of {name}" for name in names))

# %% [markdown]
# ## What was learned
#
# `risk_map.nc` has the risk on a regular grid of the first two parameters. Risk is the probability of arrhythmia that
# the classifier predicts.

# %%
risk = xarray.open_dataset(results / "risk_map.nc")["risk"]
print(f"{100 * (risk > 0.5).mean().item():.1f} % of the plane is arrhythmic.")
boundary = (risk > 0.5).astype(int).idxmax("IKr")  # the least block of IKr with a risk above 0.5
boundary.sel(ICaL=[0.0, 0.1, 0.2, 0.3], method="nearest").to_series().rename("IKr at the boundary")

# %% [markdown]
# At any other points `predict_points` asks the classifier itself, as `pointes predict` does. `distance` is that to the
# nearest simulation, in units of the ranges: predictions far from all simulations deserve a look.

# %%
points = pd.DataFrame({"IKr": [0.0, 0.6, 0.7, 0.7], "ICaL": [0.0, 0.0, 0.0, 0.3]})
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "points.csv"
    points.to_csv(file, index=False)
    rows, _ = predict_points(results, file)
pd.DataFrame(rows).astype(float).round(3)

# %% [markdown]
# ## Drugs
#
# `drugs.csv` has one row per drug, those closest to arrhythmia first. `critical_multiple` is the dose at which the risk
# passes 0.5, in multiples of the free Cmax, with a 95 % interval from the uncertainty of the IC50 values. Where a
# number is missing, the column of its status gives the reason.

# %%
drugs = pd.read_csv(results / "drugs.csv", index_col="drug")
drugs[
    ["risk", "critical_multiple", "critical_multiple_low", "critical_multiple_high", "critical_multiple_status"]
].head(8)

# %% [markdown]
# [files.md](../files.md) lists all files and variables. [your_own_figure](your_own_figure.py) draws them.
