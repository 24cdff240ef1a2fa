"""Temporary TLS credentials by which the processes of one cluster know each other, and nobody else gets in.

``python -m pointes.batches.certificates FOLDER`` writes such credentials for a cluster that a user starts.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pointes.libraries import distributed

if TYPE_CHECKING:
    from distributed.security import Security

CERTIFICATE = "cert.pem"
KEY = "key.pem"


def write_certificates(folder: Path) -> None:
    """Make credentials and write them to a folder: the certificate, which is also its own CA, and its key.

    Dask makes both at once. They are valid for a year, and readable for their owner only.
    """
    made = distributed.security.Security.temporary()
    for name, text in ((CERTIFICATE, made.tls_ca_file), (KEY, made.tls_client_key)):
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)


def security(ca_file: Path | str, certificate: Path | str, key: Path | str) -> "Security":
    """Return the settings of a cluster that refuses connections without these credentials."""
    cert, private = str(certificate), str(key)
    return distributed.security.Security(
        require_encryption=True,
        tls_ca_file=str(ca_file),
        **{f"tls_{role}_cert": cert for role in ("client", "scheduler", "worker")},
        **{f"tls_{role}_key": private for role in ("client", "scheduler", "worker")},
    )


@contextmanager
def temporary_security(folder: Path) -> Iterator["Security"]:
    """Yield new credentials, kept within the block in a private folder that is made inside ``folder``."""
    with tempfile.TemporaryDirectory(prefix=".tls-", dir=folder) as private:
        path = Path(private).absolute()
        write_certificates(path)
        yield security(path / CERTIFICATE, path / CERTIFICATE, path / KEY)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(mode=0o700, parents=True)
    write_certificates(Path(sys.argv[1]))
