"""The configuration of a panel campaign: drugs at doses, sampled from their uncertainty, under several scenarios."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pointes.campaign.configuration.fields import Count, Name, Section, are_numbers, at_most, key, numbers
from pointes.campaign.configuration.meaning import panel_meaning
from pointes.campaign.configuration.schema import Execution, Failure, Model, Multiples, tolerance_key
from pointes.drugs.table import CHANNELS
from pointes.vocabulary import CYCLE_LENGTHS_MS


def _names_at_least_one(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if not value:
        raise ValueError("expected at least one scenario by name")
    return value


def _currents(value: Any) -> Any:
    if not (isinstance(value, list | tuple) and value and all(one in CHANNELS for one in value)):
        raise ValueError(f"expected a list of currents among {', '.join(CHANNELS)}")
    return tuple(value)


def _mixtures(value: Mapping[str, Mapping[str, float]]) -> Mapping[str, Mapping[str, float]]:
    for name, parts in value.items():
        if len(parts) < 2 or not (are_numbers(parts.values()) and all(share > 0 for share in parts.values())):
            raise ValueError(f"expected for {name} two or more drugs with positive multiples of their Cmax")
    return value


def _is_factor_range(values: Sequence[float]) -> bool:
    return len(values) == 2 and 0 <= values[0] < values[1]


def _not_empty(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if not value:
        raise ValueError("expected at least one entry")
    return value


Factors = Annotated[tuple[float, float], numbers("two numbers, the lower first, both 0 or more", _is_factor_range)]
Combinations = Annotated[dict[str, dict[str, float]], AfterValidator(_mixtures)]
Channels = Annotated[tuple[str, ...], BeforeValidator(_currents)]
CycleLength = Annotated[float, Field(ge=CYCLE_LENGTHS_MS[0], le=CYCLE_LENGTHS_MS[1])]
Spread = Annotated[float, Field(ge=0, le=2)]


class PanelProtocol(Section):
    """The pacing of each cell of a panel."""

    cycle_length: float = key(2000.0, "Time between stimuli.", "ms", ge=CYCLE_LENGTHS_MS[0], le=CYCLE_LENGTHS_MS[1])
    beats: Count = key(1000, "Largest number of beats that each cell is paced.", "beats")
    until_steady: bool = key(True, "Whether pacing ends when the rhythm is steady, before all beats are paced.")
    label_beats: Annotated[Count, at_most("protocol.beats")] = key(
        4, "Number of last beats in which an EAD or a repolarisation failure counts.", "beats", validate_default=True
    )
    tolerance: float = tolerance_key()


class PanelModel(Model):
    """The cell model of a scenario."""

    name: str = key(
        "ohara-cipa-2017", "Cell model: a name that `pointes models` lists, or the path of a .mmt or .cellml file."
    )


class Population(Section):
    """A population of cells, calibrated to human ranges, in which all drugs are simulated."""

    cells: Count = key(100, "Number of accepted cells, which take the place of samples.", "cells")
    scale: Annotated[dict[str, Factors], AfterValidator(_not_empty)] = key(
        dict.fromkeys(("INa", "INaL", "Ito", "ICaL", "IKr", "IKs", "IK1", "INaCa", "INaK"), (0.0, 2.0)),
        "Range from which the factor of each current's conductance is drawn.",
        "1",
    )


class Scenario(Section):
    """One way of simulating all drugs of a panel."""

    model: PanelModel = key(PanelModel(), "Cell model.")
    binding: Literal["dynamic", "static"] = key(
        "dynamic",
        "Action on hERG: `dynamic` binding to its states, of models that have it, or `static` block by the Hill curve.",
    )
    samples: Count = key(100, "Number of joint samples of each drug.", "samples")
    laboratory_sd: Spread | str | None = key(
        None,
        "Standard deviation of log10 IC50 of hERG between laboratories, which is added to the uncertainty of the "
        "samples: a number, or the path of a CSV table with the columns drug and between_site_sd_log10; null: none.",
        "decades",
    )
    channels: Channels | None = key(
        None, "Currents that the drugs block, such as [IKr, ICaL, INaL, INa]; null: all that are known."
    )
    population: Population | None = key(
        None,
        "Population whose cells take the place of samples, with static block at the drugs' point estimates; null: the "
        "published cell.",
    )
    doses: Multiples | None = key(None, "Concentrations of each drug, if they are not panel.doses.", "Cmax")
    cycle_length: CycleLength | None = key(None, "Time between stimuli, if it is not that of protocol.", "ms")


class People(Section):
    """Measurements in human tissue and in people that simulations are compared with."""

    apd90: str = key(
        "config/drugs/people/human_apd90.csv", "Changes of APD90 in human ventricular tissue, found like the table."
    )
    qt: str = key("config/drugs/people/clinical_qt.csv", "Clinical effects on QT, found like the table.")
    channels: Annotated[dict[Name, str], AfterValidator(_not_empty)] = key(
        {"cipa28": "config/drugs/cipa28.csv", "crumb2016": "config/drugs/crumb2016.csv"},
        "Drug tables by name, with which the drugs of clinical studies are simulated.",
    )
    cable: str = key("config/campaigns/cable-plane.yaml", "Configuration of the cable whose QT is simulated.")


class Panel(Section):
    """The drugs of a panel campaign, their doses, and the scenarios under which they are simulated."""

    table: str = key("config/drugs/cipa28.csv", "CSV table of drugs, relative to the working directory or the project.")
    joint_samples: str | None = key(
        "config/drugs/cipa28_samples.nc",
        "Joint samples of the drugs (netCDF or CSV), found like the table; null: draws from the table's quantiles.",
    )
    doses: Multiples = key((1.0, 2.0, 3.0, 4.0), "Concentrations of each drug.", "Cmax")
    people: People | None = key(
        None, "Comparison of APD90 and QT with people, about 15 minutes of one core; null: none."
    )
    maps: dict[Name, str] = key(
        {},
        "Results folders of finished campaigns that learn, by name: the critical multiples that they found for the "
        "drugs are compared with the other methods.",
    )
    combinations: Combinations = key(
        {},
        "Combinations of drugs that are simulated as well, by name: the multiple of its own Cmax of each drug, such as "
        "{dofetilide: 1, verapamil: 1}, which doses multiply.",
        "Cmax",
    )
    scenarios: Annotated[dict[Name, Scenario], AfterValidator(_names_at_least_one)] = key(
        {"dynamic": Scenario()}, "Scenarios by name; the first one is the reference, whose classes are reported."
    )


class PanelConfig(Section):
    """A panel campaign."""

    name: Name = key(
        "cipa", "Name of the campaign and of its folder under results/: letters, digits, '.', '_' and '-'."
    )
    seed: int = key(1, "Seed of all random numbers: the same seed gives the same campaign.", ge=0, lt=2**32)
    protocol: PanelProtocol = key(PanelProtocol(), "Pacing of each cell.")
    panel: Panel = key(Panel(), "Drugs, doses and scenarios.")
    execution: Execution = key(Execution(), "Place where simulations run, which never changes a result.")
    failure: Failure = key(Failure(), "What becomes of samples that end their workers.")

    @property
    def simulation_threads(self) -> int:
        """Number of threads of each simulation: a cell is paced by one."""
        return 1

    @property
    def meaning(self) -> dict[str, Any]:
        """The keys that define what results mean, by dotted path, in JSON form."""
        return panel_meaning(self.model_dump(mode="json"))
