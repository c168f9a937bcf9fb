"""Hours of shifts, and who works them, from a day on."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

ALWAYS = date(2000, 1, 1)
HOURS = "starts_at, ends_at, rest_minutes, flex_minutes, needs_out"


def upgrade() -> None:
    op.create_table(
        "shift_hours",
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("rest_minutes", sa.Integer(), nullable=False),
        sa.Column("flex_minutes", sa.Integer(), nullable=False),
        sa.Column("needs_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_shift_hours_shift_id_shift")),
        sa.PrimaryKeyConstraint("shift_id", "since", name=op.f("pk_shift_hours")),
    )
    op.execute(
        f"INSERT INTO shift_hours (shift_id, since, {HOURS}) SELECT id, '{ALWAYS}', {HOURS} FROM shift"
    )
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_on", sa.Date(), nullable=True))
        for name in HOURS.split(", "):
            batch_op.drop_column(name)
    with op.batch_alter_table("shift_assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since", sa.Date(), nullable=False, server_default=f"{ALWAYS}"))
        batch_op.drop_constraint(op.f("pk_shift_assignment"), type_="primary")
        batch_op.create_primary_key(op.f("pk_shift_assignment"), ["employee_id", "since"])
    with op.batch_alter_table("shift_assignment", schema=None) as batch_op:
        batch_op.alter_column("since", server_default=None)
    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_entry_shift_id"), ["shift_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_entry_shift_id"))
    _keep_the_newest("shift_assignment", "employee_id")
    with op.batch_alter_table("shift_assignment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("pk_shift_assignment"), type_="primary")
        batch_op.create_primary_key(op.f("pk_shift_assignment"), ["employee_id"])
        batch_op.drop_column("since")
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.drop_column("closed_on")
        batch_op.add_column(sa.Column("starts_at", sa.Time(), nullable=False, server_default="09:00:00"))
        batch_op.add_column(sa.Column("ends_at", sa.Time(), nullable=False, server_default="18:00:00"))
        batch_op.add_column(sa.Column("rest_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("flex_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("needs_out", sa.Boolean(), nullable=False, server_default=sa.true()))
    _keep_the_newest("shift_hours", "shift_id")
    for name in HOURS.split(", "):
        op.execute(
            f"UPDATE shift SET {name} = (SELECT {name} FROM shift_hours WHERE shift_hours.shift_id = shift.id)"
        )
    with op.batch_alter_table("shift", schema=None) as batch_op:
        for name in HOURS.split(", "):
            batch_op.alter_column(name, server_default=None)
    op.drop_table("shift_hours")


def _keep_the_newest(table: str, key: str) -> None:
    op.execute(
        f"DELETE FROM {table} WHERE since < (SELECT max(since) FROM {table} AS newer "
        f"WHERE newer.{key} = {table}.{key})"
    )
