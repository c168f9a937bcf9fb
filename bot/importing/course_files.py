"""Where courses come from: folders and zip files, looked at before they are read.

Nothing is read whole that is larger than it may be, and nothing outside what was given: links, ways out of
the folder, files within files and those that unpack to a thousand times their size are refused.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from config.settings import SettingsError
from models.policy import TrainingPolicy
from models.training import Problem, Where, Wrong, too_big

COURSE = "course.toml"
QUESTIONS = "questions.toml"
MOST_TEXT = 500_000
"""Bytes of one file of text."""
MOST_ARCHIVE = 50_000_000
MOST_UNPACKED = 200_000_000
MOST_ENTRIES = 5_000
MOST_RATIO = 200
"""So many times its size a file of an archive may unpack to, where that is much at all."""
MUCH = 1_000_000
TEXTS = (".toml", ".md")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_OTHERS = ("thumbs.db", "desktop.ini", "__macosx")


@dataclass
class CourseFiles:
    """The files of one course by their names, and what is wrong with those that are not here."""

    code: str
    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def of_path(path: Path, policy: TrainingPolicy) -> Sequence[CourseFiles]:
    """The courses in a folder, or in a zip file.

    Raises:
        SettingsError: there are none, or the file is not one that may be read.
    """
    found = _of_folder(path, policy) if path.is_dir() else _of_archive(path, policy)
    if not found:
        raise SettingsError(f"{path} 里没有课程：每门课一个文件夹，里面要有 {COURSE}。")
    return found


# --- folders ---------------------------------------------------------------------------------------------


def _of_folder(path: Path, policy: TrainingPolicy) -> Sequence[CourseFiles]:
    if (path / COURSE).exists():
        return [_course_in(path, policy)]
    found = []
    try:
        inside = sorted(path.iterdir())
    except OSError as error:
        raise SettingsError(f"读不了文件夹 {path}（{error.strerror}）。") from None
    for folder in inside:
        if _hidden(folder.name):
            continue
        if folder.is_symlink():
            found.append(CourseFiles(folder.name, problems=[_of(folder.name, Wrong.LINKED_FILE)]))
        elif folder.is_dir() and any(folder.iterdir()):
            found.append(_course_in(folder, policy))
    return found


def _course_in(folder: Path, policy: TrainingPolicy) -> CourseFiles:
    course = CourseFiles(folder.resolve().name)
    for path in sorted(folder.iterdir()):
        if _hidden(path.name):
            continue
        looked = path.lstat()
        if stat.S_ISLNK(looked.st_mode):
            course.problems.append(_of(path.name, Wrong.LINKED_FILE))
        elif not stat.S_ISREG(looked.st_mode):
            course.problems.append(_of(path.name, Wrong.STRANGE_FILE))
        elif (wrong := _unwanted(path.name, looked.st_size, policy)) is not None:
            course.problems.append(wrong)
        else:
            try:
                course.files[path.name] = path.read_bytes()
            except OSError:
                course.problems.append(_of(path.name, Wrong.UNREADABLE, what="file"))
    return course


def _unwanted(name: str, size: int, policy: TrainingPolicy) -> Problem | None:
    """Why a file is not read; None if it is."""
    ending = PurePosixPath(name).suffix.lower()
    if ending in PICTURES:
        return too_big(Where(name), size, policy) if size > policy.picture_bytes else None
    if ending in (".svg", ".bmp", ".tif", ".tiff", ".heic", ".avif", ".ico"):
        return _of(name, Wrong.PICTURE_TYPE)
    if ending not in TEXTS or (ending == ".toml" and name not in (COURSE, QUESTIONS)):
        return _of(name, Wrong.STRANGE_FILE)
    return _of(name, Wrong.FILE_TOO_BIG, size=size, most=MOST_TEXT) if size > MOST_TEXT else None


def _of(name: str, wrong: Wrong, **facts: str | int) -> Problem:
    return Problem(Where(name), wrong, facts)


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _OTHERS


# --- archives --------------------------------------------------------------------------------------------


def check_archive(path: Path) -> zipfile.ZipFile:
    """An archive whose list of contents holds nothing that should not be unpacked; close it after use.

    Raises:
        SettingsError: it does, or cannot be read; the reason is named.
    """
    try:
        size = path.stat().st_size
        if size > MOST_ARCHIVE:
            raise SettingsError(
                f"{path.name} 有 {_megabytes(size)}，最大 {_megabytes(MOST_ARCHIVE)}，分几次导入。"
            )
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise SettingsError(f"读不了文件 {path}，请检查文件名和权限（{error.strerror}）。") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise SettingsError(f"{path.name} 打不开：文件坏了、没传完，或者不是这种文件。") from None
    try:
        reason = _why_not(archive.infolist())
    except (ValueError, OverflowError):
        reason = "目录读不懂"
    if reason:
        archive.close()
        raise SettingsError(f"{path.name} 没有读：{reason}。")
    return archive


def _why_not(entries: Sequence[zipfile.ZipInfo]) -> str:
    if len(entries) > MOST_ENTRIES:
        return f"里面有 {len(entries)} 个文件，最多 {MOST_ENTRIES} 个"
    total = sum(entry.file_size for entry in entries)
    if total > MOST_UNPACKED:
        return f"解开有 {_megabytes(total)}，最大 {_megabytes(MOST_UNPACKED)}"
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in (*parts, "")[0]:
            return f"「{entry.filename[:60]}」指到文件夹外面去了"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return f"「{entry.filename[:60]}」是链接，不是文件"
        if entry.flag_bits & 1:
            return "有密码，去掉密码再导入"
        if entry.file_size > MUCH and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            return f"「{entry.filename[:60]}」解开会大得离谱"
    return ""


def _of_archive(path: Path, policy: TrainingPolicy) -> Sequence[CourseFiles]:
    found: dict[str, CourseFiles] = {}
    with check_archive(path) as archive:
        named = [(_name(entry), entry) for entry in archive.infolist() if not entry.is_dir()]
        named = [(one, entry) for one, entry in named if not any(map(_hidden, one.parts))]
        tops = {one.parts[0] for one, _ in named}
        homes = {one.parent for one, _ in named if one.name == COURSE}
        # A folder of courses that was packed as a whole is that folder.
        shared = len(tops) == 1 and not any(len(home.parts) < 2 for home in homes) and bool(homes)
        for name, entry in named:
            inside = PurePosixPath(*name.parts[1:]) if shared else name
            code = inside.parent.parts[0] if inside.parent.parts else path.stem
            if not inside.parent.parts and PurePosixPath() not in homes:
                continue  # a loose file beside the courses
            course = found.setdefault(code, CourseFiles(code))
            below = "/".join(inside.parts[1:]) if inside.parent.parts else inside.name
            _take(course, below, archive, entry, policy)
    return list(found.values())


def _take(
    course: CourseFiles,
    name: str,
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    policy: TrainingPolicy,
) -> None:
    if "/" in name:
        course.problems.append(_of(name, Wrong.STRANGE_FILE))
        return
    if name in course.files:
        course.problems.append(_of(name, Wrong.TWICE, what=name, row=0))
        return
    wrong = _unwanted(name, entry.file_size, policy)
    if wrong is not None:
        course.problems.append(wrong)
        return
    try:
        with archive.open(entry) as opened:
            content = opened.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        course.problems.append(_of(name, Wrong.UNREADABLE, what="file"))
        return
    if len(content) > entry.file_size:  # it says less than it holds
        course.problems.append(_of(name, Wrong.UNREADABLE, what="file"))
        return
    course.files[name] = content


def _name(entry: zipfile.ZipInfo) -> PurePosixPath:
    """The name of an entry; Chinese Windows packs names in its own code page without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    return PurePosixPath(name.replace("\\", "/"))


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def pictures_beside(
    path: Path, names: Sequence[str], policy: TrainingPolicy
) -> Iterator[tuple[str, bytes] | Problem]:
    """The pictures of these names that lie beside a file, or what is wrong with them."""
    for name in names:
        beside = path.parent / name
        try:
            looked = beside.lstat()
        except OSError:
            continue
        if stat.S_ISLNK(looked.st_mode) or not stat.S_ISREG(looked.st_mode):
            yield _of(name, Wrong.LINKED_FILE)
        elif (wrong := _unwanted(name, looked.st_size, policy)) is not None:
            yield wrong
        else:
            yield name, beside.read_bytes()
