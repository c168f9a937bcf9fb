"""How people write about courses: families, kinds, answers, and a whole course in one message."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from handlers.base import Router
from handlers.parsing import small_number
from models.training import (
    CourseDraft,
    CourseKind,
    Family,
    LessonDraft,
    Problem,
    QuestionDraft,
    QuestionKind,
    Where,
    Wrong,
)

router = Router(texts="courses")

K = TypeVar("K", Family, CourseKind, QuestionKind)

FAMILIES: Mapping[Family, Sequence[str]] = {
    Family.LAW: ("法律", "法规", "法律知识", "法律法规", "法"),
    Family.RULES: ("规则", "新规", "行业新规", "监管", "规定", "制度", "合规"),
    Family.PROCESS: ("流程", "操作", "系统操作", "业务流程"),
    Family.SKILLS: ("技巧", "催收技巧", "谈判", "沟通", "沟通技巧", "谈判技巧"),
    Family.COMPLAINTS: ("投诉", "投诉处理", "客诉"),
    Family.WORDING: ("话术", "用语", "怎么说"),
    Family.PRODUCT: ("产品", "产品知识", "业务知识"),
}
"""Family → what people call it; the first is shown."""
KINDS: Mapping[CourseKind, Sequence[str]] = {
    CourseKind.COURSE: ("课程", "课"),
    CourseKind.REGULATION: ("新规", "规定", "通知"),
}
QUESTION_KINDS: Mapping[QuestionKind, Sequence[str]] = {
    QuestionKind.SINGLE: ("单选", "单选题"),
    QuestionKind.MULTIPLE: ("多选", "多选题"),
    QuestionKind.JUDGE: ("判断", "判断题", "对错"),
}
RIGHT, WRONG = "对", "错"
_TRUE = (RIGHT, "正确", "是", "√", "✓", "true", "t", "y")
_FALSE = (WRONG, "错误", "不对", "不正确", "否", "×", "x", "✗", "false", "f", "n")
_YES = ("是", "要", "对", "yes", "true", "1", "√")
_NO = ("否", "不", "不是", "不要", "no", "false", "0", "")
LETTERS = "ABCDEF"
FILE = "message"
"""Where a message is the place of what is wrong."""
FIRST = "q"
"""Codes of questions that nobody gave one begin with it."""


def plain(text: str) -> str:
    """Full-width forms and capitals do not count."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def family_of(said: str) -> Family | None:
    """The family that is meant, by its code or by a word for it."""
    return _named(said, FAMILIES)


def kind_of(said: str) -> CourseKind | None:
    """The kind of a course."""
    return _named(said, KINDS)


def question_kind_of(said: str) -> QuestionKind | None:
    """The kind of a question."""
    return _named(said, QUESTION_KINDS)


def _named(said: str, names: Mapping[K, Sequence[str]]) -> K | None:
    wanted = plain(said)
    return next((code for code, words in names.items() if wanted == code or wanted in words), None)


def yes_or_no(said: str) -> bool | None:
    """Whether a yes was written; None for neither."""
    wanted = plain(said)
    return True if wanted in _YES else False if wanted in _NO else None


def page_in(said: str) -> int | None:
    """The number of a page, where nothing else was said: 「2」, 「第 2 页」."""
    found = re.fullmatch(r"第?\s*(\d{1,3})\s*页?", plain(said))
    return int(found[1]) if found else None


_ASKS = re.compile("怎么|多少|几次|几分|几题|什么时候|多久|不过|没过|补考|及格|难不难|能不能|可以|[吗?？]$")
_HOUR = re.compile("[一二三四五六七八九十]{1,3}(?=[点时])")


def asks_about_exams(said: str) -> bool:
    """Whether what follows 「考试」 looks like a question and not like the name of a course."""
    return bool(_ASKS.search(said))


def numbered(said: str) -> tuple[int | None, str]:
    """(the number of the question, the rest) of 「第3题 十点可以发短信」; no number without one."""
    found = re.match(
        r"[\s,，:：]*(?:第\s*)?(\d{1,2}|[一二三四五六七八九十]{1,2})\s*题?(?![\d一-龥])", plain(said)
    )
    if found is None:
        return None, said.strip(" ,，:：")
    return small_number(found[1]), plain(said)[found.end() :].strip(" ,，:：")


def with_digits(said: str) -> str:
    """A time of day with its hour in digits: 早上九点 → 早上9点."""
    return _HOUR.sub(lambda found: str(small_number(found[0])), said)


