"""Passes for wallets: an archive that says what it holds, signed with a certificate of its own.

No telephone trusts that certificate; everything else is as on a pass that one would accept."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from sandbox.formats.wallet_key import key_from

TEAM = "SANDBOX000"
PASS_TYPE = "pass.example.sandbox.ticket"
GREEN = (11, 93, 91)
VALID = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC))
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pkpass(shown: Mapping[str, Any], described: str, seed: int) -> bytes:
    """The archive for a WalletPass, signed with the key that the number gives."""
    files = {"pass.json": orjson.dumps(_description(shown, described), option=orjson.OPT_INDENT_2)}
    for scale, name in ((1, "icon.png"), (2, "icon@2x.png"), (3, "icon@3x.png")):
        files[name] = _square(29 * scale)
    sums = {name: hashlib.sha1(body, usedforsecurity=False).hexdigest() for name, body in files.items()}
    files["manifest.json"] = orjson.dumps(sums, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    files["signature"] = signature(files["manifest.json"], seed)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), body)
    return out.getvalue()


def signature(manifest: bytes, seed: int) -> bytes:
    """PKCS #7, detached, of the manifest's bytes; the same each time."""
    key, certificate = _signer(seed)
    options = [
        pkcs7.PKCS7Options.DetachedSignature,
        pkcs7.PKCS7Options.Binary,
        pkcs7.PKCS7Options.NoAttributes,
    ]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest)
    return builder.add_signer(certificate, key, hashes.SHA256()).sign(serialization.Encoding.DER, options)


@lru_cache(16)
def _signer(seed: int) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = key_from(seed)
    attributes = (
        (NameOID.COMMON_NAME, f"Pass Type ID: {PASS_TYPE}"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, TEAM),
        (NameOID.ORGANIZATION_NAME, "Event Sandbox"),
    )
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(VALID[0]).not_valid_after(VALID[1])
    return key, builder.sign(key, hashes.SHA256())


def _description(shown: Mapping[str, Any], described: str) -> dict[str, Any]:
    primary, *others = shown["fields"]
    return {
        "formatVersion": 1,
        "passTypeIdentifier": PASS_TYPE,
        "teamIdentifier": TEAM,
        "serialNumber": shown["serialNumber"],
        "organizationName": "Event Sandbox",
        "description": described,
        "backgroundColor": f"rgb{GREEN}".replace(" ", ""),
        "foregroundColor": "rgb(255,255,255)",
        "labelColor": "rgb(221,227,234)",
        "relevantDate": shown["relevantDate"],
        "expirationDate": shown["expirationDate"],
        "voided": shown["voided"],
        "locations": shown["locations"],
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": shown["barcode"]["message"],
                "messageEncoding": "iso-8859-1",
                "altText": shown["barcode"]["message"],
            }
        ],
        "generic": {"primaryFields": [primary], "secondaryFields": others[:2], "auxiliaryFields": others[2:]},
    }


def _square(side: int) -> bytes:
    """A PNG of one colour: passes without an icon are refused."""
    row = b"\x00" + bytes(GREEN) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(row * side, 9)), (b"IEND", b""))
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
