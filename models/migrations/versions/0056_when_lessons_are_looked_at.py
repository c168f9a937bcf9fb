"""When lessons are looked at next; licences to work are certificates."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

END_OF_DAY = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', licensed_until, '+16 hours')",
    "postgresql": "licensed_until + interval '16 hours'",
}
"""Midnight in Shanghai at the end of a day, in UTC."""
NOW = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', 'now')",
    "postgresql": "CURRENT_TIMESTAMP AT TIME ZONE 'UTC'",
}
LAST_DAY = {
    "sqlite": "date(datetime(max(expires_at), '-16 hours'))",
    "postgresql": "CAST(max(expires_at) - interval '16 hours' AS date)",
}


def upgrade() -> None:
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_at", models.base.Moment(), nullable=True))
        batch_op.add_column(sa.Column("card_at", models.base.Moment(), nullable=True))
        batch_op.create_index(
            "ix_enrolment_next",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )
    op.execute(
        "INSERT INTO certificate (employee_id, licence, granted_at, expires_at) "
        f"SELECT employee_id, {_true()}, {NOW[_dialect()]}, {END_OF_DAY[_dialect()]} "
        "FROM work_profile WHERE licensed_until IS NOT NULL"
    )
    with op.batch_alter_table("work_profile", schema=None) as batch_op:
        batch_op.drop_column("licensed_until")


def downgrade() -> None:
    with op.batch_alter_table("work_profile", schema=None) as batch_op:
        batch_op.add_column(sa.Column("licensed_until", sa.Date(), nullable=True))
    op.execute(
        f"UPDATE work_profile SET licensed_until = (SELECT {LAST_DAY[_dialect()]} FROM certificate "
        "WHERE certificate.employee_id = work_profile.employee_id AND course_id IS NULL "
        f"AND licence = {_true()} AND revoked_at IS NULL)"
    )
    op.execute(f"DELETE FROM certificate WHERE course_id IS NULL AND licence = {_true()}")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_enrolment_next",
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )
        batch_op.drop_column("card_at")
        batch_op.drop_column("next_at")


def _dialect() -> str:
    return op.get_bind().dialect.name


def _true() -> str:
    return "true" if _dialect() == "postgresql" else "1"
