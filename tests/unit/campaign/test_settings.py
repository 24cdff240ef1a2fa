"""Settings between the configuration and the jobs."""

from pointes.campaign.configuration.loading import parse
from pointes.campaign.settings import Limits, Sampling


def test_sampling_survives_the_params_of_a_rule():
    for learning in ({}, {"fidelities": ["cell", "cable"], "max_simulations": 200}):
        scale = {"scale": "cable"} if learning else {}
        sampling = Sampling.of(parse({"learning": learning, "simulation": scale}, "c.yaml"))
        assert Sampling.from_params(sampling.to_params()) == sampling


def test_params_hold_optional_settings_only_where_they_are_used():
    """Else a new setting would make Snakemake run all jobs of earlier results again."""
    sampling = Sampling(seed=1, start=8, batch=4, stream_share=0.25)
    assert sampling.to_params() == {"seed": 1, "start": 8, "batch": 4, "stream_share": 0.25}


def test_limits_are_found_in_the_section_of_a_record():
    config = parse({"learning": {"max_core_hours": 2}}, "c.yaml")
    expected = Limits(batch=8, max_simulations=96, max_core_hours=2)
    assert Limits.of(config) == expected
    assert Limits.from_params(config.model_dump(mode="json")["learning"]) == expected
    assert Limits.from_params({"batch": 8, "max_simulations": 96}) == Limits(8, 96)
    assert list(expected.to_params()) == ["batch", "max_simulations", "max_core_hours", "max_wall_hours"]
