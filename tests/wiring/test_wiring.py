"""What must fit together, fits together."""

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import handlers
import jobs
import models
from bot.database import Database
from bot.doctor.run import CHECKS as EXAMINATIONS
from bot.doctor.run import POLICY
from bot.menu import load_menus, menu_keys
from bot.migrations import at_head
from bot.policy import POLICY_FILE, load_policy
from bot.texts import Texts
from config.settings import Settings
from handlers.base import Audience, Context, DuplicateRoute, Reply, Router
from jobs.base import JobContext
from jobs.chances import MISSED, MISSED_STILL
from jobs.coaching import COACH
from jobs.distribution import RECYCLE, RECYCLED
from jobs.interviews import BRIEF, SHEET, SHEET_STILL
from jobs.lessons import GATED, LAGGARDS
from jobs.lessons import MORE as TRAINING_MORE
from jobs.notices import MORE as NOTICES_MORE
from jobs.performance import CHECK as TALLY_CHECK
from jobs.performance import MONTH_END
from jobs.recruiting import MORE
from jobs.reviews import REVIEW as DAILY_REVIEW
from jobs.schedule import CHECKS, DUE, TIMETABLE
from jobs.team_reports import DAILY, WEEKLY
from models import training
from models.attendance import OUT_REMINDER, REMINDER
from models.base import Base
from models.cases import ARRIVED, BOOKED, RETURN_MORE
from models.cases.reminding import DUE_KINDS
from models.contact import RISK_HIT
from models.errors import DomainError
from models.handover import BEGINS, ENDS
from models.lifecycle import LEAVES, MOVES, STARTS, TURNS
from models.notices import CLIMB, SEND
from models.recruiting import RESULTS
from models.staff import Role
from models.wording import KEPT
from tests.conftest import DIFFERING, TOLD_APART

ROOT = Path(__file__).parent.parent.parent
READERS = (
    "parsing.py",
    "periods.py",
    "casewords.py",
    "course_words.py",
    "attendance_phrases.py",
    "attendance_words.py",
    "performance_phrases.py",
    "performance_words.py",
    "performance_questions.py",
    "roster_words.py",
    "push_words.py",
    "learning_phrases.py",
)
"""They know the words that people put around and behind a command."""
LIMITS = {"wecom": (16, 40), "official": (16, 60)}


def modules(package: object) -> list[object]:
    """Every module of a package, imported; migrations apart."""
    found = [package]
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):  # type: ignore[attr-defined]
        if ".migrations" not in info.name:
            found.append(importlib.import_module(info.name))
    return found


def refusals() -> list[type[DomainError]]:
    """Every refusal there is."""
    for package in (models, handlers):
        modules(package)
    found: list[type[DomainError]] = []
    waiting = list(DomainError.__subclasses__())
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        found.append(refusal)
    return found


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_its_text(refusal: type[DomainError]) -> None:
    assert Texts().has(f"{refusal.texts}/{refusal.code()}")


def named_blocks() -> list[str]:
    """Every text block that a handler or a job names with a literal."""
    blocks = []
    for package in (handlers, jobs):
        for module in modules(package):
            source = inspect.getsource(module)  # type: ignore[arg-type]
            router = getattr(module, "router", None)
            feature = router.texts if isinstance(router, Router) else "common"
            for node in ast.walk(ast.parse(source)):
                if not isinstance(node, ast.Call):
                    continue
                if isinstance(node.func, ast.Attribute) and node.func.attr == "words":
                    blocks += [str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)]
                    continue
                if not isinstance(node.func, ast.Name):
                    continue
                named = [one.value for one in node.keywords if one.arg == "block"]
                if node.func.id == "tell" and named:
                    texts = [one.value for one in ast.walk(named[0]) if isinstance(one, ast.Constant)]
                    assert texts, f"{module}: a block is named by a literal"
                    blocks += [str(text) for text in texts]
                    continue
                position = {"Reply": 0, "Notice": 1, "CloseCards": 1, "parts_of": 1}.get(node.func.id)
                if position is None or len(node.args) <= position:
                    continue
                argument = node.args[position]
                assert isinstance(argument, ast.Constant), f"{module}: a block is named by a literal"
                block = str(argument.value)
                blocks.append(block if "/" in block else f"{feature}/{block}")
    return sorted(set(blocks))


@pytest.mark.parametrize("block", named_blocks())
def test_every_answer_and_notice_has_its_text(block: str) -> None:
    assert Texts().has(block)


