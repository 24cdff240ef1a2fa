"""Every mistake in a configuration is one clear line: file, key, value, what was expected."""

from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from pointes.campaign.configuration.loading import find_table, load, parse, parse_any, read
from pointes.campaign.configuration.schema import Config
from pointes.campaign.prepare import model_fingerprint, prepare
from pointes.cells.model import find
from pointes.errors import UserError
from pointes.learning import StoppingRule

PROJECT = Path(__file__).parents[4]

MISTAKES = [
    (
        {"execution": {"slurm": {"memory": 8}}},
        "c.yaml: execution.slurm.memory: 8; expected a valid string",
    ),
    (
        {"execution": {"slurm": {"memory": "8"}}},
        "c.yaml: execution.slurm.memory: '8'; expected a number with its unit, such as 2 GB",
    ),
    (
        {"execution": {"slurm": {"directives": "--qos=long"}}},
        "c.yaml: execution.slurm.directives: '--qos=long'; expected a valid tuple",
    ),
    (
        {"learning": {"bacth": 8}},
        "unknown key 'learning.bacth' in c.yaml; expected one of fidelities, warm_start, start, batch, ",
    ),
    (
        {"budget": 1},
        "unknown key 'budget' in c.yaml; expected one of name, seed, model, protocol, simulation, parameters",
    ),
    ({"protocol": {"beats": "thirty"}}, "c.yaml: protocol.beats: 'thirty'; expected a valid integer"),
    (
        {"learning": {"stopping": {"window": 8, "errors": 9}}},
        "learning.stopping.errors: 9; expected at most learning.stopping.window, which is 8",
    ),
    ({"protocol": {"tolerance": "1e-4"}}, "YAML takes this one for text: write it with a point, as 1.0e-4"),
    ({"learning": {"batch": 0}}, "c.yaml: learning.batch: 0; expected greater than or equal to 1"),
    ({"learning": None}, "c.yaml: learning: None; expected a mapping of keys"),
    (
        {"learning": {"start": 40, "max_simulations": 32}},
        "learning.max_simulations: 32; expected at least the control and learning.start",
    ),
    ({"protocol": {"beats": 3}}, "c.yaml: protocol.label_beats: 4; expected at most protocol.beats, which is 3"),
    ({"protocol": {"cycle_length": float("nan")}}, "c.yaml: protocol.cycle_length: nan; expected"),
    (
        {"parameters": {"blocks": {"IKr": [0, 1.5], "ICaL": [0, 1]}}},
        "c.yaml: parameters.blocks.IKr: [0, 1.5]; expected",
    ),
    ({"parameters": {"blocks": {"IKr": [1, 0], "ICaL": [0, 1]}}}, "two numbers, the lower first, both in [0, 1]"),
    (
        {"parameters": {"blocks": {"IKr": [0], "ICaL": [0, 1]}}},
        "c.yaml: parameters.blocks.IKr: [0]; expected two numbers",
    ),
    ({"parameters": {"blocks": {}}}, "c.yaml: parameters: {'blocks': {}}; expected at least one axis"),
    ({"name": "../elsewhere"}, "c.yaml: name: '../elsewhere'; expected 1 to 64 letters"),
    ({"execution": {"workers": 0}}, "c.yaml: execution.workers: 0; expected greater than or equal to 1 or 'auto'"),
    ({"drugs": {"multiples": [1, 1]}}, "c.yaml: drugs.multiples: [1, 1]; expected increasing positive numbers"),
    ({"drugs": {"largest_multiple": 0.5}}, "c.yaml: drugs.largest_multiple: 0.5; expected greater than or equal to 1"),
    (
        {"drugs": {"tabel": "x.csv"}},
        "unknown key 'drugs.tabel' in c.yaml; expected one of table, multiples, largest_multiple, draws; "
        "did you mean table?",
    ),
    ({"drugs": "none"}, "c.yaml: drugs: 'none'; expected a mapping of keys or null"),
    ({"learning": {"max_core_hours": 0}}, "c.yaml: learning.max_core_hours: 0; expected greater than 0"),
    ({"learning": {"max_wall_hours": "1 h"}}, "c.yaml: learning.max_wall_hours: '1 h'; expected a valid number"),
    (
        {"protocol": {"cycle_length": 500, "stimulus_duration": 500}},
        "c.yaml: protocol.stimulus_duration: 500; expected less than protocol.cycle_length, which is 500 ms",
    ),
    ({"protocol": {"stimulus_duration": 0}}, "c.yaml: protocol.stimulus_duration: 0; expected greater than 0"),
    ({"protocol": {"stimulus_level": 0}}, "protocol.stimulus_level: 0; expected a finite number other than 0"),
    (
        {"learning": {"acquisition": "su"}},
        "c.yaml: learning.acquisition: 'su'; expected one of sur, u, margin, feasibility, straddle, random, sobol, "
        "imse, variance; did you mean sur?",
    ),
    ({"simulation": {"tissue": {"image": {}}}}, "c.yaml: simulation.tissue.image.file; expected a value"),
    (
        {"simulation": {"tissue": {"image": {"file": "a.nc", "tags": {"endo": []}}}}},
        "c.yaml: simulation.tissue.image.tags: {'endo': []}; expected an integer or a list of integers by cell type",
    ),
    ([1], "c.yaml: content: [1]; expected a mapping of keys"),
]


