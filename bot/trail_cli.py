"""`muster audit …`, `muster keys …` and `muster erase`: evidence, keys and deletion on the command line."""

import base64
import os
import secrets
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.app import Muster
    from models.audit import Keys

REWRAP_BATCH = 200
PROGRESS_ROWS = 20_000
NAME_OF_CHAT = "点将留痕"
CHAT_LIFETIME = timedelta(minutes=10)


class Failed(click.ClickException):
    """It did not work; one line says why and what to do."""

    def show(self, _file: Any = None) -> None:
        """Say it the way all commands do."""
        click.echo(f"✗ {self.message}", err=True)


@click.group()
def audit() -> None:
    """留痕：核对、导出、公钥、发签名的群。"""


@audit.command(name="public-key")
def public_key() -> None:
    """打印核对留痕用的公钥；它不是秘密，请抄给核对的人。"""
    from config.settings import load_settings
    from models.audit import Signer

    seed = load_settings(complete=False).audit_key_bytes
    if not seed:
        raise Failed("缺少设置 MUSTER_AUDIT_KEY，算不出公钥。")
    click.echo(base64.b64encode(Signer(seed).public_key).decode())


@audit.command()
@click.option("--public-key", "given", multiple=True, help="公钥，或存着公钥的文件；换过密钥就给几次")
@click.option(
    "--heads", type=click.Path(path_type=Path), help="公布过的签名；不填用数据目录里的 audit-heads.log"
)
@click.option("--pack", type=click.Path(path_type=Path, exists=True), help="只核对这个证据包")
@click.option("--database", default="", help="数据库的地址或 SQLite 文件；不填用设置里的")
def verify(given: tuple[str, ...], heads: Path | None, pack: Path | None, database: str) -> None:
    """核对留痕有没有被改过、删过、插过；只要公钥，不要密钥。"""
    keys = _keys(given)
    if pack is not None:
        _verify_pack(pack, keys)
        return
    from bot.database import Database
    from bot.evidence import check_database, read_heads
    from bot.texts import Texts
    from bot.trail import HEADS_FILE
    from config.settings import load_settings

    if heads is not None and not (heads.is_file() and read_heads(heads)):
        raise Failed(f"{heads} 里没有公布过的签名。给出 audit-heads.log，或从群里复制出来的文件。")
    if database:
        url = database if "://" in database else _sqlite_url(Path(database))
    else:
        settings = load_settings(complete=False)
        url, heads = settings.database, heads or settings.data_dir / HEADS_FILE
        if not settings.database_url:
            url = _sqlite_url(settings.data_dir / "muster.db")
    published = read_heads(heads) if heads is not None and heads.exists() else []
    texts = Texts()
    opened = Database(url)
    try:
        verdict = check_database(opened, keys, published, _progress)
    finally:
        opened.close()
    for fault in verdict.faults:
        click.echo(f"✗ {texts.render('audit/fault', {'kind': fault.kind, **fault.facts})}", err=True)
    if verdict.faults:
        raise Failed("留痕不完整，上面第一行是最先出问题的地方。先把数据库和 audit-heads.log 原样留底。")
    click.echo(texts.render("audit/verdict", {"verdict": verdict, "heads_file": bool(published)}))


def _verify_pack(path: Path, keys: "Keys") -> None:
    from bot.evidence import NotAPack, check_pack
    from bot.texts import Texts

    texts = Texts()
    try:
        verdict = check_pack(path, keys)
    except NotAPack:
        raise Failed(f"{path} 不是点将导出的证据包，或已经损坏。") from None
    for fault in verdict.faults:
        click.echo(f"✗ {texts.render('audit/fault', {'kind': fault.kind, **fault.facts})}", err=True)
    if verdict.faults:
        raise Failed("证据包对不上，不能作准。")
    click.echo(f"✓ 证据包里关于 {verdict.subject} 的 {verdict.rows} 条都对得上签名")


def _sqlite_url(path: Path) -> str:
    if not path.exists():
        raise Failed(f"没有数据库文件 {path}。")
    path = path.resolve()
    # A copy in a folder where nothing may be written cannot have the files that SQLite puts beside it.
    if not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists():
        return f"sqlite:///file:{path}?immutable=1&uri=true"
    return f"sqlite:///{path}"


