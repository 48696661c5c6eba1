"""Every setting of the server, with its default and what it is for; SANDBOX_<NAME> in the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PREFIX = "SANDBOX_"
SEED_PROFILES = ("empty", "minimal", "standard", "load")
STACKS = ("fused", "stock")
ADDRESSES = ("public_url", "partner_base_url", "stripe_url", "docs_base_url")


def setting(default: Any, help: str, *, choices: tuple[str, ...] = (), secret: bool = False) -> Any:
    """One row of the table."""
    return field(default=default, metadata={"help": help, "choices": choices, "secret": secret})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. The defaults serve this machine only, in memory, on the standard world."""

    host: str = setting("127.0.0.1", "address to listen on; any other than loopback needs an admin key")
    port: int = setting(8080, "port to listen on; 0 takes a free one")
    sftp_port: int | None = setting(None, "port for batch files over SFTP; 0 takes a free one; default: none")
    tls: bool = setting(False, "speak TLS, with a certificate made here; the file of its authority is named")
    tls_certificate: Path | None = setting(None, "certificate to speak TLS with, PEM; default: one made here")
    tls_key: Path | None = setting(None, "key of that certificate, PEM")
    trust_ca: Path | None = setting(
        None, "certificates of further authorities that webhook receivers may have theirs from, PEM"
    )
    data_dir: Path | None = setting(None, "directory of the journal; without one, nothing is kept")
    durable: bool = setting(False, "answer a write only after it is safely on the disk (fsync)")
    seed_profile: str = setting("standard", "seed world of the default workspace", choices=SEED_PROFILES)
    seed: int = setting(20250422, "seed of identifiers, chance and generated data")
    anchor: str = setting("", "instant seeded times are relative to; default: this week's Monday 00:00 UTC")
    scale: int = setting(1, "how many times the bulk data of the seed profile")
    stack: str = setting("fused", "request chain: compiled plans, or Connexion's own", choices=STACKS)
    public_url: str = setting("", "base address as others reach this server; default: http://<host>:<port>")
    partner_base_url: str = setting("", "base address of the partners; default: <public_url>/mocks")
    stripe_url: str = setting("", "where Stripe is; default: <partner_base_url>/stripe, of each workspace")
    stripe_secret_key: str = setting("", "test key of the Stripe account; a live one is refused", secret=True)
    stripe_webhook_secret: str = setting("", "secret that Stripe signs its webhooks with", secret=True)
    smtp_relay: str = setting("", "mail server that all letters go to: smtp[s]://host[:port]", secret=True)
    smtp_sender: str = setting("", "who letters are from; default: no-reply@sandbox.example")
    docs_base_url: str = setting("", "base address of links to documentation; default: <public_url>/docs")
    admin_key: str = setting("", "API key of the administrator; there is none without it", secret=True)
    signing_secret: str = setting("", "secret behind tokens and cursors; default: from the seed", secret=True)
    allow_loopback: bool = setting(True, "let webhooks and connectors reach loopback addresses")
    allow_private: bool = setting(False, "let webhooks and connectors reach private networks")
    journal_exchanges: int = setting(2000, "recorded HTTP exchanges kept per workspace")
    journal_body_bytes: int = setting(65536, "how much of a body the record keeps")
    max_body_bytes: int = setting(1048576, "largest request body accepted")
    request_seconds: int = setting(60, "how long a request may take to arrive in full; 0: for ever")
    max_workspaces: int = setting(500, "how many workspaces one process keeps")
    log_level: str = setting("info", "what is logged", choices=("debug", "info", "warning", "error"))

    @property
    def base_url(self) -> str:
        """Where this server is reached, without a trailing slash."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        scheme = "https" if self.tls or self.tls_certificate else "http"
        return (self.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip(
            "/"
        )

    @property
    def authorities(self) -> list[Path]:
        """Files of certificates to trust besides the usual ones: this server calls itself, too."""
        return [file for file in (self.trust_ca, self.tls_certificate) if file is not None]

    @property
    def partners_url(self) -> str:
        """Where the partners' interfaces are reached, without a trailing slash."""
        return (self.partner_base_url or f"{self.base_url}/mocks").rstrip("/")

    @property
    def docs_url(self) -> str:
        """What documentation links start with, without a trailing slash."""
        return (self.docs_base_url or f"{self.base_url}/docs").rstrip("/")


