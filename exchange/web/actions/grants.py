"""Actions about grants; asking itself is more than one act and has its own route."""

from exchange.actors import Role
from exchange.grants.rules import MAX_REASONS
from exchange.grants.service import Issue, Reserve, Revoke, issue, reserve, revoke
from exchange.web.actions.table import Action, schema
from exchange.web.fields import Id, Text

_SUPPLIER = (Role.SUPPLIER,)
#: Longest question in characters; a node takes 16 KiB.
MAX_SQL = 16_384

RESERVE = schema("Reserve", question=Id(), grant=Id(), sql=Text(MAX_SQL, lines=True))

ACTIONS = (
    Action(
        kind="grant.issue",
        title=("签发查询授权", "Issue a grant"),
        path="/contracts/<contract>/grant",
        roles=_SUPPLIER,
        service=issue,
        wish=Issue,
        schema=schema("IssueGrant", contract=Id()),
    ),
    Action(
        kind="grant.revoke",
        title=("撤销授权", "Revoke a grant"),
        path="/grants/<grant>/revocation",
        roles=_SUPPLIER,
        service=revoke,
        wish=Revoke,
        schema=schema("RevokeGrant", grant=Id(), reasons=Text(MAX_REASONS, lines=True)),
    ),
    Action(
        kind="question.reserve",
        title=("预留提问", "Reserve a question"),
        path="/questions",
        roles=(Role.BUYER,),
        service=reserve,
        wish=Reserve,
        schema=RESERVE,
        own_key=True,
    ),
)
