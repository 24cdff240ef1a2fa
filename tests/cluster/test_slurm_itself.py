"""The Slurm of the tests runs jobs."""


def test_jobs_run(slurm, tmp_path):
    slurm.run("sbatch", "--wait", f"--output={tmp_path}/out", "--wrap=echo ran")
    assert (tmp_path / "out").read_text() == "ran\n"
    assert slurm.states() == ["COMPLETED"]
