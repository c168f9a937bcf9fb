"""The wording filter: what it finds, what it lets pass, what it hides, and where it says it stands."""

import dataclasses
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.policy import load_policy, load_wording
from config.settings import SettingsError
from models.wording import Allowed, Mode, blocking, escalates, examine
from models.wording_policy import Severity

POLICY = load_policy()
RULES = POLICY.wording.rules
CORPUS = tomllib.loads((Path(__file__).parent / "wording_corpus.toml").read_text(encoding="utf-8"))[
    "sentence"
]
MARKS = ["", " ", "\u3000", "\u200b", "\ufeff", "·", "＊", "～", "-", "．", "\u00ad", "♥", "…"]
LOOKS_LIKE_A_NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{16,19})(?!\d)")
FULL_WIDTH = str.maketrans({chr(one): chr(one + 0xFEE0) for one in range(0x21, 0x7F)})

FAMILIES = tomllib.loads((Path(__file__).parent / "wording_families.toml").read_text(encoding="utf-8"))
ALIKE = {
    "IMPERSONATE": {"IMPERSONATE_AUTH", "IMPERSONATE_LAWYER"},
    "THREAT": {"THREAT", "HARASS"},
    "DISCLOSE": {"DISCLOSE", "THIRD_PARTY_COLLECT"},
}
"""Kind of the sentences → the rules of which one is right for it."""
HEARD = {"THREAT": 0.93, "INSULT": 1.0, "DISCLOSE": 0.78, "IMPERSONATE": 0.81, "SELF_HARM": 1.0}
UNSEEN = {"THREAT": 0.0, "INSULT": 0.2, "DISCLOSE": 0.7, "IMPERSONATE": 0.7, "SELF_HARM": 0.53}
"""Which share the filter hears of sentences that it was made from, and of others (docs/wording.md)."""

LEAST = dict.fromkeys(RULES, (0.95, 0.95))
"""Precision and recall that each rule reaches at least on the labelled sentences."""
LEAST |= {"SELF_HARM": (0.95, 1.0), "PII_LEAK": (1.0, 1.0), "THIRD_PARTY_COLLECT": (0.95, 0.94)}


def found(text: str, mode: Mode = Mode.NOTE) -> list[str]:
    """The rules that a text meets."""
    return list(examine(text, POLICY, mode=mode).codes)


CODES = (
    "THREAT INSULT IMPERSONATE_AUTH IMPERSONATE_LAWYER FALSE_CONSEQUENCE DISCLOSE THIRD_PARTY_COLLECT HARASS "
    "PRIVATE_ACCOUNT INDUCE_BORROW OFF_CHANNEL GUARANTEE NO_RISK_RETURN UNAUTHORISED_WAIVER CREDIT_REPAIR "
    "PII_LEAK SELF_HARM"
)


def test_every_rule_of_the_domain_is_there_with_its_words() -> None:
    assert set(RULES) == set(CODES.split())
    for code, rule in RULES.items():
        assert all([rule.name, rule.rewrite, rule.tell, rule.source])
        assert code == "PII_LEAK" or len(rule.phrases) >= 8
        assert blocking(examine(rule.rewrite, POLICY, mode=Mode.OUTGOING)) is None
    assert {code for code, rule in RULES.items() if rule.suspends} == {
        "THREAT",
        "IMPERSONATE_AUTH",
        "DISCLOSE",
    }


@pytest.mark.parametrize("code", CODES.split())
def test_the_labelled_sentences_are_judged_as_well_as_ever(code: str) -> None:
    outcomes: Counter[tuple[bool, bool]] = Counter()
    for sentence in CORPUS:
        mode = Mode.OUTGOING if sentence.get("outgoing") else Mode.NOTE
        outcomes[code in sentence["hits"], code in found(sentence["text"], mode)] += 1
    right = outcomes[True, True]
    precision, recall = LEAST[code]
    assert right / (right + outcomes[False, True]) >= precision
    assert right / (right + outcomes[True, False]) >= recall


@pytest.mark.parametrize("sentence", [one for one in CORPUS if "quoted" in one], ids=lambda one: one["text"])
def test_what_others_said_is_for_review_only(sentence: dict[str, list[str]]) -> None:
    examination = examine(str(sentence["text"]), POLICY)
    quoted = [hit for hit in examination.hits if hit.quoted]
    assert {hit.code for hit in quoted} == set(sentence["quoted"])
    assert {hit.severity for hit in quoted} == {Severity.REVIEW}


def test_a_hint_at_suicide_escalates_whoever_said_it() -> None:
    examination = examine("客户说“不想活了”，不要再打", POLICY)
    assert examination.worst == Severity.ESCALATE
    assert escalates(examination)
    assert not escalates(examine("客户说我是老赖", POLICY))


def test_guarantees_block_only_what_leaves() -> None:
    note, outgoing = (
        examine("保本保息，高收益无风险", POLICY, mode=mode) for mode in (Mode.NOTE, Mode.OUTGOING)
    )
    assert {hit.severity for hit in note.hits} == {Severity.REVIEW}
    assert {hit.severity for hit in outgoing.hits} == {Severity.BLOCK}
    assert blocking(note) is None
    assert blocking(outgoing) == outgoing.hits[0]


@pytest.mark.parametrize(
    "text",
    [
        "不得说老赖、骗子、“废物”和无赖",
        "严禁以下话术：让你好看",
        "我们从不去你单位堵你",
        "培训要求：切勿半夜打电话",
    ],
)
def test_a_prohibition_is_no_hit(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    ["不还钱就让你好看", "别逼我让你好看", "不得不让你好看了", "能不能要点脸，让你好看", "不要。让你好看"],
)
def test_a_no_that_denies_nothing_hides_nothing(text: str) -> None:
    assert "THREAT" in found(text)