class Row(NamedTuple):
    """A setting as a person reads it."""

    name: str
    environment: str
    default: Any
    help: str
    choices: tuple[str, ...]
    secret: bool
    type: type


class WrongSettings(ValueError):
    """Every fault of the settings, at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


_TYPES: dict[str, type] = {"str": str, "int": int, "int | None": int, "bool": bool, "Path | None": Path}
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}

TABLE: tuple[Row, ...] = tuple(
    Row(f.name, PREFIX + f.name.upper(), f.default, type=_TYPES[str(f.type)], **f.metadata)
    for f in fields(Settings)
)


def read_settings(environment: Mapping[str, str], **given: Any) -> Settings:
    """Given values (None = not given) win over the environment, the environment over the defaults.

    Raises WrongSettings with every fault."""
    faults: list[str] = []
    values: dict[str, Any] = {}
    for row in TABLE:
        source, raw = row.name, given.get(row.name)
        if raw is None:
            source, raw = row.environment, environment.get(row.environment)
        if raw is None:
            continue
        try:
            values[row.name] = _parse(row, raw)
        except ValueError as fault:
            faults.append(f"{source} is {'not usable' if row.secret else repr(raw)}: {fault}")
    faults += [f"there is no setting {name!r}" for name in given if name not in {row.name for row in TABLE}]
    faults += [*_malformed(values), *_faults_between(values)]
    if faults:
        raise WrongSettings(faults)
    return Settings(**values)


def _parse(row: Row, raw: Any) -> Any:
    if row.type is bool:
        return _parse_bool(raw)
    if row.type is Path:
        return Path(raw).expanduser() if str(raw) else None
    if row.type is int:
        return _parse_count(raw)
    if row.choices and raw not in row.choices:
        raise ValueError(f"must be one of {', '.join(row.choices)}")
    return str(raw)


def _parse_bool(raw: Any) -> bool:
    text = str(raw).lower()
    if text not in _YES | _NO:
        raise ValueError("must be yes or no")
    return text in _YES


def _parse_count(raw: Any) -> int:
    try:
        number = int(raw)
    except ValueError:
        raise ValueError("must be a whole number") from None
    if number < 0:
        raise ValueError("must not be negative")
    return number


def _malformed(values: Mapping[str, Any]) -> Iterator[str]:
    for name in ADDRESSES:
        if (url := values.get(name)) and not _is_address(url, "http", "https"):
            yield f"{name} is {url!r}: must be an address like http://sandbox.example:8080"
    if (anchor := values.get("anchor")) and not _is_instant(anchor):
        yield f"anchor is {anchor!r}: must be an instant like 2026-11-16T00:00:00Z"
    if (relay := values.get("smtp_relay")) and not _is_address(relay, "smtp", "smtps"):
        yield "smtp_relay is not smtp://host[:port] or smtps://host[:port]"


def _faults_between(values: Mapping[str, Any]) -> list[str]:
    ports = ("port", "sftp_port")
    faults = [f"{port} is larger than 65535" for port in ports if values.get(port, 0) > 65535]
    if (values.get("tls_certificate") is None) != (values.get("tls_key") is None):
        faults.append("tls_certificate and tls_key go together")
    for name in ("tls_certificate", "tls_key", "trust_ca"):
        if (file := values.get(name)) is not None and not file.is_file():
            faults.append(f"{name}: there is no file {file}")
    if "_live_" in values.get("stripe_secret_key", ""):
        faults.append("stripe_secret_key is a live key: a sandbox moves no real money")
    loopback = values.get("host", "127.0.0.1") in ("127.0.0.1", "localhost", "::1")
    if not loopback and not values.get("admin_key"):
        faults.append(f"host {values['host']} can be reached by others: set {PREFIX}ADMIN_KEY first")
    return faults


def _is_address(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
