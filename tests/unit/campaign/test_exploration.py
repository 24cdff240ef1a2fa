"""Spaces of configurations: what models say of their axes, and one line for each mistake."""

from pathlib import Path

import numpy as np
import pytest

from pointes import cells
from pointes.campaign.configuration.loading import parse
from pointes.campaign.exploration import explored
from pointes.campaign.simulation.simulators import CellSimulator, make_simulator
from pointes.campaign.space import Axis
from pointes.errors import UserError

PROJECT = Path(__file__).parents[3]
OHARA = {"name": "ohara-2011", "celltype": "endo"}


def space_of(parameters, **others):
    config = parse({"model": OHARA, "parameters": parameters, **others}, "c.yaml")
    return config, *explored(config, "c.yaml", PROJECT)


def test_axes_take_units_and_control_from_the_model():
    _, space, roles = space_of(
        {
            "IKr": {"block": [0, 0.9]},
            "GKs": {"scale": [0.2, 5], "log": True},
            "extracellular.ko": {"value": [3, 7]},
            "cycle_length": {"value": [400, 2000], "log": True},
        }
    )
    assert space["IKr"] == Axis(0, 0.9)
    assert space["GKs"] == Axis(0.2, 5, "scale", log=True, control=1.0)
    assert space["extracellular.ko"] == Axis(3, 7, "value", units="mmol L-1", control=5.4)
    assert space["cycle_length"] == Axis(400, 2000, "value", log=True, units="ms", control=2000)
    assert (roles.values, roles.factors) == (("extracellular.ko",), ("GKs",))


def test_constants_are_the_control_of_their_axis():
    _, space, _ = space_of(
        {"extracellular.ko": {"value": [3, 7]}, "IKr": {"block": [0, 1]}},
        model={**OHARA, "constants": {"extracellular.ko": 4.0}},
    )
    assert space["extracellular.ko"].control == 4.0


def test_simulations_at_a_point_are_those_of_pace_with_the_same_arguments():
    config, space, roles = space_of(
        {
            "IKr": {"block": [0, 0.9]},
            "GKs": {"scale": [0.2, 5], "log": True},
            "extracellular.ko": {"value": [3, 7]},
            "cycle_length": {"value": [400, 2000]},
        },
        protocol={"beats": 2, "label_beats": 1},
        model={**OHARA, "constants": {"extracellular.nao": 130.0}},
    )
    simulator = CellSimulator.of(config, "f", roles)
    assert make_simulator(simulator.to_params()) == simulator
    points = np.array([[0.5, 2.0, 4.0, 500.0], [0.0, 1.0, 5.4, 1000.0], [0.3, 0.5, 6.0, 500.0]])
    found = simulator.run(points, space.names)
    model = cells.load("ohara-2011", celltype="endo", vary=("extracellular.ko", "extracellular.nao"))
    for row, (block, factor, ko, cycle_length) in enumerate(points):
        alone = cells.pace(
            model,
            {"IKr": block},
            values={
                "extracellular.ko": ko,
                "extracellular.nao": 130.0,
                model.conductances["IKs"]: model.parameters[model.conductances["IKs"]] * factor,
            },
            cycle_length=cycle_length,
            beats=2,
            label_beats=1,
            tolerance=config.protocol.tolerance,
        )
        for name, column in alone.items():
            np.testing.assert_array_equal(found[name][row], column[0], err_msg=name)
    keys = simulator.keys(points, space.names)
    assert len(set(keys)) == 3
    assert set(CellSimulator.of(config, "f").keys(points, space.names)).isdisjoint(keys)


def test_a_dose_blocks_all_channels_of_the_drug_beside_other_blocks():
    config, space, roles = space_of(
        {"verapamil": {"dose": "verapamil", "multiples": [0, 10]}, "IKr": {"block": [0, 1]}},
        protocol={"beats": 1, "label_beats": 1},
    )
    (dosed,) = [each for each in roles.doses["verapamil"] if each.channel == "ICaL"]
    assert dosed.ic50 > 0
    simulator = CellSimulator.of(config, "f", roles)
    conductances = {"IKr": "g", "ICaL": "p", "INaL": "l"}
    arguments = simulator.roles.arguments(
        {"verapamil": np.array([dosed.ic50]), "IKr": np.array([0.5])}, conductances, {}
    )
    assert arguments.blocks["ICaL"][0] == pytest.approx(0.5)
    of_drug = next(each for each in roles.doses["verapamil"] if each.channel == "IKr")
    left = 1 - 1 / (1 + (of_drug.ic50 / dosed.ic50) ** of_drug.hill)
    assert arguments.blocks["IKr"][0] == pytest.approx(1 - 0.5 * left)
    assert space["verapamil"].long_name("verapamil") == "dose of verapamil in multiples of Cmax"


BLOCK = {"block": [0, 1]}
CABLE = {"simulation": {"scale": "cable", "tissue": {"size": [5], "layers": {"endo": 1, "epi": 1}}}}
SHEET = {"simulation": {"scale": "sheet", "tissue": {"size": [5, 5]}}}


@pytest.mark.parametrize(
    ("parameters", "others", "message"),
    [
        ({"IKx": BLOCK, "IKr": BLOCK}, {}, "c.yaml: unknown channel 'IKx' in parameters.IKx"),
        ({"GKx": {"scale": [1, 2]}, "IKr": BLOCK}, {}, "unknown conductance 'GKx'"),
        ({"IKr": BLOCK, "GKr": {"scale": [1, 2]}}, {}, "parameters: IKr and GKr; expected one axis for IKr.GKr_b"),
        ({"extracellular.k": {"value": [1, 2]}, "IKr": BLOCK}, {}, "unknown parameter 'extracellular.k'"),
        (
            {"cycle_length": {"scale": [1, 2]}, "IKr": BLOCK},
            {},
            "parameters.cycle_length: {'scale': [1, 2], 'log': False}; expected a value, in ms",
        ),
        ({"cycle_length": {"value": [10, 900]}, "IKr": BLOCK}, {}, "expected a range from 100 to 20000 ms"),
        (
            {"diffusivity": {"scale": [1, 2]}, "IKr": BLOCK},
            {},
            "expected an axis of a cell, as simulation.scale is cell",
        ),
        ({"layers.mid": {"value": [1, 2]}, "IKr": BLOCK}, CABLE, "unknown axis of a tissue 'layers.mid'"),
        ({"fibrosis": {"value": [0, 0.4]}, "IKr": BLOCK}, CABLE, "expected a tissue that a patch does not cut"),
        ({"fibrosis": {"value": [0, 1]}, "IKr": BLOCK}, SHEET, "expected a value with a range from 0 to 0.9"),
        ({"fibrosis": {"scale": [0, 0.4]}, "IKr": BLOCK}, SHEET, "expected a value with a range from 0 to 0.9"),
        ({"diffusivity.along": {"value": [0, 2]}, "IKr": BLOCK}, CABLE, "expected a range of values above 0"),
        (
            {"x": {"dose": "asprin", "multiples": [0, 2]}, "IKr": BLOCK},
            {},
            "unknown drug 'asprin' in parameters.x.dose",
        ),
        (
            {"x": {"dose": "dofetilide", "multiples": [0, 2]}, "IKr": BLOCK},
            {"drugs": None},
            "parameters.x.dose: 'dofetilide'; expected a drug of drugs.table, which is null",
        ),
    ],
)
def test_mistakes_are_one_line(parameters, others, message):
    with pytest.raises(UserError) as refused:
        space_of(parameters, **others)
    text = str(refused.value)
    assert message in text
    assert "c.yaml" in text
    assert "\n" not in text
