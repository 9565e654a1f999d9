"""The desk of the clearers: what to pay out, what the bank has still to say."""

from exchange.acts.participants import Participant
from exchange.settlement.accounts import parts
from exchange.settlement.queries import payables, payouts_in
from exchange.settlement.states import PayoutState
from exchange.storage.store import Reader, require
from exchange.web.pages.desk_items import Desk, Item, Section, Task, by_deadline


def clearing(reader: Reader) -> Desk:
    """Lay out a clearer's desk."""
    owed = [(view, parts(view.name)[1]) for view in payables(reader)]
    tasks = [
        Task(
            "发起出金",
            require(reader, Participant, owner).name,
            f"/do/payout.send?participant={owner}",
        )
        for _, owner in owed
    ]
    sent = payouts_in(reader, PayoutState.SENT)
    tasks += [Task("确认出金到账", view.participant_name, f"/payouts/{view.id}") for view in sent]
    done = [*payouts_in(reader, PayoutState.PAID), *payouts_in(reader, PayoutState.FAILED)]
    payouts = tuple(
        Item(
            view.participant_name,
            f"/payouts/{view.id}",
            f"payout.{view.state.value}",
            view.bank_reference or view.reference,
            view.amount_fen,
        )
        for view in (*sent, *done)
    )
    due = tuple(
        Item(
            require(reader, Participant, owner).name,
            f"/do/payout.send?participant={owner}",
            amount_fen=view.amount_fen,
        )
        for view, owner in owed
    )
    return Desk(
        by_deadline(tasks),
        (
            Section("应付款项", due, "没有待付款项。"),
            Section("出金", payouts, "还没有出金。"),
        ),
    )
