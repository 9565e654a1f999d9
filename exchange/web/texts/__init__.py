"""Every error code of the product in Chinese and English: the one place where refusals get words."""

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

#: Code → (Chinese, English).
TEXTS: dict[str, tuple[str, str]] = {**DOOR, **INPUTS, **DEALS, **_NODES}
assert len(TEXTS) == len(DOOR) + len(INPUTS) + len(DEALS) + len(_NODES), "a code stands twice"


def text_of(code: str, language: Language, otherwise: str) -> str:
    """Return the sentence for a code, or `otherwise` where the table has none."""
    found = TEXTS.get(code)
    return otherwise if found is None else found[language == "en"]


def fault_of(fault: str, language: Language) -> str:
    """Return the sentence for what is wrong with one field.

    A feature names the fault by a word of the table (`range`) or a whole code; where it says
    it in words of its own, which are English, Chinese readers get them behind a general one.
    """
    for code in (fault, f"field.{fault}"):
        if code in TEXTS:
            return text_of(code, language, fault)
    general = text_of("field.invalid", language, fault)
    return fault if language == "en" else f"{general}（{fault}）"
