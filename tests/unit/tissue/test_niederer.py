"""The slab of Niederer et al. 2011, coarse enough for a test."""

import pytest

from pointes.tissue import niederer


def test_default_differences_are_near_the_limit_at_02_mm():
    """Limits from differences of second to sixth order at 0.1 mm: 42.4 ms at P8, 19.45 ms in the centre."""
    times = niederer.activation_times(0.2, 0.05)
    assert times["P8"] == pytest.approx(42.4, abs=0.5)
    assert times["C"] == pytest.approx(19.45, abs=0.2)
    order = ["P1", "P5", "C", "P2", "P6", "P3", "P7", "P4", "P8"]
    assert sorted(times, key=times.get) == order


def test_plain_differences_are_those_of_other_codes():
    """P8 of second-order differences at 0.5 mm is 125.8 ms, made with other code."""
    times = niederer.activation_times(0.5, 0.05, order=2, front_rate=0.0)
    assert times["P8"] == pytest.approx(125.84, rel=5e-3)


def test_published_codes_are_there_to_compare():
    rows = niederer.references()
    assert {"Chaste", "fenicsx-beat", "limit"} <= {row["code"] for row in rows}
    assert all(float(row["P8_ms"]) > 30 for row in rows)
