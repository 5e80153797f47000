"""A certificate for the registries of a benchmark, and what makes every tool trust it."""

from __future__ import annotations

import ipaddress
import ssl
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

#: Where the registries listen. crane takes 127.0.0.1 for plain http, and then refuses a link to a next page.
HOST = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"

SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True, slots=True)
class Trust:
    """Files: a certificate for ``HOST``, its key, and all authorities that a tool has to trust.

    The system's own are among these: what a tool reads of them at every start, it reads here too.
    """

    certificate: Path
    key: Path
    authorities: Path

    @classmethod
    def made_in(cls, folder: Path) -> Trust:
        """Return new files."""
        files = cls(folder / "server.crt", folder / "server.key", folder / "authorities.crt")
        key = ec.generate_private_key(ec.SECP256R1())
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        files.certificate.write_bytes(_certificate(key).public_bytes(Encoding.PEM))
        known = SYSTEM_AUTHORITIES.read_bytes() if SYSTEM_AUTHORITIES.exists() else b""
        files.authorities.write_bytes(known + files.certificate.read_bytes())
        return files

    def add(self, authority: Path) -> None:
        """Trust another authority, too."""
        self.authorities.write_bytes(self.authorities.read_bytes() + authority.read_bytes())

    def context(self) -> ssl.SSLContext:
        """Return what makes a Python server speak TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "portcall benchmark")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
