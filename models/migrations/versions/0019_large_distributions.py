"""Large distributions."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "distribution_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("cause", sa.String(length=150), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("try_at", models.base.Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["assignment_batch.id"], name=op.f("fk_distribution_run_batch_id_assignment_batch")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_distribution_run_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distribution_run")),
        sa.UniqueConstraint("key", name=op.f("uq_distribution_run_key")),
    )
    with op.batch_alter_table("distribution_run", schema=None) as batch_op:
        batch_op.create_index(
            "ix_distribution_run_waiting",
            ["try_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "assignment_draft",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stretch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begins", models.base.Moment(), nullable=False),
        sa.Column("was", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("accept_by", models.base.Moment(), nullable=True),
        sa.Column("contact_by", models.base.Moment(), nullable=True),
        sa.Column("accepted_at", models.base.Moment(), nullable=True),
        sa.Column("assigned_at", models.base.Moment(), nullable=True),
        sa.Column("assigned_by_id", sa.Integer(), nullable=True),
        sa.Column("declines", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"], ["employee.id"], name=op.f("fk_assignment_draft_assigned_by_id_employee")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_assignment_draft_case_id_case")),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_assignment_draft_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["employee.id"], name=op.f("fk_assignment_draft_owner_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["stretch_id"], ["assignment.id"], name=op.f("fk_assignment_draft_stretch_id_assignment")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assignment_draft_unit_id_unit")),
        sa.PrimaryKeyConstraint("run_id", "case_id", name=op.f("pk_assignment_draft")),
    )
    with op.batch_alter_table("assignment_draft", schema=None) as batch_op:
        batch_op.create_index(
            "ix_assignment_draft_debtor",
            ["run_id", "debtor_id", "owner_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("assignment_draft", schema=None) as batch_op:
        batch_op.drop_index("ix_assignment_draft_debtor")

    op.drop_table("assignment_draft")
    with op.batch_alter_table("distribution_run", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_distribution_run_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.drop_table("distribution_run")
