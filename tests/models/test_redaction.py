"""Words that must not be readable any more, and what is left of the rest."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.redaction import ERASED, Words, without_numbers

WORDS = Words(
    ["张三丰", "zhangsf", "13812345678", "51010419900101123X", "四川省成都市锦江区", None, "", "李"]
)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("请张三丰来一下", "请已删除来一下"),
        ("电话138-1234-5678，或 138 1234 5678", "电话已删除，或 已删除"),
        ("电话１３８１２３４５６７８", "电话已删除"),
        ("电话913812345678", "电话913812345678"),
        ("账号 ZhangSF，不是 zhangsf2", "账号 已删除，不是 zhangsf2"),
        ("51010419900101123x", "已删除"),
        ("张三和李四", "张三和李四"),
    ],
)
def test_words_go_and_the_rest_stays(said: str, left: str) -> None:
    assert WORDS.out_of(said) == left


def test_values_deep_in_json_are_found_and_types_are_left_alone() -> None:
    words = Words(["text", "张三丰"])
    told: Any = {"msgtype": "text", "text": {"content": "text 张三丰", "list": ["张三丰", 3, None]}, "n": 1.5}

    assert words.out_of(told) == {
        "msgtype": "text",
        ERASED: {"content": f"{ERASED} {ERASED}", "list": [ERASED, 3, None]},
        "n": 1.5,
    }


def test_a_number_among_the_values_goes_too() -> None:
    assert WORDS.out_of({"phone": 13812345678, "count": 7, "on": True}) == {
        "phone": 0,
        "count": 7,
        "on": True,
    }


@given(
    st.recursive(st.text() | st.none() | st.integers(), lambda v: st.dictionaries(st.text(), v), max_leaves=5)
)
def test_nothing_of_the_name_is_left_in_any_value(value: Any) -> None:
    told = {"a": value, "b": "张三丰"}

    assert "张三丰" not in json.dumps(WORDS.out_of(told), ensure_ascii=False)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("改手机 张三 13900001111", "改手机 张三 已删除"),
        ("是 139 0000 1111 或１３９００００１１１１", "是 已删除 或已删除"),
        ("身份证 51010419900101123x。", "身份证 已删除。"),
        ("工号 E00042，房间 1203，单号 20260302123456", "工号 E00042，房间 1203，单号 20260302123456"),
    ],
)
def test_what_looks_like_the_number_of_somebody_goes(said: str, left: str) -> None:
    assert without_numbers(said) == left
