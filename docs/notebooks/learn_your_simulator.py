# %% [markdown]
# # Learn the boundary of your own simulator
#
# `ActiveLearner` knows nothing of hearts. It needs bounds, and labels 0 or 1 of the points that it asks for. Here it
# learns where the sugar metabolism of a cell oscillates, by the model of Sel'kov (1968,
# doi:10.1111/j.1432-1033.1968.tb00175.x) in the form of Strogatz (Nonlinear Dynamics and Chaos, 1994, section 7.3),
#
# $$\frac{dx}{dt} = -x + a y + x^2 y, \qquad \frac{dy}{dt} = b - a y - x^2 y.$$
#
# Oscillations begin where the steady state loses its stability, on a curve that is known exactly. So the number of
# simulations that the learner takes to find the curve can be counted, and compared with points that are not chosen.

# %%
# %matplotlib inline
# %config InlineBackend.figure_format = "retina"
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pointes.figures import styled
from pointes.figures.shared import style
from pointes.learning import ActiveLearner

BOUNDS = np.array([[0.02, 0.14], [0.2, 1.0]])  # of a and b


def rate(state, a, b):
    """Return the time derivative of x and y."""
    x, y = state
    conversion = a * y + x**2 * y
    return np.array([conversion - x, b - conversion])


def oscillates(points, step=0.1, duration=600.0, watched=100.0):
    """Return 1 where x still swings by more than 0.09 at the end of a run from near the steady state, else 0."""
    a, b = points.T
    state = np.array([b + 0.1, b / (a + b**2)])
    low, high = np.full(len(a), np.inf), np.full(len(a), -np.inf)
    for time in np.arange(0, duration, step):  # the classical Runge-Kutta method
        k1 = rate(state, a, b)
        k2 = rate(state + step / 2 * k1, a, b)
        k3 = rate(state + step / 2 * k2, a, b)
        k4 = rate(state + step * k3, a, b)
        state = state + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if time >= duration - watched:
            low, high = np.minimum(low, state[0]), np.maximum(high, state[0])
    return (high - low > 0.09).astype(int)


def instability(points):
    """Return a number that is positive where the steady state is unstable, as is the trace of its Jacobian."""
    a, b = points.T
    return b**2 - a - (a + b**2) ** 2


# %% [markdown]
# ## Ask, simulate, tell
#
# The learner begins with Sobol points. Then each batch has three points near the boundary, where labels tell most, and
# one that continues the Sobol sequence, which measures without bias how good the classifier is. `assess` says what may
# be claimed, and whether to stop.

# %%
learner = ActiveLearner(BOUNDS, start=8, seed=1)
while not (assessment := learner.assess()).converged and len(learner.history.points) < 160:
    proposal = learner.ask(4 if len(learner.history.points) else 8)
    labels = oscillates(proposal.points)
    learner.tell(proposal.points, labels, purpose=proposal.purpose, risk=proposal.risk)
print(f"{len(learner.history.points)} simulations; stopped: {assessment.converged}, as {assessment.reason}")
print(f"Predicted before they were simulated: {assessment.stream_n} stream points, {assessment.stream_correct} right.")
print(f"95 % interval of the accuracy: {assessment.stream_low:.2f} to {assessment.stream_high:.2f}")

# %% [markdown]
# The learner did not know the exact curve. On a grid we can count how much of the plane it has wrong.

# %%
axes_of_grid = [np.linspace(*bounds, 121) for bounds in BOUNDS]
grid = np.stack(np.meshgrid(*axes_of_grid), axis=-1).reshape(-1, 2)
truth = instability(grid) > 0
right = (learner.predict_proba(grid) > 0.5) == truth
print(f"{100 * right.mean():.1f} % of the plane is predicted right.")


