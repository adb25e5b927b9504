"""Certificates for tests, signed by themselves; made by `openssl`, a few milliseconds each."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MISSING = "openssl is not installed (apt-get install openssl)"
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


@dataclass(frozen=True)
class Certificate:
    """Two files in PEM form."""

    file: Path
    key: Path


def installed() -> bool:
    """Tell whether any can be made."""
    return shutil.which("openssl") is not None


def make(folder: Path, name: str, *, of: str = "localhost", expired: bool = False) -> Certificate:
    """Make the certificate of a server that is called `of`; `expired` is one of no days."""
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    request = folder / f"{name}.csr"
    extension = folder / f"{name}.ext"
    extension.write_text(f"subjectAltName=DNS:{of}\n")
    _openssl(
        "req", "-new", *_CURVE, "-nodes", "-subj", f"/CN={of}", "-keyout", made.key, "-out", request
    )
    _openssl(
        "x509", "-req", "-in", request, "-signkey", made.key, "-out", made.file,
        "-days", "0" if expired else "30", "-extfile", extension,
    )  # fmt: skip
    return made


def with_password(certificate: Certificate) -> Certificate:
    """Return it with a key that has a password."""
    key = certificate.key.with_suffix(".locked")
    _openssl("pkey", "-in", certificate.key, "-aes128", "-passout", "pass:secret", "-out", key)
    return Certificate(certificate.file, key)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
