"""Compounds as users write them on the command line."""

import numpy as np
import pytest

from pointes import drugs
from pointes.drugs import CHANNELS
from pointes.drugs.compound import parse_concentration
from pointes.errors import UserError


def parsed(text):
    """Return IC50, Hill coefficient, quantiles and limit of the channel of a compound with this one."""
    table = drugs.parse_compound([text], "50nM")
    known = np.isfinite(table.ic50_nM[0]) | np.isfinite(table.limit_nM[0])
    (column,) = np.flatnonzero(known)
    quantiles = table.ic50_posterior_nM[0, column]
    return CHANNELS[column], table.ic50_nM[0, column], table.hill[0, column], quantiles, table.limit_nM[0, column]


@pytest.mark.parametrize(
    ("text", "channel", "ic50_nM", "hill"),
    [
        ("IKr=120nM", "IKr", 120.0, 1.0),
        ("IKr=120nM h=1.1", "IKr", 120.0, 1.1),
        ("hERG = 1e-3 uM h=2", "IKr", 1.0, 2.0),
        ("ICaL=3uM", "ICaL", 3000.0, 1.0),
        ("ICaL=3µM", "ICaL", 3000.0, 1.0),
        ("ICaL=3μM", "ICaL", 3000.0, 1.0),
        ("INaL=1.2E3 nM", "INaL", 1200.0, 1.0),
        (" IKs= 7nM   h = 0.1 ", "IKs", 7.0, 0.1),
        ("IK1=7nM h=10", "IK1", 7.0, 10.0),
    ],
)
def test_a_channel_has_an_ic50_with_its_unit_and_a_hill_coefficient(text, channel, ic50_nM, hill):
    found = parsed(text)
    assert found[:3] == (channel, pytest.approx(ic50_nM), hill)
    assert np.isnan(found[3]).all()


@pytest.mark.parametrize(
    "text", ["IKr=0.12(0.09-0.16)uM", "IKr=120(90-160)nM", "IKr=120 ( 90 – 160 ) nM h=1", "IKr=120(9e1-1.6E2)nM"]
)
def test_an_interval_is_in_the_unit_that_follows_it(text):
    assert parsed(text)[3] == pytest.approx([90.0, 120.0, 160.0])


def test_an_interval_may_begin_with_a_negative_exponent():
    assert parsed("IKr=1(1e-1-1e+1)nM")[3] == pytest.approx([0.1, 1.0, 10.0])


@pytest.mark.parametrize("text", ["ICaL>30uM", "ICaL=>30uM", "ICaL >= 30 uM", "ICaL≥30µM", "ICaL>30uM h=2"])
def test_a_limit_is_that_of_a_drug_table(text, tmp_path):
    path = tmp_path / "drugs.csv"
    path.write_text("drug,cmax_nM,ICaL_ic50_nM\nx,50,>30000\n")
    table = drugs.read_drug_table(path, ["ICaL"], ())
    _, ic50_nM, _, quantiles, limit = parsed(text)
    assert np.isnan(ic50_nM)
    assert limit == table.limit_nM[0, 0] == 30000
    assert quantiles == pytest.approx(table.ic50_posterior_nM[0, 0])


