"""Bringing the database to head, and asking whether it is there."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.database import Database
from models.secrecy import INFO, Keyring

MIGRATIONS = Path(__file__).parent.parent / "models" / "migrations"


def configuration(url: str) -> Config:
    """Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str, keyring: Keyring | None = None) -> str:
    """Bring the database to head and return the revision; `keyring` seals what was kept readable before."""
    config = configuration(url)
    config.attributes[INFO] = keyring
    command.upgrade(config, "head")
    return head()


def head() -> str:
    """The newest revision."""
    revision = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert revision is not None
    return revision


def current(database: Database) -> str | None:
    """The revision of the database; None before the first migration."""
    with database.engine.connect().execution_options(reading=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def at_head(database: Database) -> bool:
    """Whether the database is at the newest revision."""
    return current(database) == head()


def is_known(revision: str) -> bool:
    """Whether this version of the product has the revision; one that it lacks comes from a newer version."""
    return revision in {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def write_revision(message: str) -> None:
    """Compare the tables with head on a scratch database and write the next revision."""
    with tempfile.TemporaryDirectory() as folder:
        config = configuration(f"sqlite:///{folder}/scratch.db")
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=_next_number())


def _next_number() -> str:
    """Revisions are numbered, so that two branches that add one conflict where people see it."""
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    return f"{int(newest or 0) + 1:04}"


if __name__ == "__main__":
    write_revision(sys.argv[1])