def listed(said: str) -> Sequence[str]:
    """「催收员、外勤」 as two."""
    return tuple(word for word in re.split(r"[、,，;；\s]+", said.strip()) if word)


def read_answer(said: str, options: Sequence[str]) -> Sequence[int] | None:
    """The places of the right options: 「B」, 「A、C」, 「对」; None if it cannot be read.

    A letter beyond the options is read, too: what is wrong with it is said later.
    """
    wanted = plain(said)
    letters = re.sub(r"[\s、,，;；./和与及()]+", "", wanted).upper()
    wanted = wanted.strip("() 。.")
    places = sorted({LETTERS.index(one) for one in letters}) if set(letters) <= set(LETTERS) else []
    if places and places[-1] < len(options):
        return places
    shown = [plain(option) for option in options]
    if wanted in shown:
        return [shown.index(wanted)]
    for words, other in ((_TRUE, RIGHT), (_FALSE, WRONG)):
        if wanted in words and other in shown:
            return [shown.index(other)]
    return places or None


def written(answer: Sequence[int], options: Sequence[str], kind: QuestionKind) -> str:
    """The way back: what `read_answer` reads as this."""
    if kind is QuestionKind.JUDGE and list(options) == [RIGHT, WRONG] and len(answer) == 1:
        return options[answer[0]]
    return "".join(LETTERS[place] for place in answer)


# --- a course in one message -----------------------------------------------------------------------------

_HEAD = re.compile(r"(编号|类别|类型|合规|上岗证|角色|说明|改动|及格分?|抽题|指标)\s*[:：]\s*(.*)")
_TITLE = re.compile(r"^(?:标题|题目|名称)\s*[:：]\s*|^[:：]\s*")
_BODY = re.compile(r"^(?:正文|内容)\s*[:：]\s*")
_STEM = re.compile(
    r"(?:第\s*[\d一二三四五六七八九十]+\s*题|(?P<kind>单选|多选|判断)?题目?\s*[\d一二三四五六七八九十]*)"
    r"\s*[:：.．、]\s*(?P<stem>.*)"
)
_QUESTION = re.compile(r"(?:问题?|Q)\s*\d*\s*[:：.．、]\s*(?P<stem>.+)")
_NUMBERED = re.compile(r"[(（]?\d{1,2}\s*[.．、)）]\s*(?P<stem>.+)")
_HEADING = re.compile(
    r"[\W_]*(?:(?:小?测验|测试|考试|考题|检查)?题(?:目|库)?|小测验?|测验|问题)(?:如下|部分)?[\W_]*"
)
"""A line that only says that questions follow."""
_OPTION = re.compile(r"[(（]?([A-Fa-fＡ-Ｆ])(?:\s*[.．、:：)）]\s*|\s+|(?=[一-龥]))(.+)")
_NEXT_OPTION = re.compile(r"\s+(?=[(（]?[B-FＢ-Ｆ](?:\s*[.．、:：)）]|\s+[^\sA-F]|[一-龥]))")
_ANSWER = re.compile(r"(?:(?:正确)?答案|(?:正确)?答(?=\s*[:：]))\s*(?:是|为)?\s*[:：]?\s*(.+)")
_AT_END = re.compile(
    r"(?P<stem>.+?)\s*[(（]\s*(?P<answer>[A-Fa-f]{1,6}|对|错|√|×|正确|错误)\s*[)）]\s*[。.]?"
)
"""A question with its answer in brackets behind it."""
_SAYS_KIND = re.compile(r"\s*[(（\[【]\s*(单选|多选|判断)题?\s*[)）\]】]\s*")
_EXPLANATION = re.compile(r"(?:解析|解释|理由)\s*[:：]\s*(.*)")
_SOURCE = re.compile(r"(?:出处|依据|来源)\s*[:：]\s*(.*)")


@dataclass
class _Asked:
    """A question while its lines are read."""

    row: int
    stem: str
    kind: QuestionKind | None = None
    options: list[str] = field(default_factory=list)
    answer: str = ""
    explanation: str = ""
    source: str = ""
    last: str = "stem"

    def take(self, line: str) -> None:
        """A further line of it."""
        if found := _OPTION.match(line):
            first, *others = _NEXT_OPTION.split(line)
            for one in (first, *others):
                if part := _OPTION.match(one):
                    self.options.append(part[2].strip())
            self.last = "options"
        elif found := _ANSWER.match(line):
            self.answer, self.last = found[1], "answer"
        elif found := _EXPLANATION.match(line):
            self.explanation, self.last = found[1], "explanation"
        elif found := _SOURCE.match(line):
            self.source, self.last = found[1], "source"
        elif self.last in ("stem", "explanation") and line:
            setattr(self, self.last, f"{getattr(self, self.last)}\n{line}")


