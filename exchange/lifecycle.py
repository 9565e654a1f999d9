"""State machines as tables: which act takes a thing from which state to which."""

from dataclasses import dataclass
from enum import StrEnum

from exchange.errors import ConflictError


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: the act `act` takes a thing from one of `sources` to `target`."""

    act: str
    sources: tuple[StrEnum, ...]
    target: StrEnum


@dataclass(frozen=True, slots=True)
class Timer:
    """What the operator does when a state has lasted too long: the act `act`."""

    state: StrEnum
    act: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of one kind of thing, checked when the table is made.

    Every act has at most one target from a state, every state can be reached, and
    every timer's act leaves the state that the timer guards.
    """

    name: str
    initial: StrEnum
    transitions: tuple[Transition, ...]
    timers: tuple[Timer, ...] = ()

    def __post_init__(self) -> None:
        arrows = [(t.act, source) for t in self.transitions for source in t.sources]
        assert len(arrows) == len(set(arrows)), f"{self.name}: two arrows for one act and state"
        reached = {self.initial}
        for _ in self.transitions:
            reached |= {t.target for t in self.transitions if reached & set(t.sources)}
        assert reached == set(type(self.initial)), f"{self.name}: a state is out of reach"
        for timer in self.timers:
            assert (timer.act, timer.state) in arrows, f"{self.name}: a timer pulls no arrow"

    def target(self, act: str, state: StrEnum) -> StrEnum:
        """Return the state to which `act` leads from `state`.

        Raises:
            ConflictError: no arrow for this act starts here (`<name>.state`).
        """
        for transition in self.transitions:
            if transition.act == act and state in transition.sources:
                return transition.target
        raise ConflictError(
            f"{self.name}.state", f"{act} is not possible while the {self.name} is {state.value}"
        )

    def timer(self, state: StrEnum) -> Timer | None:
        """Return the timer that guards `state`, if there is one."""
        return next((t for t in self.timers if t.state == state), None)

    def acts(self, state: StrEnum) -> tuple[str, ...]:
        """List the acts that are possible in `state`, in the order of the table."""
        return tuple(t.act for t in self.transitions if state in t.sources)
