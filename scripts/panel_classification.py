"""Classify the drugs of a panel, count class flips between scenarios, and compare methods."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes import drugs
        from pointes.campaign.panel import classification
        from pointes.campaign.panel.method_files import write_methods
        from pointes.files import write_csv

        params, given, output = snakemake.params, snakemake.input, snakemake.output
        table = drugs.read_drug_table(given.table, (), drugs.CHANNELS)
        panels = zip(params.scored, map(Path, given.panels), params.cycle_lengths, strict=True)
        populations = zip(params.failing, map(Path, given.populations), strict=True)
        scored = {name: classification.read_metric(path, length) for name, path, length in panels}
        failing = {name: classification.failure_score(path) for name, path in populations}
        placed = zip(params.maps, map(Path, given.maps), strict=True)
        maps = {name: classification.critical_multiples(path) for name, path in placed}
        reference = params.scored[0]
        first = scored[reference]
        flips = classification.flips(scored, params.comparable)
        training = classification.training_drugs(Path(given.table), first.names)
        rows = drugs.flip_rows(flips, first.names, first.category)
        rows += classification.reference_rows(reference, first, training)
        write_csv(output.classification, rows)
        of_table = classification.training_drugs(Path(given.table), table.names)
        compared = classification.compare_methods(table, of_table, scored, failing, maps, seed=params.seed)
        write_methods(Path(output.methods), Path(output.method_classification), Path(output.tables), *compared)
