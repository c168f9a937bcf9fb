"""Coming and going."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster_entry",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shift_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_roster_entry_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_roster_entry_shift_id_shift")),
        sa.PrimaryKeyConstraint("employee_id", "day", name=op.f("pk_roster_entry")),
    )
    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_entry_day"), ["day"], unique=False)

    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("way", sa.String(length=3), nullable=False, server_default=sa.text("'in'"))
        )
        batch_op.add_column(sa.Column("key", sa.String(length=64), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_check_in_employee_id_day"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_check_in_employee_id_day_way"), ["employee_id", "day", "way"]
        )
        batch_op.create_unique_constraint(batch_op.f("uq_check_in_key"), ["key"])

    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("rest_minutes", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch_op.add_column(
            sa.Column("flex_minutes", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch_op.add_column(sa.Column("needs_out", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("shift_assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by_roster", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("shift_assignment", schema=None) as batch_op:
        batch_op.drop_column("by_roster")

    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.drop_column("needs_out")
        batch_op.drop_column("flex_minutes")
        batch_op.drop_column("rest_minutes")

    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_check_in_key"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_check_in_employee_id_day_way"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_check_in_employee_id_day"), ["employee_id", "day"])
        batch_op.drop_column("key")
        batch_op.drop_column("way")

    with op.batch_alter_table("roster_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_entry_day"))

    op.drop_table("roster_entry")
