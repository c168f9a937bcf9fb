"""What people type behind 导出名单, 找人 and 确认, read."""

import pytest

from handlers.confirm import read_confirmation
from handlers.parsing import chosen, read_export, read_name


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("城东催收组", ("城东催收组", False, "")),
        ("城东催收组 完整 原因：审计抽查", ("城东催收组", True, "审计抽查")),
        ("完整的 城东催收组，理由是审计抽查", ("城东催收组", True, "审计抽查")),
        ("城东催收组 不打码 用途: 给 审计 用", ("城东催收组", True, "给 审计 用")),
        ("城东催收组 原因：要完整的", ("城东催收组", False, "要完整的")),
        ("完整", ("", True, "")),
        ("", ("", False, "")),
        ("城北分公司/催收一组 明文", ("城北分公司/催收一组", True, "")),
    ],
)
def test_an_export_is_read_in_any_order(said: str, meant: tuple[str, bool, str]) -> None:
    assert read_export(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("张三", "张三"),
        ("：张三的", "张三"),
        ("「张 三」", "张 三"),
        ("４３２１", "4321"),
        ("的", "的"),
        ("", ""),
    ],
)
def test_a_name_is_read_without_what_is_around_it(said: str, meant: str) -> None:
    assert read_name(said) == meant


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("123456", "123456"),
        ("１２３４５６", "123456"),
        ("123 456", "123456"),
        ("动态口令：123456。", "123456"),
        ("12345", ""),
        ("1234567", ""),
        ("", ""),
    ],
)
def test_a_code_is_read(said: str, code: str) -> None:
    assert read_confirmation(said, by_card=False) == (None, code)


def test_a_button_names_its_proposal_and_brings_no_code() -> None:
    assert read_confirmation("17", by_card=True) == (17, "")
    assert read_confirmation("123456", by_card=True) == (123456, "")


OPTIONS = [("reason:ill", "1. 生病"), ("reason:work", "2. 加班"), ("drop", "3. 不申请了")]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("1", "reason:ill"),
        (" ２。", "reason:work"),
        ("第三个", "drop"),
        ("选 2", "reason:work"),
        ("二", "reason:work"),
        ("生病", "reason:ill"),
        ("2. 加班", "reason:work"),
        ("不申请了！", "drop"),
        ("4", None),
        ("0", None),
        ("01", None),
        ("12345678", None),
        ("我生病了", None),
        ("", None),
    ],
)
def test_an_option_is_named_by_its_number_or_its_words(said: str, key: str | None) -> None:
    assert chosen(said, OPTIONS) == key
    assert chosen(said, []) is None
