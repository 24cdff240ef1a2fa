"""Find the stimulus of a user's model, and put it into the hands of the stepper: on while ``pace`` is not zero.

Models in Myokit's format have a variable bound to ``pace``. CellML has no such thing: a model computes the stimulus
from the time, by conditions that say when it is on. These are removed.
"""

import myokit
from myokit.lib import guess

from pointes.cells.units import time_factor

DEFAULT_DURATION = 1.0  # ms; of the stimulus of a model that does not say


def adopt_stimulus(model: myokit.Model, protocol: myokit.Protocol | None) -> tuple[float, float]:
    """Bind the model's stimulus to ``pace``, if it is not, and return what its own protocol says.

    Parameters
    ----------
    model
        Receives the binding; an embedded protocol is removed.
    protocol
        Of the model file; its first event with a level counts.

    Returns
    -------
    duration, level
        How long the stimulus lasts [ms], and the value of ``pace`` meanwhile; level 0: the model has no stimulus.
    """
    duration, level = None, 1.0
    if model.binding("pace") is None:
        duration = _unembed(model)
    pace = model.binding("pace")
    if pace is None or not any(state.rhs().depends_on(myokit.Name(pace), deep=True) for state in model.states()):
        return DEFAULT_DURATION, 0.0
    event = next((event for event in protocol.events() if event.level() != 0), None) if protocol is not None else None
    if event is not None:
        duration, level = event.duration(), event.level()
    label = model.label("stimulus_duration")
    if label is not None:
        duration = label.eval()
    return (duration / time_factor(model) if duration else DEFAULT_DURATION), level


def _unembed(model: myokit.Model) -> float | None:
    """Bind ``pace`` to what switches the stimulus current on and off; return the time that it is on, if it says so."""
    switch, time = guess.stimulus_current(model), myokit.Name(model.binding("time"))
    if switch is None:
        return None
    duration = guess.stimulus_current_info(model)["duration"]
    while not isinstance(switch.rhs(), myokit.If | myokit.Piecewise):
        moving = {lhs.var() for lhs in switch.rhs().references() if lhs.depends_on(time, deep=True)}
        if len(moving) != 1:
            _adopt_constant(model)
            return None
        (switch,) = moving
    conditional = switch.rhs()
    conditional = conditional.piecewise() if isinstance(conditional, myokit.If) else conditional
    on = next((piece for piece in conditional.pieces() if not (piece.is_constant() and piece.eval() == 0)), None)
    if on is None or not on.is_constant() or not conditional.depends_on(time, deep=True):
        return None
    pace = switch.parent(myokit.Component).add_variable_allow_renaming("pace")
    pace.set_rhs(0)
    pace.set_unit(myokit.units.dimensionless)
    pace.set_binding("pace")
    switch.set_rhs(myokit.Multiply(myokit.Name(pace), on.clone()))
    return duration.eval() if duration is not None else _time_on(conditional, time)


def _adopt_constant(model: myokit.Model) -> None:
    """Bind a constant that is called pace: Myokit writes the paced variable to CellML as one."""
    constants = [variable for variable in model.variables(const=True) if variable.name() == "pace"]
    if len(constants) == 1 and constants[0].is_literal():
        constants[0].set_binding("pace")


def _time_on(conditional: myokit.Piecewise, time: myokit.Name) -> float | None:
    """Return the difference of the two constants that time is compared with; None if there are not just two."""
    limits = set()
    for e in (e for condition in conditional.conditions() for e in condition.walk()):
        if isinstance(e, myokit.Less | myokit.LessEqual | myokit.More | myokit.MoreEqual):
            moving, fixed = sorted(e, key=lambda side: side.is_constant())
            if fixed.is_constant() and moving.depends_on(time, deep=True):
                limits.add(fixed.eval())
    return max(limits) - min(limits) if len(limits) == 2 else None
