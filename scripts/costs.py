"""Note what a run of each level has cost in the start, once and for all later choices."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files import store
        from pointes.campaign.simulation.fidelities import measured_costs
        from pointes.campaign.simulation.simulators import simulations_of
        from pointes.files import write_json

        params = snakemake.params
        simulations = simulations_of(params.simulation, params.low, params.scales)
        started = store.read(snakemake.input[0])
        write_json(snakemake.output[0], measured_costs(started, simulations, Path(params.shards)))
