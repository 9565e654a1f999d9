"""Why a node does not answer: stable codes with their words in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class RefusalCode(StrEnum):
    """A refusal that the node signs as `answer.refuse`.

    Each depends on the rule, the grant and the question's shape, never on the data.
    """

    TOO_LONG = "question.too_long"
    PARSE = "question.parse"
    SHAPE = "question.shape"
    RAW_ROWS = "question.raw_rows"
    PINS_UNIT = "question.pins_unit"
    COLUMN = "question.column"
    FUNCTION = "question.function"
    UNAPPROVED = "question.unapproved"
    PARAMETER = "question.parameter"
    BUDGET = "question.budget"
    GRANT_EXPIRED = "grant.expired"
    GRANT_REVOKED = "grant.revoked"
    GRANT_UNKNOWN = "grant.unknown"
    GRANT_MISMATCH = "grant.mismatch"


class ProblemCode(StrEnum):
    """A request that the node turns away without an act of its own."""

    REQUEST_INVALID = "request.invalid"
    TICKET_INVALID = "ticket.invalid"
    TICKET_STALE = "ticket.stale"
    HEAD = "node.head"
    CONFLICT = "question.conflict"
    STALE = "node.stale"
    BUSY = "node.busy"


@dataclass(frozen=True, slots=True)
class Words:
    """The same sentence in Chinese and in English."""

    zh: str
    en: str


REFUSALS: Final[Mapping[RefusalCode, Words]] = MappingProxyType(
    {
        RefusalCode.TOO_LONG: Words("问题过长", "the question is longer than 16 KiB"),
        RefusalCode.PARSE: Words("无法解析为一条查询语句", "the text is not one SQL statement"),
        RefusalCode.SHAPE: Words(
            "问题的形式不受支持", "the question has a shape that is not allowed"
        ),
        RefusalCode.RAW_ROWS: Words("不得取出原始数据行", "a question may not return raw rows"),
        RefusalCode.PINS_UNIT: Words(
            "不得按隐私单元筛选或分组", "a question may not filter or group by the privacy unit"
        ),
        RefusalCode.COLUMN: Words(
            "所用的表或列未获授权", "a table or column is not granted for this use"
        ),
        RefusalCode.FUNCTION: Words("所用函数不被允许", "a function is not on the allowed list"),
        RefusalCode.UNAPPROVED: Words(
            "与已批准的分析不符", "the question matches no analysis approved in the grant"
        ),
        RefusalCode.PARAMETER: Words(
            "参数值超出允许范围", "a value is outside what the analysis allows"
        ),
        RefusalCode.BUDGET: Words(
            "该数据的问题次数已用尽", "the node's count of questions for this data is used up"
        ),
        RefusalCode.GRANT_EXPIRED: Words("授权已到期", "the grant has expired"),
        RefusalCode.GRANT_REVOKED: Words("授权已撤销", "the grant was revoked"),
        RefusalCode.GRANT_UNKNOWN: Words("未见此授权", "the ledger holds no such grant"),
        RefusalCode.GRANT_MISMATCH: Words(
            "授权与问题不符", "the grant is for another buyer, asset, rule or node"
        ),
    }
)

PROBLEMS: Final[Mapping[ProblemCode, tuple[int, Words]]] = MappingProxyType(
    {
        ProblemCode.REQUEST_INVALID: (400, Words("请求格式有误", "the request is malformed")),
        ProblemCode.TICKET_INVALID: (
            403,
            Words("凭据无效", "the ticket does not prove this question"),
        ),
        ProblemCode.TICKET_STALE: (409, Words("凭据已过时", "the ticket is too old or from ahead")),
        ProblemCode.HEAD: (
            409,
            Words("该序号已被占用", "the place in the node's own sequence is taken"),
        ),
        ProblemCode.CONFLICT: (
            409,
            Words("问题编号已用于其他内容", "the question's id stands for another question"),
        ),
        ProblemCode.STALE: (
            503,
            Words("节点未能跟上账本", "the node has not followed the ledger for too long"),
        ),
        ProblemCode.BUSY: (503, Words("节点繁忙，请稍后重试", "the node is busy; repeat later")),
    }
)

assert set(REFUSALS) == set(RefusalCode), "every refusal has words"
assert set(PROBLEMS) == set(ProblemCode), "every problem has a status and words"


class RefusedError(Exception):
    """A question that the node will not answer, for a reason it may sign."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code.value)
        self.code = code


class ProblemError(Exception):
    """A request that never becomes an act: malformed, without a valid ticket, or badly timed."""

    def __init__(self, code: ProblemCode) -> None:
        super().__init__(code.value)
        self.code = code

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return PROBLEMS[self.code][0]

    def body(self) -> dict[str, object]:
        """Return the problem details object (RFC 9457)."""
        status, words = PROBLEMS[self.code]
        return {"type": "about:blank", "title": words.en, "status": status, "code": self.code}
