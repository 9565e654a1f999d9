"""Reading appraisals, listings, requests, matches and contracts."""

from typing import Any

from exchange.appraisals import queries as appraisal_queries
from exchange.appraisals.queries import AppraisalView
from exchange.errors import NotFoundError
from exchange.market import queries
from exchange.market.queries import (
    ContractView,
    ListingView,
    MatchView,
    RequestView,
    TariffView,
)
from exchange.market.rules import Topic
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.api.answers import responses, to_json
from exchange.web.api.routes import ANYBODY, blueprint, reading
from exchange.web.catalogue import (
    SORTS,
    CataloguePage,
    CatalogueQuery,
    search_listings,
)
from exchange.web.fields import Choice, Text, Whole, WishSchema

BLUEPRINT = blueprint("market", "Appraisals, listings, requests with matches, contracts.")

_MOST_PAGES = 100_000
_MOST_ON_PAGE = 100


class ListingQuery(WishSchema):
    """What to look for in the catalogue."""

    q = Text(100, least=0, required=False)
    topic = Choice(tuple(Topic), required=False)
    sort = Choice(SORTS, required=False)
    page = Whole(1, _MOST_PAGES, required=False)
    size = Whole(1, _MOST_ON_PAGE, required=False)


@BLUEPRINT.route("/listings", methods=["GET"])
@BLUEPRINT.arguments(ListingQuery, location="query")
@BLUEPRINT.doc(responses=responses(CataloguePage))
def catalogue(wanted: dict[str, Any]) -> Any:
    """Search the open listings."""
    words = wanted.pop("q", "")
    with current.site().exchange.snapshot() as reader:
        return to_json(search_listings(reader, CatalogueQuery(words, **wanted)))


@reading(BLUEPRINT, "/listings/mine", list[ListingView])
def own_listings(reader: Reader) -> list[ListingView]:
    """List one's own listings in every state."""
    return queries.listings_by(reader, current.participant())


@reading(BLUEPRINT, "/listings/<key>", ListingView, ANYBODY)
def listing(reader: Reader, key: str) -> ListingView:
    """Show a listing, open or closed."""
    return queries.listing_of(reader, key)


@reading(BLUEPRINT, "/tariffs/current", TariffView, ANYBODY, 404)
def tariff(reader: Reader) -> TariffView:
    """Show the tariff that new contracts take."""
    found = queries.tariff_now(reader)
    if found is None:
        raise NotFoundError("tariff.unknown", "no tariff is set")
    return found


@reading(BLUEPRINT, "/appraisals", list[AppraisalView])
def own_appraisals(reader: Reader) -> list[AppraisalView]:
    """List the appraisals that one asked for or was asked for, latest first."""
    asked = appraisal_queries.appraisals_for_supplier(reader, current.participant())
    return asked + appraisal_queries.appraisals_for_appraiser(reader, current.participant())


@reading(BLUEPRINT, "/appraisals/<key>", AppraisalView)
def appraisal(reader: Reader, key: str) -> AppraisalView:
    """Show an appraisal to its parties and the staff."""
    return appraisal_queries.appraisal_of(reader, current.viewer(), key)


@reading(BLUEPRINT, "/requests", list[RequestView], ANYBODY)
def open_requests(reader: Reader) -> list[RequestView]:
    """List the open requests, latest first."""
    return queries.open_requests(reader)


@reading(BLUEPRINT, "/requests/mine", list[RequestView])
def own_requests(reader: Reader) -> list[RequestView]:
    """List one's own requests in every state."""
    return queries.requests_by(reader, current.participant())


@reading(BLUEPRINT, "/requests/<key>", RequestView, ANYBODY)
def request(reader: Reader, key: str) -> RequestView:
    """Show a request."""
    return queries.request_of(reader, key)


@reading(BLUEPRINT, "/requests/<key>/detail", dict[str, Any])
def request_detail(reader: Reader, key: str) -> dict[str, str | None]:
    """Show the free text of a request to who is logged in; null where it is erased."""
    return {"detail": queries.detail_of(reader, key)}


@reading(BLUEPRINT, "/requests/<key>/matches", list[MatchView], ANYBODY)
def matches(reader: Reader, key: str) -> list[MatchView]:
    """List the matches proposed for a request, best first, each with its reasons."""
    return queries.matches_of(reader, queries.request_of(reader, key).id)


@reading(BLUEPRINT, "/contracts", list[ContractView])
def own_contracts(reader: Reader) -> list[ContractView]:
    """List one's contracts, as buyer or supplier, latest first."""
    return queries.contracts_by(reader, current.participant())


@reading(BLUEPRINT, "/contracts/<key>", ContractView)
def contract(reader: Reader, key: str) -> ContractView:
    """Show a contract to its parties and the staff."""
    return queries.contract_of(reader, current.viewer(), key)
