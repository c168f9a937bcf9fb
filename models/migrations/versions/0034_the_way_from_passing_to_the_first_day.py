"""The way from passing to the first day."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hiring_chain",
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("begun_at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_hiring_chain_application_id_application")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_hiring_chain")),
    )
    with op.batch_alter_table("hiring_chain", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hiring_chain_state"), ["state"], unique=False)

    op.create_table(
        "chain_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", models.base.Moment(), nullable=False),
        sa.Column("remind_at", models.base.Moment(), nullable=False),
        sa.Column("due_at", models.base.Moment(), nullable=False),
        sa.Column("reminded_at", models.base.Moment(), nullable=True),
        sa.Column("escalated_at", models.base.Moment(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done_at", models.base.Moment(), nullable=True),
        sa.Column("done_by", sa.String(length=40), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["hiring_chain.application_id"],
            name=op.f("fk_chain_step_application_id_hiring_chain"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_chain_step_owner_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_step")),
    )
    with op.batch_alter_table("chain_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chain_step_application_id"), ["application_id"], unique=False)
        batch_op.create_index(
            "ix_chain_step_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(batch_op.f("ix_chain_step_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            "uq_chain_step_open",
            ["application_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    with op.batch_alter_table("checklist_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("application_id", sa.Integer(), nullable=True))
        batch_op.alter_column("employee_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(
            batch_op.f("ix_checklist_item_application_id"), ["application_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_checklist_item_application_id_application"),
            "application",
            ["application_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("checklist_item", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_checklist_item_application_id_application"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_checklist_item_application_id"))
        batch_op.alter_column("employee_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("application_id")

    with op.batch_alter_table("chain_step", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_chain_step_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_chain_step_owner_id"))
        batch_op.drop_index(
            "ix_chain_step_due",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_chain_step_application_id"))

    op.drop_table("chain_step")
    with op.batch_alter_table("hiring_chain", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hiring_chain_state"))

    op.drop_table("hiring_chain")
