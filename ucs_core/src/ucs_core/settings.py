"""What an operator sets: variables named `UCS_…`, or one TOML file named by `UCS_CONFIG`; variables win."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

LOCAL_ISSUER = "urn:ucs:issuer:local"
"""Who the issuer of the platform itself says it is; no other may."""

Printable = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[\x21-\x7e]+$")]


def is_safe_address(url: str) -> bool:
    """Whether what is read there comes from whom it names: over TLS, or from this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username is not None or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class IssuerSettings(BaseModel):
    """An identity provider whose access tokens are believed. Times are in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Printable
    """Who it says it is in `iss`, exactly."""
    audience: Printable
    """Whom its tokens must be meant for: the name under which this platform is registered with it."""
    jwks_url: Printable | None = None
    """Where its keys are; when not given, its configuration below the issuer's address says so."""
    algorithms: tuple[Literal["RS256", "PS256", "ES256", "EdDSA"], ...] = ("RS256", "PS256", "ES256", "EdDSA")
    types: tuple[Printable, ...] = ("at+jwt", "application/at+jwt")
    """What its tokens may say they are in `typ`. Some providers call their access tokens `JWT`, as they do others."""
    ca_file: Path | None = None
    """The certificates of the authorities that vouch for its address, in PEM; else the system's."""
    refresh_seconds: float = Field(default=300.0, ge=10, le=86_400)
    """How old its keys may become before they are asked for anew."""
    stale_seconds: float = Field(default=3600.0, ge=10, le=604_800)
    """How old they may become while it cannot be reached."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.issuer == LOCAL_ISSUER:
            raise ValueError(f"{LOCAL_ISSUER} is the platform's own issuer")
        if not is_safe_address(self.jwks_url or self.issuer):
            raise ValueError("its keys must come from an https address, or from this machine")
        if not self.algorithms or not self.types or self.stale_seconds < self.refresh_seconds:
            raise ValueError(
                "algorithms and types need an item each, and stale_seconds is no less than refresh_seconds"
            )
        return self


_KEY_FILE = Path("var/token-key.pem")


class Settings(BaseSettings):
    """The settings of one node. Sizes are in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="UCS_", extra="forbid", frozen=True)

    database_url: str = "sqlite:///var/ucs.db"
    """`sqlite:///path` or `postgresql://user@host/name`."""
    http: str = "127.0.0.1:8080"
    grpc: str = "127.0.0.1:50051"
    key_file: Path = _KEY_FILE
    """The private key of the local token issuer; made on first use, readable by its owner alone."""
    log_key_file: Path = Field(default_factory=lambda known: known.get("key_file", _KEY_FILE).with_name("log-key.pem"))
    """The private keys that sign the log's checkpoints: made by the first node, readable by their owner alone, the same for
    all nodes on one database. Beside the key file when not given.
    """
    checkpoint_file: Path = Field(
        default_factory=lambda known: known.get("log_key_file", _KEY_FILE).with_name("log-checkpoints.txt")
    )
    """Where this node keeps checkpoints of the log outside of the database: it does not serve a database whose log does not
    contain the last of them. Beside the log's key file when not given.
    """
    issuers: tuple[IssuerSettings, ...] = ()
    """The identity providers whose tokens are believed beside the local issuer's: a JSON list, or `[[issuers]]` in TOML."""
    origin: str = Field(default="city", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    """The name of this hub in the log."""
    body_most: int = Field(default=1_048_576, ge=1024)
    """The largest request body on either door."""
    documents_folder: Path | None = None
    """A folder of GraphQL documents, `*.graphql`, that callers may ask for by their hash from the start."""
    compiled_reads: bool = True
    """Whether GraphQL queries are answered by one statement where they can be. Answers are the same either way."""
    read_model: bool = True
    """Whether what lists ask is kept in memory, some 70 bytes a resource and 40 MiB, so that most of these queries need no more
    than a look at the database. Answers are the same either way.
    """
    request_seconds: float = Field(default=30.0, gt=0)
    """How long one request may take."""
    operation_calls_per_minute: int | None = Field(default=None, ge=1)
    """How often one principal may call one operation of a plugin in a minute, on this node; no bound when not given."""
    requests_kept_seconds: float = Field(default=604_800.0, ge=3600)
    """How long the answer to a request id is kept for whoever repeats the request: seven days when not given."""
    review_undo_seconds: float = Field(default=900.0, ge=0, le=86_400)
    """For how long a reviewer may take a decision back: 15 minutes when not given."""
    watch_stall_seconds: float = Field(default=20.0, gt=0)
    """How long a watcher may take for one event before it is cut off; less than `drain_seconds`."""
    watches_most: int = Field(default=5_000, ge=1)
    """How many watches this node keeps open."""
    watches_of_one_most: int = Field(default=100, ge=1)
    """How many of them one principal may have."""
    lame_duck_seconds: float = Field(default=0.5, ge=0)
    """How long a stopping node still takes requests while it says that it is not ready, so that callers move on."""
    drain_seconds: float = Field(default=35.0, gt=0)
    """How long a stopping node waits for the requests that it has begun: longer than one may take."""

    @field_validator("issuers")
    @classmethod
    def _once_each(cls, issuers: tuple[IssuerSettings, ...]) -> tuple[IssuerSettings, ...]:
        if len({item.issuer for item in issuers}) < len(issuers):
            raise ValueError("an issuer is named twice")
        return issuers

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then the file."""
        file = os.environ.get("UCS_CONFIG")
        toml = (TomlConfigSettingsSource(settings_cls, Path(file)),) if file else ()
        return (init_settings, env_settings, *toml)
