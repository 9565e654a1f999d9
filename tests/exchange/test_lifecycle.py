from enum import StrEnum

import pytest

from exchange.errors import ConflictError
from exchange.lifecycle import Lifecycle, Timer, Transition


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


GO = Transition("light.go", (Light.RED,), Light.GREEN)
STOP = Transition("light.stop", (Light.GREEN,), Light.RED)


def test_a_lifecycle_tells_where_an_act_leads() -> None:
    light = Lifecycle("light", Light.RED, (GO, STOP), (Timer(Light.GREEN, "light.stop"),))
    assert light.target("light.go", Light.RED) is Light.GREEN
    assert light.acts(Light.GREEN) == ("light.stop",)
    assert light.timer(Light.RED) is None
    timer = light.timer(Light.GREEN)
    assert timer is not None
    assert timer.act == "light.stop"


@pytest.mark.parametrize("act", ["light.stop", "light.none"])
def test_an_act_without_an_arrow_is_a_conflict(act: str) -> None:
    with pytest.raises(ConflictError) as refusal:
        Lifecycle("light", Light.RED, (GO, STOP)).target(act, Light.RED)
    assert refusal.value.code == "light.state"


@pytest.mark.parametrize(
    ("transitions", "timers"),
    [
        ((GO, GO, STOP), ()),
        ((STOP,), ()),
        ((GO, STOP), (Timer(Light.RED, "light.stop"),)),
    ],
    ids=["two arrows", "out of reach", "timer without arrow"],
)
def test_a_wrong_table_is_refused_when_it_is_made(
    transitions: tuple[Transition, ...], timers: tuple[Timer, ...]
) -> None:
    with pytest.raises(AssertionError):
        Lifecycle("light", Light.RED, transitions, timers)
