"""What an operator sets: variables named `UCS_…`, or one TOML file named by `UCS_CONFIG`; variables win."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """The settings of one node. Sizes are in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="UCS_", extra="forbid", frozen=True)

    database_url: str = "sqlite:///var/ucs.db"
    """`sqlite:///path` or `postgresql://user@host/name`."""
    http: str = "127.0.0.1:8080"
    grpc: str = "127.0.0.1:50051"
    key_file: Path = Path("var/token-key.pem")
    """The private key of the local token issuer; made on first use, readable by its owner alone."""
    origin: str = Field(default="city", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    """The name of this hub in the log."""
    body_most: int = Field(default=1_048_576, ge=1024)
    """The largest request body on either door."""
    request_seconds: float = Field(default=30.0, gt=0)
    """How long one request may take."""
    lame_duck_seconds: float = Field(default=0.5, ge=0)
    """How long a stopping node still takes requests while it says that it is not ready, so that callers move on."""
    drain_seconds: float = Field(default=35.0, gt=0)
    """How long a stopping node waits for the requests that it has begun: longer than one may take."""

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
