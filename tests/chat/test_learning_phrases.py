"""What sounds like a course and is work: it stays with the commands about work."""

import pytest

from handlers.learning_phrases import router

WORK = (
    "给张伟派5个新案",
    "给李四安排两个客户",
    "给张三安排明天晚班",
    "给二组派10件",
    "把1001派给张三",
    "把这几件案子安排给李四",
    "把李四的案子推给王五",
    "安排张三明天去1001上门",
    "给张三安排面试",
    "给王五安排代班",
    "给一组布置今天的任务",
    "把欠款5000元以上的派给张三",
)


@pytest.mark.parametrize("said", WORK)
def test_work_is_no_course(said: str) -> None:
    assert [phrase.word for phrase in router.phrases if phrase.read(said) is not None] == []


@pytest.mark.parametrize("said", ["把夜间规则发给二组学", "给张三安排投诉处理", "安排一组学习新规"])
def test_courses_are(said: str) -> None:
    assert [phrase.word for phrase in router.phrases if phrase.read(said) is not None] == ["推送"]
