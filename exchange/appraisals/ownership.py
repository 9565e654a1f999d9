"""Who may be party to an appraisal: what is not the actor's looks like what is not there."""

from exchange.actors import Role
from exchange.acts.participants import Participant, actor_of
from exchange.appraisals.models import Appraisal
from exchange.appraisals.rules import Commission
from exchange.assets.models import Asset
from exchange.assets.states import AssetState
from exchange.errors import ConflictError, ForbiddenError, NotFoundError
from exchange.storage.store import Reader, require


def commissioned(reader: Reader, appraiser: str, key: str) -> Appraisal:
    """Return an appraisal that was asked of this appraiser.

    Raises:
        NotFoundError: there is none of its own (`appraisal.unknown`).
    """
    appraisal = require(reader, Appraisal, key)
    if appraisal.appraiser != appraiser:
        raise NotFoundError("appraisal.unknown", "there is no such appraisal")
    return appraisal


def commission_of(reader: Reader, appraisal: Appraisal) -> Commission:
    """Return what the report of an appraisal must be about."""
    asset = require(reader, Asset, appraisal.asset)
    names = (asset.id,) if asset.code is None else (asset.id, asset.code)
    return Commission(names, appraisal.purpose)


def check_registered(asset: Asset) -> None:
    """Stop unless the asset's registration is in force.

    Raises:
        ConflictError: `asset.state`.
    """
    if asset.state is not AssetState.REGISTERED:
        raise ConflictError("asset.state", "only a registered asset is appraised")


def check_appraiser(reader: Reader, supplier: str, appraiser: str) -> None:
    """Stop unless somebody may appraise a supplier's asset: an admitted appraiser, not itself.

    Raises:
        NotFoundError: there is no such appraiser (`appraiser.unknown`).
        ForbiddenError: it is the supplier (`appraisal.self`).
    """
    if reader.get(Participant, appraiser) is None or not actor_of(reader, appraiser).may(
        Role.APPRAISER
    ):
        raise NotFoundError("appraiser.unknown", "there is no such appraiser")
    if appraiser == supplier:
        raise ForbiddenError("appraisal.self", "nobody appraises its own asset")