def _keys(given: tuple[str, ...]) -> "Keys":
    """The public keys given, else the one of our own settings."""
    from config.settings import load_settings
    from models.audit import Keys, NotAKey, Signer, read_public_key

    if not given:
        seed = load_settings(complete=False).audit_key_bytes
        if not seed:
            raise Failed("用 --public-key 给出公钥；它由 muster audit public-key 打印。")
        return Keys(Signer(seed).public_key)
    found = []
    for text in given:
        try:
            is_file = Path(text).is_file()
        except OSError:
            is_file = False
        lines = Path(text).read_text(encoding="utf-8").split() if is_file else [text]
        try:
            found += [read_public_key(line) for line in lines]
        except NotAKey:
            raise Failed(f"「{text}」不是公钥。公钥是 44 个字符的 base64，或存着它的文件。") from None
    return Keys(*found)


def _progress(done: int, of: int) -> None:
    if of > PROGRESS_ROWS and done % PROGRESS_ROWS < 2000:
        click.echo(f"  已核对 {done}/{of} 条", err=True)


@audit.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--subject", required=True, help="关于谁：employee:17、candidate:5、case:9")
@click.option("--reason", required=True, help="为什么导出；会记进留痕")
def export(file: Path, subject: str, reason: str) -> None:
    """导出关于一个人的证据包；导出本身也留痕。"""
    _check_subject(subject)
    if not reason.strip():
        raise Failed("请用 --reason 写明为什么导出。")
    if file.exists():
        raise Failed(f"{file} 已经存在，没有覆盖。换一个文件名，或先把它移走。")
    with _installation() as muster:
        _export(muster, file, subject, reason)


def _export(muster: "Muster", file: Path, subject: str, reason: str) -> None:
    from bot.evidence import snapshot, write_pack
    from models import audit as trail

    if muster.trail is None:
        raise Failed("缺少设置 MUSTER_AUDIT_KEY，不能封存，也就不能导出。")
    now = muster.clock.now()
    with muster.database.writing() as session:
        trail.record(
            session,
            at=now,
            actor=OPERATOR,
            action="audit.export",
            subject=subject,
            personal={OPERATOR: {"reason": reason}},
        )
    muster.trail.seal()
    with snapshot(muster.database) as session:
        rows = write_pack(
            session, subject=subject, path=file, at=now, texts=muster.texts, policy=muster.policy
        )
    click.echo(f"✓ 关于 {subject} 的 {rows} 条已写到 {file}；核对用 muster audit verify --pack {file}")


OPERATOR = "operator"
"""The pseudonym of whoever has the command line."""


def _check_subject(subject: str) -> tuple[str, int]:
    kind, _, number = subject.partition(":")
    if not kind.isidentifier() or not number.isdecimal():
        raise Failed(f"看不懂「{subject}」。写成 employee:17、candidate:5 这样。")
    return kind, int(number)


def _installation() -> "closing[Muster]":
    """Everything of this installation, closed at the end."""
    from bot.app import build
    from bot.logs import configure_logs
    from config.settings import load_settings

    settings = load_settings()
    configure_logs("cli", human=True)
    return closing(build(settings))


@audit.command()
@click.argument("owner")
@click.argument("members", nargs=-1, required=True)
@click.option("--name", default=NAME_OF_CHAT, show_default=True, help="群名")
def chat(owner: str, members: tuple[str, ...], name: str) -> None:
    """建一个群来公布留痕的签名：先群主，再成员，都写企业微信账号。"""
    with _installation() as muster:
        _make_chat(muster, owner, members, name)


def _make_chat(muster: "Muster", owner: str, members: tuple[str, ...], name: str) -> None:
    from sqlalchemy import select

    from models import messaging
    from models.messaging import Channel, OutboundKind, OutboundMessage, OutboundState, Outgoing

    now = muster.clock.now()
    chat_id = secrets.token_hex(16)
    users = list(dict.fromkeys([owner, *members]))
    message = Outgoing(
        f"audit:chat:{chat_id}",
        Channel.WECOM,
        chat_id,
        OutboundKind.GROUP_CREATE,
        {"name": name, "owner": owner, "userlist": users},
    )
    with muster.database.writing() as session:
        messaging.post(session, [message], now=now, lifetime=CHAT_LIFETIME)
    muster.outbox.drain()
    with muster.database.reading() as session:
        row = session.scalars(select(OutboundMessage).where(OutboundMessage.key == message.key)).one()
    if row.state == OutboundState.FAILED:
        why = (row.error or "").split(",")[0]
        raise Failed(f"平台没有建群（{why}）。应用的可见范围要是整个公司，成员要在通讯录里，至少两个人。")
    if row.state != OutboundState.ACCEPTED:
        click.echo("  平台还没有答复，后台进程会接着试；先把下面的群号填上也可以。", err=True)
    click.echo(f"✓ 群号 {chat_id}")
    click.echo(f'  填到 config/policy.toml 的 [audit] group_chat = {{ value = "{chat_id}", … }}，然后重启。')


