"""Alerts of field work."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("begins_at", models.base.Moment(), nullable=True),
        sa.Column("ends_at", models.base.Moment(), nullable=True),
        sa.Column("rests_on", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("raised_at", models.base.Moment(), nullable=False),
        sa.Column("tell_at", models.base.Moment(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("explained_at", models.base.Moment(), nullable=True),
        sa.Column("seen_at", models.base.Moment(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["employee.id"], name=op.f("fk_field_alert_decided_by_employee")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_field_alert_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_alert")),
        sa.UniqueConstraint("employee_id", "code", "day", name=op.f("uq_field_alert_employee_id_code_day")),
    )
    with op.batch_alter_table("field_alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_field_alert_day"), ["day"], unique=False)
        batch_op.create_index(
            "ix_field_alert_to_tell",
            ["tell_at"],
            unique=False,
            sqlite_where=sa.text("tell_at IS NOT NULL"),
            postgresql_where=sa.text("tell_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("field_alert", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_field_alert_to_tell",
            sqlite_where=sa.text("tell_at IS NOT NULL"),
            postgresql_where=sa.text("tell_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_field_alert_day"))

    op.drop_table("field_alert")
