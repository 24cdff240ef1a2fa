"""Joint samples: reading of tables, mistakes in them, and the spread between laboratories."""

import numpy as np
import pytest

from pointes import drugs
from pointes.drugs import BINDING, DrugSamples
from pointes.errors import UserError

TABLE = """drug,hERG_ic50_nM,hERG_hill,ICaL_ic50_nM,ICaL_hill,Kmax,Ku_per_ms,n,halfmax_nM^n,Vhalf_mV
a,10,1.0,,,5,1e-4,1.1,20,-80
a,12,0.9,,,6,2e-4,1.0,22,-81
b,100,1.2,500,1.0,7,3e-4,0.9,200,-82
b,110,1.1,550,1.0,8,4e-4,0.8,220,-83
"""


def written(tmp_path, text):
    path = tmp_path / "samples.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_holds_joint_samples(tmp_path):
    samples = drugs.read_samples(written(tmp_path, TABLE))
    assert samples.names == ("a", "b")
    assert samples.channels == ("IKr", "ICaL")
    np.testing.assert_array_equal(samples.ic50_nM[1], [[100, 500], [110, 550]])
    np.testing.assert_array_equal(samples.hill[0, :, 0], [1.0, 0.9])
    assert np.isnan(samples.ic50_nM[0, :, 1]).all()
    np.testing.assert_array_equal(samples.binding[0, 1], [6, 2e-4, 1.0, 22, -81])
    assert samples.binds.all()


def test_binding_is_unknown_without_its_columns(tmp_path):
    samples = drugs.read_samples(written(tmp_path, "drug,IKr_ic50_nM,IKr_hill\na,10,1\n"))
    assert not samples.binds.any()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a,10,1.0", "a,0,1.0", "IC50: 0; expected a finite number of nM above 0, or blank for no known block"),
        ("a,10,1.0", "a,10,12", "Hill coefficient: 12; expected 0.1 to 10"),
        ("a,10,1.0", "a,10,0.05", "Hill coefficient: 0.05; expected 0.1 to 10"),
        ("a,10,1.0", "a,10,", "only one of IC50 and Hill coefficient; expected both, or neither"),
        ("a,10,1.0", "a,ten,1.0", "hERG_ic50_nM: 'ten'; expected a finite number, or blank if unknown"),
        ("hERG_ic50_nM", "hERG_ic50_uM", "unknown column 'hERG_ic50_uM'"),
        ("hERG_ic50_nM", "IKur_ic50_nM", "unknown column 'IKur_ic50_nM'"),
        ("Kmax,", "", "number of cells"),
        ("b,110,1.1,550,1.0,8,4e-4,0.8,220,-83\n", "", "samples of b: 1; expected as many as the other drugs have"),
        ("7,3e-4", "0,3e-4", "Kmax: 0; expected a number above 0"),
    ],
)
def test_a_mistake_in_a_table_is_told(tmp_path, old, new, message):
    assert old in TABLE
    with pytest.raises(UserError) as raised:
        drugs.read_samples(written(tmp_path, TABLE.replace(old, new)))
    assert message in str(raised.value)


def made(count=4000):
    shape = (1, count, 1)
    binding = np.broadcast_to([5.0, 1e-4, 1.5, 1000.0, -80.0], (1, count, len(BINDING)))
    return DrugSamples(("a",), ("IKr",), np.full(shape, 100.0), np.full(shape, 1.0), binding)


def test_laboratories_move_the_potency_of_block_and_of_binding_alike():
    moved = made().between_laboratories("IKr", {"a": 0.36}, seed=1)
    decades = np.log10(moved.ic50_nM[0, :, 0] / 100.0)
    assert decades.std() == pytest.approx(0.36, rel=0.05)
    assert abs(decades.mean()) < 0.02
    ec50 = moved.binding[0, :, 3] ** (1 / moved.binding[0, :, 2])
    np.testing.assert_allclose(np.log10(ec50 / 1000.0 ** (1 / 1.5)), decades, atol=1e-9)
    np.testing.assert_array_equal(moved.binding[..., [0, 1, 2, 4]], made().binding[..., [0, 1, 2, 4]])


def test_laboratories_of_a_drug_do_not_depend_on_the_other_drugs():
    one = made(20)
    two = DrugSamples(
        ("b", "a"),
        *(
            value if isinstance(value, tuple) else np.concatenate([value, value])
            for value in (one.channels, one.ic50_nM, one.hill, one.binding)
        ),
    )
    spread = {"a": 0.3, "b": 0.3}
    alone, together = (each.between_laboratories("IKr", spread, seed=3) for each in (one, two))
    np.testing.assert_array_equal(alone.ic50_nM[0], together.ic50_nM[1])
    assert not np.array_equal(together.ic50_nM[0], together.ic50_nM[1])
