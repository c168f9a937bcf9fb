"""Bringing a filled database of the released version to head, on SQLite and PostgreSQL: nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from bot.migrations import configuration, head, migrate
from models import secrecy
from models.contact import ContactConsent
from models.secrecy import Keyring

BEFORE_SEALING = "0023"
"""The revision before what proves a consent is sealed."""
RELEASED = "0001"
"""The newest revision that is in somebody's hands."""
ROWS = 3
Row = dict[str, Any]


@contextmanager
def database_at(url: str, revision: str) -> Iterator[sa.Engine]:
    """A database of that revision."""
    command.upgrade(configuration(url), revision)
    engine = sa.create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/upgrade.db"
        return
    server = sa.make_url(request.getfixturevalue("postgresql_url"))
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE upgrade"))
        yield server.set(database="upgrade").render_as_string(hide_password=False)
        connection.execute(sa.text("DROP DATABASE upgrade WITH (FORCE)"))
    engine.dispose()


def fill(engine: sa.Engine) -> None:
    """Rows in every table, with a value in every column and references that hold."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [{c.name: value_of(c, number) for c in table.columns} for number in range(1, ROWS + 1)]
            connection.execute(table.insert(), rows)
        if engine.dialect.name == "sqlite":
            connection.execute(sa.text("CREATE TABLE trail (what TEXT)"))
            connection.execute(
                sa.text(
                    "CREATE TRIGGER watch AFTER UPDATE ON outbound_message "
                    "BEGIN INSERT INTO trail VALUES ('changed'); END"
                )
            )


def value_of(column: sa.Column[Any], number: int) -> Any:
    """A value that differs from row to row; of a reference, the number of the row it names."""
    if column.foreign_keys:
        return number
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 3, number, 8, 30, 0, number)  # noqa: DTZ001
    if isinstance(kind, sa.Date):
        return datetime(2026, 3, number).date()  # noqa: DTZ001
    if isinstance(kind, sa.Time):
        return datetime(2026, 3, 2, 8, number).time()  # noqa: DTZ001
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Float | sa.Numeric):
        return number + 0.25
    if isinstance(kind, sa.JSON):
        return {"字": ["值", number, None]}
    text = f"{column.name}-{number}"
    return text[-kind.length :] if isinstance(kind, sa.String) and kind.length else text


def contents(engine: sa.Engine, columns: dict[str, list[str]]) -> dict[str, list[Row]]:
    """Every row of these tables, in these columns."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            name: sorted(
                (dict(row._mapping) for row in connection.execute(select(metadata.tables[name], names))),
                key=str,
            )
            for name, names in columns.items()
        }


def select(table: sa.Table, names: list[str]) -> sa.Select[Any]:
    """These columns of a table."""
    return sa.select(*(table.c[name] for name in names))


def columns_of(engine: sa.Engine) -> dict[str, list[str]]:
    """Table → its columns, our own tables alone."""
    inspector = sa.inspect(engine)
    return {
        name: [column["name"] for column in inspector.get_columns(name)]
        for name in inspector.get_table_names()
        if name not in ("alembic_version", "trail")
    }


MOVED = {"team": {"id", "name"}, "employee": {"role", "team_id"}, "shift": {"starts_at", "ends_at"}}
"""Table → columns whose values have another home now."""


FORGOTTEN = {"check_in": {"latitude", "longitude", "accuracy", "coord_type", "place"}}
"""Table → columns whose values the upgrade deletes, beside the table of last locations: where people were,
which nobody had agreed to."""


def without(rows: dict[str, list[Row]], gone: dict[str, set[str]]) -> dict[str, list[Row]]:
    """The rows without these columns, and without the last locations."""
    return {
        table: [{name: row[name] for name in row if name not in gone.get(table, ())} for row in found]
        for table, found in rows.items()
        if table != "last_location"
    }


def kept(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Everything but what has moved."""
    return {
        table: [
            {name: value for name, value in row.items() if name not in MOVED.get(table, ())} for row in found
        ]
        for table, found in without(rows, FORGOTTEN).items()
        if table != "team"
    }


def posts(engine: sa.Engine) -> list[tuple[int, str, str]]:
    """Everybody's role, and the name of the unit they are in."""
    statement = (
        "SELECT post.employee_id, post.role, unit.name FROM post JOIN unit ON unit.id = post.unit_id "
        "WHERE post.is_main AND post.ends_at IS NULL ORDER BY post.employee_id"
    )
    with engine.connect() as connection:
        return [(id_, role, name) for id_, role, name in connection.execute(sa.text(statement))]


def test_a_filled_database_of_the_release_keeps_every_row(empty_url: str) -> None:
    with database_at(empty_url, RELEASED) as engine:
        fill(engine)
        columns = columns_of(engine)
        before = contents(engine, columns)
        assert all(len(rows) == ROWS for rows in before.values())
        assert all(value is not None for row in before["outbound_message"] for value in row.values())

    assert migrate(empty_url) == head()

    engine = sa.create_engine(empty_url)
    gone = {table: MOVED.get(table, set()) | FORGOTTEN.get(table, set()) for table in columns}
    still = {table: [n for n in names if n not in gone[table]] for table, names in columns.items()}
    del still["team"], still["last_location"]
    assert contents(engine, still) == kept(before)
    assert posts(engine) == [(number, f"role-{number}", f"name-{number}") for number in range(1, ROWS + 1)]
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE outbound_message SET attempts = 9"))
            assert connection.execute(sa.text("SELECT count(*) FROM trail")).scalar_one() == ROWS
    engine.dispose()


def test_a_database_at_head_can_go_back_to_the_release_and_come_again(empty_url: str) -> None:
    with database_at(empty_url, RELEASED) as engine:
        fill(engine)
        columns = columns_of(engine)
        before = contents(engine, columns)
    migrate(empty_url)

    command.downgrade(configuration(empty_url), RELEASED)

    engine = sa.create_engine(empty_url)
    assert {table: set(names) for table, names in columns_of(engine).items()} == {
        table: set(names) for table, names in columns.items()
    }
    assert without(contents(engine, columns), FORGOTTEN) == without(before, FORGOTTEN)
    engine.dispose()
    assert migrate(empty_url) == head()


def test_what_proves_a_consent_is_sealed_by_the_upgrade_and_not_without_keys(empty_url: str) -> None:
    with database_at(empty_url, BEFORE_SEALING) as engine, engine.begin() as connection:
        for name in ("creditor", "employee", "debtor", "contact_consent"):
            table = sa.Table(name, sa.MetaData(), autoload_with=engine)
            needed = [column for column in table.columns if not column.nullable]
            rows = [{c.name: value_of(c, number) for c in needed} for number in range(1, ROWS + 1)]
            connection.execute(table.insert(), rows)
    with pytest.raises(RuntimeError, match="field keys"):
        migrate(empty_url)

    with_keys = Keyring([b"k" * 32], b"h" * 32)
    migrate(empty_url, with_keys)

    engine = sa.create_engine(empty_url)
    with Session(engine, info={secrecy.INFO: with_keys}) as session:
        kept = session.scalars(sa.select(ContactConsent).order_by(ContactConsent.id)).all()
        opened = [secrecy.open_text(session, f"debtor:{one.debtor_id}", one.evidence) for one in kept]
    assert opened == ["evidence-1", "evidence-2", "evidence-3"]
    engine.dispose()
