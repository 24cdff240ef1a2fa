import pytest

from pointes.campaign.configuration.loading import parse
from pointes.campaign.goal import check_results, goal_of
from pointes.campaign.simulation.roles import NO_ROLES
from pointes.errors import UserError

CABLE = {"simulation": {"scale": "cable", "tissue": {"size": [5]}}}
TWO = {"fidelities": ["cell", "cable"], "max_simulations": 200}


def goal(learning, **others):
    return goal_of(parse({"learning": learning, **others}, "c.yaml"))


def test_errors_are_in_the_unit_of_their_quantity():
    asked = {"target": ["apd90_ms", "qnet_uC_per_uF"], "stopping": {"largest_error": ["2 ms", "0.001 uC/uF"]}}
    found = goal(asked)
    assert found.largest_error == (2.0, 0.001)
    assert found.units_by_result == {"apd90_ms": "ms", "qnet_uC_per_uF": "uC uF-1"}
    assert found.rule({"window": 8, "largest_drift": 0.01}) == {"largest_error": (2.0, 0.001), "window": 8}
    assert goal({"target": "apd90_ms", "stopping": {"largest_error": 2}}).largest_error == (2.0,)
    assert goal({"target": "qt_ms", "stopping": {"largest_error": "3ms"}}, **CABLE).largest_error == (3.0,)


def test_the_rule_of_classes_is_as_it_was():
    assert goal({}).rule({"window": 8, "largest_error": None}) == {"window": 8}


@pytest.mark.parametrize(
    ("learning", "others", "message"),
    [
        ({"target": "apd91_ms"}, {}, "unknown result 'apd91_ms' in learning.target"),
        ({"target": "qt_ms"}, {}, "unknown result 'qt_ms' in learning.target"),
        ({"target": "status"}, {}, "unknown result 'status' in learning.target"),
        ({"target": "alternans"}, {}, "expected protocol.until_steady: true"),
        ({"target": "apd90_ms > 5000"}, {}, "expected a threshold of apd90_ms between 0 and 2000 ms"),
        ({"target": ["apd90_ms", "apd90_ms"]}, {}, "expected each result once"),
        ({"target": "label", "acquisition": "imse"}, {}, "expected one for a class, as learning.target asks"),
        ({"target": "apd90_ms", "acquisition": "margin"}, {}, "expected one for quantities, as learning.target asks"),
        ({"target": "apd90_ms", "stopping": {"largest_error": "2 mV"}}, {}, "expected a positive number of ms"),
        ({"target": "apd90_ms", "stopping": {"largest_error": -1}}, {}, "expected a positive number of ms"),
        (
            {"target": "apd90_ms", "stopping": {"largest_error": [1, 2]}},
            {},
            "expected 1 errors, one for each of",
        ),
        ({"stopping": {"largest_error": 2}}, {}, "expected null, as a class is learned"),
        (
            {"target": "apd90_ms", "low_target": "apd90_ms"},
            {},
            "learning.low_target: 'apd90_ms'; expected null, unless",
        ),
        ({**TWO, "low_target": "apd90_ms"}, CABLE, "learning.low_target: 'apd90_ms'; expected null, unless"),
        ({**TWO, "target": "qt_ms > 400"}, CABLE, "a comparison of a result that both scales of learning.fidelities"),
        ({**TWO, "target": "qt_ms", "low_target": "qt_ms"}, CABLE, "unknown result 'qt_ms' in learning.low_target"),
        ({**TWO, "target": "qt_ms", "low_target": "label"}, CABLE, "unknown result 'label' in learning.low_target"),
        (
            {**TWO, "target": "qt_ms", "low_target": ["apd90_ms", "apd50_ms"]},
            CABLE,
            "expected one result, or one for each of qt_ms",
        ),
        ({**TWO, "target": "qt_ms", "acquisition": "variance"}, CABLE, "expected one for quantities of two fidelities"),
    ],
)
def test_mistakes_are_one_line(learning, others, message):
    with pytest.raises(UserError) as refused:
        goal(learning, **others)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_result_that_the_model_does_not_have_is_refused_before_any_job():
    config = parse({"model": {"name": "tentusscher-2006"}, "learning": {"target": "qnet_uC_per_uF"}}, "c.yaml")
    with pytest.raises(UserError, match="expected a result that a beat of tentusscher-2006 has: "):
        check_results(config, goal_of(config).target, NO_ROLES)
