"""Credentials are for their owner only, and gone when the cluster has ended."""

import stat
import subprocess
import sys

import pytest

from pointes.batches.certificates import temporary_security, write_certificates


def test_files_are_private_and_temporary(tmp_path):
    with temporary_security(tmp_path) as security:
        (private,) = tmp_path.iterdir()
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in private.iterdir()} == {0o600}
        assert security.require_encryption
        assert security.get_connection_args("client")["ssl_context"] is not None
    assert not any(tmp_path.iterdir())


def test_existing_files_are_not_overwritten(tmp_path):
    line = [sys.executable, "-m", "pointes.batches.certificates", "made/for/us"]
    subprocess.run(line, cwd=tmp_path, check=True, timeout=60)
    assert sorted(path.name for path in (tmp_path / "made/for/us").iterdir()) == ["cert.pem", "key.pem"]
    with pytest.raises(FileExistsError):
        write_certificates(tmp_path / "made/for/us")