def test_an_entry_of_compliance_lets_words_pass_for_its_rule_alone() -> None:
    text = "查询全国老赖名录网站，老赖"
    assert len(examine(text, POLICY).hits) == 2
    entry = Allowed("INSULT", "老 赖名录")
    assert [hit.start for hit in examine(text, POLICY, allowed=[entry]).hits] == [11]
    assert len(examine(text, POLICY, allowed=[Allowed("THREAT", "老赖名录")]).hits) == 2


PLAIN = [
    ("THREAT", "让你好看"),
    ("THREAT", "去你单位堵你"),
    ("INSULT", "老赖"),
    ("INSULT", "不要脸"),
    ("IMPERSONATE_AUTH", "我是公安局的"),
    ("FALSE_CONSEQUENCE", "今天不还就坐牢"),
    ("DISCLOSE", "告诉他同事他欠钱"),
    ("HARASS", "打爆通讯录"),
    ("PRIVATE_ACCOUNT", "转到我个人卡"),
    ("SELF_HARM", "同归于尽"),
]


@given(st.sampled_from(PLAIN), st.lists(st.sampled_from(MARKS), min_size=8, max_size=8), st.booleans())
@example(("INSULT", "老赖"), ["\u200b\u3000"] * 8, False)
def test_what_stands_between_the_letters_hides_nothing(
    case: tuple[str, str], marks: list[str], wide: bool
) -> None:
    code, phrase = case
    written = "".join(letter + mark for letter, mark in zip(phrase, marks, strict=False))
    text = f"记录，{written.translate(FULL_WIDTH) if wide else written}"
    hits = [hit for hit in examine(text, POLICY).hits if hit.code == code]
    assert len(hits) == 1
    there = text[hits[0].start : hits[0].end]
    assert {there[0], there[-1]} <= set(phrase)
    assert [letter for letter in there if letter in phrase] == list(phrase[phrase.index(there[0]) :])


@pytest.mark.parametrize(
    ("traditional", "simplified"), [("讓妳好看", "让你好看"), ("傳票已發出", "传票已发出"), ("騙子", "骗子")]
)
def test_traditional_letters_are_the_same_words(traditional: str, simplified: str) -> None:
    assert found(traditional) == found(simplified) != []


DIGITS = st.sampled_from("0123456789")
MOBILES = st.builds(
    lambda second, rest: f"1{second}{rest}",
    st.sampled_from("3456789"),
    st.text(DIGITS, min_size=9, max_size=9),
)
IDS = st.builds(
    lambda digits, last: digits + last,
    st.text(DIGITS, min_size=17, max_size=17),
    st.sampled_from("0123456789Xx"),
)
WORDS = st.text(st.sampled_from("客户电话：，。 -1x元\u200b"), max_size=6)


@given(st.lists(st.one_of(WORDS, MOBILES, IDS), max_size=8).map("".join), st.booleans())
@example("13800138000 13900139000", False)
@example("联系13800138000。110101199003078515x", True)
def test_no_mobile_and_no_identity_number_is_left_in_a_text(text: str, wide: bool) -> None:
    masked = examine(text.translate(FULL_WIDTH) if wide else text, POLICY).masked
    assert len(masked) == len(text)
    seen = masked.translate({number: letter for letter, number in FULL_WIDTH.items()}) if wide else masked
    assert LOOKS_LIKE_A_NUMBER.search(seen.replace("\u200b", "")) is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打13800138000", "打138****8000"),
        ("打 138 0013 8000，", "打 138 **** 8000，"),
        ("打１３８００１３８０００", "打１３８****８０００"),
        ("证110101199003078515", "证110***********8515"),
        ("卡6222 0202 0001 2345 678", "卡6222 **** **** ***5 678"),
        ("一三八零零一三八零零零", "一三八****八零零零"),
        ("+86-138-0013-8000", "+86-138-****-8000"),
        ("本金1500 1500 1500 1500元", "本金1500 1500 1500 1500元"),
        ("还款15000 150000", "还款15000 150000"),
        ("案件1024，3月6日还2500.50", "案件1024，3月6日还2500.50"),
        ("单号753123456789", "单号753123456789"),
    ],
)
def test_numbers_are_masked_and_amounts_are_not(text: str, masked: str) -> None:
    assert examine(text, POLICY).masked == masked


@given(st.text(max_size=60))
def test_every_text_can_be_examined(text: str) -> None:
    examination = examine(text, POLICY)
    assert len(examination.masked) == len(text)
    for hit in examination.hits:
        assert 0 <= hit.start < hit.end <= len(text)


def test_a_phrase_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    source = Path("config/wording.toml").read_text(encoding="utf-8")
    broken = tmp_path / "wording.toml"
    broken.write_text(source.replace('"老赖", ', '"老{赖", ', 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape("老{赖")):
        load_wording(broken)


def test_another_version_of_the_rules_is_told_with_each_examination() -> None:
    other = dataclasses.replace(POLICY, wording=dataclasses.replace(POLICY.wording, version="2027-01"))
    assert examine("老赖", other).version == "2027-01"


@pytest.mark.parametrize("text", FAMILIES["innocent"])
def test_what_only_looks_alike_is_not_met(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("which", "least"), [("heard", HEARD), ("unseen", UNSEEN)])
def test_families_of_words_hear_what_the_documentation_says(which: str, least: dict[str, float]) -> None:
    for kind, sentences in FAMILIES[which].items():
        right = ALIKE.get(kind, {kind})
        heard = sum(bool(right & set(found(text))) for text in sentences)
        assert heard / len(sentences) >= least[kind], kind