@pytest.mark.parametrize(("values", "message"), MISTAKES, ids=lambda case: case if isinstance(case, str) else "")
def test_mistake_is_one_line(values, message):
    with pytest.raises(UserError) as caught:
        parse(values, "c.yaml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_of_two_mistakes_has_its_line():
    with pytest.raises(UserError) as caught:
        parse({"seed": "one", "learning": {"batch": 0}}, "c.yaml")
    assert [line.split(";")[0] for line in str(caught.value).splitlines()] == [
        "c.yaml: seed: 'one'",
        "c.yaml: learning.batch: 0",
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": {"name": "ohara-2012"}}, "unknown model 'ohara-2012'"),
        ({"model": {"celltype": "middle"}}, "unknown cell type 'middle'"),
        (
            {"parameters": {"blocks": {"IKr": [0, 1], "ICal": [0, 1]}}},
            "unknown channel 'ICal' in parameters.blocks of c.yaml",
        ),
    ],
)
def test_unknown_name_is_refused(values, message):
    with pytest.raises(UserError, match=message) as caught:
        model_fingerprint(parse(values, "c.yaml"), "c.yaml")
    assert "c.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "celltype"),
    [
        (None, "mid"),
        ({"name": "ohara-2011"}, "endo"),
        ({"name": "tentusscher-2006"}, "epi"),
        ({"name": "mitchell-schaeffer-2003"}, "default"),
    ],
)
def test_cell_type_is_the_models_first_one_unless_it_is_given(model, celltype):
    config = parse({} if model is None else {"model": model}, "c.yaml")
    assert find(config.model.name, config.model.celltype).celltype == celltype


def test_model_that_cannot_be_paced_is_refused(tmp_path):
    cubic = (PROJECT / "tests/data/models/cubic.cellml").read_text()
    path = tmp_path / "alone.cellml"
    path.write_text(cubic.replace("<ci>i_K</ci><ci>i_Stim</ci>", "<ci>i_K</ci>"))
    with pytest.raises(
        UserError,
        match=r"c\.yaml: model\.name: .*alone\.cellml'; expected a model that can be paced; it has no stimulus",
    ):
        model_fingerprint(parse({"model": {"name": str(path)}}, "c.yaml"), "c.yaml")


def test_missing_drug_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"c\.yaml: drugs\.table: 'mine.csv'; expected the path of a CSV table"):
        prepare({"drugs": {"table": "mine.csv"}}, "c.yaml", PROJECT)


