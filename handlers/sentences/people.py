"""People and teams as they are called: name, account, number, nickname, pinyin, and what sounds the same."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from handlers.sentences.lexing import joined, slurred, syllables
from handlers.sentences.values import People, Team, Teams
from models.staff import Named

SAME_SOUND = 1.0
"""The doubt of a name that only sounds right."""
NEAR_SOUND = 1.3
"""The same where zh and z, n and l, ang and an are taken for one another."""
SURNAME = 0.4
"""The doubt of 小李, 李哥."""
INITIALS = 0.4
"""The doubt of zs for 张三."""
UNKNOWN = 4.0
"""The doubt of a name that nobody within reach has."""
_YOUNG_AND_OLD = re.compile(r"[小老阿大](?P<name>[\u4e00-\u9fff])")
_TITLED = re.compile(r"(?P<name>[\u4e00-\u9fff])(?:哥|姐|总|工|经理|主管|组长|老师)")
_UNKNOWN = re.compile(r"[\u4e00-\u9fff]{2,3}")
_NO_NAME = re.compile(
    r"[的了给把将从由到转分派还个件单笔户天周月号点前后们组案这那今明昨谁都也一不没别再就和跟让请催看帮他她它我你手在有是去来]"
)
_AND = re.compile(r" ?(?:[、，,/&+]|和|跟|与|及|还有|以及|各| )+ ?")
_SURE_AND = re.compile(r" ?(?:[、，,/&+]|和|跟|与|及|还有|以及)+ ?")
_NUMERALS = {
    "1": "一",
    "2": "二",
    "3": "三",
    "4": "四",
    "5": "五",
    "6": "六",
    "7": "七",
    "8": "八",
    "9": "九",
}
_OWN = (
    "我们组",
    "咱们组",
    "咱组",
    "我组",
    "本组",
    "我们小组",
    "组里的人",
    "组里",
    "全组",
    "我们团队",
    "我们部门",
)
_BRANCH = re.compile(r"(?:分公司|支公司|催收组|小组|团队|组|部)$")


@dataclass(frozen=True)
class Known:
    """Somebody within reach, with everything they are called."""

    who: Named
    number: str = ""
    nicknames: tuple[str, ...] = ()


@dataclass(frozen=True)
class Directory:
    """The people and units within reach of the speaker."""

    people: Sequence[Known] = ()
    teams: Sequence[Team] = ()
    me: Named | None = None
    own_team: Team | None = None

    @cached_property
    def called(self) -> Mapping[str, tuple[Named, ...]]:
        """Everything somebody is called → whom it may mean."""
        names: dict[str, list[Named]] = defaultdict(list)
        for one in self.people:
            for name in (one.who.name, one.who.wecom_id, one.number, *one.nicknames):
                plain = name.lower().replace(" ", "")
                if plain and one.who not in names[plain]:
                    names[plain].append(one.who)
        return {name: tuple(some) for name, some in names.items()}

    @cached_property
    def _by_first(self) -> Mapping[str, Sequence[str]]:
        """First character → names and accounts, the longest first."""
        first: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.called, key=len, reverse=True):
            first[name[0]].append(name)
        return first

    @cached_property
    def _by_sound(self) -> Mapping[tuple[str, ...], tuple[Named, ...]]:
        return self._sounding(slur=False)

    @cached_property
    def _by_slur(self) -> Mapping[tuple[str, ...], tuple[Named, ...]]:
        return self._sounding(slur=True)

    def _sounding(self, *, slur: bool) -> Mapping[tuple[str, ...], tuple[Named, ...]]:
        heard: dict[tuple[str, ...], list[Named]] = defaultdict(list)
        for name, some in self.called.items():
            if not name.isascii() and len(name) > 1:
                heard[slurred(name) if slur else syllables(name)] += some
        return {sound: tuple(dict.fromkeys(some)) for sound, some in heard.items()}

    @cached_property
    def _by_pinyin(self) -> Mapping[str, tuple[Named, ...]]:
        spelled: dict[str, list[Named]] = defaultdict(list)
        for name, some in self.called.items():
            if not name.isascii():
                spelled["".join(syllables(name))] += some
        return {sound: tuple(dict.fromkeys(some)) for sound, some in spelled.items()}

    @cached_property
    def _by_initials(self) -> Mapping[str, tuple[Named, ...]]:
        short: dict[str, list[Named]] = defaultdict(list)
        for one in self.people:
            if not one.who.name.isascii() and len(one.who.name) > 1:
                short["".join(sound[0] for sound in syllables(one.who.name))].append(one.who)
        return {letters: tuple(some) for letters, some in short.items()}

    @cached_property
    def _surnames(self) -> Mapping[str, tuple[Named, ...]]:
        names: dict[str, list[Named]] = defaultdict(list)
        for one in self.people:
            if not one.who.name.isascii():
                names[one.who.name[0]].append(one.who)
        return {name: tuple(some) for name, some in names.items()}

    def person(self, text: str, place: int) -> Iterator[tuple[int, tuple[Named, ...], float]]:
        """(end, whom it may mean, doubt) of the name that begins here."""
        if place >= len(text) or joined(text, place):
            return
        literal = False
        for name in self._by_first.get(text[place], ()):
            end = place + len(name)
            if text.startswith(name, place) and not joined(text, end):
                literal = True
                yield end, self.called[name], 0.0
        latin = re.compile(r"[a-z]+(?: [a-z]+)?").match(text, place)
        for spelled in {latin[0], latin[0].split()[0]} if latin else ():
            some = self._by_pinyin.get(spelled.replace(" ", ""))
            if some and not literal:
                yield place + len(spelled), some, 0.2
            elif not literal and (some := self._by_initials.get(spelled)):
                yield place + len(spelled), some, INITIALS
        for size in (4, 3, 2):
            heard = text[place : place + size]
            if len(heard) < size or not all("\u4e00" <= mark <= "\u9fff" for mark in heard):
                continue
            if heard in self.called:
                continue
            if some := self._by_sound.get(syllables(heard)):
                yield place + size, some, SAME_SOUND
            elif some := self._by_slur.get(slurred(heard)):
                yield place + size, some, NEAR_SOUND
        for pattern in (_YOUNG_AND_OLD, _TITLED):
            found = pattern.match(text, place)
            if found and found[0] not in self.called and (some := self._surnames.get(found["name"])):
                yield found.end(), some, SURNAME

    def some(self, text: str, place: int, *, many: bool = True) -> Iterator[tuple[int, People, float]]:
        """(end, people, doubt) of the names that begin here: 张三和李四, 张三、李四, 张三李四."""
        if self.me is not None and text.startswith(("我自己", "我本人", "我"), place):
            end = place + (3 if text.startswith(("我自己", "我本人"), place) else 1)
            if not text.startswith(("们", "组"), end):
                yield end, People(((self.me,),), ("我",)), 0.1
        for end, some, doubt in self.person(text, place):
            here = text[place:end]
            yield end, People((some,), (here,)), doubt
            if not many:
                continue
            between = _AND.match(text, end)
            for start in dict.fromkeys((between.end() if between else end, end)):
                apart = 0.0 if between and start > end else 0.1
                for last, others, more in self.some(text, start):
                    yield last, People((some, *others.meant), (here, *others.said)), doubt + more + apart
        found = _UNKNOWN.match(text, place)
        if found is None or any(text.startswith(name, place) for name in self._by_first.get(text[place], ())):
            return
        for size in (3, 2):
            name = text[place : place + size]
            if len(name) == size and not _NO_NAME.search(name) and name not in self.called:
                yield place + size, People(((),), (name,)), UNKNOWN + (0.1 if size == 3 else 0.0)

    def units(self, text: str, place: int) -> Iterator[tuple[int, Teams, float]]:
        """(end, units, doubt) of the names of units that begin here: 一组和二组."""
        for end, team, doubt in self.team(text, place):
            yield end, Teams((team,)), doubt
            between = _AND.match(text, end)
            for start in dict.fromkeys((between.end() if between else end, end)):
                for last, others, more in self.units(text, start):
                    if team not in others.some:
                        yield last, Teams((team, *others.some)), doubt + more

    @cached_property
    def _team_names(self) -> Mapping[str, tuple[Team, ...]]:
        names: dict[str, list[Team]] = defaultdict(list)
        for team in self.teams:
            plain = team.name.lower().replace(" ", "")
            short = _BRANCH.sub("", plain)
            for name in {plain, *([short] if len(short) > 1 else [])}:
                names[name].append(team)
        return {name: tuple(some) for name, some in names.items()}

    def team(self, text: str, place: int) -> Iterator[tuple[int, Team, float]]:
        """(end, unit, doubt) of the unit whose name begins here: 一组, 1组, 城北, 我们组."""
        if self.own_team is not None:
            for word in _OWN:
                if text.startswith(word, place):
                    yield place + len(word), self.own_team, 0.0
                    break
        plain = text if text[place : place + 1] not in _NUMERALS or joined(text, place) else (
            text[:place] + _NUMERALS[text[place]] + text[place + 1 :]
        )  # fmt: skip
        if plain[place + 1 : place + 2].isdecimal() and plain is not text:
            plain = text
        for name, some in self._team_names.items():
            end = place + len(name)
            if plain.startswith(name, place) and len(some) == 1 and not joined(text, place):
                extra = re.compile(
                    r"(?:的?(?:人|同事|组员|成员|全体|大家|兄弟|伙伴|小伙伴|各位)(?:们)?)"
                ).match(text, end)
                yield end, some[0], 0.0
                if extra:
                    yield extra.end(), some[0], 0.0
            elif (
                len(some) == 1
                and len(text) >= end
                and len(name) >= 2
                and name not in text
                and all("\u4e00" <= mark <= "\u9fff" for mark in text[place:end])
                and syllables(plain[place:end]) == syllables(name)
            ):
                yield end, some[0], SAME_SOUND
