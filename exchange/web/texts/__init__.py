"""Every error code of the product in Chinese and English: the one place where refusals get words."""

import re
from collections.abc import Callable

from exchange.protocol.codes import PROBLEMS, REFUSALS
from exchange.web.current import Language
from exchange.web.texts.deals import DEALS
from exchange.web.texts.door import DOOR
from exchange.web.texts.inputs import INPUTS

#: What a node says has its words in the protocol, beside its codes.
_NODES: dict[str, tuple[str, str]] = {
    **{code.value: (words.zh, words.en) for code, words in REFUSALS.items()},
    **{code.value: (words.zh, words.en) for code, (_, words) in PROBLEMS.items()},
}

#: A fault that names its limits, as `exchange.web.fields.between` puts it.
_LIMITED = re.compile(r"(field\.[a-z_]+):(-?[0-9]+):(-?[0-9]+)", re.ASCII)

#: Code → (Chinese, English).
TEXTS: dict[str, tuple[str, str]] = {**DOOR, **INPUTS, **DEALS, **_NODES}
assert len(TEXTS) == len(DOOR) + len(INPUTS) + len(DEALS) + len(_NODES), "a code stands twice"


def text_of(code: str, language: Language, otherwise: str) -> str:
    """Return the sentence for a code, or `otherwise` where the table has none."""
    found = TEXTS.get(code)
    return otherwise if found is None else found[language == "en"]


def number(value: int) -> str:
    """Write a number with its thousands parted."""
    return f"{value:,}"


def fault_of(fault: str, language: Language, write: Callable[[int], str] = number) -> str:
    """Return the sentence for what is wrong with one field; `write` puts its limits into words.

    A feature names the fault by a word of the table (`range`) or a whole code; where it says
    it in words of its own, which are English, Chinese readers get them behind a general one.
    """
    limited = _LIMITED.fullmatch(fault)
    if limited is not None:
        least, most = write(int(limited[2])), write(int(limited[3]))
        return text_of(limited[1], language, fault).format(least=least, most=most)
    for code in (fault, f"field.{fault}"):
        if code in TEXTS:
            return text_of(code, language, fault)
    general = text_of("field.invalid", language, fault)
    return fault if language == "en" else f"{general}（{fault}）"
