"""Where the platform is, and whether a token may go there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from ucs_sdk.errors import FailedPrecondition, Invalid
from ucs_sdk.messages import Phrase

_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An address, `host:port`, and how it is spoken to: by TLS or in the clear.

    `tls` is True for the authorities that the system trusts, or the file with those to trust (PEM).
    """

    address: str
    tls: bool | Path

    @property
    def local(self) -> bool:
        """Whether the address is this machine's own, so that nobody else hears what is said."""
        match = _ADDRESS.fullmatch(self.address)
        host = match["host"].strip("[]") if match else ""
        if host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def check(self, *, sends_token: bool, in_the_clear: bool) -> None:
        """Raise Invalid for what is no address, and FailedPrecondition where a token would go in the clear unasked."""
        match = _ADDRESS.fullmatch(self.address)
        if match is None or int(match["port"]) > 65_535:
            raise Invalid("FIELD_INVALID", path="address", problem=Phrase("address-not-host-port"))
        if sends_token and not (self.tls or self.local or in_the_clear):
            raise FailedPrecondition("TOKEN_IN_THE_CLEAR", address=self.address)
