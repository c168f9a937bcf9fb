"""Hiring and its stages."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hiring_process",
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("flow", sa.String(length=40), nullable=False),
        sa.Column("flow_version", sa.String(length=20), nullable=False),
        sa.Column("current", sa.String(length=40), nullable=True),
        sa.Column("tag", sa.String(length=10), nullable=False),
        sa.Column("frozen_at", models.base.Moment(), nullable=True),
        sa.Column("frozen_why", sa.String(length=40), nullable=True),
        sa.Column("screen_score", sa.Double(), nullable=True),
        sa.Column("hits", sa.JSON(), nullable=False),
        sa.Column("resume", sa.LargeBinary(), nullable=True),
        sa.Column("base_score", sa.Double(), nullable=True),
        sa.Column("adjusted_score", sa.Double(), nullable=True),
        sa.Column("need_confirmed_at", models.base.Moment(), nullable=True),
        sa.Column("need_confirmed_by", sa.String(length=40), nullable=True),
        sa.Column("updated_at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_hiring_process_application_id_application")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_hiring_process")),
    )
    with op.batch_alter_table("hiring_process", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hiring_process_current"), ["current"], unique=False)

    op.create_table(
        "interview_result",
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("application_no", sa.String(length=40), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", models.base.Moment(), nullable=False),
        sa.Column("received_at", models.base.Moment(), nullable=False),
        sa.Column("receipt", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("report_url", sa.String(length=500), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_interview_result_application_id_application"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_interview_result")),
    )
    with op.batch_alter_table("interview_result", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_interview_result_application_id"), ["application_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_interview_result_receipt"), ["receipt"], unique=False)
        batch_op.create_index(
            "ix_interview_result_received",
            ["received_at", "event_id"],
            unique=False,
            sqlite_where=sa.text("state = 'received'"),
            postgresql_where=sa.text("state = 'received'"),
        )
        batch_op.create_index(
            "ix_interview_result_waiting",
            ["application_no"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "stage_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("starts_at", models.base.Moment(), nullable=True),
        sa.Column("ends_at", models.base.Moment(), nullable=True),
        sa.Column("interviewer_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("link_expires_at", models.base.Moment(), nullable=True),
        sa.Column("opened_at", models.base.Moment(), nullable=True),
        sa.Column("missed_at", models.base.Moment(), nullable=True),
        sa.Column("not_at_fault", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("report_url", sa.String(length=500), nullable=True),
        sa.Column("result_at", models.base.Moment(), nullable=True),
        sa.Column("result_event", sa.String(length=100), nullable=True),
        sa.Column("alternative", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("inserted_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_stage_record_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["interviewer_id"], ["employee.id"], name=op.f("fk_stage_record_interviewer_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_record")),
        sa.UniqueConstraint("application_id", "code", name=op.f("uq_stage_record_application_id_code")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_stage_record_link_hash")),
    )
    with op.batch_alter_table("stage_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_record_interviewer_id"), ["interviewer_id"], unique=False)
        batch_op.create_index(
            "ix_stage_record_under_way",
            ["starts_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('scheduled', 'alternative') AND starts_at IS NOT NULL"),
            postgresql_where=sa.text("status IN ('scheduled', 'alternative') AND starts_at IS NOT NULL"),
        )

    op.create_table(
        "clock_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("from_at", models.base.Moment(), nullable=False),
        sa.Column("until_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage_record.id"], name=op.f("fk_clock_stop_stage_id_stage_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_stop")),
    )
    with op.batch_alter_table("clock_stop", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clock_stop_stage_id"), ["stage_id"], unique=False)
        batch_op.create_index(
            "uq_clock_stop_standing",
            ["stage_id", "why"],
            unique=True,
            sqlite_where=sa.text("until_at IS NULL"),
            postgresql_where=sa.text("until_at IS NULL"),
        )

    op.create_table(
        "interview_sheet",
        sa.Column("stage_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("interviewer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interviewer_id"], ["employee.id"], name=op.f("fk_interview_sheet_interviewer_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage_record.id"], name=op.f("fk_interview_sheet_stage_id_stage_record")
        ),
        sa.PrimaryKeyConstraint("stage_id", "interviewer_id", name=op.f("pk_interview_sheet")),
    )
    with op.batch_alter_table("interview_sheet", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_interview_sheet_interviewer_id"), ["interviewer_id"], unique=False
        )

    op.create_table(
        "interview_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stage_code", sa.String(length=40), nullable=False),
        sa.Column("interviewer_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", models.base.Moment(), nullable=False),
        sa.Column("ends_at", models.base.Moment(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["interviewer_id"], ["employee.id"], name=op.f("fk_interview_slot_interviewer_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage_record.id"], name=op.f("fk_interview_slot_stage_id_stage_record")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_interview_slot_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview_slot")),
        sa.UniqueConstraint(
            "interviewer_id", "starts_at", name=op.f("uq_interview_slot_interviewer_id_starts_at")
        ),
        sa.UniqueConstraint("stage_id", name=op.f("uq_interview_slot_stage_id")),
    )
    with op.batch_alter_table("interview_slot", schema=None) as batch_op:
        batch_op.create_index(
            "ix_interview_slot_on_offer", ["unit_id", "stage_code", "starts_at"], unique=False
        )

    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("candidate_words", sa.LargeBinary(), nullable=True),
        sa.Column("candidate_said_at", models.base.Moment(), nullable=True),
        sa.Column("not_at_fault", sa.Boolean(), nullable=False),
        sa.Column("expires_at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_remark_application_id_application")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["candidate.id"], name=op.f("fk_remark_person_id_candidate")),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage_record.id"], name=op.f("fk_remark_stage_id_stage_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    with op.batch_alter_table("remark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remark_application_id"), ["application_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_remark_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_remark_stage_id"), ["stage_id"], unique=False)

    op.create_table(
        "remedial_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("reason_code", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("interest", sa.LargeBinary(), nullable=True),
        sa.Column("wish", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", models.base.Moment(), nullable=False),
        sa.Column("changed_at", models.base.Moment(), nullable=False),
        sa.Column("submitted_at", models.base.Moment(), nullable=True),
        sa.Column("remind_at", models.base.Moment(), nullable=True),
        sa.Column("due_at", models.base.Moment(), nullable=True),
        sa.Column("reminded_at", models.base.Moment(), nullable=True),
        sa.Column("escalated_at", models.base.Moment(), nullable=True),
        sa.Column("question", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_remedial_request_application_id_application"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["candidate.id"], name=op.f("fk_remedial_request_person_id_candidate")
        ),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage_record.id"], name=op.f("fk_remedial_request_stage_id_stage_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedial_request")),
    )
    with op.batch_alter_table("remedial_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_remedial_request_application_id"), ["application_id"], unique=False
        )
        batch_op.create_index(
            "ix_remedial_request_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'submitted'"),
            postgresql_where=sa.text("state = 'submitted'"),
        )
        batch_op.create_index(batch_op.f("ix_remedial_request_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_remedial_request_approved",
            ["stage_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
        batch_op.create_index(
            "uq_remedial_request_open",
            ["stage_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'submitted', 'asked_back')"),
            postgresql_where=sa.text("state IN ('draft', 'submitted', 'asked_back')"),
        )

    op.create_table(
        "remark_reading",
        sa.Column("remark_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reader_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["employee.id"], name=op.f("fk_remark_reading_reader_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["remark_id"], ["remark.id"], name=op.f("fk_remark_reading_remark_id_remark"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("remark_id", "reader_id", name=op.f("pk_remark_reading")),
    )
    with op.batch_alter_table("remark_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remark_reading_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "request_evidence",
        sa.Column("request_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket", sa.String(length=20), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["remedial_request.id"],
            name=op.f("fk_request_evidence_request_id_remedial_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "ticket", name=op.f("pk_request_evidence")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.String(length=40), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_application_number"), ["number"])


def downgrade() -> None:
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_application_number"), type_="unique")
        batch_op.drop_column("number")
    for table in (
        "request_evidence",
        "remark_reading",
        "remedial_request",
        "remark",
        "interview_slot",
        "interview_sheet",
        "clock_stop",
        "stage_record",
        "interview_result",
        "hiring_process",
    ):
        op.drop_table(table)
