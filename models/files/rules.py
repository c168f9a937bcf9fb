"""Pure decisions about files: what they are by their bytes, how large they may be, how long they stay."""

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath

from models.errors import DomainError
from models.policy import FilesPolicy

DATABASE = "database"
"""The location of a file whose bytes stand in the database alone."""
MEGABYTE = 1024 * 1024
LONGEST_NAME = 80
MOST_DIRECTORY_BYTES = 256 * 1024
"""The list of contents of an office document may be so long."""
MOST_CONTENT_TYPES_BYTES = 128 * 1024
MOST_UNPACKED_BYTES = 256 * MEGABYTE
MOST_RATIO = 200
"""An office document that claims to unpack to more than this many times its size is refused."""


class FileKind(StrEnum):
    """What a file is for; rights, size and retention hang on it."""

    EVIDENCE = "evidence"
    PHOTO = "photo"
    MATERIAL = "material"
    """A certificate."""
    PAPER = "paper"
    """A paper, or the report of a project."""
    RECOMMENDATION = "recommendation"
    WORK = "work"
    """What shows somebody's work: a screenshot, the case of a customer."""
    LICENCE = "licence"
    """A licence of the trade."""
    HEALTH_PROOF = "health_proof"
    VOICE = "voice"
    OTHER = "other"
    UNSORTED = "unsorted"
    """A candidate has not said yet what it is; it is guarded as a health proof until then."""


GUARDED = frozenset({FileKind.HEALTH_PROOF, FileKind.UNSORTED})
"""Seen by the deciding HR alone (domain.md 2.5)."""
CHOSEN = frozenset(
    {
        FileKind.HEALTH_PROOF,
        FileKind.MATERIAL,
        FileKind.PAPER,
        FileKind.RECOMMENDATION,
        FileKind.WORK,
        FileKind.LICENCE,
        FileKind.OTHER,
    }
)
"""What a person may say a file of theirs is (S0-28)."""
OPEN_TO_LEADERS = frozenset({FileKind.PHOTO, FileKind.EVIDENCE})
"""What of an employee those see who lead but are no HR."""


class FileRefused(DomainError):
    """A file is not taken; the subclass says why."""

    texts = "files"


class FileEmpty(FileRefused):
    """There is nothing in it."""


class FileTypeRefused(FileRefused):
    """It is of no accepted type, whatever it is called."""


class FileTooLarge(FileRefused):
    """It is larger than its kind may be (facts: megabytes)."""


ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "audio/amr": ".amr",
    "video/mp4": ".mp4",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "text/plain": ".txt",
}
"""Every accepted media type → how a name of it ends."""
_OFFICE = (
    ("word/document.xml", b"wordprocessingml.document.main+xml", ".docx"),
    ("xl/workbook.xml", b"spreadsheetml.sheet.main+xml", ".xlsx"),
)
_MARKUP = re.compile(r"<\s*[/!?a-z]|^\s*(?:#!|@echo\b)", re.IGNORECASE)


def media_type_of(content: bytes) -> str | None:
    """The media type by the bytes alone; None for everything that is not accepted."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "audio/amr"
    if content[4:8] == b"ftyp":
        return "video/mp4"
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    return "text/plain" if _is_plain_text(content) else None


def check_file(content: bytes, kind: FileKind, policy: FilesPolicy) -> str:
    """The media type of a file that is taken.

    Raises:
        FileEmpty, FileTooLarge, FileTypeRefused: as named.
    """
    if not content:
        raise FileEmpty()
    if len(content) > most_bytes(kind, policy):
        raise FileTooLarge(megabytes=policy.most_megabytes[kind])
    found = media_type_of(content)
    if found is None:
        raise FileTypeRefused()
    return found


def most_bytes(kind: FileKind, policy: FilesPolicy) -> int:
    """How large a file of this kind may be, in bytes."""
    return policy.most_megabytes[kind] * MEGABYTE


def delete_after(kind: FileKind, kept_at: datetime, policy: FilesPolicy) -> datetime:
    """When a file of this kind is deleted unless a decision about it says otherwise."""
    return kept_at + timedelta(days=policy.keep_days[kind])


def clean_name(name: str, media_type: str) -> str:
    """A name without folders and marks that mislead, ending as its content says."""
    last = PurePosixPath(unicodedata.normalize("NFKC", name).replace("\\", "/")).name
    readable = "".join(mark for mark in last if unicodedata.category(mark)[0] not in "CZ" or mark == " ")
    stem = re.sub(r'[<>:"|?*\[\]()`#!]', "_", readable).strip(" .")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", stem).strip(" .")
    return f"{stem[:LONGEST_NAME] or 'file'}{ENDINGS[media_type]}"


def _is_plain_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    strange = any(unicodedata.category(mark) in ("Cc", "Cn", "Co") and mark not in "\t\r\n" for mark in text)
    return not strange and _MARKUP.search(text.removeprefix("\ufeff")) is None


def _office_type(content: bytes) -> str | None:
    """DOCX or XLSX without macros, by the list of contents; nothing but that list is unpacked."""
    if not _directory_is_short(content):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            names = {entry.filename for entry in entries}
            if unpacked > min(MOST_UNPACKED_BYTES, MOST_RATIO * len(content)):
                return None
            if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js")) for name in names):
                return None
            with archive.open("[Content_Types].xml") as listed:
                types = listed.read(MOST_CONTENT_TYPES_BYTES)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError):
        return None
    except (KeyError, ValueError, RuntimeError, NotImplementedError):
        return None
    for part, type_, ending in _OFFICE:
        if part in names and type_ in types:
            return next(found for found, known in ENDINGS.items() if known == ending)
    return None


def _directory_is_short(content: bytes) -> bool:
    """Whether reading the list of contents of a ZIP costs little; ZIP64 is not taken."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if at < 0 or len(content) < at + 22 or content[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
        return False
    (size,) = struct.unpack_from("<I", content, at + 12)
    return int(size) <= MOST_DIRECTORY_BYTES