def _begins(line: str) -> bool:
    """Whether a line begins a question."""
    return bool(_STEM.fullmatch(line) or _NUMBERED.fullmatch(line))


def _answered(line: str) -> bool:
    """Whether a line can only stand below the words of a question."""
    return bool(re.match(r"[(（]?[AＡ](?:\s*[.．、:：)）]|\s)", line) or re.match("(?:正确)?答案", line))


def _stem(number: int, stem: str, kind: QuestionKind | None) -> _Asked:
    """A question from its first line, which may say its kind, and its answer, in brackets."""
    if found := _SAYS_KIND.search(stem):
        stem, kind = (stem[: found.start()] + stem[found.end() :]).strip(), question_kind_of(found[1])
    answer = ""
    if found := _AT_END.fullmatch(stem):
        stem, answer = found["stem"], found["answer"]
    return _Asked(number, stem, kind, answer=answer)


def looks_asked(draft: CourseDraft) -> bool:
    """Whether the text of a course seems to hold a question with its answer that was not read as one."""
    lines = [line.strip() for one in draft.lessons for line in one.markdown.split("\n")]
    return any(re.match("(?:正确)?答案|答[:：]|[(（]?A[.．、)）]", line) for line in lines)


def code_from(title: str) -> str:
    """The code of a course that has none: its title without spaces and punctuation."""
    return re.sub(r"[^\w.-]+", "", unicodedata.normalize("NFKC", title))[:40].lstrip(".-")


def read_course(
    text: str, *, kind: CourseKind, roles: Mapping[str, str], first: int = 1
) -> tuple[CourseDraft, Sequence[Problem]]:
    """The course in a message whose first line is the title, and what cannot be read of it.

    Below the title may stand 「类别：法律」 and the like, then the text, then the questions as people write
    them. `roles`: what a role is called → its code; `first` is the number of the first line.
    """
    lines = [(number, line.rstrip()) for number, line in enumerate(text.split("\n"), start=first)]
    while lines and not lines[0][1].strip():
        lines.pop(0)
    number, title = lines.pop(0) if lines else (first, "")
    title = _TITLE.sub("", title.strip().removeprefix("# ").strip())
    draft = CourseDraft(code_from(title), title, Family.RULES, Where(FILE, number), kind=kind)
    draft = replace(draft, compliance=kind is CourseKind.REGULATION)
    wrong: list[Problem] = []
    while lines and (not lines[0][1].strip() or _HEAD.fullmatch(lines[0][1].strip())):
        number, line = lines.pop(0)
        if found := _HEAD.fullmatch(line.strip()):
            draft = _with_head(draft, found[1], found[2].strip(), number, roles, wrong)
    body: list[str] = []
    began = lines[0][0] if lines else number
    asked: list[_Asked] = []
    headed = False
    for place, (number, line) in enumerate(lines):
        stripped = line.strip()
        following = next((text.strip() for _, text in lines[place + 1 :] if text.strip()), "")
        if _HEADING.fullmatch(stripped) and _begins(following):
            headed = True
        elif found := _STEM.fullmatch(stripped):
            asked.append(_stem(number, found["stem"].strip(), question_kind_of(found["kind"] or "")))
        elif ((found := _QUESTION.fullmatch(stripped)) and _answered(following)) or (
            (found := _NUMBERED.fullmatch(stripped)) and (headed or asked or _answered(following))
        ):
            asked.append(_stem(number, found["stem"].strip(), None))
        elif asked:
            asked[-1].take(stripped)
        else:
            body.append(line if body else _BODY.sub("", line))
    lesson = LessonDraft(title, "\n".join(body), Where(FILE, began))
    questions = [_question(one, place, title, wrong) for place, one in enumerate(asked, start=1)]
    return replace(draft, lessons=[lesson], questions=[one for one in questions if one]), wrong


def _changed(draft: CourseDraft, **values: Any) -> CourseDraft:
    return replace(draft, **values)


