"""Files in a store of objects: sealed there, read from any machine, moved over, and removed."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bot.app import Muster, build
from bot.files import ObjectStore
from config.settings import Settings, load_settings
from models import files, staff
from models.audit import AuditEvent
from models.files import DATABASE, AbandonedObject, FileKind, StoredFile, StoreUnreachable
from models.messaging import Channel
from models.staff import Role
from tests import tencent
from tests.chat.test_files import keep, subject_of
from tests.models.test_file_rules import PNG
from tests.objects import ObjectServer, object_server
from tests.simulator import Given, InlineWakeups, Member, Messenger, TestClock, rows

UNAVAILABLE = "文件暂时取不出来，请过几分钟再点一次；一直不行请联系 IT 管理员。"


@pytest.fixture
def objects() -> Iterator[ObjectServer]:
    """A running store of objects."""
    with object_server() as server:
        yield server


@pytest.fixture
def settings(database_url: str, redis_url: str, objects: ObjectServer, tmp_path: object) -> Settings:
    """The settings of an installation that keeps its files there."""
    return load_settings(
        _env_file=None,
        mode="sandbox",
        data_dir=f"{tmp_path}/data",
        database_url=database_url,
        redis_url=redis_url,
        files_url=objects.url,
        maintainers="itwang",
        **tencent.SETTINGS,
    )


@pytest.fixture
def leader(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """Who leads Alice and may look at her photos."""
    given.employee("leader", "赵组长", role=Role.TEAM_LEADER)
    given.employee("AliceLi", "李爱丽")
    return Member("leader", client, messenger, clock)


def another(settings: Settings, clock: TestClock, messenger: Messenger) -> Muster:
    """The process of another machine: the same database, the same store, nothing else in common."""
    wakeups = InlineWakeups()
    made = build(
        settings,
        clock=clock,
        messengers={Channel.WECOM: messenger, Channel.OFFICIAL: messenger},
        wakeups=wakeups,
    )
    wakeups.muster = made
    return made


def photo(muster: Muster, mark: bytes = b"") -> int:
    """Alice has sent a photo; its number."""
    return keep(muster, subject_of(muster, "李爱丽"), FileKind.PHOTO, mark=mark)


def opened(muster: Muster, id_: int) -> bytes:
    """What Alice gets when she opens her own file."""
    with muster.database.writing() as session:
        file = files.find_file(session, id_)
        assert file is not None
        owner = files.person_of(session, file.subject)
        assert owner is not None
        now = muster.clock.now()
        found = files.open_file(session, actor=owner, id_=id_, unit_ids=(), at=now, policy=muster.policy)
        return found.content


def places(muster: Muster) -> list[str]:
    """Where each file is: `database`, or the name of its object."""
    return [
        DATABASE if file.content is not None else file.location
        for file in sorted(rows(muster, StoredFile), key=lambda row: int(row.id))
    ]


def test_a_file_lands_in_the_store_sealed_and_leaves_the_database(
    leader: Member, muster: Muster, objects: ObjectServer
) -> None:
    id_ = photo(muster)

    muster.runner.run_errands()

    [(name, sealed)] = objects.objects.items()
    [file] = rows(muster, StoredFile)
    assert (file.location, file.content) == (name, None)
    assert PNG not in sealed
    assert PNG[:8] not in sealed
    assert b"photo" not in sealed
    assert "李爱丽" not in name
    assert opened(muster, id_) == PNG + b"photo"


def test_a_file_is_read_on_another_machine(
    leader: Member, muster: Muster, objects: ObjectServer, settings: Settings, clock: TestClock
) -> None:
    id_ = photo(muster)
    muster.runner.run_errands()
    other = another(settings, clock, Messenger())

    assert opened(other, id_) == PNG + b"photo"

    assert objects.names("GET") == [places(muster)[0]]
    other.close()


def test_a_picture_out_of_the_store_is_shown_in_chat(leader: Member, muster: Muster) -> None:
    id_ = photo(muster)
    muster.runner.run_errands()

    leader.taps(f"file_show:{id_}")

    words, picture = leader.news()
    assert words.payload["text"]["content"] == "李爱丽的照片，3月2日 周一。这次查看已记下，请不要转发。"
    assert picture.payload["msgtype"] == "image"


def test_while_the_store_is_down_the_looker_is_told_and_nothing_is_lost(
    leader: Member, muster: Muster, objects: ObjectServer, clock: TestClock
) -> None:
    id_ = photo(muster)
    muster.runner.run_errands()
    objects.stop()

    leader.taps(f"file_show:{id_}")
    leader.sees(UNAVAILABLE)
    assert [row.action for row in rows(muster, AuditEvent) if row.action == "files.see"] == []

    objects.start()
    clock.at("08:31")
    leader.taps(f"file_show:{id_}")
    assert len(leader.news()) == 2


def test_while_the_store_is_down_files_are_taken_all_the_same(
    leader: Member, muster: Muster, objects: ObjectServer
) -> None:
    objects.stop()
    id_ = photo(muster)

    muster.runner.run_errands()

    assert places(muster) == [DATABASE]
    leader.taps(f"file_show:{id_}")
    assert len(leader.news()) == 2


def test_files_of_the_time_before_the_store_are_moved_over(
    leader: Member, muster: Muster, objects: ObjectServer
) -> None:
    ids = [photo(muster, bytes([number])) for number in range(7)]
    assert places(muster) == [DATABASE] * 7

    muster.runner.run_errands()

    assert sorted(places(muster)) == sorted(objects.objects)
    assert [opened(muster, id_) for id_ in ids] == [PNG + bytes([number]) for number in range(7)]
    puts = len(objects.names("PUT"))
    muster.runner.run_errands()
    assert len(objects.names("PUT")) == puts == 7


@pytest.mark.parametrize("moment", ["dies_while_writing", "dies_before_answering"])
@pytest.mark.parametrize("moved", [0, 3])
def test_a_store_that_dies_in_the_middle_loses_nothing_and_leaves_nothing_over(
    leader: Member,
    muster: Muster,
    objects: ObjectServer,
    settings: Settings,
    clock: TestClock,
    moment: str,
    moved: int,
) -> None:
    first = [photo(muster, bytes([number])) for number in range(moved)]
    muster.runner.run_errands()
    later = [photo(muster, bytes([number])) for number in range(moved, 7)]
    setattr(objects, moment, True)

    muster.runner.run_errands()

    assert not getattr(objects, moment)
    assert places(muster)[moved:] == [DATABASE] * (7 - moved)
    with pytest.raises(StoreUnreachable):
        ObjectStore(objects.url).get("anything")
    assert [opened(muster, id_) for id_ in later] == [PNG + bytes([number]) for number in range(moved, 7)]

    objects.start()
    other = another(settings, clock, Messenger())
    other.runner.run_errands()

    assert sorted(places(muster)) == sorted(objects.objects)
    ids = first + later
    assert [opened(other, id_) for id_ in ids] == [PNG + bytes([number]) for number in range(7)]
    other.close()


def test_a_file_deleted_while_it_is_written_leaves_no_object(
    leader: Member, muster: Muster, objects: ObjectServer, settings: Settings, clock: TestClock
) -> None:
    id_ = photo(muster)
    objects.dies_before_answering = True
    muster.runner.run_errands()
    assert len(objects.objects) == 1
    with muster.database.writing() as session:
        owner = files.person_of(session, rows(muster, StoredFile)[0].subject)
        assert owner is not None
        files.delete_own(session, actor=owner, id_=id_, at=muster.clock.now())
    objects.start()
    other = another(settings, clock, Messenger())

    other.runner.run_errands()

    assert objects.objects == {}
    assert rows(muster, AbandonedObject) == []
    other.close()


def test_what_has_been_kept_long_enough_goes_from_the_store_too(
    leader: Member, muster: Muster, objects: ObjectServer, clock: TestClock
) -> None:
    photo(muster)
    muster.runner.run_errands()
    [file] = rows(muster, StoredFile)
    clock.at(f"{file.delete_after:%Y-%m-%d} 23:59")
    with muster.database.writing() as session:
        assert files.delete_expired(session, at=clock.now(), policy=muster.policy) == 1
    assert len(objects.objects) == 1

    muster.runner.run_errands()

    assert objects.objects == {}
    assert rows(muster, StoredFile) == rows(muster, AbandonedObject) == []
    assert [row.action for row in rows(muster, AuditEvent)][-1] == "files.expire"


def test_an_object_is_removed_once_the_store_is_back(
    leader: Member, muster: Muster, objects: ObjectServer, settings: Settings, clock: TestClock
) -> None:
    id_ = photo(muster)
    muster.runner.run_errands()
    objects.stop()
    alice = Member("AliceLi", leader.client, leader.messenger, clock)
    alice.taps(f"file_delete_now:{id_}")
    alice.sees("已删除，不能恢复。")
    muster.runner.run_errands()
    assert (len(objects.objects), len(rows(muster, AbandonedObject))) == (1, 1)

    objects.start()
    other = another(settings, clock, Messenger())
    other.runner.run_errands()

    assert objects.objects == {}
    assert rows(muster, AbandonedObject) == []
    other.close()


def test_an_erased_person_leaves_no_object(leader: Member, muster: Muster, objects: ObjectServer) -> None:
    photo(muster)
    muster.runner.run_errands()
    with muster.database.writing() as session:
        now = muster.clock.now()
        person = staff.find_employee(session, "AliceLi", at=now)
        assert person is not None
        staff.end_posts(session, employee=person, at=now)
        person.left_at = now
        session.flush()
        staff.erase_person(session, person=person, at=now, actor=None, policy=muster.policy)

    muster.runner.run_errands()

    assert objects.objects == {}


def test_a_store_that_refuses_the_key_is_no_answer(objects: ObjectServer) -> None:
    objects.refuses = True
    store = ObjectStore(objects.url)

    with pytest.raises(StoreUnreachable, match="AccessDenied"):
        store.put("files/1-a", b"sealed")
    with pytest.raises(StoreUnreachable, match="AccessDenied"):
        store.get("files/1-a")
