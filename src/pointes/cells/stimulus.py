"""Stimuli of users' models, bound to ``pace``, so that the stepper switches them on and off.

Models in Myokit's format have a variable bound to ``pace``. CellML has no such variable: a model computes the stimulus
from the time. Equal pulses are replaced by stimuli of pointes. Everything else that depends on the time, such as
prepulses, pulses of several strengths or at several intervals, or a Gaussian, stays in the equations.
"""

from collections.abc import Iterator

import myokit

from pointes.cells.constants import evaluate
from pointes.cells.pulses import equal_pulses
from pointes.cells.units import time_factor

DEFAULT_DURATION = 1.0  # ms, where a model has no duration of its own


def adopt_stimulus(model: myokit.Model, protocol: myokit.Protocol | None) -> tuple[float, float]:
    """Bind the model's stimulus to ``pace``, unless it is bound, and return its duration [ms] and its level.

    The level is the value of ``pace`` during the stimulus; 0: the model has no stimulus. Equal pulses in the equations
    are replaced. In the protocol of the model file the first event with a level counts. The membrane potential of the
    model must be labelled.
    """
    duration = None if _is_paced(model) else _replace_pulses(model)
    level = 1.0
    if not _is_paced(model):
        return DEFAULT_DURATION, 0.0
    event = next((event for event in protocol.events() if event.level() != 0), None) if protocol is not None else None
    if event is not None:
        duration, level = event.duration(), event.level()
    label = model.label("stimulus_duration")
    if label is not None:
        duration = label.eval()
    return (duration / time_factor(model) if duration else DEFAULT_DURATION), level


def stimulates(e: myokit.Expression, model: myokit.Model) -> bool:
    """Return whether an expression is a stimulus: it depends on the time only, or is zero without ``pace``."""
    pace, time = model.binding("pace"), myokit.Name(model.time())
    is_driven = pace is not None and _depends(e, myokit.Name(pace))
    if not e.depends_on_state(deep=True):
        return is_driven or _depends(e, time)
    if isinstance(e, myokit.Name) and is_driven:
        return stimulates(e.var().rhs(), model)
    if isinstance(e, myokit.Plus | myokit.Minus):
        return is_driven and all(stimulates(part, model) for part in e)
    if isinstance(e, myokit.Multiply | myokit.Divide | myokit.PrefixExpression):
        return is_driven and any(_depends(part, myokit.Name(pace)) and stimulates(part, model) for part in e)
    return False


def scaled(e: myokit.Expression, factor: myokit.Name, model: myokit.Model) -> myokit.Expression:
    """Return a current times a factor, without scaling a stimulus that is a term of it."""
    if stimulates(e, model):
        return e
    if not _has_stimulus(e, model):
        return myokit.Multiply(factor, e)
    if isinstance(e, myokit.Name):
        return scaled(e.var().rhs(), factor, model)
    if isinstance(e, myokit.Multiply | myokit.Divide):
        return type(e)(*(scaled(part, factor, model) if _has_stimulus(part, model) else part for part in e))
    return type(e)(*(scaled(part, factor, model) for part in e))


def _has_stimulus(e: myokit.Expression, model: myokit.Model) -> bool:
    """Return whether a stimulus is a term of an expression, perhaps with a factor."""
    if stimulates(e, model):
        return True
    if isinstance(e, myokit.Name):
        return e.var().is_intermediary() and _has_stimulus(e.var().rhs(), model)
    if isinstance(e, myokit.Plus | myokit.Minus | myokit.PrefixExpression):
        return any(_has_stimulus(part, model) for part in e)
    if isinstance(e, myokit.Multiply | myokit.Divide):
        return any(part.depends_on_state(deep=True) and _has_stimulus(part, model) for part in e)
    return False


def _is_paced(model: myokit.Model) -> bool:
    pace = model.binding("pace")
    return pace is not None and any(_depends(state.rhs(), myokit.Name(pace)) for state in model.states())


