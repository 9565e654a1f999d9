"""Notices, objections and codes: every act once accepted, and every way to be refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from exchange.actors import Role
from exchange.assets.models import CodeSeries
from exchange.assets.service import (
    TIMED,
    Remark,
    accept,
    assign_code,
    cancel,
    describe,
    dismiss,
    object_to,
    reject,
    resubmit,
    review,
    send_back,
)
from exchange.assets.states import ASSET, AssetState
from exchange.storage.tables import Deadline
from tests.assets.registration import (
    Registry,
    description,
    forge,
    forged,
    shanghai_midnight,
    text_of,
)

WORDS = "理由如下。"


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_review_publishes_a_notice_of_ten_working_days(registry: Registry) -> None:
    asset = registry.asset(registry.noticed())
    ends_at = shanghai_midnight(2026, 3, 17)
    assert (asset.state, asset.notice_ends_at, asset.published_calendar) == (
        AssetState.NOTICE,
        ends_at,
        True,
    )
    deadline = registry.world.get(Deadline, f"asset:{asset.id}")
    assert (deadline.due_ms, deadline.act) == (ends_at.timestamp() * 1000, "asset.code")
    assert registry.world.replay_digest() == registry.world.digest()


def test_a_notice_into_an_unpublished_year_says_so(registry: Registry) -> None:
    registry.world.clock.advance_to(datetime(2026, 12, 22, 1, tzinfo=UTC))
    asset = registry.asset(registry.noticed())
    assert (asset.published_calendar, asset.notice_ends_at) == (
        False,
        shanghai_midnight(2027, 1, 7),
    )


def test_an_important_asset_takes_two_registrars(registry: Registry) -> None:
    world, key = registry.world, registry.accepted(grade="important")
    assert world.refuses("asset.four_eyes", registry.registrar, review, key)
    body = {"asset": key, "notice_ends_at": "2026-03-16T16:00:00.000Z", "calendar": "published"}
    lie = forge("asset.review", body)
    assert world.refuses("asset.four_eyes", registry.registrar, forged, lie)
    world.do(registry.second, review, key)
    assert registry.asset(key).state is AssetState.NOTICE


def test_one_registrar_is_enough_for_a_general_asset(registry: Registry) -> None:
    key = registry.accepted()
    registry.world.do(registry.registrar, review, key)
    assert registry.asset(key).state is AssetState.NOTICE


def test_no_notice_is_shorter_than_ten_days_whoever_decided(registry: Registry) -> None:
    body = {
        "asset": registry.accepted(),
        "notice_ends_at": "2026-03-11T16:00:00.000Z",
        "calendar": "published",
    }
    lie = forge("asset.review", body)
    assert registry.world.refuses("asset.notice", registry.second, forged, lie)


def test_an_objection_freezes_the_notice(registry: Registry) -> None:
    world, key = registry.world, registry.noticed()
    world.advance(days=3)
    world.do(registry.rival, object_to, Remark(key, "数据来源于我方系统。"))
    asset = registry.asset(key)
    assert (asset.state, asset.objectors, asset.objected_at) == (
        AssetState.FROZEN,
        [registry.rival.participant],
        world.clock.now(),
    )
    assert text_of(registry, asset.grounds) == "数据来源于我方系统。"
    with world.backend.snapshot() as reader:
        assert reader.get(Deadline, f"asset:{key}") is None
    world.advance(days=30)
    assert world.refuses("asset.state", world.exchange.operator, assign_code, key)
    assert world.replay_digest() == world.digest()


def test_objections_need_an_outsider_a_public_asset_and_grounds(registry: Registry) -> None:
    world = registry.world
    hidden = Remark(registry.accepted(), WORDS)
    assert world.refuses("asset.unknown", registry.rival, object_to, hidden)
    world.do(registry.second, review, hidden.asset)
    assert world.refuses("asset.self", registry.supplier, object_to, hidden)
    assert world.refuses("act.role", registry.second, object_to, hidden)
    assert world.refuses("asset.grounds", registry.rival, object_to, Remark(hidden.asset, " "))
    assert world.refuses("asset.unknown", registry.rival, object_to, Remark("asset-0", WORDS))
    joined = world.join("未获准公司", Role.BUYER)
    assert world.refuses("act.role", joined, object_to, hidden)


def test_objections_come_before_the_end_of_the_notice(registry: Registry) -> None:
    world, key = registry.world, registry.noticed()
    world.clock.advance_to(shanghai_midnight(2026, 3, 17))
    assert world.refuses("asset.notice_over", registry.rival, object_to, Remark(key, WORDS))
    world.operate(assign_code, key)
    assert world.refuses("asset.state", registry.rival, object_to, Remark(key, WORDS))


def test_a_dismissed_objection_gives_back_the_working_days_left(registry: Registry) -> None:
    world, key = registry.world, registry.noticed()
    world.advance(days=10)  # Thursday 12 March: Friday and Monday are left
    world.do(registry.rival, object_to, Remark(key, WORDS))
    world.advance(days=7)
    world.do(registry.registrar, dismiss, Remark(key, "证据不足。"))
    asset = registry.asset(key)
    assert (asset.state, asset.notice_ends_at) == (
        AssetState.NOTICE,
        shanghai_midnight(2026, 3, 24),
    )
    assert text_of(registry, asset.remarks) == "证据不足。"
    assert world.refuses("asset.objected", registry.rival, object_to, Remark(key, WORDS))
    world.do(registry.buyer, object_to, Remark(key, WORDS))
    assert registry.asset(key).objectors == [
        registry.rival.participant,
        registry.buyer.participant,
    ]
    assert world.replay_digest() == world.digest()


def test_a_dismissal_does_not_shorten_the_notice_whoever_decided(registry: Registry) -> None:
    body = {
        "asset": registry.frozen(),
        "reasons": "r",
        "notice_ends_at": "2026-03-05T16:00:00.000Z",
    }
    lie = forge("asset.dismiss", body)
    assert registry.world.refuses("asset.notice", registry.second, forged, lie)


def test_an_objection_granted_ends_the_application(registry: Registry) -> None:
    key = registry.frozen()
    registry.world.do(registry.registrar, reject, Remark(key, "权属不清。"))
    asset = registry.asset(key)
    assert (asset.state, text_of(registry, asset.remarks)) == (AssetState.REJECTED, "权属不清。")
    assert registry.world.replay_digest() == registry.world.digest()


def test_codes_are_given_in_order_when_the_notice_is_over(registry: Registry) -> None:
    world = registry.world
    first = registry.registered()
    world.do(registry.node, describe, description(asset="delays"))
    second = registry.registered(local="delays")
    coded = registry.asset(first)
    assert (coded.state, coded.code, coded.coded_at) == (
        AssetState.REGISTERED,
        "FJ-2026-000001-7",
        shanghai_midnight(2026, 3, 17),
    )
    assert registry.asset(second).code == "FJ-2026-000002-5"
    assert world.get(CodeSeries, "2026").last == 2
    assert world.replay_digest() == world.digest()


def test_a_new_year_begins_its_numbers_anew_by_shanghai_time(registry: Registry) -> None:
    registry.registered()
    registry.world.do(registry.node, describe, description(asset="delays"))
    key = registry.noticed(local="delays")
    registry.world.clock.advance_to(datetime(2026, 12, 31, 16, tzinfo=UTC))
    registry.world.operate(assign_code, key)
    code = registry.asset(key).code
    assert code is not None
    assert code.startswith("FJ-2027-000001-")
    assert registry.world.replay_digest() == registry.world.digest()


def test_no_code_before_the_end_of_the_notice(registry: Registry) -> None:
    world, key = registry.world, registry.noticed()
    assert registry.asset(key).notice_ends_at == shanghai_midnight(2026, 3, 17)
    world.clock.advance_to(shanghai_midnight(2026, 3, 17) - timedelta(milliseconds=1))
    operator = world.exchange.operator
    assert world.refuses("deadline.early", operator, TIMED["asset.code"], key)
    body = {"asset": key, "code": "FJ-2026-000001-7", "coded_at": "2026-03-16T16:00:00.000Z"}
    assert world.refuses("deadline.early", operator, forged, forge("asset.code", body))
    early = {**body, "coded_at": "2026-03-16T15:59:59.999Z"}
    assert world.refuses("deadline.early", operator, forged, forge("asset.code", early))
    world.advance(milliseconds=1)
    assert world.refuses("act.role", registry.registrar, assign_code, key)
    assert world.refuses("asset.unknown", operator, assign_code, "asset-0")
    world.operate(assign_code, key)
    assert world.refuses("asset.state", operator, assign_code, key)


@pytest.mark.parametrize(
    "code", ["FJ-2026-000001-8", "FJ-2026-000002-5", "FJ-2027-000001-4", "FJ-2026-1-7", ""]
)
def test_no_code_out_of_order_whoever_decided(registry: Registry, code: str) -> None:
    world, key = registry.world, registry.noticed()
    world.clock.advance_to(shanghai_midnight(2026, 3, 17))
    body = {"asset": key, "code": code, "coded_at": "2026-03-16T16:00:00.000Z"}
    lie = forge("asset.code", body)
    assert world.refuses("asset.code_order", world.exchange.operator, forged, lie)


def test_a_holder_cancels_and_the_code_is_not_used_again(registry: Registry) -> None:
    world, key = registry.world, registry.registered()
    assert world.refuses("asset.unknown", registry.rival, cancel, key)
    assert world.refuses("act.role", registry.buyer, cancel, key)
    assert world.refuses("asset.unknown", registry.supplier, cancel, "asset-0")
    lie = forge("asset.cancel", {"asset": key})
    assert world.refuses("asset.unknown", registry.rival, forged, lie)
    world.do(registry.supplier, cancel, key)
    asset = registry.asset(key)
    assert (asset.state, asset.code) == (AssetState.CANCELLED, "FJ-2026-000001-7")
    assert world.refuses("asset.state", registry.supplier, cancel, key)
    assert registry.asset(registry.registered()).code == "FJ-2026-000002-5"
    assert world.replay_digest() == world.digest()


def bring_to(registry: Registry, state: AssetState) -> str:
    def rejected() -> str:
        key = registry.applied()
        registry.world.do(registry.registrar, reject, Remark(key, WORDS))
        return key

    def returned() -> str:
        key = registry.applied()
        registry.world.do(registry.registrar, send_back, Remark(key, WORDS))
        return key

    def cancelled() -> str:
        key = registry.noticed()
        registry.world.do(registry.supplier, cancel, key)
        return key

    ways: dict[AssetState, Callable[[], str]] = {
        AssetState.APPLIED: registry.applied,
        AssetState.RETURNED: returned,
        AssetState.ACCEPTED: registry.accepted,
        AssetState.NOTICE: registry.noticed,
        AssetState.FROZEN: registry.frozen,
        AssetState.REGISTERED: registry.registered,
        AssetState.REJECTED: rejected,
        AssetState.CANCELLED: cancelled,
    }
    return ways[state]()


@pytest.mark.parametrize("state", list(AssetState))
def test_every_act_without_an_arrow_is_refused(registry: Registry, state: AssetState) -> None:
    world, key = registry.world, bring_to(registry, state)
    assert registry.asset(key).state is state
    words, registrar = Remark(key, WORDS), registry.second
    attempts: dict[str, Callable[[], object]] = {
        "asset.return": lambda: world.do(registrar, send_back, words),
        "asset.resubmit": lambda: world.do(registry.supplier, resubmit, words),
        "asset.accept": lambda: world.do(registrar, accept, key),
        "asset.review": lambda: world.do(registrar, review, key),
        "asset.dismiss": lambda: world.do(registrar, dismiss, words),
        "asset.reject": lambda: world.do(registrar, reject, words),
        "asset.code": lambda: world.operate(assign_code, key),
        "asset.cancel": lambda: world.do(registry.supplier, cancel, key),
    }
    for act, attempt in attempts.items():
        if act not in ASSET.acts(state):
            assert world.refused("asset.state", attempt), f"{act} from {state}"
