"""What holds for every grant and every question, as figures and pure checks."""

import re
from datetime import timedelta

from exchange.errors import InvalidError
from exchange.protocol.codes import ProblemCode, RefusalCode
from exchange.protocol.commitment import MAX_SQL_BYTES

#: How long a node has to answer before the question is void.
ANSWER_WITHIN = timedelta(minutes=5)
#: Most characters of the reasons for a revocation.
MAX_REASONS = 2_000

#: Why a question is void: nobody answered in time, or the exchange could not carry it.
LATE = "question.late"
NODE_DOWN = "node.down"
NODE_LIED = "node.lied"
VOID_REASONS = frozenset({LATE, NODE_DOWN, NODE_LIED} | {code.value for code in ProblemCode})
REFUSAL_CODES = frozenset(code.value for code in RefusalCode)

_QUESTION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)


def check_question(question: str, sql: str) -> None:
    """Stop unless a question's id and text have a form that a node can take.

    Raises:
        InvalidError: the id, the emptiness or the length of the text (`question.id`,
            `question.empty`, `question.too_long`, `question.text`).
    """
    if not _QUESTION_ID.fullmatch(question):
        raise InvalidError(
            "question.id", "an id has 1 to 64 letters, digits or ._:-", {"question": "form"}
        )
    if not sql.strip():
        raise InvalidError("question.empty", "write a question", {"sql": "required"})
    try:
        size = len(sql.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise InvalidError(
            "question.text", "the question is no Unicode text", {"sql": "form"}
        ) from error
    if size > MAX_SQL_BYTES:
        raise InvalidError(
            "question.too_long", "a question has at most 16 KiB", {"sql": "too_long"}
        )


def check_text(name: str, text: str, most: int) -> None:
    """Stop unless somebody wrote something, and not too much.

    Raises:
        InvalidError: it is empty or has more than `most` characters (`text.length`).
    """
    if not text.strip() or len(text) > most:
        raise InvalidError("text.length", f"write 1 to {most} characters", {name: "length"})
