"""What candidates are told."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("began_at", models.base.Moment(), nullable=False),
        sa.Column("ended_at", models.base.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_outage")),
    )
    with op.batch_alter_table("channel_outage", schema=None) as batch_op:
        batch_op.create_index(
            "uq_channel_outage_open",
            ["channel"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "notice_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", models.base.Moment(), nullable=False),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["employee.id"], name=op.f("fk_notice_template_proposed_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["employee.id"], name=op.f("fk_notice_template_reviewed_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_template")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_notice_template_code_version")),
    )
    op.create_table(
        "candidate_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("event", sa.String(length=100), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("invitation", sa.Boolean(), nullable=False),
        sa.Column("approve", sa.Boolean(), nullable=False),
        sa.Column("created_at", models.base.Moment(), nullable=False),
        sa.Column("due_at", models.base.Moment(), nullable=False),
        sa.Column("until", models.base.Moment(), nullable=False),
        sa.Column("read_at", models.base.Moment(), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_candidate_notice_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["candidate.id"], name=op.f("fk_candidate_notice_person_id_candidate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_notice")),
        sa.UniqueConstraint("person_id", "event", name=op.f("uq_candidate_notice_person_id_event")),
    )
    with op.batch_alter_table("candidate_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_candidate_notice_application_id"), ["application_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_candidate_notice_created_at"), ["created_at"], unique=False)

    op.create_table(
        "follow_up_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("opened_at", models.base.Moment(), nullable=False),
        sa.Column("told_at", models.base.Moment(), nullable=True),
        sa.Column("closed_at", models.base.Moment(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["employee.id"], name=op.f("fk_follow_up_item_closed_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["candidate_notice.id"],
            name=op.f("fk_follow_up_item_notice_id_candidate_notice"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_follow_up_item_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_item")),
        sa.UniqueConstraint("notice_id", "kind", name=op.f("uq_follow_up_item_notice_id_kind")),
    )
    with op.batch_alter_table("follow_up_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_follow_up_item_open",
            ["unit_id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "ix_follow_up_item_untold",
            ["id"],
            unique=False,
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        )

    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("posted_at", models.base.Moment(), nullable=False),
        sa.Column("changed_at", models.base.Moment(), nullable=False),
        sa.Column("watched_until", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["candidate_notice.id"],
            name=op.f("fk_notice_delivery_notice_id_candidate_notice"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint("notice_id", "channel", name=op.f("uq_notice_delivery_notice_id_channel")),
    )
    with op.batch_alter_table("notice_delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_delivery_about"), ["about"], unique=False)
        batch_op.create_index(
            "ix_notice_delivery_watched",
            ["watched_until"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'accepted', 'delivered')"),
            postgresql_where=sa.text("state IN ('queued', 'accepted', 'delivered')"),
        )


def downgrade() -> None:
    with op.batch_alter_table("notice_delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_delivery_watched",
            sqlite_where=sa.text("state IN ('queued', 'accepted', 'delivered')"),
            postgresql_where=sa.text("state IN ('queued', 'accepted', 'delivered')"),
        )
        batch_op.drop_index(batch_op.f("ix_notice_delivery_about"))

    op.drop_table("notice_delivery")
    with op.batch_alter_table("follow_up_item", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_follow_up_item_untold",
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_follow_up_item_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("follow_up_item")
    with op.batch_alter_table("candidate_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_candidate_notice_created_at"))
        batch_op.drop_index(batch_op.f("ix_candidate_notice_application_id"))

    op.drop_table("candidate_notice")
    op.drop_table("notice_template")
    with op.batch_alter_table("channel_outage", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_channel_outage_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("channel_outage")
