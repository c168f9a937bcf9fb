"""Which files may be sent, by their bytes (protocol 3.7, 4.5)."""

from typing import Any

import pytest

from models.errors import DomainError
from models.messaging import (
    Attachment,
    AttachmentKind,
    AttachmentNotSupported,
    AttachmentTooLarge,
    AttachmentTooLong,
    AttachmentUnreadable,
    Channel,
)
from models.messaging.attachments import COVER, amr_seconds, check_attachment, format_of

IMAGE, VOICE, VIDEO, FILE = AttachmentKind
WECOM, OFFICIAL = Channel.WECOM, Channel.OFFICIAL
MB = 1024 * 1024


def png(size: int = 100) -> bytes:
    """As many bytes as a PNG starts with."""
    return b"\x89PNG\r\n\x1a\n".ljust(size, b"\0")


def jpeg(size: int = 100) -> bytes:
    """The same as a JPEG."""
    return b"\xff\xd8\xff\xe0".ljust(size, b"\0")


def mp4(size: int = 100) -> bytes:
    """The same as an MP4."""
    return b"\0\0\0\x18ftypmp42".ljust(size, b"\0")


def amr(seconds: float) -> bytes:
    """A recording in the mode of 12.2 kbit/s: 32 bytes every 20 ms."""
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * round(seconds * 50)


def wide_amr(seconds: float) -> bytes:
    """A wide-band recording: 61 bytes every 20 ms."""
    return b"#!AMR-WB\n" + (b"\x44" + bytes(60)) * round(seconds * 50)


MP3 = b"ID3" + bytes(100)
GIF = b"GIF89a" + bytes(100)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (png(), "PNG"),
        (jpeg(), "JPEG"),
        (GIF, "GIF"),
        (amr(1), "AMR"),
        (MP3, "MP3"),
        (b"\xff\xfb\x90\x00" + bytes(9), "MP3"),
        (mp4(), "MP4"),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_format_is_seen_in_the_first_bytes(content: bytes, found: str | None) -> None:
    assert format_of(content) == found


@pytest.mark.parametrize("content", [amr(2.5), wide_amr(2.5)], ids=["narrow", "wide"])
def test_how_long_a_recording_plays_is_counted_in_frames(content: bytes) -> None:
    assert amr_seconds(content) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("channel", "use", "content"),
    [
        (WECOM, IMAGE, png(10 * MB)),
        (WECOM, IMAGE, jpeg()),
        (WECOM, VOICE, amr(60)),
        (WECOM, VIDEO, mp4(10 * MB)),
        (WECOM, FILE, b"123456"),
        (WECOM, FILE, bytes(20 * MB)),
        (OFFICIAL, IMAGE, png(2 * MB)),
        (OFFICIAL, IMAGE, GIF),
        (OFFICIAL, VOICE, MP3),
        (OFFICIAL, VIDEO, mp4()),
        (OFFICIAL, COVER, jpeg(64 * 1024)),
    ],
)
def test_what_an_account_takes(channel: Channel, use: str, content: bytes) -> None:
    kind = IMAGE if use == COVER else AttachmentKind(use)
    check_attachment(Attachment(kind, "x", content), channel, use)


@pytest.mark.parametrize(
    ("channel", "use", "content", "refusal", "facts"),
    [
        (WECOM, IMAGE, GIF, AttachmentUnreadable, {"formats": ["JPEG", "PNG"]}),
        (WECOM, VOICE, MP3, AttachmentUnreadable, {"formats": ["AMR"]}),
        (OFFICIAL, IMAGE, png(2 * MB + 1), AttachmentTooLarge, {"kilobytes": 2048}),
        (OFFICIAL, FILE, b"123456", AttachmentNotSupported, {"kind": "file"}),
        (OFFICIAL, COVER, jpeg(64 * 1024 + 1), AttachmentTooLarge, {"kilobytes": 64}),
        (OFFICIAL, COVER, png(), AttachmentUnreadable, {"formats": ["JPEG"]}),
    ],
)
def test_what_an_account_refuses(
    channel: Channel, use: str, content: bytes, refusal: type[DomainError], facts: dict[str, Any]
) -> None:
    attachment = Attachment(IMAGE if use == COVER else AttachmentKind(use), "甲.bin", content)

    with pytest.raises(refusal) as refused:
        check_attachment(attachment, channel, use)

    assert facts.items() <= refused.value.facts.items()
    assert refused.value.facts["name"] == "甲.bin"


@pytest.mark.parametrize(
    ("kind", "content", "refusal"),
    [
        (IMAGE, png(10 * MB + 1), AttachmentTooLarge),
        (IMAGE, b"<html></html>", AttachmentUnreadable),
        (IMAGE, b"", AttachmentUnreadable),
        (VOICE, amr(60.1), AttachmentTooLong),
        (VOICE, amr(1) + bytes(2 * MB), AttachmentTooLarge),
        (VIDEO, png(), AttachmentUnreadable),
        (VIDEO, mp4(10 * MB + 1), AttachmentTooLarge),
        (FILE, b"12345", AttachmentUnreadable),
        (FILE, bytes(20 * MB + 1), AttachmentTooLarge),
    ],
)
def test_what_no_account_takes_cannot_even_be_made(
    kind: AttachmentKind, content: bytes, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        Attachment(kind, "x", content)


def test_the_bytes_stay_out_of_logs() -> None:
    attachment = Attachment(IMAGE, "图.png", png(), cover=Attachment(IMAGE, "c.jpg", jpeg()))

    assert "PNG" not in repr(attachment)
