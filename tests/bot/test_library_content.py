"""The starter library of the training: whole, answerable, and true about the commands it names."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import handlers
from bot.policy import load_policy
from handlers.base import Audience
from handlers.casewords import code_of, take_case
from models.staff import Role
from models.training.content import MOST_EXPLANATION, MOST_OPTION, MOST_STEM, MOST_TITLE, OPTIONS
from models.training.tables import CourseKind, Family, QuestionKind
from models.wording.rules import Mode, examine

LIBRARY = Path(__file__).parents[2] / "config" / "library"
FOLDERS = sorted(folder for folder in LIBRARY.iterdir() if folder.is_dir())
KINDS = {
    "title": str, "family": str, "kind": str, "compliance": bool, "licence": bool, "roles": list,
    "measures": list, "dimensions": list, "months_from": int, "months_to": int, "draws": int,
    "pass_mark": int, "minutes": int, "valid_days": int, "homework": str, "homework_criteria": str,
    "note": str,
}  # fmt: skip
QUESTION = {"code", "kind", "stem", "options", "answer", "explanation", "source"}
BUTTONS = {"属实", "误报", "需要培训", "放进这次拜访"}
"""What lessons put in 「」 that is tapped and not typed."""
TAG = re.compile(r"</?[A-Za-z!][^>]*>")
LINK = re.compile(r"https?://|www\.|(?<!!)\[[^\]]*\]\([^)]*\)")
GOOD = re.compile(r"^- \*\*好：\*\*(.*)$", re.MULTILINE)
"""What a lesson holds up as an example."""
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
MOST_PICTURE = 100 * 1024

in_each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def questions_of(folder: Path) -> list[dict[str, Any]]:
    questions: list[dict[str, Any]] = read(folder / "questions.toml")["question"]
    return questions


def lessons_of(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.md"))}


def singles_of(folder: Path) -> list[dict[str, Any]]:
    return [question for question in questions_of(folder) if question["kind"] == QuestionKind.SINGLE]


def is_longest(question: dict[str, Any]) -> bool:
    """Whether the right option is longer than each of the others."""
    right = "ABCDEF".index(question["answer"])
    lengths = [len(option) for option in question["options"]]
    return all(lengths[right] > length for place, length in enumerate(lengths) if place != right)


@in_each_folder
def test_a_course_says_what_it_is_in_known_words(folder: Path) -> None:
    course = read(folder / "course.toml")

    assert re.fullmatch("[a-z][a-z0-9_]{1,39}", folder.name)
    assert {"title", "family"} <= course.keys() <= KINDS.keys()
    for key, value in course.items():
        assert type(value) is KINDS[key], key
    assert 0 < len(course["title"]) <= MOST_TITLE
    assert course["family"] in {*Family}
    assert course.get("kind", CourseKind.COURSE) in {*CourseKind}
    assert {*course.get("roles", ())} <= {*Role}
    assert {*course.get("measures", ())} <= load_policy().performance.measures.keys()
    assert all(re.fullmatch("[\u4e00-\u9fff]{2,8}", dimension) for dimension in course.get("dimensions", ()))
    assert course.get("months_from", 0) < course.get("months_to", 1000)
    assert course.get("draws", 1) <= len(questions_of(folder))
    assert ("homework" in course) == ("homework_criteria" in course)


@in_each_folder
def test_every_question_can_be_answered_and_is_explained(folder: Path) -> None:
    for question in questions_of(folder):
        code = question["code"]
        assert question.keys() <= QUESTION, code
        assert re.fullmatch("[a-z0-9]{2,5}-[0-9]{2}", code)
        assert 0 < len(question["stem"]) <= MOST_STEM, code
        assert 0 < len(question["explanation"]) <= MOST_EXPLANATION, code
        assert 0 < len(question["source"]) <= 200, code
        assert not TAG.search(" ".join([question["stem"], question["explanation"]])), code
        if question["kind"] == QuestionKind.JUDGE:
            assert "options" not in question, code
            assert question["answer"] in {"对", "错"}, code
            continue
        options, answer = question["options"], question["answer"]
        assert len(options) in OPTIONS, code
        assert len({*options}) == len(options), code
        assert all(0 < len(option) <= MOST_OPTION and "以上都" not in option for option in options), code
        assert {*answer} <= {*"ABCDEF"[: len(options)]}, code
        assert [*answer] == sorted({*answer}), code
        assert len(answer) == 1 if question["kind"] == QuestionKind.SINGLE else len(answer) > 1, code


@in_each_folder
def test_a_lesson_is_plain_short_and_names_its_sources(folder: Path) -> None:
    lessons = lessons_of(folder)
    shown = set()

    assert lessons
    for name, markdown in lessons.items():
        lines = markdown.strip().splitlines()
        assert re.fullmatch(r"\d\d-[a-z0-9-]+\.md", name)
        assert lines[0].startswith("# "), name
        assert len(lines[0]) - 2 <= MOST_TITLE, name
        assert sum(line.startswith("# ") for line in lines) == 1, name
        assert lines[-1].startswith("来源："), name
        assert 400 <= len("".join(markdown.split())) <= 1200, name
        assert not TAG.search(markdown), name
        assert not LINK.search(markdown), name
        shown |= set(PICTURE.findall(markdown))
    assert shown == {file.name for file in folder.iterdir() if file.suffix not in {".md", ".toml"}}
    for picture in shown:
        assert picture.endswith(".png")
        assert (folder / picture).stat().st_size <= MOST_PICTURE


@in_each_folder
def test_what_a_course_tells_people_to_send_is_a_command(folder: Path) -> None:
    words = {word for audience, word in handlers.collect().commands if audience is Audience.EMPLOYEE}

    for file in [*folder.glob("*.md"), *folder.glob("*.toml")]:
        for said in re.findall("「([^」]+)」", file.read_text(encoding="utf-8")):
            assert said in BUTTONS or said.split()[0] in words, f"{file.name}: {said}"


@in_each_folder
def test_examples_of_notes_and_halts_are_understood_as_they_are_meant(folder: Path) -> None:
    """A note without a word for its outcome counts as 其他, a halt without a kind only asks back."""
    halts = (LIBRARY.parent / "texts" / "halts.j2").read_text(encoding="utf-8").split("{% endblock %}")[0]
    kinds = {code: words.split() for code, words in re.findall(r"^(\w+)=(.+)$", halts, re.MULTILINE)}
    outcomes = {code: known.words for code, known in load_policy().cases.outcomes.items()}
    lessons = "".join(lessons_of(folder).values())

    for word, rest in re.findall("「(催记|更正|停催) ([^」]+)」", lessons):
        number, said = take_case(rest)
        assert number, rest
        assert not said or code_of(said, kinds if word == "停催" else outcomes), rest
        assert word != "停催" or "轻生" not in said or code_of(said, kinds) == "self_harm"


@in_each_folder
def test_what_a_course_recommends_passes_the_wording_filter(folder: Path) -> None:
    policy = load_policy()
    good = [line for markdown in lessons_of(folder).values() for line in GOOD.findall(markdown)]
    said = [words for line in good for words in re.findall("“([^”]+)”", line)]
    for question in singles_of(folder):
        right = question["options"]["ABCDEF".index(question["answer"])]
        said += re.findall("^“(.+)”$", right)

    for words in said:
        assert not examine(words, policy, mode=Mode.OUTGOING).hits, words


def test_the_filter_would_notice() -> None:
    assert examine("先去别的平台借点。", load_policy(), mode=Mode.OUTGOING).hits


@in_each_folder
def test_a_course_has_questions_enough(folder: Path) -> None:
    course = read(folder / "course.toml")
    least = 25 if course.get("licence") else 6 if course.get("kind") == CourseKind.REGULATION else 8

    assert len(questions_of(folder)) >= least


def test_the_library_covers_every_family_and_every_collector() -> None:
    courses = [read(folder / "course.toml") for folder in FOLDERS]
    licences = [course for course in courses if course.get("licence")]

    assert len(FOLDERS) >= 12
    assert sum(len(lessons_of(folder)) for folder in FOLDERS) >= 14
    assert sum(len(questions_of(folder)) for folder in FOLDERS) >= 130
    assert {course["family"] for course in courses} == {*Family}
    assert any("homework" in course for course in courses)
    assert any(course.get("months_to", 99) <= 6 for course in courses)
    assert any(course.get("months_from", 0) >= 12 for course in courses)
    assert [{*licence["roles"]} for licence in licences] == [{*load_policy().training.licence_roles}]


def test_no_question_is_asked_twice() -> None:
    questions = [question for folder in FOLDERS for question in questions_of(folder)]

    for key in ("stem", "code"):
        assert [said for said, times in Counter(one[key] for one in questions).items() if times > 1] == []


def test_the_answer_cannot_be_guessed_from_its_length_or_its_place() -> None:
    singles = [question for folder in FOLDERS for question in singles_of(folder)]
    letters = Counter(question["answer"] for question in singles)

    assert sum(map(is_longest, singles)) / len(singles) < 0.45
    assert len(letters) >= 4
    assert all(0.15 < times / len(singles) < 0.35 for letter, times in letters.items() if letter in "ABCD")


@in_each_folder
def test_nor_within_one_course(folder: Path) -> None:
    singles = singles_of(folder)
    letters = Counter(question["answer"] for question in singles)

    assert sum(map(is_longest, singles)) <= len(singles) * 0.6
    assert max(letters.values()) <= len(singles) * 0.5 + 1


def test_every_conduct_rule_names_a_course_of_the_library() -> None:
    policy = load_policy()

    named = policy.training.conduct_courses

    assert set(named) <= set(policy.wording.rules)
    assert set(named.values()) <= {folder.name for folder in LIBRARY.iterdir()}
