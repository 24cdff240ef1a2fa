"""Follow how the classifier learns from one way of choosing points."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from functools import partial

        from pointes.campaign.files import store
        from pointes.campaign.settings import Sampling
        from pointes.campaign.simulation.simulators import make_simulator
        from pointes.campaign.steps.replays import active_curve, passive_curve, write_curves

        simulations = store.read(snakemake.input[0])
        design, sizes = snakemake.wildcards.design, snakemake.params.sizes
        sampling = Sampling.from_params(snakemake.params.sampling)
        simulator = make_simulator(snakemake.params.simulator)
        pace = partial(simulator.run, parameters=list(simulations.space))
        curves = [
            active_curve(simulations, pace, sampling, repeat, sizes)
            if design == "active"
            else passive_curve(simulations, design, repeat, sizes)
            for repeat in range(snakemake.params.repeats)
        ]
        write_curves(snakemake.output[0], {design: curves}, sizes)
