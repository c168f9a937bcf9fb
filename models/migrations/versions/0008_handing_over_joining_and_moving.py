"""Handing over, checklists, joining and moving."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checklist_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(length=10), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=30), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", models.base.Moment(), nullable=False),
        sa.Column("due_at", models.base.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done_at", models.base.Moment(), nullable=True),
        sa.Column("done_by", sa.String(length=40), nullable=True),
        sa.Column("reminded_at", models.base.Moment(), nullable=True),
        sa.Column("escalated_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_checklist_item_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["employee.id"], name=op.f("fk_checklist_item_owner_id_employee")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_checklist_item_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_item")),
        sa.UniqueConstraint(
            "process", "process_id", "key", name=op.f("uq_checklist_item_process_process_id_key")
        ),
    )
    with op.batch_alter_table("checklist_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checklist_item_employee_id"), ["employee_id"], unique=False)
        batch_op.create_index(
            "ix_checklist_item_open",
            ["owner_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("announced_at", models.base.Moment(), nullable=False),
        sa.Column("announced_by", sa.String(length=40), nullable=False),
        sa.Column("effective_at", models.base.Moment(), nullable=False),
        sa.Column("returns_at", models.base.Moment(), nullable=True),
        sa.Column("cover_id", sa.Integer(), nullable=True),
        sa.Column("delegated", sa.Boolean(), nullable=False),
        sa.Column("begun_at", models.base.Moment(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["cover_id"], ["employee.id"], name=op.f("fk_handover_cover_id_employee")),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_handover_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_handover_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(
            "uq_handover_open",
            ["employee_id", "cause"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "onboarding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("starts_at", models.base.Moment(), nullable=False),
        sa.Column("begun_at", models.base.Moment(), nullable=False),
        sa.Column("begun_by", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_onboarding_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_onboarding_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding")),
    )
    with op.batch_alter_table("onboarding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_onboarding_employee_id"), ["employee_id"], unique=False)
        batch_op.create_index(
            "uq_onboarding_under_way",
            ["employee_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("from_unit_id", sa.Integer(), nullable=False),
        sa.Column("from_role", sa.String(length=20), nullable=False),
        sa.Column("to_unit_id", sa.Integer(), nullable=False),
        sa.Column("to_role", sa.String(length=20), nullable=False),
        sa.Column("announced_at", models.base.Moment(), nullable=False),
        sa.Column("announced_by", sa.String(length=40), nullable=False),
        sa.Column("effective_at", models.base.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_transfer_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(["from_unit_id"], ["unit.id"], name=op.f("fk_transfer_from_unit_id_unit")),
        sa.ForeignKeyConstraint(["to_unit_id"], ["unit.id"], name=op.f("fk_transfer_to_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_employee_id"), ["employee_id"], unique=False)
        batch_op.create_index(
            "uq_transfer_planned",
            ["employee_id"],
            unique=True,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )

    op.create_table(
        "handover_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", models.base.Moment(), nullable=False),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("refusal", sa.String(length=20), nullable=True),
        sa.Column("moved_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.id"], name=op.f("fk_handover_item_handover_id_handover")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["employee.id"], name=op.f("fk_handover_item_to_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_item")),
    )
    with op.batch_alter_table("handover_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_item_handover_id"), ["handover_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_handover_item_to_id_handover_item_state"), ["to_id", "state"], unique=False
        )
        batch_op.create_index(
            "uq_handover_item_open",
            ["handover_id", "area", "item_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'accepted', 'moved')"),
            postgresql_where=sa.text("state IN ('proposed', 'accepted', 'moved')"),
        )


def downgrade() -> None:
    with op.batch_alter_table("handover_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_handover_item_open",
            sqlite_where=sa.text("state IN ('proposed', 'accepted', 'moved')"),
            postgresql_where=sa.text("state IN ('proposed', 'accepted', 'moved')"),
        )
        batch_op.drop_index(batch_op.f("ix_handover_item_to_id_handover_item_state"))
        batch_op.drop_index(batch_op.f("ix_handover_item_handover_id"))

    op.drop_table("handover_item")
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_transfer_planned",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.drop_index(batch_op.f("ix_transfer_employee_id"))

    op.drop_table("transfer")
    with op.batch_alter_table("onboarding", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_onboarding_under_way",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_onboarding_employee_id"))

    op.drop_table("onboarding")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_handover_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.drop_table("handover")
    with op.batch_alter_table("checklist_item", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_checklist_item_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_checklist_item_employee_id"))

    op.drop_table("checklist_item")