def test_every_finding_of_the_doctor_has_its_text() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "doctor").glob("*.py"))
    named = set(re.findall(r'"doctor/(\w+)"', source))

    assert named == set(Texts().blocks()["doctor"])


def test_every_check_of_the_doctor_has_its_name() -> None:
    for check in EXAMINATIONS:
        assert Texts().render("doctor/label", {"name": check.name})
        before = [other.name for other in EXAMINATIONS[: EXAMINATIONS.index(check)]]
        assert set(check.after) <= set(before), f"{check.name} builds upon a later check"
        assert set(check.settings) <= {*Settings.model_fields, POLICY}


def test_no_text_is_left_over() -> None:
    texts = Texts()
    named = set(named_blocks())
    named |= {f"{refusal.texts}/{refusal.code()}" for refusal in refusals()}
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    for feature, blocks in texts.blocks().items():
        for block in blocks:
            reference = f"{feature}/{block}"
            said = reference.removesuffix("_button")
            in_shell = said in source or f'"{said.split("/")[1]}"' in source
            assert said in named or in_shell, f"{reference} is said by nobody"


def test_every_button_in_a_text_has_its_handler() -> None:
    router = handlers.collect()
    taps = {key for _, key in router.taps}
    pages = {f"/app{path}" for path in router.pages}
    for path in (ROOT / "config" / "texts").glob("*.j2"):
        for target in re.findall(r"^\[[^\]]+\]\(([^)\s]+)\)$", path.read_text(encoding="utf-8"), re.M):
            known = target in pages if target.startswith("/") else target.partition(":")[0] in taps
            assert known, f"{path.name}: {target}"


def test_no_sentence_stands_in_a_handler_or_a_job() -> None:
    for folder in ("handlers", "jobs"):
        for path in (ROOT / folder).glob("*.py"):
            if path.name in READERS:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            allowed: set[int] = set()
            for node in ast.walk(tree):
                if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                    allowed.add(id(node.body[0].value))  # type: ignore[attr-defined]
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in (
                    "command",
                    "sentence",
                    "saying",
                ):
                    given = [*node.args, *(keyword.value for keyword in node.keywords)]
                    allowed |= {id(word) for one in given for word in ast.walk(one)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in allowed:
                    assert not re.search(r"[\u4e00-\u9fff]", node.value), f"{path.name}: {node.value}"


def test_whatever_is_recorded_has_a_name_for_people() -> None:
    words = (ROOT / "config" / "texts" / "trail_words.j2").read_text(encoding="utf-8")
    named = {*re.findall(r'"([a-z_]+\.[a-z_]+)":', words), *load_policy().rights.actions}
    for folder in ("models", "bot"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            for action in re.findall(r'(?:action=|record\(session, )"([a-z_]+\.[a-z_]+)"', source):
                assert action in named, f"{path.name}: {action}"
    for name, title in handlers.collect().titles().items():
        assert re.match("[\u4e00-\u9fff]", title), name


def test_every_command_has_one_handler_and_a_line_of_help() -> None:
    router = handlers.collect()
    for audience in Audience:
        for command in router.commands_of(audience):
            assert command.help, command.name
            assert len(command.help) <= 30, command.help


def test_every_saying_means_a_word_that_a_handler_answers() -> None:
    router = handlers.collect()
    for said in router.sayings.values():
        assert (Audience.EMPLOYEE, said.word) in router.commands, f"{said.command}: {said.word}"


def test_two_handlers_for_one_word_stop_the_start() -> None:
    router = handlers.collect()
    rival = Router(texts="rival")
    rival.command("打卡")(lambda ctx: Reply("x"))

    with pytest.raises(DuplicateRoute, match="打卡"):
        router.include(rival)


def test_every_handler_takes_the_context_and_nothing_else() -> None:
    router = handlers.collect()
    routes = [
        *router.commands.values(),
        *router.taps.values(),
        *router.events.values(),
        *router.endpoints.values(),
        *router.pages.values(),
        *router.deferred.values(),
    ]
    for route in routes:
        [parameter] = inspect.signature(route.handler).parameters.values()
        assert parameter.annotation is Context, route.name


def test_every_action_a_handler_asks_for_is_somebodys_right() -> None:
    router = handlers.collect()
    rights = load_policy().rights
    granted = {action for role in rights.roles for action in rights.granted_to(role)}
    routes = [*router.commands.values(), *router.taps.values(), *router.events.values()]
    routes += [*router.endpoints.values(), *router.pages.values(), *router.confirmations.values()]
    routes += [*router.sentences.values(), *router.inverses.values()]
    asked = {route.may for route in routes if route.may}
    assert asked == granted == set(rights.actions)


def test_every_deferred_answer_has_its_handler() -> None:
    deferred = handlers.collect().deferred
    for module in modules(handlers):
        for node in ast.walk(ast.parse(inspect.getsource(module))):  # type: ignore[arg-type]
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Later":
                kind = node.args[0]
                assert isinstance(kind, ast.Constant)
                assert kind.value in deferred


def test_every_role_has_its_rights() -> None:
    assert set(load_policy().rights.roles) == {str(role) for role in Role}


def test_every_timetable_entry_has_its_job() -> None:
    names = [entry.name for entry in TIMETABLE]
    assert len(names) == len(set(names))
    for entry in TIMETABLE:
        [parameter] = inspect.signature(entry.job).parameters.values()
        assert parameter.annotation is JobContext, entry.name


def test_every_due_kind_and_check_has_its_job() -> None:
    assert set(DUE) == {
        training.ENDS,
        training.WAITS,
        training.CLIMBS,
        ARRIVED,
        BOOKED,
        REMINDER,
        OUT_REMINDER,
        RISK_HIT,
        BEGINS,
        ENDS,
        STARTS,
        MOVES,
        LEAVES,
        TURNS,
        KEPT,
        MISSED,
        MISSED_STILL,
        BRIEF,
        SHEET,
        SHEET_STILL,
        RECYCLE,
        RECYCLED,
        MORE,
        NOTICES_MORE,
        RESULTS,
        RETURN_MORE,
        CLIMB,
        SEND,
        TALLY_CHECK,
        MONTH_END,
        COACH,
        DAILY_REVIEW,
        DAILY,
        WEEKLY,
        GATED,
        LAGGARDS,
        TRAINING_MORE,
        training.PUBLISHED,
        *DUE_KINDS,
    }
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "jobs").rglob("*.py"))
    for name in CHECKS:
        assert f'only_if="{name}"' in source, f"nobody asks {name}"


