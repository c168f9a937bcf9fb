"""Candidates' identity."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "binding_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", models.base.Moment(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("expires_at", models.base.Moment(), nullable=False),
        sa.Column("ended_at", models.base.Moment(), nullable=True),
        sa.Column("wrong_tails", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_binding_code_candidate_id_candidate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_binding_code_code_hash")),
    )
    with op.batch_alter_table("binding_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_binding_code_candidate_id"), ["candidate_id"], unique=False)

    op.create_table(
        "candidate_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("older_id", sa.Integer(), nullable=False),
        sa.Column("newer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found_at", models.base.Moment(), nullable=False),
        sa.Column("told_at", models.base.Moment(), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("merged_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["candidate.id"], name=op.f("fk_candidate_match_merged_id_candidate")
        ),
        sa.ForeignKeyConstraint(
            ["newer_id"], ["candidate.id"], name=op.f("fk_candidate_match_newer_id_candidate")
        ),
        sa.ForeignKeyConstraint(
            ["older_id"], ["candidate.id"], name=op.f("fk_candidate_match_older_id_candidate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_match")),
        sa.UniqueConstraint("older_id", "newer_id", name=op.f("uq_candidate_match_older_id_newer_id")),
    )
    with op.batch_alter_table("candidate_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_candidate_match_newer_id"), ["newer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_candidate_match_state"), ["state"], unique=False)

    op.create_table(
        "erasure_request",
        sa.Column("candidate_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidate.id"],
            name=op.f("fk_erasure_request_candidate_id_candidate"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_erasure_request")),
    )
    op.create_table(
        "binding_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("scene", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("done_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["code_id"], ["binding_code.id"], name=op.f("fk_binding_picture_code_id_binding_code")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_binding_picture_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_picture")),
    )
    with op.batch_alter_table("binding_picture", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_binding_picture_code_id"), ["code_id"], unique=False)
        batch_op.create_index(
            "ix_binding_picture_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "binding_try",
        sa.Column("follower_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("locked_until", models.base.Moment(), nullable=True),
        sa.Column("code_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["code_id"], ["binding_code.id"], name=op.f("fk_binding_try_code_id_binding_code")
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"],
            ["candidate.id"],
            name=op.f("fk_binding_try_follower_id_candidate"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("follower_id", name=op.f("pk_binding_try")),
    )
    with op.batch_alter_table("binding_try", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_binding_try_code_id"), ["code_id"], unique=False)

    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default="open"))
        batch_op.add_column(sa.Column("decided_at", models.base.Moment(), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("overrides", sa.Boolean(), nullable=False, server_default=sa.false()))

    op.execute("UPDATE application SET person_id = candidate_id")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("state", existing_type=sa.String(length=10), server_default=None)
        batch_op.alter_column("overrides", existing_type=sa.Boolean(), server_default=None)
        batch_op.create_index(batch_op.f("ix_application_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_application_admitted",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("state = 'admitted' AND NOT overrides"),
            postgresql_where=sa.text("state = 'admitted' AND NOT overrides"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_application_person_id_candidate"), "candidate", ["person_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_application_person_id_candidate"), type_="foreignkey")
        batch_op.drop_index(
            "uq_application_admitted",
            sqlite_where=sa.text("state = 'admitted' AND NOT overrides"),
            postgresql_where=sa.text("state = 'admitted' AND NOT overrides"),
        )
        batch_op.drop_index(batch_op.f("ix_application_unit_id"))
        batch_op.drop_index(batch_op.f("ix_application_person_id"))
        batch_op.drop_column("overrides")
        batch_op.drop_column("decided_by")
        batch_op.drop_column("decided_at")
        batch_op.drop_column("state")
        batch_op.drop_column("person_id")

    with op.batch_alter_table("binding_try", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_binding_try_code_id"))

    op.drop_table("binding_try")
    with op.batch_alter_table("binding_picture", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_binding_picture_waiting",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_binding_picture_code_id"))

    op.drop_table("binding_picture")
    op.drop_table("erasure_request")
    with op.batch_alter_table("candidate_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_candidate_match_state"))
        batch_op.drop_index(batch_op.f("ix_candidate_match_newer_id"))

    op.drop_table("candidate_match")
    with op.batch_alter_table("binding_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_binding_code_candidate_id"))

    op.drop_table("binding_code")
