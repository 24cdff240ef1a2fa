# %% [markdown]
# # Draw your own figure
#
# Every figure of a report is drawn by a function that takes the content of files and returns a matplotlib figure. You
# can change such a figure, or begin with the numbers.

# %%
# %matplotlib inline
# %config InlineBackend.figure_format = "retina"
from pathlib import Path

from matplotlib.figure import Figure

import pointes
from pointes.campaign.files.results import read_result
from pointes.figures import FIGURES, risk_map, styled
from pointes.figures.shared import style

results = Path("../../results/ikr-ical-plane")

# %% [markdown]
# ## Change a figure of the report
#
# `FIGURES` says which file each argument of a figure shows.

# %%
FIGURES["risk_map"].files | FIGURES["risk_map"].optional

# %%
names = ("risk_map.nc", "simulations.nc", "control.json", "drugs.nc")
figure = risk_map.draw(**dict(read_result(results / name) for name in names))
figure.axes[0].axvline(0.65, color="black", linewidth=0.8, linestyle=":")
figure.axes[0].annotate("65 % block", (0.64, 0.93), rotation=90, ha="right", va="top", fontsize=8)
figure

# %% [markdown]
# ## Begin with the numbers
#
# How much does block of IKr prolong the action potential, and what does block of ICaL change about it? The decorator
# `styled` gives a figure the look of the report, and `style.LABELS` has the colours and markers of safe and arrhythmic
# cells, which colour-blind readers can tell apart.

# %%
campaign = pointes.open_campaign(results)


@styled
def draw_durations() -> Figure:
    """Draw APD90 over block of IKr for safe cells with little and with much block of ICaL, and where cells fail."""
    figure = Figure(figsize=(4.5, 3), layout="constrained")
    axes = figure.subplots()
    block, duration = campaign["IKr"], campaign["apd90_ms"]
    arrhythmic = campaign["label"] == 1
    for much, marker, name in ((False, "o", "ICaL block up to 30 %"), (True, "s", "ICaL block above 30 %")):
        chosen = ~arrhythmic & ((campaign["ICaL"] > 0.3) == much)
        face = "none" if much else style.LABELS[0].colour
        axes.plot(
            block[chosen], duration[chosen], marker, color=style.LABELS[0].colour, mfc=face, label=f"safe, {name}"
        )
    look = style.LABELS[1]
    axes.plot(block[arrhythmic], duration[arrhythmic], look.marker, color=look.colour, label=look.name)
    axes.set_xlabel("block of IKr")
    axes.set_ylabel("APD90 (ms)")
    axes.legend()
    return figure


draw_durations()

# %% [markdown]
# A figure that every campaign should have belongs into the report: [extending/figure.md](../extending/figure.md) shows
# how a package of yours adds it.
