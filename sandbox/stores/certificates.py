"""An authority of one's own and a certificate from it: made once, kept in a directory, renewed in time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)
"""The longest that browsers accept."""
RENEWED_BEFORE = timedelta(days=30)
BACKDATED = timedelta(days=1)
"""Clocks differ."""
ALWAYS = ("localhost", "127.0.0.1", "::1")


class Files(NamedTuple):
    """What a server speaks TLS with, and what its clients have to trust."""

    authority: Path
    certificate: Path
    key: Path


def certificates(directory: Path, host: str, now: datetime) -> Files:
    """Files for a server on this machine that is also called `host`; made anew only where they are of no use.

    The authority is good for these names only, so that a stolen key of it is of little use."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = list(dict.fromkeys([*ALWAYS, *([host] if host else [])]))
    files = Files(directory / "ca.pem", directory / "server.pem", directory / "server.key")
    key = directory / "ca.key"
    if not (key.exists() and _is_good(files.authority, names, now)):
        files.certificate.unlink(missing_ok=True)
        _make_authority(files.authority, key, names, now)
    if not (files.key.exists() and _is_good(files.certificate, names, now)):
        _make_certificate(files, key, names, now)
    return files


def _is_good(file: Path, names: Sequence[str], now: datetime) -> bool:
    """Whether it is and will be valid for a while, for all the names."""
    from cryptography import x509

    if not file.exists():
        return False
    found = x509.load_pem_x509_certificate(file.read_bytes())
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc - RENEWED_BEFORE:
        return False
    if found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        within = found.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
        return all(each in (within or ()) for each in _general(names, networks=True))
    held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return all(each in held for each in _general(names))


def _make_authority(file: Path, key_file: Path, names: Sequence[str], now: datetime) -> None:
    from cryptography import x509

    key = _new_key()
    name = _called(f"Event sandbox authority {now:%Y-%m-%d}")
    usage = x509.KeyUsage(**_usage("key_cert_sign", "crl_sign"))
    file.unlink(missing_ok=True)  # it must never be found beside another key
    built = (
        _begun(name, name, key, (now, AUTHORITY_LIFE))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(_general(names, networks=True), None), critical=True)
    )
    _write_key(key_file, key)
    _write(file, _signed(built, key))


def _make_certificate(files: Files, authority_key: Path, names: Sequence[str], now: datetime) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509.oid import ExtendedKeyUsageOID

    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    signer: Any = load_pem_private_key(authority_key.read_bytes(), None)
    key = _new_key()
    files.certificate.unlink(missing_ok=True)
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    built = (
        _begun(_called("Event sandbox"), authority.subject, key, (now, SERVER_LIFE))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**_usage("digital_signature")), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(issued_by, critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
    )
    _write_key(files.key, key)
    _write(files.certificate, _signed(built, signer) + files.authority.read_bytes())


def _begun(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, valid: tuple[datetime, timedelta]
) -> x509.CertificateBuilder:
    from cryptography import x509

    now, life = valid
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _called(name: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _general(names: Sequence[str], *, networks: bool = False) -> list[x509.GeneralName]:
    """Names as certificates hold them; constraints name networks where certificates name addresses."""
    from cryptography import x509

    found: list[x509.GeneralName] = []
    for name in names:
        try:
            address = ip_address(name)
        except ValueError:
            found.append(x509.DNSName(name))
        else:
            found.append(x509.IPAddress(ip_network(address) if networks else address))
    return found


def _usage(*granted: str) -> dict[str, bool]:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign"
    )
    names = [*every.split(), "crl_sign", "encipher_only", "decipher_only"]
    return {name: name in granted for name in names}


def _write_key(file: Path, key: EllipticCurvePrivateKey) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    _write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)


def _write(file: Path, content: bytes, mode: int = 0o644) -> None:
    """All of it or nothing: a half-written key would be found again at the next start."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
        opened.write(content)
    draft.replace(file)
