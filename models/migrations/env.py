"""Alembic's entry: which database, which tables, and how SQLite is altered."""

from alembic import context
from sqlalchemy import create_engine, pool

import models
from models.base import Base

assert models.__all__, "all tables are registered by importing the package"


def run() -> None:
    """Run the migrations; on SQLite with foreign keys off and a check after (batch mode rebuilds tables)."""
    url = context.config.get_main_option("sqlalchemy.url")
    assert url
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"foreign keys are broken after the migration: {broken[:5]}")
        connection.commit()
    engine.dispose()


run()
