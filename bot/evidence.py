"""Files of evidence: the chain verified offline, and packs of the rows about one subject."""

import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bot.database import Database
from bot.texts import Texts
from bot.trail import heads_in
from models import audit
from models.audit import Fault, Head, Keys, Stretch, Verdict
from models.policy import Policy

STRAGGLER_SECONDS = 3.0
"""In this time a running sealer seals a row whose transaction was slower than a later one's."""
ROWS, STRETCHES, ABOUT, README = "rows.jsonl", "stretches.jsonl", "about.json", "README.md"
SUMMARY = "summary.txt"
"""The rows in plain words: for reading alone, nothing vouches for it."""
MOST_FAULTS = 20


class NotAPack(Exception):
    """The file is no evidence pack."""


@contextmanager
def snapshot(database: Database) -> Iterator[Session]:
    """One state of the database, for as long as reading it takes."""
    options: dict[str, Any] = {"reading": True}
    if not database.sqlite:
        options["isolation_level"] = "REPEATABLE READ"
    with database.engine.connect().execution_options(**options) as connection, Session(connection) as session:
        yield session


def check_database(
    database: Database,
    keys: Keys,
    published: Sequence[Head],
    told: Callable[[int, int], None],
) -> Verdict:
    """Walk over the chain of a database; a row that has only just been written is given time for its seal."""
    with snapshot(database) as session:
        verdict = audit.verify(session, keys=keys, published=published, told=told)
    if any(fault.kind == "inserted" for fault in verdict.faults):
        time.sleep(STRAGGLER_SECONDS)
        with snapshot(database) as session:
            still = set(audit.stragglers(session))
        verdict.faults = [
            fault for fault in verdict.faults if fault.kind != "inserted" or fault.facts["event"] in still
        ]
    return verdict


def read_heads(path: Path) -> Sequence[Head]:
    """The signed ends in a file: the published ones, or what was copied from the group chat."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        return list(heads_in(lines))


@dataclass
class Names:
    """The words for what stands in a row."""

    texts: Texts
    policy: Policy

    def of(self, row: Mapping[str, Any]) -> str:
        """One row in plain words; persons by their pseudonyms."""
        names = {name: action.name for name, action in self.policy.rights.actions.items()}
        return self.texts.render("audit/row", {"row": row, "names": names})


def write_pack(
    session: Session, *, subject: str, path: Path, at: datetime, texts: Texts, policy: Policy
) -> int:
    """Write the sealed rows about somebody, with what proves each, into a new file; returns how many.

    Raises:
        FileExistsError: there is such a file.
    """
    names = Names(texts, policy)
    lines: list[str] = []
    words: list[str] = []
    proofs: list[str] = []
    proven = 0
    for evidence in audit.evidence_about(session, subject=subject):
        row = {**evidence.row, "at": evidence.row["at"].isoformat()}
        lines.append(json.dumps({"position": evidence.position, "row": row}, ensure_ascii=False))
        words.append(f"{evidence.position} {names.of(evidence.row)}")
        if evidence.position > proven:
            stretch = audit.stretch_around(session, position=evidence.position)
            assert stretch is not None, "a place without a signed end behind it"
            proofs.append(_as_json(stretch))
            proven = stretch.head.position
    newest = audit.newest_head(session)
    about = {
        "subject": subject,
        "made_at": at.isoformat(),
        "rows": len(lines),
        "newest": None if newest is None else newest.line(),
    }
    readme = texts.render("audit/pack_readme", {**about, "at": at})
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(README, readme + "\n")
        pack.writestr(ABOUT, json.dumps(about, ensure_ascii=False, indent=2) + "\n")
        pack.writestr(ROWS, "".join(f"{line}\n" for line in lines))
        pack.writestr(SUMMARY, "".join(f"{line}\n" for line in words))
        pack.writestr(STRETCHES, "".join(f"{proof}\n" for proof in proofs))
    path.chmod(0o600)
    return len(lines)


def _as_json(stretch: Stretch) -> str:
    return json.dumps(
        {
            "start": stretch.start.hex(),
            "contents": [content.hex() for content in stretch.contents],
            "head": stretch.head.line(),
        }
    )


@dataclass
class PackVerdict:
    """What became of verifying a pack."""

    subject: str
    made_at: str
    rows: int
    faults: list[Fault]


def check_pack(path: Path, keys: Keys) -> PackVerdict:
    """Verify every row of a pack with nothing but a public key.

    Raises:
        NotAPack: it cannot be read as one.
    """
    faults: list[Fault] = []
    contents: dict[int, str] = {}
    rows = 0
    try:
        with zipfile.ZipFile(path) as pack:
            about = json.loads(pack.read(ABOUT))
            for line in pack.read(STRETCHES).decode().splitlines():
                contents |= _proven(json.loads(line), keys, faults)
            for line in pack.read(ROWS).decode().splitlines():
                told = json.loads(line)
                rows += 1
                known = contents.get(told["position"])
                if known is None:
                    faults.append(Fault("not_proven", {"position": told["position"]}))
                elif _content(told["row"]) != known:
                    faults.append(
                        Fault("changed", {"position": told["position"], "event": told["row"].get("id")})
                    )
                elif about["subject"] not in (told["row"]["subject"], told["row"]["actor"]):
                    faults.append(Fault("not_about", {"position": told["position"]}))
            expected, subject, made_at = int(about["rows"]), str(about["subject"]), str(about["made_at"])
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAPack(str(error)) from error
    if rows != expected:
        faults.append(Fault("rows_missing", {"rows": rows, "expected": expected}))
    return PackVerdict(subject, made_at, rows, faults[:MOST_FAULTS])


def _proven(told: Mapping[str, Any], keys: Keys, faults: list[Fault]) -> dict[int, str]:
    """Position → the hash of the row there, of a stretch that a signed end vouches for."""
    head = audit.read_head(told["head"])
    if head is None:
        raise ValueError("no head")
    stretch = Stretch(
        bytes.fromhex(told["start"]), [bytes.fromhex(content) for content in told["contents"]], head
    )
    last = stretch.start
    for position, content in enumerate(stretch.contents, stretch.first):
        last = audit.link(last, position, content)
    if not keys.knows(head.key_id):
        faults.append(Fault("unknown_key", {"position": head.position, "key": head.key_id}))
    elif not keys.vouch(head):
        faults.append(Fault("head_forged", {"position": head.position}))
    elif last != head.hash:
        faults.append(Fault("head_differs", {"first": stretch.first, "last": head.position}))
    else:
        return {position: content.hex() for position, content in enumerate(stretch.contents, stretch.first)}
    return {}


def _content(row: Mapping[str, Any]) -> str:
    try:
        return audit.content_hash({**row, "at": datetime.fromisoformat(row["at"])}).hex()
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""
