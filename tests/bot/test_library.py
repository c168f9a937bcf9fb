"""The courses that come with the product: there at the first start, and never in the way of their own."""

import threading
import time
from pathlib import Path

from sqlalchemy import event

from bot.app import Muster
from bot.startup import LIBRARY, publish_library
from models import training
from models.training import CourseVersion
from tests.bot.test_importing_courses import COURSE, folder, run
from tests.simulator import rows


def test_everything_that_comes_with_the_product_is_published_once(muster: Muster) -> None:
    folders = [one for one in LIBRARY.iterdir() if one.is_dir()]

    made = publish_library(muster)

    assert made == len(folders) > 0
    assert all(one.delivered and one.draws for one in rows(muster, CourseVersion))
    asked: list[str] = []
    engine = muster.database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    started = time.monotonic()
    assert publish_library(muster) == 0
    assert time.monotonic() - started < 5
    assert len([one for one in asked if "SELECT" in one]) == 1, asked


def test_what_changed_comes_as_a_new_version_but_not_over_their_own(muster: Muster, tmp_path: Path) -> None:
    library = folder(tmp_path / "library")
    folder(tmp_path / "library", "night")
    assert publish_library(muster, library) == 2
    run(muster, folder(tmp_path / "own", course__toml=COURSE.replace("不能联系", "不可联系")))

    changed = COURSE.replace("晚上几点", "夜里几点")
    folder(library, course__toml=changed)
    folder(library, "night", course__toml=changed)

    assert publish_library(muster, library) == 1
    with muster.database.reading() as session:
        newest = {course.code: version for course, version in training.all_courses(session)}
    assert newest["quiet_hours"].title == "晚上几点以后不可联系"
    assert (newest["night"].title, newest["night"].number) == ("夜里几点以后不能联系", 2)


def test_what_they_gave_up_does_not_come_back(muster: Muster, tmp_path: Path) -> None:
    library = folder(tmp_path / "library")
    publish_library(muster, library)
    with muster.database.writing() as session:
        [(course, _)] = training.all_courses(session)
        course.retired_at = muster.clock.now()

    folder(library, course__toml=COURSE.replace("晚上几点", "夜里几点"))

    assert publish_library(muster, library) == 0
    assert len(rows(muster, CourseVersion)) == 1


def test_two_processes_publish_it_once(muster: Muster, tmp_path: Path) -> None:
    library = folder(tmp_path / "library")
    for number in range(5):
        folder(library, f"course_{number}")
    made: list[int] = []
    threads = [threading.Thread(target=lambda: made.append(publish_library(muster, library))) for _ in "ab"]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(made) == 6
    assert len(rows(muster, CourseVersion)) == 6


def test_a_broken_course_is_passed_over(muster: Muster, tmp_path: Path) -> None:
    library = folder(tmp_path / "library")
    folder(library, "broken", course__toml="x")
    folder(library, "wrong", **{"01-hours.md": "# 一\n\n<b>"})

    assert publish_library(muster, library) == 1
    assert publish_library(muster, tmp_path / "nothing") == 0
