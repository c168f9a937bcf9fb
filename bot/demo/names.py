"""Invented names, drawn from a fixed seed: the same every time, and nobody's in particular."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SEED = 20260302

SURNAMES = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 周zhou 吴wu 徐xu 孙sun 马ma 朱zhu "
    "胡hu 郭guo 何he 林lin 罗luo 高gao 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 邓deng 韩han "
    "冯feng 曹cao 彭peng 萧xiao 田tian 董dong 潘pan 袁yuan 蔡cai 蒋jiang 余yu 杜du 叶ye "
    "程cheng 魏wei 苏su 丁ding 卢lu 姚yao 沈shen 钟zhong 姜jiang 崔cui 谭tan 陆lu 范fan "
    "汪wang 廖liao"
)
FIRST = (
    "知zhi 沐mu 予yu 书shu 景jing 砚yan 映ying 星xing 澄cheng 舒shu 禾he 修xiu 望wang 闻wen "
    "祈qi 言yan 昭zhao 芷zhi 柏bai 屿yu 念nian 朝zhao 霁ji 若ruo 清qing"
)
SECOND = (
    "遥yao 宁ning 然ran 川chuan 白bai 和he 薇wei 桐tong 溪xi 舟zhou 樵qiao 苓ling 岚lan "
    "笙sheng 菡han 序xu 朗lang 墨mo 帆fan 棠tang 音yin 岳yue 扬yang 蓝lan"
)
"""Given names in two characters: of a kind that parents choose, but that nobody well known bears."""


@dataclass(frozen=True)
class Name:
    """A person's name, and how it is typed on a keyboard."""

    text: str
    pinyin: str


def stream(area: str) -> random.Random:
    """The chance of one area of the company: one that grows changes nothing in the others."""
    return random.Random(f"{SEED}/{area}")


def invented(rng: random.Random, taken: Iterable[str] = ()) -> Iterator[Name]:
    """Names without end, none twice, none that sounds like another or is `taken` (names or pinyin)."""
    used = set(taken)
    syllables = [_syllables(table) for table in (SURNAMES, FIRST, SECOND)]
    while True:
        parts = [rng.choice(table) for table in syllables]
        name = Name("".join(part[0] for part in parts), "".join(part[1] for part in parts))
        if used.isdisjoint((name.text, name.pinyin)):
            used |= {name.text, name.pinyin}
            yield name


def _syllables(table: str) -> list[tuple[str, str]]:
    return [(entry[0], entry[1:]) for entry in table.split()]