def _replace_pulses(model: myokit.Model) -> float | None:
    """Replace equal pulses, which the time switches on and off, by ``pace``, and return their duration [ms].

    The model stays as it is, and None is returned, unless exactly one term of the equation of the membrane potential
    depends on the time only and consists of equal pulses.
    """
    potential, time = model.label("membrane_potential"), myokit.Name(model.time())
    found = set(_time_courses(potential, potential.rhs(), time))
    if not found:
        _adopt_constant(model, potential)
    if len(found) != 1:
        return None
    ((course, owner),) = found
    constants = [variable for variable in model.variables(deep=True) if not _depends(myokit.Name(variable), time)]
    pulse = equal_pulses(course.clone(expand=True, retain=[time]), time, time_factor(model))
    if pulse is None:
        return None
    written = course.clone(expand=True, retain=[time, *constants])
    on, off = _at(written, time, pulse.while_on), _at(written, time, pulse.while_off)
    if _depends(on, time) or _depends(off, time):
        return None
    pace = _new_pace(owner)
    paced = myokit.Multiply(pace, on)
    if evaluate(off) != 0:
        paced = myokit.Plus(off, myokit.Multiply(pace, myokit.Minus(on, off)))
    owner.set_rhs(owner.rhs().clone(subst={course: paced}))
    return pulse.duration


def _depends(e: myokit.Expression, on: myokit.Name) -> bool:
    return bool(e.depends_on(on, deep=True))


def _time_courses(
    owner: myokit.Variable, e: myokit.Expression, time: myokit.Name
) -> Iterator[tuple[myokit.Expression, myokit.Variable]]:
    """Yield the parts of a sum that depend on the time only, each with the variable in whose equation it stands.

    A part does not include its constant factors and its sign.
    """
    if not _depends(e, time):
        return
    moving = [part for part in e if _depends(part, time)]
    is_factor = isinstance(e, myokit.Multiply | myokit.Divide | myokit.PrefixExpression) and len(moving) == 1
    is_scaled_by_state = any(part.depends_on_state(deep=True) for part in e if not _depends(part, time))
    if isinstance(e, myokit.Name) and e != time:
        yield from _time_courses(e.var(), e.var().rhs(), time)
    elif not e.depends_on_state(deep=True) and not is_factor:
        yield e, owner
    elif isinstance(e, myokit.Plus | myokit.Minus) or (is_factor and not is_scaled_by_state):
        for part in moving:
            yield from _time_courses(owner, part, time)


def _at(e: myokit.Expression, time: myokit.Name, moment: float) -> myokit.Expression:
    """Return an expression at a time: with the pieces that the conditions choose at that time."""
    if not _depends(e, time) or isinstance(e, myokit.LhsExpression):
        return e
    if isinstance(e, myokit.If):
        e = e.piecewise()
    if isinstance(e, myokit.Piecewise):
        conditions, pieces = list(e.conditions()), list(e.pieces())
        chosen = (k for k, condition in enumerate(conditions) if condition.eval(subst={time: moment}))
        return _at(pieces[next(chosen, len(conditions))], time, moment)
    return type(e)(*(_at(part, time, moment) for part in e))


def _new_pace(beside: myokit.Variable) -> myokit.Name:
    """Return a new variable that is bound to ``pace``."""
    bound = beside.model().binding("pace")
    if bound is not None:
        bound.set_binding(None)
    pace = beside.parent(myokit.Component).add_variable_allow_renaming("pace")
    pace.set_rhs(0)
    pace.set_unit(myokit.units.dimensionless)
    pace.set_binding("pace")
    return myokit.Name(pace)


def _adopt_constant(model: myokit.Model, potential: myokit.Variable) -> None:
    """Bind a constant with the name pace: Myokit exports the paced variable to CellML as such a constant."""
    constants = [variable for variable in model.variables(const=True, deep=True) if variable.name() == "pace"]
    if len(constants) == 1 and constants[0].is_literal() and _depends(potential.rhs(), myokit.Name(constants[0])):
        constants[0].set_binding("pace")
