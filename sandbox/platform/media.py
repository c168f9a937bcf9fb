"""Uploaded files of both platforms: sizes, kinds, three days (protocol 3.7, 4.5)."""

import mimetypes
import re
import secrets
from typing import Any
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response

from sandbox.errors import ApiError
from sandbox.platform.api import Call
from sandbox.world import PERMANENT, Media

MEGABYTE = 1024 * 1024
WECOM_SIZES = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}
OFFICIAL_SIZES = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "thumb": 64 * 1024}
PNG, JPEG, GIF = b"\x89PNG", b"\xff\xd8\xff", b"GIF8"
AMR = b"#!AMR\n"
MP3 = (b"ID3", b"\xff\xfb", b"\xff\xf3")
WECOM_STARTS = {"image": (PNG, JPEG), "voice": (AMR,)}
OFFICIAL_STARTS = {"image": (PNG, JPEG, GIF), "thumb": (JPEG,), "voice": (AMR, *MP3)}
VOICE_SECONDS = 60
# Bytes after the first of a frame of 20 ms, by the mode in its first byte (AMR narrow band).
AMR_FRAMES = (12, 13, 15, 17, 19, 20, 26, 31, 5)
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


async def upload(
    call: Call, sizes: dict[str, int], kinds: dict[str, tuple[bytes, ...]] | None = None
) -> Media:
    """Take the multipart part ``media`` as one of the platform's kinds."""
    kind = call.query.get("type", "")
    if kind not in sizes:
        raise ApiError(40004)
    name, data = await _part(call, sizes[kind])
    _check_kind(kind, data, kinds or WECOM_STARTS)
    return store(call, kind, name, mimetypes.guess_type(name)[0] or "application/octet-stream", data)


async def upload_image(call: Call) -> Media:
    """Take a picture that is kept for good (uploadimg)."""
    name, data = await _part(call, WECOM_SIZES["image"])
    _check_kind("image", data, WECOM_STARTS)
    return store(call, PERMANENT, name, mimetypes.guess_type(name)[0] or "image/png", data)


async def _part(call: Call, longest: int) -> tuple[str, bytes]:
    form = await call.request.form()
    part = form.get("media")
    if not isinstance(part, UploadFile) or not part.filename:
        raise ApiError(44001)
    data = await part.read()
    if len(data) <= 5:
        raise ApiError(44001 if not data else 40006)
    if len(data) > longest:
        raise ApiError(45001)
    return part.filename, data


def _check_kind(kind: str, data: bytes, starts: dict[str, tuple[bytes, ...]]) -> None:
    if kind in ("image", "thumb") and not data.startswith(starts[kind]):
        raise ApiError(40123)
    if kind == "voice":
        if not data.startswith(starts[kind]):
            raise ApiError(301016)
        if amr_seconds(data) > VOICE_SECONDS:
            raise ApiError(45007)
    if kind == "video" and data[4:8] != b"ftyp":
        raise ApiError(40004, "video must be MP4")


def amr_seconds(data: bytes) -> float:
    """Length of an AMR voice; 0 for anything else."""
    if not data.startswith(AMR):
        return 0.0
    at, frames = len(AMR), 0
    while at < len(data):
        mode = data[at] >> 3 & 0x0F
        at += 1 + (AMR_FRAMES[mode] if mode < len(AMR_FRAMES) else 0)
        frames += 1
    return frames * 0.02


def store(call: Call, kind: str, filename: str, content_type: str, data: bytes) -> Media:
    """Keep a file under a new media_id."""
    media = Media(
        secrets.token_urlsafe(48), call.home, kind, filename, content_type, data, call.world.clock.timestamp()
    )
    call.world.media[media.media_id] = media
    return media


def find(call: Call, media_id: Any, kind: str = "") -> Media:
    """The file of this corp or account, while it lives, of this kind if one is named; else 40007."""
    media = call.world.live_media(call.home, media_id, kind)
    if media is None:
        raise ApiError(40007)
    return media


def download(call: Call, media: Media, content_type: str = "") -> Response:
    """The file as media/get sends it; a ``Range`` gets its part (switch ``media_ranges``)."""
    disposition = f"attachment; filename*=UTF-8''{quote(media.filename)}"
    if media.filename.isascii():
        disposition = f'attachment; filename="{media.filename}"'
    headers, kind = {"Content-disposition": disposition}, content_type or media.content_type
    wanted = RANGE.fullmatch(call.request.headers.get("range", ""))
    if not wanted or not call.world.settings.media_ranges:
        return Response(media.data, media_type=kind, headers=headers)
    total = len(media.data)
    first, last = int(wanted[1]), min(int(wanted[2] or total - 1), total - 1)
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{total}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{total}"
    return Response(media.data[first : last + 1], 206, media_type=kind, headers=headers)
