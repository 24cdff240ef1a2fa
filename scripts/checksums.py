"""Write the checksums of a campaign's results, and of the files that its configuration names."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files.checksums import iteration_files, write_inputs, write_sums

        given = zip(snakemake.params.keys_of_inputs, snakemake.input.given, strict=True)
        write_inputs(snakemake.output.inputs, dict(given))
        learning = snakemake.input.learning  # no file in a sweep
        of_iterations = iteration_files(learning) if learning else []
        write_sums(snakemake.output.sums, [*snakemake.input.results, *of_iterations, snakemake.output.inputs])