@styled
def draw_plane() -> Figure:
    """Draw the simulated points on the predicted risk, with the exact boundary and the predicted one."""
    figure = Figure(figsize=(4.5, 3.2), layout="constrained")
    axes = figure.subplots()
    shape = (len(axes_of_grid[1]), len(axes_of_grid[0]))
    risk = learner.predict_proba(grid).reshape(shape)
    axes.pcolormesh(*axes_of_grid, risk, cmap=style.RISK_COLOURS, vmin=0, vmax=1, shading="gouraud")
    axes.contour(
        *axes_of_grid, instability(grid).reshape(shape), levels=[0], colors=style.GREY, linewidths=3, alpha=0.5
    )
    axes.contour(*axes_of_grid, risk, levels=[0.5], colors="black", linewidths=1)
    axes.plot([], [], color=style.GREY, linewidth=3, alpha=0.5, label="exact boundary")
    axes.plot([], [], color="black", linewidth=1, label="learned boundary")
    for label, name in enumerate(("steady", "oscillates")):
        chosen = learner.history.labels == label
        look = style.LABELS[label]
        axes.plot(*learner.history.points[chosen].T, look.marker, color=look.colour, label=name, clip_on=False)
    axes.set_xlabel("a")
    axes.set_ylabel("b")
    figure.legend(loc="outside right upper")
    return figure


draw_plane()

# %% [markdown]
# ## How many simulations choosing saves
#
# The same classifier learns from as many Sobol points: a learner whose start never ends asks for nothing else. One run
# may be lucky, so there are three seeds. The table has the share of the plane that is predicted right.


# %%
def accuracies(start: int, seed: int, sizes: range) -> list[float]:
    """Return the share of the grid that is predicted right after each batch."""
    learner, found = ActiveLearner(BOUNDS, start=start, seed=seed), []
    for size in sizes:
        proposal = learner.ask(size - len(learner.history.points))
        learner.tell(proposal.points, oscillates(proposal.points), purpose=proposal.purpose, risk=proposal.risk)
        found.append(((learner.predict_proba(grid) > 0.5) == truth).mean())
    return found


sizes = range(8, 65, 4)
seeds = (1, 2, 3)
chosen = pd.DataFrame({seed: accuracies(8, seed, sizes) for seed in seeds}, index=sizes)
sobol = pd.DataFrame({seed: accuracies(sizes[-1] + 1, seed, sizes) for seed in seeds}, index=sizes)
table = (
    pd.concat({"chosen": chosen, "Sobol": sobol}, axis=1).rename_axis("simulations").rename_axis(["", "seed"], axis=1)
)
table.loc[[16, 24, 32, 48, 64]].round(3)


# %%
@styled
def draw_accuracies() -> Figure:
    """Draw the share that is predicted wrong over the number of simulations, a line for each seed."""
    figure = Figure(figsize=(4.5, 2.8), layout="constrained")
    axes = figure.subplots()
    for name, look in (("chosen", style.DESIGNS["active"]), ("Sobol", style.DESIGNS["sobol"])):
        for seed in seeds:
            label = f"{name} points" if seed == seeds[0] else None
            axes.semilogy(
                sizes, 1 - table[name][seed], look.marker, color=look.colour, linestyle=look.line, label=label
            )
    axes.set_xlabel("simulations")
    axes.set_ylabel("share predicted wrong")
    axes.legend()
    return figure


draw_accuracies()

# %% [markdown]
# After how many simulations is a share of the plane predicted right for the first time? Empty cells were not reached
# with 64 simulations.

# %%
targets = (0.95, 0.98, 0.99)
first = pd.DataFrame({target: table.ge(target).idxmax().where(table.ge(target).any()) for target in targets}).T
first.astype("Int64").rename_axis("right").map(lambda count: "" if pd.isna(count) else count)

# %% [markdown]
# At 95 % choosing saves little: the first 8 points are the same, and a few more show the rough course of any boundary.
# At 98 % and beyond it saves about half of the simulations or more. Two parameters and a smooth boundary are an easy
# case, and three seeds are few: [benchmarks.md](../benchmarks.md#the-learner-on-functions-with-known-boundaries)
# measures the learner on functions of up to seven parameters, with more seeds and beside other programs.
# [learning.md](../learning.md) explains how it works.