def test_faulty_drug_table_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text("drug,cmax_nM,hERG_ic50_nM,ICaL_ic50_nM\nx,1,-5,\n")
    with pytest.raises(UserError, match="-5"):
        prepare({"drugs": {"table": "mine.csv"}}, "c.yaml", PROJECT)
    assert not Path("results").exists()


def test_a_campaign_without_drugs_needs_no_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    campaign = prepare({"drugs": None}, "c.yaml", tmp_path)
    assert campaign.drugs is None
    assert campaign.config.drugs is None
    assert campaign.notes == ()


def test_what_was_done_to_a_drug_table_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    columns = "drug,cmax_total_uM,fraction_unbound,hERG_ic50_nM,ICaL_ic50_nM,IKs_ic50_nM,INaK_ic50_nM"
    Path("mine.csv").write_text(f"{columns}\nx,1,0.1,50,>30000,n.d.,n.d.\n")
    assert prepare({"drugs": {"table": "mine.csv"}}, "c.yaml", PROJECT).notes == (
        "drug table mine.csv: µM converted to nM: cmax_total_uM",
        "drug table mine.csv: free Cmax computed from total Cmax and fraction unbound: 1 drugs",
        "drug table mine.csv: IC50 values that are limits (>), read as no block up to there: 1",
        "drug table mine.csv: columns for currents that are not explored: IKs, INaK",
    )


def test_drug_table_beside_the_user_wins_over_the_projects(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_table("config/drugs/cipa28.csv", PROJECT) == PROJECT / "config/drugs/cipa28.csv"
    Path("config/drugs").mkdir(parents=True)
    Path("config/drugs/cipa28.csv").touch()
    assert find_table("config/drugs/cipa28.csv", PROJECT) == Path("config/drugs/cipa28.csv")


def test_unreadable_files_are_one_line(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("learning: [\n")
    twice = tmp_path / "twice.yaml"
    twice.write_text("learning:\n  batch: 8\n  start: 16\n  batch: 16\n")
    for path, message in (
        (broken, "not valid YAML"),
        (tmp_path / "none.yaml", "cannot be read"),
        (twice, 'batch is given twice, first in line 2 in ".*", line 4'),
    ):
        with pytest.raises(UserError, match=message) as caught:
            load(path)
        assert "\n" not in str(caught.value)


def test_yaml_never_makes_objects(tmp_path):
    path = tmp_path / "evil.yaml"
    path.write_text("name: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(UserError, match="not valid YAML"):
        load(path)


def test_default_file_writes_out_the_defaults():
    path = PROJECT / "config/config.yaml"
    assert load(path) == Config()
    values = yaml.safe_load(path.read_text())
    assert parse(values, "config.yaml").model_fields_set == set(Config.model_fields)


def test_stopping_defaults_are_the_learners():
    of_classes = Config().learning.stopping.model_dump(exclude={"largest_error"})
    assert of_classes == asdict(StoppingRule())


@pytest.mark.parametrize("path", sorted((PROJECT / "config/campaigns").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_campaigns_are_sound_and_have_their_own_names(path):
    config = parse_any(read(path), str(path))
    if isinstance(config, Config):
        model_fingerprint(config, str(path), settled=True)  # a heart is put together where the workflow is planned
    assert config.name == path.stem
    assert config.name != Config().name


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("utf-16", "encoded as UTF-16; expected a file in UTF-8"), ("latin-1", "expected a file in UTF-8")],
)
def test_encodings_are_named(tmp_path, encoding, message):
    """Snakemake reads UTF-8 alone."""
    path = tmp_path / "c.yaml"
    path.write_text("name: sound  # für mich\n", encoding="utf-8-sig")
    assert load(path).name == "sound"
    path.write_text("name: sound  # für mich\n", encoding=encoding)
    with pytest.raises(UserError, match=message):
        load(path)
