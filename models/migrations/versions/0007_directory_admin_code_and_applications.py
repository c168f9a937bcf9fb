"""Directory, first administrator and applications."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_code",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", models.base.Moment(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("used_at", models.base.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_code")),
    )
    op.create_table(
        "directory_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("new_key", sa.String(length=64), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("told_at", models.base.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_change")),
    )
    op.create_table(
        "directory_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("cursor", sa.String(length=200), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("accepts_leavers", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("started_at", models.base.Moment(), nullable=False),
        sa.Column("finished_at", models.base.Moment(), nullable=True),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("held_until", models.base.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_run")),
    )
    with op.batch_alter_table("directory_run", schema=None) as batch_op:
        batch_op.create_index(
            "uq_directory_run_running",
            ["state"],
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )

    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=50), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("entered_at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_application_candidate_id_candidate")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_application_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint(
            "candidate_id", "unit_id", "job", name=op.f("uq_application_candidate_id_unit_id_job")
        ),
    )
    op.create_table(
        "directory_department",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["directory_run.id"], name=op.f("fk_directory_department_run_id_directory_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_department")),
    )
    with op.batch_alter_table("directory_department", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_department_run_id"), ["run_id"], unique=False)

    op.create_table(
        "directory_member",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("userid", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.Column("given", sa.JSON(), nullable=True),
        sa.Column("gone_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["directory_run.id"], name=op.f("fk_directory_member_run_id_directory_run")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_directory_member")),
    )
    with op.batch_alter_table("directory_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_directory_member_run_id_directory_member_state"), ["run_id", "state"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("directory_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_member_run_id_directory_member_state"))

    op.drop_table("directory_member")
    with op.batch_alter_table("directory_department", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_department_run_id"))

    op.drop_table("directory_department")
    op.drop_table("application")
    with op.batch_alter_table("directory_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_directory_run_running",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )

    op.drop_table("directory_run")
    op.drop_table("directory_change")
    op.drop_table("admin_code")
