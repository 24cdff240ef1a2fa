"""Put the simulations of all iterations together, copy the last classifier, and describe the control."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        import shutil

        from pointes.campaign.files import store, surrogate
        from pointes.campaign.steps import control
        from pointes.campaign.steps.collect import collect
        from pointes.files import write_json

        simulations = collect(snakemake.input.simulations, snakemake.params.meaning, snakemake.params.fingerprint)
        store.write(snakemake.output.simulations, simulations)
        shutil.copyfile(snakemake.input.surrogate, snakemake.output.surrogate)
        risk = None
        if surrogate.target_of(snakemake.output.surrogate).is_class:
            classifier, space = surrogate.read(snakemake.output.surrogate)
            risk = control.risk(simulations, surrogate.predictor(classifier, space))
        write_json(snakemake.output.control, {"risk": risk, **control.describe(simulations)})