def _with_head(
    draft: CourseDraft, name: str, said: str, row: int, roles: Mapping[str, str], wrong: list[Problem]
) -> CourseDraft:
    where = Where(FILE, row)
    if name == "编号":
        return replace(draft, code=said)
    if name in ("说明", "改动"):
        return replace(draft, note=said)
    if name == "指标":
        return replace(draft, measures=listed(said))
    if name == "角色":
        named = {plain(word): code for word, code in roles.items()} | {code: code for code in roles.values()}
        words = [] if said in ("所有人", "全员", "全部") else listed(said)
        wrong += [
            Problem(where, Wrong.UNKNOWN_VALUE, {"what": "roles", "said": word})
            for word in words
            if plain(word) not in named
        ]
        return replace(draft, roles=[named[plain(word)] for word in words if plain(word) in named])
    if name in ("合规", "上岗证"):
        flag = yes_or_no(said)
        what = "compliance" if name == "合规" else "licence"
        if flag is not None:
            return _changed(draft, **{what: flag})
        wrong.append(Problem(where, Wrong.UNKNOWN_VALUE, {"what": what, "said": said}))
        return draft
    if name.startswith("及格") or name == "抽题":
        what = "draws" if name == "抽题" else "pass_mark"
        digits = re.fullmatch(r"(\d{1,3})\s*[分题%％道]?", unicodedata.normalize("NFKC", said))
        if digits:
            return _changed(draft, **{what: int(digits[1])})
        wrong.append(Problem(where, Wrong.UNKNOWN_VALUE, {"what": what, "said": said}))
        return draft
    found = family_of(said) if name == "类别" else kind_of(said)
    if found is None:
        what = "family" if name == "类别" else "kind"
        wrong.append(Problem(where, Wrong.UNKNOWN_VALUE, {"what": what, "said": said}))
        return draft
    return _changed(draft, **({"family": found} if isinstance(found, Family) else {"kind": found}))


def _question(asked: _Asked, place: int, title: str, wrong: list[Problem]) -> QuestionDraft | None:
    where = Where(FILE, asked.row)
    options = asked.options or [RIGHT, WRONG]
    answer = read_answer(asked.answer, options) if asked.answer else []
    if answer is None:
        wrong.append(Problem(where, Wrong.UNKNOWN_VALUE, {"what": "answer", "said": asked.answer}))
        return None
    kind = asked.kind or (
        QuestionKind.MULTIPLE
        if len(answer) > 1
        else QuestionKind.SINGLE
        if asked.options
        else QuestionKind.JUDGE
    )
    return QuestionDraft(
        f"{FIRST}{place}",
        kind,
        asked.stem,
        options,
        answer,
        asked.explanation,
        asked.source or title,
        where,
    )


# --- sentences -------------------------------------------------------------------------------------------

router.phrase(
    "课程",
    "",
    r"(?:我)?(?:想|要|想要)?(?:看看|看|问问)?(?:有|都有|现在有)(?:什么|哪些|啥)(?:课|课程|培训|课可以学|培训课程)(?:可以学|能学)?",
    r"(?:我)?(?:可以|能|该|应该|想)学(?:点)?(?:什么|啥|哪些)(?:课|课程|东西)?",
    r"(?:我想|想|我要)(?:学习|学点东西|学点什么|上课|看看课程|培训)",
    asks=True,
)
router.phrase(
    "我的课程",
    "",
    r"(?:我)?(?:要|得|必须|还要|还得|需要)学(?:点)?(?:什么|啥|哪些)(?:课|课程)?",
    r"(?:我)?(?:还)?有(?:什么|哪些|几门)(?:课|课程|培训)(?:没学|没学完|没完成|要学|要完成)",
    r"我(?:学|上)(?:完|过|了)(?:什么|哪些)(?:课|课程|培训)(?:了)?",
    r"我(?:的)?(?:培训|学习|课程)(?:进度|情况|完成得怎么样|完成情况)(?:怎么样|如何)?",
    asks=True,
)
router.phrase(
    "学",
    r"\g<name>",
    r"(?:我)?(?:想|要|想要|准备)(?:学习|学)(?:一下|一学|学)?(?P<name>(?!什么|啥|点|课$|课程$)[\w·]{2,20}?)(?:的)?(?:课|课程)?",
    r"(?:有没有|有)?(?P<name>(?!什么|哪些|啥|我)[\w·]{2,20}?)(?:方面)?的(?:课|课程|培训)(?:吗|么)?",
)
