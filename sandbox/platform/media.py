"""Uploaded files of both platforms: sizes, kinds, three days (protocol 3.7, 4.5)."""

import mimetypes
import secrets
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response

from sandbox.errors import ApiError
from sandbox.platform.api import Call
from sandbox.world import Media

LIFETIME = 3 * 86400
MEGABYTE = 1024 * 1024
WECOM_SIZES = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}
OFFICIAL_SIZES = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "thumb": 64 * 1024}
PNG, JPEG, GIF = b"\x89PNG", b"\xff\xd8\xff", b"GIF8"


async def upload(call: Call, sizes: dict[str, int]) -> Media:
    """Take the multipart part ``media``."""
    kind = call.query.get("type", "")
    if kind not in sizes:
        raise ApiError(40004)
    form = await call.request.form()
    part = form.get("media")
    if not isinstance(part, UploadFile) or not part.filename:
        raise ApiError(44001)
    data = await part.read()
    if len(data) <= 5:
        raise ApiError(44001 if not data else 40006)
    if len(data) > sizes[kind]:
        raise ApiError(45001)
    _check_kind(kind, data)
    content_type = mimetypes.guess_type(part.filename)[0] or "application/octet-stream"
    return store(call, kind, part.filename, content_type, data)


def _check_kind(kind: str, data: bytes) -> None:
    if kind in ("image", "thumb") and not data.startswith((PNG, JPEG, GIF)):
        raise ApiError(40123)
    if kind == "voice" and not data.startswith((b"#!AMR", b"ID3", b"\xff\xfb")):
        raise ApiError(301016)
    if kind == "video" and data[4:8] != b"ftyp":
        raise ApiError(40004, "video must be MP4")


def store(call: Call, kind: str, filename: str, content_type: str, data: bytes) -> Media:
    """Keep a file under a new media_id."""
    media = Media(
        secrets.token_urlsafe(48), call.home, kind, filename, content_type, data, call.world.clock.timestamp()
    )
    call.world.media[media.media_id] = media
    return media


def find(call: Call, media_id: str) -> Media:
    """The file of this corp or account, while it lives."""
    media = call.world.media.get(media_id)
    if media is None or media.home != call.home or call.world.clock.timestamp() - media.created >= LIFETIME:
        raise ApiError(40007)
    return media


def download(media: Media) -> Response:
    """The file as media/get sends it."""
    disposition = f"attachment; filename*=UTF-8''{quote(media.filename)}"
    if media.filename.isascii():
        disposition = f'attachment; filename="{media.filename}"'
    return Response(media.data, media_type=media.content_type, headers={"Content-disposition": disposition})
