"""What can be set from outside, read once and checked all together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from exchange.clock import Clock, clock_from
from exchange.errors import InvalidError
from ledger.act import check_origin
from ledger.errors import LedgerError

_PORTS = range(1, 65_536)


@dataclass(frozen=True, slots=True)
class Settings:
    """The exchange's configuration.

    `data` holds the keys, the record of the last signature and, by default, the SQLite
    database; `origin` names the log in every signature and is never a host and port. `https`
    says that browsers come through a proxy that speaks TLS.
    """

    data: Path
    database_url: str
    clock: Clock
    origin: str
    host: str
    port: int
    demo: bool
    https: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the `FDX_…` variables, with defaults for all of them.

        Raises:
            InvalidError: some have wrong values; `fields` names every one of them.
        """
        faults: dict[str, str] = {}
        data = Path(environment.get("FDX_DATA", "var/exchange"))
        clock, origin, port = _clock(environment, faults), _origin(environment, faults), 8000
        try:
            port = int(environment.get("FDX_PORT", "8000"))
        except ValueError:
            port = 0
        if port not in _PORTS:
            faults["FDX_PORT"] = "a port from 1 to 65535"
        for name in ("FDX_DEMO", "FDX_HTTPS"):
            if environment.get(name, "0") not in {"0", "1"}:
                faults[name] = "0 or 1"
        if faults or clock is None:
            listed = "; ".join(f"{name}: {text}" for name, text in faults.items())
            raise InvalidError("settings.wrong", f"wrong settings: {listed}", faults)
        return cls(
            data=data,
            database_url=environment.get(
                "FDX_DATABASE_URL", f"sqlite:///{data.absolute() / 'exchange.db'}"
            ),
            clock=clock,
            origin=origin,
            host=environment.get("FDX_HOST", "127.0.0.1"),
            port=port,
            demo=environment.get("FDX_DEMO", "0") == "1",
            https=environment.get("FDX_HTTPS", "0") == "1",
        )


def _clock(environment: Mapping[str, str], faults: dict[str, str]) -> Clock | None:
    try:
        return clock_from(environment.get("FDX_CLOCK", "real"))
    except ValueError as error:
        faults["FDX_CLOCK"] = str(error)
        return None


def _origin(environment: Mapping[str, str], faults: dict[str, str]) -> str:
    origin = environment.get("FDX_ORIGIN", "demo.fdx.example/ledger")
    try:
        check_origin(origin)
    except LedgerError:
        faults["FDX_ORIGIN"] = "a name such as demo.fdx.example/ledger, without port"
    return origin
