"""Hostile configurations: each is a campaign, or is refused in one line for each mistake, before anything is made."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pointes import campaign
from pointes.campaign.prepare import Campaign

from .conftest import TEXTS, many, mutated, outcome

PROJECT = Path(__file__).parents[3]
BLOCKS = {"J_in": [0, 1], "J_out": [0, 0.5]}
VALID = {
    "name": "hostile",
    "seed": 3,
    "model": {"name": "mitchell-schaeffer-2003", "celltype": None},
    "protocol": {"cycle_length": 1000.0, "beats": 3, "label_beats": 1, "tolerance": 1.0e-3},
    "simulation": {
        "scale": "cell",
        "tissue": {"size": [2.0], "spacing": 0.25, "beats": 1, "electrodes": {"V1": [9, 0, 0]}},
    },
    "parameters": {"blocks": BLOCKS},
    "learning": {"start": 4, "batch": 2, "max_simulations": 20, "max_core_hours": 1.5, "stopping": {"window": 4}},
    "execution": {"workers": 1, "cluster": "local"},
    "drugs": {"table": "hostile.csv", "multiples": [1, 2.5]},
    "replays": {"enabled": False},
}
TISSUE = VALID | {"simulation": VALID["simulation"] | {"scale": "cable"}}
LAUGHS = "\n" + "".join(f"l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * 9)}]\n" for k in range(1, 12)).replace("*l0", "lol")
MERGES = "\nm0: &m0 {a: 1}\n" + "".join(
    f"m{k}: &m{k} {{<<: [{', '.join([f'*m{k - 1}'] * 9)}]}}\n" for k in range(1, 12)
)
FRAGMENTS = [
    LAUGHS,
    MERGES,
    "\nname: &a [*a]\n",
    "\nmodel: &a {name: *a}\n",
    "\nmodel: &a {<<: *a}\n",
    "!!python/object/apply:os.abort []",
    "!!python/object/new:os.system [abort]",
    "!!python/name:os.abort",
    "!!python/tuple [1, 2]",
    "!!binary /w==",
    "!!set {a, 0x" + "f" * 5000 + "}",
    "!!omap [a: 1]",
    "!!int ''",
    "!!bool maybe",
    "!!timestamp soon",
    "!!float '1,5'",
    "? [a, b]\n: c",
    "? {a: b}\n: c",
    "\n---\nname: other\n",
    "%YAML 9.9\n---\n",
    "&a name: *a",
    "<<: {name: other}",
    "\nself: 1\n",
    "\n1: 2\n",
    "\nnull: 2\n",
    "\n__use_yte__: true\n?x: 1\n",
    "2001-01-01",
    "1:60:60",
    "{" * 2000,
    "- " * 2000,
    "".join(f"\nkey{k}: {k}" for k in range(3000)),
]
VALUES = [
    *TEXTS,
    None,
    True,
    -1,
    0,
    1.5,
    10**400,
    -(10**30),
    float("nan"),
    float("inf"),
    [],
    {},
    [[[]]],
    {"a": {"b": 1}},
]


@st.composite
def configurations(draw):
    """Return a configuration with some keys dropped, renamed, or given values of other kinds."""
    values = yaml.safe_load(yaml.safe_dump(draw(st.sampled_from([VALID, TISSUE]))))
    for _ in range(draw(st.integers(0, 3))):
        section = values
        while isinstance(section[name := draw(st.sampled_from(sorted(section)))], dict) and section[name]:
            if draw(st.integers(0, 3)) == 0:
                break
            section = section[name]
        value = copy.deepcopy(draw(st.sampled_from(VALUES) | st.integers() | st.floats()))
        match draw(st.sampled_from(["drop", "value", "value", "nest", "list", "rename"])):
            case "drop" if len(section) > 1:
                del section[name]
            case "nest":
                section[name] = {name: section[name]}
            case "list":
                section[name] = [section[name], value]
            case "rename":
                section[str(value)[:1000]] = section.pop(name)
            case _:
                section[name] = value
        if not values:
            break
    return yaml.safe_dump(values, sort_keys=False)


@pytest.fixture(scope="module")
def home(folder):
    """A working directory for sound campaigns, whose kernels are loaded."""
    (folder / "hostile.csv").write_text("drug,cmax_nM,J_in_ic50_nM,J_out_ic50_nM\nx,1,2,3\n")
    for values in (VALID, TISSUE):
        (folder / "hostile.yaml").write_text(yaml.safe_dump(values))
        assert campaign.check_campaign(folder / "hostile.yaml").folder == Path("results/hostile")
    return folder


def check(content, folder):
    path = folder / "hostile.yaml"
    path.write_bytes(content)
    outcome(campaign.load, path)
    checked = outcome(campaign.check_campaign, path, kernels=True)
    if isinstance(checked, Campaign):
        assert checked.folder.parent == Path("results")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: !!python/object/apply:os.mkdir [hostile-effect]", "could not determine a constructor for the tag"),
        ("name: !!python/name:os.system", "could not determine a constructor for the tag"),
        ("__use_yte__: true\n?__import__('os').mkdir('hostile-effect'): 1", "expected no template: Snakemake runs"),
        (LAUGHS, "its aliases make 3.97e+10 keys and values; expected at most 100000"),
        (MERGES, "keys and values; expected at most 100000"),
        ("name: &a [*a]", "its aliases make inf keys and values"),
        ("model: &a {<<: *a}", "its aliases make inf keys and values"),
        ("name: " + "[" * 5000, "nested too deeply"),
        ("? [a, b]\n: c", "a key that is a list or a mapping"),
        ("seed: 2026-99-99", "a value that is not what it looks like"),
        ("seed: " + "9" * 5000, "a value that is not what it looks like"),
        ("seed: !!int ''", "a value that is not what it looks like"),
        ("seed: 0x" + "f" * 5000, "seed: an integer of 20000 bits; expected less than"),
        ("name: " + "a" * 1_000_000, "1000007 characters; expected a configuration of at most 1000000"),
        ("learning: {max_core_hours: .inf}", "learning.max_core_hours: inf; expected a finite number"),
        (f"protocol: {{beats: {10**12}}}", "protocol.beats: 1000000000000; expected at most 1000000000"),
        (f"simulation: {{tissue: {{layers: {{endo: {10**400}}}}}}}", "expected positive numbers by cell type"),
        ('name: "\\e[2J"', r"name: '\x1b[2J'; expected 1 to 64 letters"),
    ],
    ids=lambda text: text[:20],
)
def test_ways_to_deceive_a_reader_are_one_line(home, text, message):
    path = home / "hostile.yaml"
    path.write_text(text + "\n")
    (line,) = outcome(campaign.load, path)
    assert message in line
    assert not (home / "hostile-effect").exists()


def test_no_more_mistakes_than_fit_on_a_screen_are_told(home):
    path = home / "hostile.yaml"
    path.write_text("".join(f"key{k}: {k}\n" for k in range(5000)))
    assert len(outcome(campaign.load, path)) == 50


def test_aliases_and_merges_of_honest_configurations_are_read(home):
    path = home / "hostile.yaml"
    path.write_text("protocol: {beats: &b 7, label_beats: *b}\nlearning: {<<: {start: 8, batch: 4}, batch: 2}\n")
    config = campaign.load(path)
    assert (config.protocol.label_beats, config.learning.start, config.learning.batch) == (7, 8, 2)


@many
@given(data=st.data())
def test_configurations_with_other_values(home, data):
    check(data.draw(configurations()).encode("utf-8", errors="replace"), home)


@many
@given(content=mutated(yaml.safe_dump(VALID, sort_keys=False), FRAGMENTS))
def test_mutated_texts(home, content):
    check(content, home)
