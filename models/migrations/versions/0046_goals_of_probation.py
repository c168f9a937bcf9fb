"""Goals of probation."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "probation_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", models.base.Moment(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("over_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_probation_plan_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["probation_plan.id"], name=op.f("fk_probation_plan_replaces_id_probation_plan")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["employee.id"], name=op.f("fk_probation_plan_set_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probation_plan")),
    )
    with op.batch_alter_table("probation_plan", schema=None) as batch_op:
        batch_op.create_index(
            "uq_probation_plan",
            ["employee_id"],
            unique=True,
            sqlite_where=sa.text("over_at IS NULL"),
            postgresql_where=sa.text("over_at IS NULL"),
        )

    op.create_table(
        "probation_goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["probation_plan.id"], name=op.f("fk_probation_goal_plan_id_probation_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probation_goal")),
        sa.UniqueConstraint("plan_id", "kind", name=op.f("uq_probation_goal_plan_id_kind")),
    )
    op.create_table(
        "goal_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("noted_at", models.base.Moment(), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["probation_goal.id"], name=op.f("fk_goal_step_goal_id_probation_goal")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["employee.id"], name=op.f("fk_goal_step_noted_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_step")),
    )
    with op.batch_alter_table("goal_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goal_step_goal_id"), ["goal_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("goal_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goal_step_goal_id"))

    op.drop_table("goal_step")
    op.drop_table("probation_goal")
    with op.batch_alter_table("probation_plan", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_probation_plan",
            sqlite_where=sa.text("over_at IS NULL"),
            postgresql_where=sa.text("over_at IS NULL"),
        )

    op.drop_table("probation_plan")