def test_a_compound_is_a_table_of_all_channels():
    table = drugs.parse_compound(["IKr=120nM", "INa>30uM"], "0.05uM", " mine ")
    assert (table.names, table.channels, table.cmax_nM.tolist()) == (("mine",), CHANNELS, [50.0])
    assert np.isfinite(table.ic50_nM).sum() == 1
    assert np.isnan(drugs.draw_hill(table, 4).ic50_nM[0, :, CHANNELS.index("ICaL")]).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("IKr=120", "unit of IC50 of IKr is missing: 'IKr=120'; expected nM or uM after the number"),
        ("IKr=120(90-160)", "unit of IC50 of IKr is missing: 'IKr=120(90-160)'; expected nM or uM after the number"),
        ("IKr>30", "unit of IC50 of IKr is missing: 'IKr>30'; expected nM or uM after the number"),
        ("IKr=120mM", "unit of IC50 of IKr: 'IKr=120mM'; expected nM or uM"),
        ("IKr=120pM", "unit of IC50 of IKr: 'IKr=120pM'; expected nM or uM"),
        ("IKr=120nm", "unit of IC50 of IKr: 'IKr=120nm'; expected nM or uM"),
        ("IKr=120nM(90-160)nM", "unit of IC50 of IKr: 'IKr=120nM(90-160)nM'; expected nM or uM"),
        ("IKr=0nM", "IC50 of IKr: 'IKr=0nM'; expected a number above 0"),
        ("IKr=-1nM", "IC50 of IKr: 'IKr=-1nM'; expected a number above 0"),
        ("IKr=nM", "IC50 of IKr: 'IKr=nM'; expected a number above 0"),
        ("IKr=", "IC50 of IKr: 'IKr='; expected a number above 0"),
        ("IKr=1,2nM", "IC50 of IKr: 'IKr=1,2nM'; expected a number above 0, with a decimal point"),
        ("IKr=1e400nM", "IC50 of IKr: 'IKr=1e400nM'; expected a number above 0"),
        ("IKr>1e7uM", "IC50 of IKr: 'IKr>1e7uM'; expected a limit below 1e10 nM"),
        ("IKr>120(90-160)nM", "IC50 of IKr: 'IKr>120(90-160)nM'; expected a limit without an interval"),
        ("IKr=120(90nM-0.16uM)nM", "95 % interval of IC50 of IKr: 'IKr=120(90nM-0.16uM)nM'; expected two rising"),
        ("IKr=120(160-90)nM", "95 % interval of IC50 of IKr: 'IKr=120(160-90)nM'; expected two rising"),
        ("IKr=120(130-160)nM", "95 % interval of IC50 of IKr: 'IKr=120(130-160)nM'; expected two rising"),
        ("IKr=120(0-160)nM", "95 % interval of IC50 of IKr: 'IKr=120(0-160)nM'; expected two rising"),
        ("IKr=120(90)nM", "95 % interval of IC50 of IKr: 'IKr=120(90)nM'; expected two rising"),
        ("IKr=120()nM", "95 % interval of IC50 of IKr: 'IKr=120()nM'; expected two rising"),
        ("IKr=120nM h=0.09", "Hill coefficient of IKr: 'IKr=120nM h=0.09'; expected h= with a number from 0.1 to 10"),
        ("IKr=120nM h=10.1", "Hill coefficient of IKr: 'IKr=120nM h=10.1'; expected h= with a number from 0.1 to 10"),
        ("IKr=120nM h=x", "Hill coefficient of IKr: 'IKr=120nM h=x'; expected h= with a number from 0.1 to 10"),
        ("IKr=120nM h=nan", "Hill coefficient of IKr: 'IKr=120nM h=nan'; expected h= with a number from 0.1 to 10"),
        ("Ikr=120nM", "unknown channel 'Ikr' in 'Ikr=120nM'; expected one of hERG, IKr,"),
        ("Nav1.5=120nM", "unknown channel 'Nav1.5' in 'Nav1.5=120nM'; expected one of hERG, IKr,"),
        ("=120nM", "unknown channel '' in '=120nM'; expected one of"),
        ("IKr", "channel: 'IKr'; expected CHANNEL=IC50 with its unit"),
        ("", "channel: ''; expected CHANNEL=IC50 with its unit"),
        ("IKr<5nM", "channel: 'IKr<5nM'; expected CHANNEL=IC50 with its unit"),
        ("IKr=120nM h=", "channel: 'IKr=120nM h='; expected CHANNEL=IC50 with its unit"),
        ("IKr=120nM ICaL=3uM", "channel: 'IKr=120nM ICaL=3uM'; expected CHANNEL=IC50 with its unit"),
    ],
)
def test_a_mistake_names_the_channel_and_what_is_expected(text, message):
    with pytest.raises(UserError) as error:
        drugs.parse_compound([text], "50nM")
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("50", "unit of Cmax is missing: '50'; expected nM or uM after the number"),
        ("50mM", "unit of Cmax: '50mM'; expected nM or uM"),
        ("0nM", "Cmax: '0nM'; expected a number above 0"),
        ("nM", "Cmax: 'nM'; expected a number above 0"),
        ("", "Cmax: ''; expected a number above 0"),
        ("50 nM x", "Cmax: '50 nM x'; expected a number with the unit nM or uM"),
    ],
)
def test_cmax_needs_a_number_and_its_unit(text, message):
    with pytest.raises(UserError) as error:
        parse_concentration("Cmax", text)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("twice", [["IKr=1nM", "IKr=2nM"], ["hERG=1nM", "IKr=2nM"]])
def test_a_channel_is_given_once(twice):
    with pytest.raises(UserError, match=r"IKr .hERG is the same channel.: 'IKr=2nM'; expected every channel once"):
        drugs.parse_compound(twice, "50nM")


def test_a_compound_needs_a_channel_a_cmax_and_a_name():
    with pytest.raises(UserError, match=r"no channel; expected CHANNEL=IC50"):
        drugs.parse_compound([], "50nM")
    with pytest.raises(UserError, match=r"no Cmax; expected the free peak plasma concentration"):
        drugs.parse_compound(["IKr=1nM"], None)
    with pytest.raises(UserError, match=r"name of the compound: ' '; expected a name"):
        drugs.parse_compound(["IKr=1nM"], "1nM", " ")


def test_the_spread_between_laboratories_is_that_of_channels_without_an_interval():
    table = drugs.parse_compound(["IKr=100nM", "ICaL=100(90-120)nM", "INa>30uM"], "50nM")
    spread = drugs.with_laboratory_spread(table, 0.36)
    assert np.isnan(drugs.with_laboratory_spread(table, 0.0).ic50_posterior_nM[0, 0]).all()
    column = spread.channels.index
    draws = np.log10(drugs.draw_hill(spread, 2000).ic50_nM[0, :, column("IKr")])
    assert (draws.mean(), draws.std()) == (pytest.approx(2, abs=0.01), pytest.approx(0.36, abs=0.01))
    for channel in ("ICaL", "INa"):
        at = (0, column(channel))
        assert spread.ic50_posterior_nM[at].tolist() == table.ic50_posterior_nM[at].tolist()


def test_a_table_of_compounds_is_checked(tmp_path):
    path = tmp_path / "drugs.csv"
    path.write_text("drug,cmax_nM,hERG_ic50_nM,hERG_hill\na,50,120,1\nb,50,120,11\n")
    with pytest.raises(UserError) as error:
        drugs.read_compounds(path)
    assert str(error.value) == f"{path}: b: Hill coefficient of IKr: 11; expected 0.1 to 10"
    path.write_text("drug,cmax_nM\na,50\n")
    with pytest.raises(UserError, match="no column of an IC50; expected one or more of IKr_ic50_nM, ICaL_ic50_nM"):
        drugs.read_compounds(path)
    path.write_text("drug,cmax_nM,hERG_ic50_nM\na,,120\n")
    with pytest.raises(UserError, match="cmax_nM"):
        drugs.read_compounds(path)
