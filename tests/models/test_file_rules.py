"""What a file is by its bytes, how it is called, and what is refused."""

import io
import struct
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import load_policy
from handlers.parsing import read_verdict
from models.files import (
    FileEmpty,
    FileKind,
    FileTooLarge,
    FileTypeRefused,
    check_file,
    clean_name,
    media_type_of,
)
from models.files.rules import ENDINGS, MEGABYTE

POLICY = load_policy().files
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 17
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def archive(parts: dict[str, bytes]) -> bytes:
    """A ZIP with these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return written.getvalue()


def office(type_: str, part: str, **more: bytes) -> bytes:
    """An office document."""
    types = f'<Types><Override ContentType="{type_}.main+xml"/></Types>'.encode()
    return archive({"[Content_Types].xml": types, part: b"<x/>", **more})


DOCX, XLSX = office(WORD, "word/document.xml"), office(SHEET, "xl/workbook.xml")
BOMB = office(WORD, "word/document.xml", **{"word/media/a.png": b"\x00" * 30 * MEGABYTE})


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + b"x" * 20, "image/jpeg"),
        (b"GIF89a" + b"\x00" * 10, "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"#!AMR\n\x04" + b"\x00" * 12, "audio/amr"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (DOCX, WORD),
        (XLSX, SHEET),
        ("体检合格，3 < 5。\r\n".encode(), "text/plain"),
    ],
)
def test_accepted_types_are_known_by_their_bytes(content: bytes, found: str) -> None:
    assert media_type_of(content) == found


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"MZ\x90\x00\x03\x00\x00\x00", id="a program"),
        pytest.param(b"\x7fELF\x02\x01\x01", id="a program of Linux"),
        pytest.param(b"#!/bin/sh\nrm -rf /\n", id="a script"),
        pytest.param(b"@echo off\r\ndel *.*\r\n", id="a batch file"),
        pytest.param(b'<svg xmlns="x"><script>alert(1)</script></svg>', id="a picture with a script"),
        pytest.param(b"\xef\xbb\xbf  <!DOCTYPE html><html>", id="a page"),
        pytest.param(b"hello <IMG src=x onerror=alert(1)>", id="text with markup"),
        pytest.param(b"<?xml version='1.0'?>", id="XML"),
        pytest.param(archive({"a.exe": b"MZ"}), id="an archive"),
        pytest.param(archive({"[Content_Types].xml": b"x", "word/document.xml": b"x"}), id="no document"),
        pytest.param(BOMB, id="a bomb"),
        pytest.param(office(WORD, "word/document.xml", **{"word/vbaProject.bin": b"x"}), id="macros"),
        pytest.param(DOCX[:-10], id="a torn document"),
        pytest.param(b"PK\x03\x04" + b"\x00" * 100, id="a broken archive"),
        pytest.param(b"Rar!\x1a\x07\x00", id="another archive"),
        pytest.param(b"\x1f\x8b\x08\x00", id="a compressed file"),
        pytest.param(b"\x89PNG\r\n\x1a\nMZ", id="only the beginning of a picture"),
        pytest.param(b"\xff\xfe\x00\x01", id="noise"),
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    with pytest.raises(FileTypeRefused):
        check_file(content, FileKind.OTHER, POLICY)


def test_an_archive_with_a_long_list_of_contents_is_not_even_listed() -> None:
    many = archive({f"{number:060}": b"" for number in range(3000)})
    claims = bytearray(DOCX)
    struct.pack_into("<I", claims, len(claims) - 22 + 12, 0x7FFFFFFF)
    began = time.process_time()

    assert media_type_of(many) is None
    assert media_type_of(bytes(claims)) is None
    assert time.process_time() - began < 1


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(FileEmpty):
        check_file(b"", FileKind.PHOTO, POLICY)


@pytest.mark.parametrize("kind", FileKind)
def test_every_kind_has_its_limit(kind: FileKind) -> None:
    most = POLICY.most_megabytes[kind] * MEGABYTE
    assert check_file(PNG + b"\x00" * (most - len(PNG)), kind, POLICY) == "image/png"
    with pytest.raises(FileTooLarge) as refused:
        check_file(PNG + b"\x00" * (most - len(PNG) + 1), kind, POLICY)
    assert refused.value.facts == {"megabytes": POLICY.most_megabytes[kind]}


def test_the_policy_knows_every_kind_and_no_other() -> None:
    assert set(POLICY.most_megabytes) == set(POLICY.keep_days) == {str(kind) for kind in FileKind}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("体检报告.exe", "体检报告.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\a\\照片 1.PNG", "照片 1.png"),
        ("evil\u202egnp.exe", "evilgnp.png"),
        ("", "file.png"),
        ("...", "file.png"),
        ("a" * 300, "a" * 80 + ".png"),
        ("[看](confirm:1).png", "_看__confirm_1_.png"),
    ],
)
def test_names_are_cleaned_and_end_as_their_content_says(said: str, kept: str) -> None:
    assert clean_name(said, "image/png") == kept


@given(st.text(max_size=200), st.sampled_from(sorted(ENDINGS)))
def test_no_name_leads_out_of_its_folder(said: str, media_type: str) -> None:
    name = clean_name(said, media_type)

    assert name.endswith(ENDINGS[media_type])
    assert len(name) <= 90
    assert not set(name) & set("/\\\n\r\x00")


@given(st.binary(max_size=400))
def test_no_bytes_break_the_examination(content: bytes) -> None:
    for head in (b"", b"PK\x03\x04", DOCX[:60], DOCX[:-22]):
        assert media_type_of(head + content) in {None, *ENDINGS}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("通过 林小雨", (True, "林小雨")),
        ("林小雨 不通过", (False, "林小雨")),
        ("未通过林小雨", (False, "林小雨")),
        ("林小雨 合格", (True, "林小雨")),
        ("林小雨不合格", (False, "林小雨")),
        ("林小雨", (None, "林小雨")),
        ("", (None, "")),
    ],
)
def test_a_verdict_is_read_in_any_order(said: str, read: tuple[bool | None, str]) -> None:
    assert read_verdict(said) == read
