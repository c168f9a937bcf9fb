"""Offers."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", models.base.Moment(), nullable=False),
        sa.Column("expires_at", models.base.Moment(), nullable=False),
        sa.Column("reminded_at", models.base.Moment(), nullable=True),
        sa.Column("answered_at", models.base.Moment(), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.Column("overrides", sa.Boolean(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_offer_application_id_application")
        ),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_offer_employee_id_employee")),
        sa.ForeignKeyConstraint(["person_id"], ["candidate.id"], name=op.f("fk_offer_person_id_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_employee_id"), ["employee_id"], unique=False)
        batch_op.create_index(
            "ix_offer_open",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(batch_op.f("ix_offer_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_offer_active",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'accepted') AND NOT overrides"),
            postgresql_where=sa.text("state IN ('open', 'accepted') AND NOT overrides"),
        )


def downgrade() -> None:
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_active",
            sqlite_where=sa.text("state IN ('open', 'accepted') AND NOT overrides"),
            postgresql_where=sa.text("state IN ('open', 'accepted') AND NOT overrides"),
        )
        batch_op.drop_index(batch_op.f("ix_offer_person_id"))
        batch_op.drop_index(
            "ix_offer_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_offer_employee_id"))
        batch_op.drop_index(batch_op.f("ix_offer_application_id"))

    op.drop_table("offer")
