"""What WeCom itself recorded."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("since", models.base.Moment(), nullable=False),
        sa.Column("until", models.base.Moment(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("started_at", models.base.Moment(), nullable=False),
        sa.Column("finished_at", models.base.Moment(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_run")),
    )
    with op.batch_alter_table("record_run", schema=None) as batch_op:
        batch_op.create_index(
            "uq_record_run_open",
            ["error"],
            unique=True,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.create_table(
        "official_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("exceptions", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("device_hash", sa.String(length=64), nullable=True),
        sa.Column("fetched_at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_official_record_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_record")),
        sa.UniqueConstraint("employee_id", "kind", "at", name=op.f("uq_official_record_employee_id_kind_at")),
    )
    with op.batch_alter_table("official_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_official_record_employee_id_official_record_day"),
            ["employee_id", "day"],
            unique=False,
        )
        batch_op.create_index(
            "ix_official_record_readable",
            ["at"],
            unique=False,
            sqlite_where=sa.text("sealed IS NOT NULL"),
            postgresql_where=sa.text("sealed IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("official_record", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_official_record_readable",
            sqlite_where=sa.text("sealed IS NOT NULL"),
            postgresql_where=sa.text("sealed IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_official_record_employee_id_official_record_day"))

    op.drop_table("official_record")
    with op.batch_alter_table("record_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_record_run_open",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.drop_table("record_run")