def test_every_menu_item_has_its_handler() -> None:
    router = handlers.collect()
    audiences = {"wecom": Audience.EMPLOYEE, "official": Audience.CANDIDATE}
    for channel, items in menu_keys().items():
        for kind, key in items:
            if kind == "click":
                assert (audiences[channel], key) in router.taps, key
            else:
                assert (audiences[channel], kind) in router.events, key


def test_menus_keep_the_platforms_limits() -> None:
    for channel, menu in load_menus("https://example.com").items():
        top, sub = LIMITS[channel]
        assert 1 <= len(menu["button"]) <= 3
        for button in menu["button"]:
            assert len(button["name"].encode()) <= top
            assert len(button.get("sub_button", [])) <= 5
            for item in button.get("sub_button", []):
                assert len(item["name"].encode()) <= sub
            for item in button.get("sub_button", []) or [button]:
                assert not (item["type"] == "view" and not item["url"].startswith("https://example.com/app/"))


def test_every_policy_value_has_a_note_and_a_source() -> None:
    for section, entries in tomllib.loads(POLICY_FILE.read_text(encoding="utf-8")).items():
        for name, entry in entries.items():
            assert set(entry) == {"value", "note", "source"}, f"{section}.{name}"
            assert entry["note"], f"{section}.{name}"
            assert entry["source"], f"{section}.{name}"


def test_models_match_the_migrations_at_head(database_url: str) -> None:
    database = Database(database_url)
    assert at_head(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_migrations_are_numbered_in_one_line() -> None:
    files = sorted((ROOT / "models" / "migrations" / "versions").glob("*.py"))
    assert [path.name[:4] for path in files] == [f"{n:04}" for n in range(1, len(files) + 1)]


def test_the_clock_and_the_environment_have_one_home() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    banned = config["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert {"datetime.datetime.now", "datetime.date.today", "time.time", "os.environ"} <= set(banned)


def test_what_runs_on_both_databases_exists() -> None:
    files = [path for folder in TOLD_APART for path in (ROOT / "tests" / folder).glob("test_*.py")]
    tests = {path.stem for path in files}
    for path in files:
        tests.update(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert {f"test_{name}" for names in DIFFERING.values() for name in names} <= tests
