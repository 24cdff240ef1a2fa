# %% [markdown]
# # Pace thousands of variants of your Myokit model
#
# `pointes.cells` compiles a Myokit file as it is, without a C compiler, and paces many variants of the model at once on
# the processor. (Myokit's own simulation of many cells needs OpenCL.) The example is the model of ten Tusscher and
# Panfilov (2006); put the path of your own `.mmt` file in its place.

# %%
# %matplotlib inline
# %config InlineBackend.figure_format = "retina"
from pathlib import Path
from time import perf_counter

import myokit
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import pointes
from pointes import cells
from pointes.figures import styled
from pointes.figures.shared import style

path = Path(pointes.__file__).parent / "models/tentusscher-2006.mmt"
model = cells.load(str(path), celltype="epi")
print(f"{len(model.states)} states; currents that can be blocked: {', '.join(model.currents)}")

# %% [markdown]
# ## The same equations
#
# Is the compiled model the one in the file? Myokit evaluates the derivatives of all states itself, so they can be
# compared: at the published initial state, and at a hundred states around it.

# %%
original = myokit.load_model(str(path))
assert [variable.qname() for variable in original.states()] == list(model.states)
rng = np.random.default_rng(1)
differences = []
for factor in [np.ones(len(model.states)), *rng.uniform(0.9, 1.1, (100, len(model.states)))]:
    state = model.initial_state * factor
    ours, theirs = model.derivatives(state), np.array(original.evaluate_derivatives(list(state)))
    differences.append(np.max(np.abs(ours - theirs) / (np.abs(theirs) + 1e-12)))
print(f"Largest relative difference of a derivative: {max(differences):.1e}")

# %% [markdown]
# ## Thousands of variants
#
# `blocks` has the blocked fraction of each current, here of IKr and IKs in 4,096 variants. `values` sets any constant
# of the file by its qualified name, here the conductance of ICaL; further constants are named to `load` by `vary=`.
# Each variant is paced for ten beats, and has a label and biomarkers of its last beat.

# %%
n = 4096
blocks = {"IKr": rng.uniform(0, 1, n), "IKs": rng.uniform(0, 1, n)}
conductance = model.conductances["ICaL"]
values = {conductance: model.parameters[conductance] * rng.lognormal(0, 0.2, n)}
began = perf_counter()
paced = cells.pace(model, blocks, values=values, cycle_length=1000, beats=10)
seconds = perf_counter() - began
print(f"{10 * n:,} beats in {seconds:.1f} s on one core: {1e3 * seconds / (10 * n):.2f} ms per beat of 1,000 ms")
variants = pd.DataFrame({**blocks, "ICaL": values[conductance] / model.parameters[conductance], **paced})
variants[["IKr", "IKs", "ICaL", "label", "status", "apd90_ms", "cat_amp_mM"]].describe().round(4)


# %%
@styled
def draw_variants() -> Figure:
    """Draw APD90 over block of IKr, and show block of IKs by colour."""
    figure = Figure(figsize=(4.5, 3), layout="constrained")
    axes = figure.subplots()
    points = axes.scatter(variants["IKr"], variants["apd90_ms"], c=variants["IKs"], s=3, cmap="cividis")
    figure.colorbar(points, label="block of IKs")
    axes.set_xlabel("block of IKr")
    axes.set_ylabel("APD90 (ms)")
    return figure


draw_variants()

# %% [markdown]
# ## Currents of one variant
#
# `trace` returns the potential and all currents of the last beat at the steps of the solver.

# %%
control = cells.trace(model, {}, cycle_length=1000, beats=10)
blocked = cells.trace(model, {"IKr": 0.8}, cycle_length=1000, beats=10)


@styled
def draw_currents() -> Figure:
    """Draw potential, IKr and ICaL of the control and of the cell with 80 % block of IKr."""
    figure = Figure(figsize=(7, 2.4), layout="constrained")
    panels = figure.subplots(1, 3)
    for axes, name, label in zip(
        panels, ("v_mV", "IKr", "ICaL"), ("potential (mV)", "IKr (A/F)", "ICaL (A/F)"), strict=True
    ):
        axes.plot(control["time_ms"], control[name], color=style.GREY, label="control")
        axes.plot(blocked["time_ms"], blocked[name], "--", color=style.VERMILLION, label="80 % block of IKr")
        axes.set_xlim(0, 500)
        axes.set_xlabel("time (ms)")
        axes.set_ylabel(label)
    panels[2].set_ylim(-2, 0.1)
    panels[0].legend()
    return figure


draw_currents()

# %% [markdown]
# [models.md](../models.md) says what pointes finds in a model file and how to label what it does not find, and
# [verification.md](../verification.md) compares paced beats with CVODES. `pointes cell` and `pointes population` do the
# same from the command line.
