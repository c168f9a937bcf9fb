"""The composition root: every part is built and joined here, and tests pass their own through here."""

from collections.abc import Mapping
from dataclasses import dataclass

import redis
from sqlalchemy import Engine

import handlers
from bot.binding import BindingPictures
from bot.channels.base import Messenger
from bot.channels.email import EmailMessenger
from bot.channels.official import OfficialClient, OfficialMessenger
from bot.channels.sms import Gateway, SmsMessenger, gateway_of
from bot.channels.wecom import ContactsClient, WeComClient, WeComMessenger
from bot.checkin_records import CheckinRecords
from bot.clock import Clock, OffsetClock, SandboxClock, SystemClock
from bot.database import Database
from bot.deferred import DeferredAnswers
from bot.directory import DirectorySync
from bot.dispatch import Dispatcher
from bot.distributing import Distributing
from bot.errands import Errand, Errands
from bot.files import Downloads, FileMoving, MediaFetching, object_store
from bot.handling import Handling
from bot.intake import Intake
from bot.outbox import Outbox
from bot.parking import Parked
from bot.policy import in_sandbox, load_policy, work_calendar
from bot.posting import Posting
from bot.queue import RqWakeups, Wakeups
from bot.receiving import Receiving
from bot.reporting import Reporting
from bot.routing import Routing
from bot.runner import Runner
from bot.scheduler import Scheduler
from bot.store import connect
from bot.texting import KnownPeople, TextReceipts
from bot.texts import Texts
from bot.trail import HEADS_FILE, Trail
from bot.understanding import Understanding
from config.settings import Settings
from handlers.base import Router
from models import messaging, planning
from models.audit import Signer
from models.calendar import WorkCalendar
from models.messaging import Channel
from models.policy import Policy
from models.secrecy import Keyring


@dataclass(frozen=True)
class Muster:
    """All parts of one process."""

    settings: Settings
    policy: Policy
    calendar: WorkCalendar
    database: Database
    store: redis.Redis
    clock: Clock
    texts: Texts
    router: Router
    understanding: Understanding
    routing: Routing
    handling: Handling
    posting: Posting
    reporting: Reporting
    dispatcher: Dispatcher
    intake: Intake
    outbox: Outbox
    runner: Runner
    wakeups: Wakeups
    scheduler: Scheduler
    wecom: WeComClient
    trail: Trail | None
    directory: DirectorySync

    def close(self) -> None:
        """Give back connections."""
        self.database.close()
        self.store.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    messengers: Mapping[str, Messenger] | None = None,
    wakeups: Wakeups | None = None,
    router: Router | None = None,
    policy: Policy | None = None,
    texts: Texts | None = None,
    engine: Engine | None = None,
) -> Muster:
    """Join all parts for these settings; what is given replaces the real part."""
    if policy is None:
        policy = in_sandbox(load_policy()) if settings.sandbox else load_policy()
    calendar = work_calendar(policy)
    objects = object_store(settings)
    database = Database(settings.database, keyring(settings), objects, engine)
    store = connect(settings.redis)
    clock = clock or make_clock(settings, database)
    texts = texts or Texts()
    router = router or handlers.collect()
    wecom = WeComClient(settings, store)
    understanding = Understanding(router, policy)
    routing = Routing(router, understanding, policy)
    handling = Handling(router, understanding, texts, policy, calendar)
    posting = Posting(texts, policy.delivery, public_url=settings.public_url)
    reporting = Reporting(database, posting, clock, settings.maintainer_ids)
    dispatcher = Dispatcher(
        database,
        clock,
        receiving=Receiving(database, policy.inbox),
        routing=routing,
        handling=handling,
        posting=posting,
        reporting=reporting,
    )
    contacts = ContactsClient(settings, store) if settings.wecom_contacts_secret.get_secret_value() else None
    agent_id = settings.wecom_agent_id
    directory = DirectorySync(database, posting, reporting, clock, policy, wecom, contacts, agent_id=agent_id)
    errands: list[Errand] = []
    if messengers is None:
        official = OfficialClient(settings, store) if settings.official_app_id else None
        gateway = gateway_of(settings)
        messengers = _messengers(settings, wecom, official, database, gateway)
        accounts: dict[str, Downloads] = {Channel.WECOM: wecom}
        if official is not None:
            accounts[Channel.OFFICIAL] = official
        errands = [
            directory,
            BindingPictures(database, posting, clock, official),
            MediaFetching(database, posting, clock, policy, accounts),
            CheckinRecords(database, clock, policy, calendar, wecom),
        ]
        if gateway is not None:
            errands.append(TextReceipts(database, clock, gateway))
    if objects is not None:
        errands.append(FileMoving(database, objects))
    outbox = Outbox(database, messengers, clock, policy, calendar, reporting.report_refusal)
    errands.append(Parked(database, dispatcher, clock))
    errands.append(DeferredAnswers(database, handling, posting, reporting, clock, policy))
    errands.append(Distributing(database, posting, reporting, clock, policy, calendar))
    runner = Runner(database, posting, reporting, outbox, clock, policy, calendar, Errands(errands))
    wakeups = wakeups or RqWakeups(store)
    trail = make_trail(settings, database, clock, policy, texts)
    scheduler = Scheduler(database, outbox, runner, wakeups, clock, policy, store=store, trail=trail)
    return Muster(
        settings,
        policy,
        calendar,
        database,
        store,
        clock,
        texts,
        router,
        understanding,
        routing,
        handling,
        posting,
        reporting,
        dispatcher,
        Intake(database, dispatcher, wakeups),
        outbox,
        runner,
        wakeups,
        scheduler,
        wecom,
        trail,
        directory,
    )


def keyring(settings: Settings) -> Keyring | None:
    """The keys of sensitive values; None where the settings have none (`muster doctor` says so)."""
    if not settings.field_key_bytes or not settings.hash_key_bytes:
        return None
    return Keyring(settings.field_key_bytes, settings.hash_key_bytes)


def make_trail(
    settings: Settings, database: Database, clock: Clock, policy: Policy, texts: Texts
) -> Trail | None:
    """What seals the evidence trail; None without its private key (`muster doctor` says so)."""
    if not settings.audit_key_bytes:
        return None
    signer = Signer(settings.audit_key_bytes)
    return Trail(database, signer, clock, policy.audit, texts, settings.data_dir / HEADS_FILE)


def make_clock(settings: Settings, database: Database) -> Clock:
    """The clock of this installation: movable in sandbox mode only."""
    if not settings.sandbox:
        return SystemClock()
    if settings.sandbox_url:
        return SandboxClock(settings.sandbox_url)

    def read_offset() -> float:
        with database.reading() as session:
            return planning.clock_offset(session)

    return OffsetClock(read_offset)


def _messengers(
    settings: Settings,
    wecom: WeComClient,
    official: OfficialClient | None,
    database: Database,
    gateway: Gateway | None,
) -> Mapping[str, Messenger]:
    def content(digest: str) -> bytes | None:
        with database.reading() as session:
            return messaging.kept_content(session, digest)

    messengers: dict[str, Messenger] = {
        Channel.WECOM: WeComMessenger(wecom, settings.wecom_agent_id, content)
    }
    if official is not None:
        messengers[Channel.OFFICIAL] = OfficialMessenger(official, content)
    if gateway is not None:
        messengers[Channel.SMS] = SmsMessenger(gateway, KnownPeople(database))
    if settings.smtp_url.get_secret_value():
        messengers[Channel.EMAIL] = EmailMessenger(settings, KnownPeople(database))
    return messengers
