"""Fixtures: the whole bot over a real database, with three parts replaced: clock, messengers, wake-ups."""

import gc
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from bot.app import Muster, build
from bot.logs import configure_logs
from bot.migrations import migrate
from bot.policy import load_policy
from bot.texts import Texts
from config.settings import Settings, load_settings
from models.messaging import Channel
from models.policy import Policy
from models.staff import Role
from tests import tencent
from tests.kept import Engines, Webs
from tests.servers import empty, postgresql, redis_at

pytest.register_assert_rewrite("tests.simulator")

from tests.simulator import Follower, Given, InlineWakeups, Member, Messenger, TestClock  # noqa: E402

configure_logs("test")
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

PROOFS = ("chaos", "survival", "e2e", "rights")
"""Folders of longer proofs: real processes and browsers, every right of every role (`make proof`)."""
TOLD_APART = ("bot", "chat", "jobs", "models")
"""Folders whose tests run on SQLite in `make test`, and on PostgreSQL there only if they are about it."""
DIFFERING = {
    "turns and transactions": (
        "crash",
        "distribution",
        "leaving",
        "cases_at_once",
        "deferred",
        "intake",
        "outbox",
        "outbox_fate",
        "parking",
        "queue",
        "scheduler",
        "trail",
        "a_message_that_arrives_several_times_at_once_is_answered_once",
        "different_messages_that_arrive_at_once_are_all_answered",
        "a_result_and_its_application_may_come_at_the_same_moment",
        "two_calls_at_the_same_moment_keep_each_event_once",
        "two_who_dial_at_the_same_moment_do_not_pass_the_limit_together",
        "nobody_is_pushed_two_lessons_by_two_workers_at_once",
        "two_runs_are_never_under_way",
        "a_run_that_is_killed_anywhere_goes_on_in_another_process",
        "an_answer_that_comes_after_another_process_took_over_is_not_kept",
    ),
    "a server that is away": (
        "a_postgresql_that_stops_in_between_loses_nothing",
        "without_its_postgresql_the_platform_is_asked_to_send_again",
        "doctor",
    ),
    "big sets, their order and their parts": (
        "cases",
        "recruiting",
        "notices",
        "recall",
        "talent",
        "organisation",
        "exporting_cases",
        "many_batches_are_kept_one_by_one",
        "ten_thousand_at_once_are_all_entered",
        "results_in_any_order_cut_up_in_any_way_and_repeated_come_to_the_same",
    ),
    "figures": ("hiring_cost", "hiring_report", "overview", "turnover", "measures", "metrics", "tallies"),
    "every table, read raw": ("erasure", "redacting", "upgrade"),
    "a whole day": ("a_day_on_the_floor",),
}
"""In what databases differ, and what is about it, a file or a test: `make test` has these on both databases.

The other tests of these folders run on SQLite there, and on PostgreSQL in `make proof`, also in CI.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long, so that `make test` stays short."""
    on_both = {f"test_{name}" for names in DIFFERING.values() for name in names}
    for item in items:
        folder, names = item.path.parent.name, {item.path.stem, getattr(item, "originalname", "")}
        told_apart = folder in TOLD_APART and _on_postgresql(item) and not names & on_both
        if folder in PROOFS or told_apart:
            item.add_marker(pytest.mark.proof)


def _on_postgresql(item: pytest.Item) -> bool:
    variant = getattr(item, "callspec", None)
    return variant is not None and variant.params.get("database_url") == "postgresql"


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A migrated PostgreSQL database."""
    with postgresql() as url:
        migrate(url)
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real redis-server."""
    with redis_at(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database at head, of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "muster.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """The settings of the installation under test."""
    return load_settings(
        _env_file=None,
        mode="sandbox",
        data_dir=tmp_path / "data",
        database_url=database_url,
        redis_url=redis_url,
        maintainers="itwang",
        secret_key="the pages are signed with it",
        **tencent.SETTINGS,
    )


@pytest.fixture
def clock() -> TestClock:
    """Monday, 2 March 2026, 08:30, until it is moved."""
    return TestClock()


@pytest.fixture
def messenger() -> Iterator[Messenger]:
    """Where all messages end up."""
    return Messenger()


@pytest.fixture
def letterbox() -> Messenger:
    """Where text messages and letters end up."""
    return Messenger()


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy as it is delivered, read once, but for two things that would stand between other stories.

    No reports of teams come (test_team_reports), and nobody needs a licence to work (test_licence).
    """
    delivered = load_policy()
    return replace(
        delivered,
        team_reports=replace(delivered.team_reports, roles=()),
        training=replace(delivered.training, licence_required=False),
    )


@pytest.fixture(scope="session")
def texts() -> Texts:
    """What people read, compiled once."""
    return Texts()


@pytest.fixture(scope="session")
def engines() -> Engines:
    """What SQLAlchemy has compiled for one test serves the next."""
    return Engines()


@pytest.fixture(scope="session")
def webs() -> Webs:
    """The web applications of this worker."""
    return Webs()


@pytest.fixture
def muster(
    settings: Settings,
    clock: TestClock,
    messenger: Messenger,
    letterbox: Messenger,
    policy: Policy,
    texts: Texts,
    engines: Engines,
) -> Iterator[Muster]:
    """All parts of the bot."""
    wakeups = InlineWakeups()
    built = build(
        settings,
        clock=clock,
        messengers={
            Channel.WECOM: messenger,
            Channel.OFFICIAL: messenger,
            Channel.SMS: letterbox,
            Channel.EMAIL: letterbox,
        },
        wakeups=wakeups,
        policy=policy,
        texts=texts,
        engine=engines.at(settings.database),
    )
    wakeups.muster = clock.muster = built
    if not built.database.sqlite:
        empty(built.database)
    yield built
    built.close()


@pytest.fixture
def app(muster: Muster, webs: Webs) -> Flask:
    """The web application."""
    return webs.before(muster)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Something that sends requests."""
    return app.test_client()


@pytest.fixture
def given(muster: Muster) -> Given:
    """What is so before the story begins."""
    return Given(muster)


def _watched(person: Member | Follower) -> Iterator[Member | Follower]:
    yield person
    unread = person.news()
    assert not unread, f"{person.id} did not look at {[parcel.payload for parcel in unread]}"


@pytest.fixture
def alice(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Iterator[Member]:
    """A collector on the nine o'clock shift."""
    given.employee("AliceLi", "李爱丽")
    yield from _watched(Member("AliceLi", client, messenger, clock))  # type: ignore[misc]


@pytest.fixture
def leader(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Iterator[Member]:
    """Alice's team leader."""
    given.employee("leader", "赵组长", role=Role.TEAM_LEADER)
    yield from _watched(Member("leader", client, messenger, clock))  # type: ignore[misc]


@pytest.fixture
def stranger(client: FlaskClient, messenger: Messenger, clock: TestClock) -> Iterator[Member]:
    """A member of the corp whom the bot does not know."""
    yield from _watched(Member("stranger", client, messenger, clock))  # type: ignore[misc]


@pytest.fixture
def maintainer(client: FlaskClient, messenger: Messenger, clock: TestClock) -> Iterator[Member]:
    """Who is told of errors."""
    yield from _watched(Member("itwang", client, messenger, clock))  # type: ignore[misc]


@pytest.fixture
def candidate(client: FlaskClient, messenger: Messenger, clock: TestClock) -> Iterator[Follower]:
    """A follower of the service account."""
    yield from _watched(Follower("oCandidate001", client, messenger, clock))  # type: ignore[misc]
