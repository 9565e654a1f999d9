"""Words are in both languages, and none wait for a code that nobody says."""

from __future__ import annotations

import re

import pytest

from exchange.errors import Kind
from exchange.money import yuan
from exchange.web.errors import HTTP_CODES, STATUS
from exchange.web.texts import _NODES, TEXTS, fault_of, text_of
from tests.architecture.product_codes import field_codes, site_codes

_STATUSES = {int(status) for status in STATUS.values()} | set(HTTP_CODES) | {429, 500}


def test_no_words_are_left_over() -> None:
    titles = {f"status.{status}" for status in _STATUSES}
    shown = {"question.late", "request.body"}  # a void question's reason; a whole body's fault
    said = {one.code for one in site_codes()} | set(field_codes()) | titles | shown

    assert sorted(TEXTS.keys() - said - _NODES.keys()) == []


def test_every_status_has_a_title() -> None:
    assert {f"status.{status}" for status in _STATUSES} <= TEXTS.keys()
    assert set(STATUS) == set(Kind)


@pytest.mark.parametrize("code", TEXTS)
def test_chinese_is_chinese_and_english_is_ascii(code: str) -> None:
    chinese, english = TEXTS[code]

    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert english.isascii()


def test_a_field_fault_is_told_by_word_by_code_or_as_it_stands() -> None:
    assert fault_of("range", "zh") == "超出允许范围"
    assert fault_of("field.between:1:1000000", "zh") == "须在 1 到 1,000,000 之间"
    assert fault_of("field.between:-5:10", "en") == "from -5 to 10"
    assert fault_of("field.between:1:100", "en", yuan) == "from ¥0.01 to ¥1.00"
    assert fault_of("field.letters:1:200", "zh") == "须有 1 到 200 个字符"
    assert fault_of("account.name", "en").startswith("a user name")
    assert fault_of("must be a list", "en") == "must be a list"
    assert fault_of("must be a list", "zh") == "格式不正确（must be a list）"
    assert text_of("no.such", "zh", "otherwise") == "otherwise"
