"""The gate: the one way from a buyer's question to an answer, step by step in a fixed order."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.clock import Clock, to_ms
from exchange.node.approval import Policy
from exchange.node.engine import Engine, EngineError
from exchange.node.follower import Follower
from exchange.node.journal import (
    BudgetError,
    Charge,
    ConflictingQuestionError,
    Ending,
    Journal,
    Kept,
)
from exchange.node.lowering import lower_sql
from exchange.node.matching import Approved, match
from exchange.node.release import release
from exchange.node.rendering import render
from exchange.node.scope import View
from exchange.node.signing import Chair
from exchange.node.ticket import Proven, check_age, prove
from exchange.node.vault import Vault
from exchange.protocol.asking import Answered, Ask, Refused, parse_ask
from exchange.protocol.bodies import GRANT_REVOKE, RECEIPT, REFUSE, Grant, Receipt, Refusal
from exchange.protocol.codes import ProblemCode, ProblemError, RefusalCode, RefusedError
from exchange.protocol.commitment import commit, derive_salt
from exchange.protocol.fields import FieldError
from ledger.canonical import encode

CHARGED: Final = 1


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset that the node serves: its policy, its data version and the engine over it."""

    policy: Policy
    vault: Vault
    engine: Engine


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the node gives out at most.

    `questions` is a plain count per namespace over all buyers, for good. It bounds how much
    is released; it is not differential privacy.
    """

    questions: int
    max_cells: int = 20_000


@dataclass(frozen=True, slots=True)
class GateParts:
    """What a gate works with; `secret` is the node's own, for the salts of its answers."""

    chair: Chair
    journal: Journal
    follower: Follower
    clock: Clock
    assets: Mapping[str, Asset]
    allowance: Allowance
    secret: bytes


class Gate:
    """Judges and answers questions; safe for several threads."""

    def __init__(self, parts: GateParts) -> None:
        self._parts = parts
        self._signing = threading.Lock()

    @property
    def parts(self) -> GateParts:
        """What the gate works with."""
        return self._parts

    def answer(self, request: object) -> dict[str, object]:
        """Answer a request, or refuse it with a signed act.

        A question that the journal knows is answered from there: not run, not charged again.

        Raises:
            ProblemError: the request came to no act; the code says whether to repeat it.
        """
        ask = _read(request)
        proven = prove(ask, self._parts.follower, self._parts.chair.actor)
        try:
            kept = self._parts.journal.find(ask.question)
            if kept is None or kept.kind is None:
                check_age(proven.entry, self._parts.clock)
                ending = self._ending(ask, proven)
                kept = self._parts.journal.end(ask.question, proven.leaf_hash, ending)
        except ConflictingQuestionError:
            raise ProblemError(ProblemCode.CONFLICT) from None
        if kept.fingerprint != proven.leaf_hash:
            raise ProblemError(ProblemCode.CONFLICT)
        return self._reply(ask, proven, kept)

    def _ending(self, ask: Ask, proven: Proven) -> Ending:
        """Decide how a question ends: answered, or refused for a reason to sign."""
        try:
            grant = self._grant(proven)
            asset = self._asset(proven, grant)
            approved = _approve(ask.sql, asset.policy, grant)
            self._charge(proven, asset)
            return self._release(proven, asset, approved)
        except RefusedError as refused:
            reservation = proven.reservation
            refusal = Refusal(
                reservation.question, reservation.grant, proven.leaf_hash, refused.code.value
            )
            return Ending(REFUSE, refusal.to_body())

    def _grant(self, proven: Proven) -> Grant:
        reservation, follower = proven.reservation, self._parts.follower
        grant = follower.grant(reservation.grant)
        if grant is None:
            raise RefusedError(RefusalCode.GRANT_UNKNOWN)
        asked = (reservation.asset, reservation.local, reservation.node, reservation.rule)
        granted = (grant.asset, grant.local, grant.node, grant.rule)
        if proven.buyer != grant.buyer or asked != granted:
            raise RefusedError(RefusalCode.GRANT_MISMATCH)
        _check_standing(grant, follower.ended_by(grant.grant), self._parts.clock.now())
        return grant

    def _asset(self, proven: Proven, grant: Grant) -> Asset:
        asset = self._parts.assets.get(proven.reservation.local)
        if asset is None or asset.policy.digest != grant.rule:
            raise RefusedError(RefusalCode.GRANT_MISMATCH)
        return asset

    def _charge(self, proven: Proven, asset: Asset) -> None:
        """Charge the account before anything runs; whatever happens then, it stays charged."""
        charge = Charge(asset.policy.rule.namespace, self._parts.allowance.questions)
        try:
            self._parts.journal.charge(proven.reservation.question, proven.leaf_hash, charge)
        except BudgetError:
            raise RefusedError(RefusalCode.BUDGET) from None

    def _release(self, proven: Proven, asset: Asset, approved: Approved) -> Ending:
        rule = asset.policy.rule
        try:
            rows = asset.engine.run(render(approved.question, rule))
        except EngineError:
            raise ProblemError(ProblemCode.BUSY) from None
        answer = release(approved.question, rule, rows, self._parts.allowance.max_cells)
        reservation = proven.reservation
        salt = derive_salt(self._parts.secret, "answer", reservation.question)
        receipt = Receipt(
            reservation.question,
            reservation.grant,
            reservation.asset,
            reservation.local,
            approved.analysis,
            proven.leaf_hash,
            asset.policy.digest,
            asset.vault.commitment,
            commit(salt, encode(answer)),
            CHARGED,
        )
        return Ending(RECEIPT, receipt.to_body(), answer, salt)

    def _reply(self, ask: Ask, proven: Proven, kept: Kept) -> dict[str, object]:
        assert kept.kind is not None
        assert kept.body is not None
        if kept.note is not None and self._parts.follower.confirmed(ask.question):
            note = kept.note
        else:
            seen = self._parts.chair.pin(ask.head.seen, proven.checkpoint)
            with self._signing:
                note = self._parts.chair.sign(ask, seen, kept.kind, kept.body)
                self._parts.journal.sign(ask.question, note)
        if kept.kind == REFUSE:
            return Refused(note, kept.body["code"]).to_body()
        assert kept.answer is not None
        assert kept.salt is not None
        return Answered(note, kept.answer, kept.salt).to_body()


def _read(request: object) -> Ask:
    try:
        return parse_ask(request)
    except FieldError:
        raise ProblemError(ProblemCode.REQUEST_INVALID) from None


def _check_standing(grant: Grant, ended_by: str | None, now: datetime) -> None:
    if ended_by == GRANT_REVOKE:
        raise RefusedError(RefusalCode.GRANT_REVOKED)
    if ended_by is not None or to_ms(now) >= to_ms(grant.expires_at):
        raise RefusedError(RefusalCode.GRANT_EXPIRED)


def _approve(sql: str, policy: Policy, grant: Grant) -> Approved:
    columns = None if grant.columns is None else frozenset(grant.columns)
    question = lower_sql(sql, View(policy.rule, columns))
    return match(question, policy.templates, grant.analyses)
