"""The sections of a campaign's configuration that describe what is learned, from which points, and when to stop."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from pointes.campaign.configuration.fields import Count, Section, are_numbers, at_most, key
from pointes.campaign.target import LABEL, Target
from pointes.errors import unknown
from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.regression.acquisition import REGRESSION_ACQUISITIONS
from pointes.tissue.geometry import GEOMETRIES
from pointes.vocabulary import COARSE, LOW_PER_HIGH


def _two_scales(value: Any) -> Any:
    if value is None:
        return None
    low, high = value if isinstance(value, list | tuple) and len(value) == 2 else (None, None)
    if not (low in ("cell", COARSE) and isinstance(high, str) and high in GEOMETRIES):
        raise ValueError(f"expected null or two scales, cell or {COARSE} and that of a tissue, as [cell, cable]")
    return low, high


def _target(value: Any) -> Any:
    texts = [value] if isinstance(value, str) else value
    if not (isinstance(texts, list | tuple) and texts and all(isinstance(text, str) for text in texts)):
        raise ValueError("expected label, capture, alternans, a result or a comparison such as apd90_ms > 500")
    if len(texts) > 1 and not all(re.fullmatch(r"\w+", text) for text in texts):
        raise ValueError("expected results that are quantities, as several of them are learned")
    Target.parse(texts[0])
    return value if isinstance(value, str) else tuple(value)


def _errors(value: Any) -> Any:
    errors = value if isinstance(value, list | tuple) else [value]
    if not errors or not all(isinstance(each, str) or are_numbers([each]) for each in errors):
        raise ValueError("expected a number, or a number with its unit such as 2 ms, or a list of them")
    return tuple(value) if isinstance(value, list) else value


def _acquisition(value: str) -> str:
    if value in ACQUISITIONS or value in REGRESSION_ACQUISITIONS:
        return value
    names = dict.fromkeys([*ACQUISITIONS, *REGRESSION_ACQUISITIONS])
    raise ValueError(f"expected {unknown('', value, names).expected}")


Fidelities = Annotated[tuple[str, str] | None, BeforeValidator(_two_scales)]
Hours = Annotated[float, Field(gt=0)] | None
TargetText = Annotated[str | tuple[str, ...], BeforeValidator(_target)]
LargestError = Annotated[float | str | tuple[float | str, ...], BeforeValidator(_errors)] | None


class Stopping(Section):
    """The conditions under which a campaign has learned enough; all of them must hold."""

    largest_drift: float = key(
        0.01,
        "Largest share of the space whose predicted class changes from one iteration to the next.",
        "1",
        gt=0,
        le=1,
    )
    checks: Count = key(3, "Number of last iterations in which no more than `largest_drift` changes.", "iterations")
    largest_expected_error: float = key(
        0.0125, "Largest share of the space that the classifier expects to predict wrong.", "1", gt=0, le=1
    )
    window: Count = key(8, "Number of last stream points that are checked; there must be as many.", "simulations")
    errors: Annotated[int, at_most("learning.stopping.window")] = key(
        0, "Largest number of wrong predictions among the stream points that are checked.", "simulations", ge=0
    )
    largest_error: LargestError = key(
        None,
        "Error that is asked for where quantities are learned, of each in its unit, such as 2 ms: no prediction of the "
        "last stream points may be further off, and 95 % of the space must be expected to be within it; null: the "
        "campaign learns until a cap.",
    )
    verified: bool = key(
        True,
        "Whether simulations along the boundary must confirm the classifier; they are asked for once all other "
        "conditions hold at their defaults.",
    )


class Learning(Section):
    """The choice of points."""

    fidelities: Fidelities = key(
        None,
        "Scales of the low and the high fidelity, such as [cell, cable]: cheap simulations inform what is learned of "
        "the high fidelity, which is simulation.scale; null: one fidelity. The cell is that of model.celltype. The low "
        "fidelity `coarse` is the same tissue with nodes at simulation.tissue.coarse_spacing.",
    )
    warm_start: str | None = key(
        None, "Results folder of an earlier campaign of the same model and protocol, whose simulations are taken over."
    )
    start: Count = key(
        16,
        "Number of points of the scrambled Sobol start, after the control. In two-fidelity campaigns these are of the "
        f"high fidelity, and there are {LOW_PER_HIGH} times as many of the low fidelity.",
        "simulations",
    )
    batch: Count = key(8, "Number of points per iteration.", "simulations")
    stream_share: float = key(
        0.25, "Share of each batch that is drawn from the unbiased Sobol stream, to measure accuracy.", "1", ge=0, le=1
    )
    target: TargetText = key(
        LABEL,
        "What is learned: the class `label` (arrhythmic or safe), `capture`, `alternans`, or that of a comparison such "
        "as apd90_ms > 500; or a quantity, a result of the simulation such as apd90_ms, or a list of several.",
    )
    low_target: TargetText | None = key(
        None,
        "Result of the low fidelity that informs the quantity that is learned, or a list with one for each of several; "
        "null: apd90_ms of cells, and the same results of a coarse tissue.",
    )
    acquisition: Annotated[str, AfterValidator(_acquisition)] = key(
        "sur",
        "Acquisition that chooses the other points: one of these, or one that another package adds. Where quantities "
        "are learned it is imse, variance, random or sobol, and sur stands for imse.",
        examples=list(ACQUISITIONS.built_in),
    )
    stopping: Stopping = key(Stopping(), "Conditions under which the campaign has learned enough.")
    max_simulations: Count = key(
        96,
        "Largest number of simulations of the campaign, the control included, those of both fidelities together.",
        "simulations",
        validate_default=True,
    )
    max_core_hours: Hours = key(
        None, "CPU time of its simulations after which the campaign ends, with the iteration; null: no such cap.", "h"
    )
    max_wall_hours: Hours = key(
        None, "Time at work, without pauses, after which the campaign ends, with the iteration; null: no such cap.", "h"
    )

    @property
    def points_at_start(self) -> int:
        """Number of Sobol points of the start, those of both fidelities together."""
        return self.start * (1 + LOW_PER_HIGH if self.fidelities else 1)

    @field_validator("max_simulations")
    @classmethod
    def _covers_start(cls, max_simulations: int, info: ValidationInfo) -> int:
        first, start = 1 + info.data.get("start", 0), "the control and learning.start"
        if info.data.get("fidelities"):
            first = 2 + (1 + LOW_PER_HIGH) * info.data.get("start", 0)
            start = f"the controls and the start of both scales, 2 and {1 + LOW_PER_HIGH} times learning.start"
        if max_simulations < first:
            raise ValueError(f"expected at least {start}, which are {first} simulations")
        return max_simulations