@click.group()
def keys() -> None:
    """敏感字段的密钥：看各用在多少人身上，换成新的。"""


@keys.command()
def show() -> None:
    """每把密钥还包着多少人的密钥，哪些可以拿掉。"""
    with _installation() as muster:
        counts, configured = _counts(muster)
    for place, id_ in enumerate(configured):
        count = counts.get(id_, 0)
        if not place:
            click.echo(f"✓ {id_}（最新）包着 {count} 人的密钥")
        elif count:
            click.echo(f"✓ {id_}（旧）还包着 {count} 人的密钥：先运行 muster keys rotate")
        else:
            click.echo(
                f"✓ {id_}（旧）不再用到：全部进程都用新设置重启过之后，就可以从 MUSTER_FIELD_KEYS 里拿掉"
            )
    _need_all(counts, configured)


@keys.command()
def rotate() -> None:
    """把每个人的密钥改用最新的密钥来包；可以中断，再运行就接着做。"""
    with _installation() as muster:
        _rotate(muster)


def _rotate(muster: "Muster") -> None:
    from models import secrecy

    counts, configured = _counts(muster)
    _need_all(counts, configured)
    total = sum(count for id_, count in counts.items() if id_ != configured[0])
    done = 0
    while True:
        with muster.database.writing() as session:
            batch = secrecy.rewrap(session, limit=REWRAP_BATCH)
        if not batch:
            break
        done += batch
        click.echo(f"  已换 {done}/{max(done, total)} 人", err=True)
    counts, configured = _counts(muster)
    left = sum(count for id_, count in counts.items() if id_ != configured[0])
    if left:
        raise Failed(f"还有 {left} 人的没有换：有别的进程正用着，或还有进程用着旧的设置。再运行一次。")
    click.echo(f"✓ 换好了 {done} 人，全部由 {configured[0]} 包着；旧的看 muster keys show")


def _counts(muster: "Muster") -> "tuple[dict[str, int], list[str]]":
    """(id of a field key → how many persons' keys it wraps; ids of the configured ones, newest first)."""
    from models.secrecy import key_counts, key_id

    if not muster.settings.field_key_bytes:
        raise Failed("缺少设置 MUSTER_FIELD_KEYS。")
    configured = list(dict.fromkeys(key_id(key) for key in muster.settings.field_key_bytes))
    with muster.database.reading() as session:
        return dict(key_counts(session)), configured


def _need_all(counts: "dict[str, int]", configured: "list[str]") -> None:
    for id_, count in sorted(counts.items()):
        if id_ not in configured:
            raise Failed(
                f"{count} 人的密钥由 {id_} 包着，MUSTER_FIELD_KEYS 里没有它，这些人的资料打不开。"
                "把它找回来，填在最后面，重启再试。"
            )


@click.command()
@click.argument("subject")
@click.option("--reason", required=True, help="为什么删除；会记进留痕")
@click.option("--yes", is_flag=True, help="不再问一遍")
def erase(subject: str, reason: str, yes: bool) -> None:
    """删除一个人的资料，不能恢复：employee:17、candidate:5。"""
    from models import staff
    from models.errors import DomainError

    kind, number = _check_subject(subject)
    kinds: dict[str, Any] = {"employee": staff.Employee, "candidate": staff.Candidate}
    if kind not in kinds:
        raise Failed(f"看不懂「{subject}」。写成 employee:17 或 candidate:5。")
    if not yes:
        click.confirm(f"删除 {subject} 的资料，不能恢复。确定吗", abort=True)
    with _installation() as muster:
        try:
            with muster.database.writing() as session:
                person = session.get(kinds[kind], number)
                if person is None:
                    raise Failed(f"没有 {subject}。")
                now, policy = muster.clock.now(), muster.policy
                staff.erase_person(session, person=person, at=now, actor=None, policy=policy, reason=reason)
        except DomainError as refusal:
            block = f"{refusal.texts}/{refusal.code()}"
            raise Failed(muster.texts.render(block, refusal.facts)) from None
    click.echo(f"✓ {subject} 的资料已删除")
