"""The Slurm of the tests runs jobs."""


def test_jobs_run(slurm):
    before = slurm.last()
    assert slurm.run("srun", "echo", "ran") == "ran\n"
    assert slurm.states(since=before) == ["COMPLETED"]
