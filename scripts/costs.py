"""Write the costs of a run of each fidelity in the start, on which all later choices are based."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files import store
        from pointes.campaign.simulation.fidelities import measured_costs
        from pointes.campaign.simulation.simulators import make_simulator
        from pointes.files import write_json

        params = snakemake.params
        simulators = {scale: make_simulator(values) for scale, values in params.simulators.items()}
        started = store.read(snakemake.input[0])
        write_json(snakemake.output[0], measured_costs(started, simulators, Path(params.shards)))
