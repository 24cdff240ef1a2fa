"""Compare the simulations of a sweep with the control, and write them as a table."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store
        from pointes.campaign.steps import control
        from pointes.campaign.steps.collect import collect
        from pointes.campaign.steps.sweep import write_table
        from pointes.files import write_json

        output, params = snakemake.output, snakemake.params
        simulations = collect(snakemake.input, params.meaning, params.fingerprint)
        write_json(output.control, {"risk": None, **control.describe(simulations)})
        write_table(output.table, simulations)
        store.write(output.simulations, simulations)
