"""`muster sync`: one full run of the directory in the foreground, told as it goes."""

import time
from collections.abc import Callable

from bot.app import Muster
from bot.channels.base import ApiError, Unreachable
from bot.errands import REST_SECONDS
from models import directory
from models.directory import DirectoryRun, RunState, Stage

LOOK_SECONDS = 0.5
"""How often to look how far another process has come."""
MOST_RESTS = 5
"""So often the platform may fail without anything moving in between."""
STAGES = {
    Stage.DEPARTMENTS: "读部门",
    Stage.NAMES: "读部门名称",
    Stage.MEMBERS: "列出成员",
    Stage.DETAILS: "读成员",
    Stage.UNITS: "整理部门",
    Stage.PEOPLE: "登记成员",
    Stage.LEAVERS: "核对离开的人",
}
COUNTED = {
    "new": "新来",
    "back": "回来",
    "changed": "有变",
    "unchanged": "没变",
    "left": "离开",
    "hidden": "看不到资料",
    "without_post": "没有岗位",
    "left_but_listed": "已办离职还在通讯录",
    "unheard_of": "通讯录里没有过",
}

Say = Callable[[str], object]


class Unfinished(Exception):
    """The run did not come to its end; the line says why and what to do."""


def follow(
    muster: Muster,
    say: Say,
    *,
    accept_leavers: bool = False,
    rest_seconds: float = REST_SECONDS,
) -> str:
    """Begin a run, or join the one under way, and stay until its end; what came of it, in a line.

    Raises:
        Unfinished: it stopped, failed, or the platform stays out of reach.
    """
    sync, rests, last = muster.directory, 0, ""
    id_ = sync.start(accept_leavers=accept_leavers)
    while (run := _run(muster, id_)).state == RunState.RUNNING:
        if (line := progress(run)) != last:
            say(line)
            rests, last = 0, line
        try:
            if sync.is_due():
                sync.step()
            else:
                time.sleep(LOOK_SECONDS)
        except (ApiError, Unreachable) as error:
            rests += 1
            if rests >= MOST_RESTS:
                raise Unfinished(
                    f"企业微信一直不肯答（{error}），停在「{line}」。已读的都记着：后台进程会接着做，"
                    "也可以过一会儿再运行 muster sync。连不上的原因用 muster doctor 查。"
                ) from None
            say(f"企业微信暂时不答（{error}），{rest_seconds:.0f} 秒后接着做")
            time.sleep(rest_seconds)
    return ending(run)


def _run(muster: Muster, id_: int) -> DirectoryRun:
    with muster.database.reading() as session:
        run = directory.find_run(session, id_)
    assert run is not None
    return run


def progress(run: DirectoryRun) -> str:
    """How far a run has come."""
    stage = STAGES[Stage(run.stage)]
    if run.stage in (Stage.DETAILS, Stage.PEOPLE):
        return f"{stage} {run.done}/{run.total}"
    return f"{stage} {run.total}" if run.total and run.stage == Stage.MEMBERS else stage


def ending(run: DirectoryRun) -> str:
    """What came of a run that has ended.

    Raises:
        Unfinished: it stopped or failed.
    """
    if run.state == RunState.STOPPED:
        raise Unfinished(
            f"停下来了，一个人也没有改：照通讯录看会有 {run.counts.get('leaving', 0)} 人离开，太多了。"
            "先核对应用的可见范围和通讯录同步的 Secret，改好再运行 muster sync；"
            "确实都离开了，运行 muster sync --accept-leavers。"
        )
    if run.state == RunState.FAILED:
        raise Unfinished(f"企业微信拒绝了（{run.error}）。运行 muster doctor，它会说该点哪里、填什么。")
    return f"通讯录共 {run.total} 人：{told(run)}"


def told(run: DirectoryRun) -> str:
    """The counts in words; what is nought is left out."""
    words = [f"{word} {run.counts[name]}" for name, word in COUNTED.items() if run.counts.get(name)]
    return "，".join(words) or "什么都没有变"


def status(muster: Muster) -> str:
    """How the latest run stands.

    Raises:
        Unfinished: it stopped or failed, or there was none.
    """
    with muster.database.reading() as session:
        run = directory.latest_run(session)
    if run is None:
        raise Unfinished("还没有同步过。运行 muster sync。")
    if run.state == RunState.RUNNING:
        return f"{run.started_at:%m-%d %H:%M} 开始，正在{progress(run)}"
    line = ending(run)
    return f"{run.finished_at:%m-%d %H:%M} 同步完成，{line}"
