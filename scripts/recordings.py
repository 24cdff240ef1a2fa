"""Record action potentials or ECGs of all simulated points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store
        from pointes.campaign.simulation.simulators import make_simulator
        from pointes.campaign.steps.recordings import write_recordings

        simulator = make_simulator(snakemake.params.simulator)
        write_recordings(snakemake.output[0], store.read(snakemake.input[0]), simulator)
