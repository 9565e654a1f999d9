"""Whether something may be dealt in as it stands now."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from exchange.appraisals.models import Appraisal
from exchange.appraisals.states import AppraisalState
from exchange.assets.models import Asset
from exchange.assets.states import AssetState
from exchange.errors import ConflictError, NotFoundError
from exchange.market.models import Tariff
from exchange.storage.store import Reader
from exchange.storage.tables import Staged, state_of


def check_open(row: Staged, wanted: StrEnum) -> None:
    """Stop unless a row is in the wanted state, where no arrow of its own is pulled.

    Raises:
        ConflictError: it is not (`<name>.state`).
    """
    if state_of(row) is not wanted:
        name = row.lifecycle.name
        raise ConflictError(f"{name}.state", f"the {name} is {state_of(row).value}")


def check_registered(asset: Asset) -> None:
    """Stop unless an asset stands registered.

    Raises:
        ConflictError: it does not (`asset.state`).
    """
    check_open(asset, AssetState.REGISTERED)


def check_appraised(appraisal: Appraisal, asset: Asset, at: datetime) -> None:
    """Stop unless an appraisal is of this asset, signed, and still in force.

    Raises:
        NotFoundError: it is of another asset (`appraisal.unknown`).
        ConflictError: it is not signed (`appraisal.state`) or too old (`appraisal.expired`).
    """
    if appraisal.asset != asset.id:
        raise NotFoundError("appraisal.unknown", "there is no such appraisal")
    check_open(appraisal, AppraisalState.SIGNED)
    if appraisal.expires_at is None or at >= appraisal.expires_at:
        raise ConflictError("appraisal.expired", "the appraisal is no longer in force")


def current_tariff(reader: Reader, version: str | None = None) -> Tariff:
    """Return the tariff that new contracts take, which must be `version` if that is given.

    Raises:
        ConflictError: none is set (`tariff.none`), or another is current (`tariff.stale`).
    """
    current = reader.find(Tariff, current=True)
    if not current:
        raise ConflictError("tariff.none", "the exchange has set no tariff yet")
    (row,) = current
    if version not in (None, row.id):
        raise ConflictError("tariff.stale", "another tariff is current")
    return row
