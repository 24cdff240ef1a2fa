import pytest

from pointes.campaign.configuration.loading import parse
from pointes.errors import UserError


def axes(parameters):
    return parse({"parameters": parameters}, "c.yaml").parameters.axes


def test_short_form_and_axes_may_be_mixed():
    mixed = axes({"blocks": {"IKr": [0, 1]}, "GKs": {"scale": [0.2, 5], "log": True}})
    assert list(mixed) == ["IKr", "GKs"]
    assert mixed["IKr"].block == (0, 1)
    assert mixed["GKs"].range == (0.2, 5)


def test_currents_are_blocked_by_default_only_where_nothing_is_given():
    assert list(axes({})) == ["IKr", "ICaL"]
    assert list(axes({"cycle_length": {"value": [300, 2000]}})) == ["cycle_length"]


def test_axes_decide_what_results_mean():
    plain, other = ({"parameters": {"GKs": {"scale": [0.2, high]}, "IKr": {"block": [0, 1]}}} for high in (4, 5))
    assert parse(plain, "c").meaning != parse(other, "c").meaning
    assert "model.constants" not in parse({}, "c").meaning


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"IKr": {"block": [0, 2]}},
            "parameters.IKr.block: [0, 2]; expected two numbers, the lower first, both in",
        ),
        ({"GKs": {"scale": [0, 5], "log": True}}, "expected a range above 0, as the axis is logarithmic"),
        (
            {"GKs": {"scale": [-1, 5]}},
            "parameters.GKs.scale: [-1, 5]; expected two numbers, the lower first, none",
        ),
        ({"blocks": {"IKr": [0, 1]}, "IKr": {"block": [0, 1]}}, "expected each axis once; IKr is one of blocks, too"),
        ({"GKs": {"skale": [1, 2]}}, "unknown key 'parameters.GKs.skale'"),
        ({"GKs": {}}, "expected one of block, scale and value with a range, or dose with a range of multiples"),
        ({"GKs": {"scale": [1, 2], "value": [1, 2]}}, "expected one of block, scale and value with a range"),
        ({"x": {"dose": "dofetilide"}}, "or dose with a range of multiples"),
        ({"x": 3}, "parameters.x: 3; expected a mapping of keys"),
        ({"blocks": {}}, "expected at least one axis"),
    ],
)
def test_mistakes_are_one_line(parameters, message):
    with pytest.raises(UserError) as refused:
        axes(parameters)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
