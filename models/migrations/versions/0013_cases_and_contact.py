"""Cases, and whom to contact about them."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "creditor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("pack", sa.String(length=40), nullable=False),
        sa.Column("calls_per_day", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creditor")),
        sa.UniqueConstraint("name", name=op.f("uq_creditor_name")),
    )
    op.create_table(
        "risk_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=True),
        sa.Column("id_hash", sa.String(length=64), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("added_at", models.base.Moment(), nullable=False),
        sa.Column("removed_at", models.base.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_entry")),
    )
    with op.batch_alter_table("risk_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_entry_id_hash"), ["id_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_entry_name_hash"), ["name_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_entry_number_hash"), ["number_hash"], unique=False)

    op.create_table(
        "assignment_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("strategy", sa.String(length=30), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("undone_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["employee.id"], name=op.f("fk_assignment_batch_by_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_batch")),
        sa.UniqueConstraint("key", name=op.f("uq_assignment_batch_key")),
    )
    op.create_table(
        "contact_suspension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("since", models.base.Moment(), nullable=False),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("lifted_at", models.base.Moment(), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_contact_suspension_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["employee.id"], name=op.f("fk_contact_suspension_lifted_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_suspension")),
    )
    with op.batch_alter_table("contact_suspension", schema=None) as batch_op:
        batch_op.create_index(
            "uq_contact_suspension_open",
            ["employee_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "debtor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("name_mask", sa.String(length=10), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=True),
        sa.Column("id_hash", sa.String(length=64), nullable=True),
        sa.Column("district", sa.String(length=100), nullable=False),
        sa.Column("lost_contact_at", models.base.Moment(), nullable=True),
        sa.Column("stopped_at", models.base.Moment(), nullable=True),
        sa.Column("stopped_why", sa.String(length=30), nullable=False),
        sa.Column("risk", sa.String(length=30), nullable=False),
        sa.Column("created_at", models.base.Moment(), nullable=False),
        sa.Column("redacted_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_debtor_creditor_id_creditor")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_debtor_owner_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debtor")),
        sa.UniqueConstraint("creditor_id", "key_hash", name=op.f("uq_debtor_creditor_id_key_hash")),
        sa.UniqueConstraint("id", "owner_id", name=op.f("uq_debtor_id_owner_id")),
    )
    with op.batch_alter_table("debtor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_debtor_id_hash"), ["id_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_debtor_name_hash"), ["name_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_debtor_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("commission_permille", sa.Integer(), nullable=True),
        sa.Column("declared_cases", sa.Integer(), nullable=True),
        sa.Column("declared_amount", sa.BigInteger(), nullable=True),
        sa.Column("created_at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_placement_creditor_id_creditor")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_placement_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("creditor_id", "number", name=op.f("uq_placement_creditor_id_number")),
    )
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_placement_end_on"), ["end_on"], unique=False)

    op.create_table(
        "undoable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("cause", sa.String(length=150), nullable=False),
        sa.Column("done_at", models.base.Moment(), nullable=False),
        sa.Column("expires_at", models.base.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_undoable_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undoable")),
    )
    with op.batch_alter_table("undoable", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_undoable_employee_id_undoable_state"), ["employee_id", "state"], unique=False
        )

    op.create_table(
        "work_profile",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("buckets", sa.JSON(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("licensed_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_work_profile_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_work_profile")),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("product", sa.String(length=50), nullable=False),
        sa.Column("area", sa.String(length=50), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("placed_balance", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("waived", sa.BigInteger(), nullable=False),
        sa.Column("overdue_since", sa.Date(), nullable=True),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("entry_bucket", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("live_owner_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("assigned_at", models.base.Moment(), nullable=True),
        sa.Column("assigned_by_id", sa.Integer(), nullable=True),
        sa.Column("accept_by", models.base.Moment(), nullable=True),
        sa.Column("contact_by", models.base.Moment(), nullable=True),
        sa.Column("accepted_at", models.base.Moment(), nullable=True),
        sa.Column("worked_at", models.base.Moment(), nullable=True),
        sa.Column("next_at", models.base.Moment(), nullable=True),
        sa.Column("declines", sa.Integer(), nullable=False),
        sa.Column("retained_until", sa.Date(), nullable=True),
        sa.Column("closed_at", models.base.Moment(), nullable=True),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", models.base.Moment(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('paid', 'settled', 'returned', 'closed')) = (closed_at IS NOT NULL)",
            name=op.f("ck_case_ended"),
        ),
        sa.CheckConstraint("status <> 'paid' OR balance = 0", name=op.f("ck_case_paid_in_full")),
        sa.CheckConstraint(
            "(closed_at IS NULL AND live_owner_id = owner_id) OR (closed_at IS NOT NULL AND live_owner_id IS NULL)",
            name=op.f("ck_case_one_owner"),
        ),
        sa.CheckConstraint(
            "balance >= 0 AND placed_balance >= 0 AND waived >= 0", name=op.f("ck_case_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"], ["employee.id"], name=op.f("fk_case_assigned_by_id_employee")
        ),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_case_creditor_id_creditor")),
        sa.ForeignKeyConstraint(
            ["debtor_id", "live_owner_id"],
            ["debtor.id", "debtor.owner_id"],
            name=op.f("fk_case_debtor_id_live_owner_id_debtor"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_case_debtor_id_debtor")),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_case_owner_id_employee")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_case_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("creditor_id", "reference", name=op.f("uq_case_creditor_id_reference")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_case_accept_by",
            ["accept_by"],
            unique=False,
            sqlite_where=sa.text("status = 'assigned'"),
            postgresql_where=sa.text("status = 'assigned'"),
        )
        batch_op.create_index(batch_op.f("ix_case_debtor_id"), ["debtor_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_live_owner_id_case_status_case_next_at"),
            ["live_owner_id", "status", "next_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_case_placement_id_case_status"), ["placement_id", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_case_unit_id_case_status"), ["unit_id", "status"], unique=False)

    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", models.base.Moment(), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_conflict_debtor_id_debtor")),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_conflict_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["employee.id"], name=op.f("fk_conflict_noted_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint("employee_id", "debtor_id", name=op.f("uq_conflict_employee_id_debtor_id")),
    )
    op.create_table(
        "contact_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("from_hour", sa.Time(), nullable=False),
        sa.Column("to_hour", sa.Time(), nullable=False),
        sa.Column("evidence", sa.String(length=100), nullable=False),
        sa.Column("given_at", models.base.Moment(), nullable=False),
        sa.Column("expires_at", models.base.Moment(), nullable=False),
        sa.Column("withdrawn_at", models.base.Moment(), nullable=True),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_contact_consent_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["employee.id"], name=op.f("fk_contact_consent_noted_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_consent")),
    )
    with op.batch_alter_table("contact_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_consent_debtor_id"), ["debtor_id"], unique=False)

    op.create_table(
        "debtor_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=30), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("name_mask", sa.String(length=10), nullable=False),
        sa.Column("number_mask", sa.String(length=20), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=50), nullable=False),
        sa.Column("invalid_at", models.base.Moment(), nullable=True),
        sa.Column("do_not_contact_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_debtor_contact_debtor_id_debtor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debtor_contact")),
        sa.UniqueConstraint("debtor_id", "number_hash", name=op.f("uq_debtor_contact_debtor_id_number_hash")),
    )
    with op.batch_alter_table("debtor_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_debtor_contact_number_hash"), ["number_hash"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("started_at", models.base.Moment(), nullable=False),
        sa.Column("ended_at", models.base.Moment(), nullable=True),
        sa.Column("follows", sa.Integer(), nullable=True),
        sa.Column("begins_where", models.base.Moment(), nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(number = 1 AND follows IS NULL AND begins_where IS NULL) OR (number > 1 AND follows = number - 1 AND begins_where = started_at)",
            name=op.f("ck_assignment_no_gap"),
        ),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name=op.f("ck_assignment_forward")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["assignment_batch.id"], name=op.f("fk_assignment_batch_id_assignment_batch")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["employee.id"], name=op.f("fk_assignment_by_id_employee")),
        sa.ForeignKeyConstraint(
            ["case_id", "follows", "begins_where"],
            ["assignment.case_id", "assignment.number", "assignment.ended_at"],
            name=op.f("fk_assignment_case_id_follows_begins_where_assignment"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_assignment_case_id_case")),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_assignment_owner_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "case_id", "number", "ended_at", name=op.f("uq_assignment_case_id_number_ended_at")
        ),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_assignment_case_id_number")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignment_owner_id_assignment_started_at"),
            ["owner_id", "started_at"],
            unique=False,
        )
        batch_op.create_index(
            "uq_assignment_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=False),
        sa.Column("to_status", sa.String(length=20), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["employee.id"], name=op.f("fk_case_event_by_id_employee")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_event_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_case_event_case_id_case_event_at"), ["case_id", "at"], unique=False
        )

    op.create_table(
        "contact_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=True),
        sa.Column("reached", sa.String(length=20), nullable=True),
        sa.Column("effective", sa.Boolean(), nullable=False),
        sa.Column("pack", sa.String(length=60), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["debtor_contact.id"], name=op.f("fk_contact_attempt_contact_id_debtor_contact")
        ),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_contact_attempt_creditor_id_creditor")
        ),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_contact_attempt_debtor_id_debtor")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_contact_attempt_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
    )
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_attempt_debtor_id_contact_attempt_day"), ["debtor_id", "day"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contact_attempt_employee_id_contact_attempt_day"),
            ["employee_id", "day"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contact_attempt_number_hash_contact_attempt_day"),
            ["number_hash", "day"],
            unique=False,
        )

    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("due_at", models.base.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", models.base.Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("snoozes", sa.Integer(), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("settled_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_follow_up_case_id_case")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["employee.id"], name=op.f("fk_follow_up_created_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_follow_up_case_id_follow_up_state"), ["case_id", "state"], unique=False
        )
        batch_op.create_index(
            "ix_follow_up_open",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "halt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status_before", sa.String(length=20), nullable=False),
        sa.Column("opened_at", models.base.Moment(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", models.base.Moment(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_halt_case_id_case")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["employee.id"], name=op.f("fk_halt_closed_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["employee.id"], name=op.f("fk_halt_opened_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halt")),
    )
    with op.batch_alter_table("halt", schema=None) as batch_op:
        batch_op.create_index(
            "uq_halt_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "promise_to_pay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("threshold_percent", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("made_at", models.base.Moment(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("settled_at", models.base.Moment(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_promise_to_pay_amount")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_promise_to_pay_case_id_case")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["employee.id"], name=op.f("fk_promise_to_pay_made_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_to_pay")),
    )
    with op.batch_alter_table("promise_to_pay", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_promise_to_pay_case_id_promise_to_pay_made_at"),
            ["case_id", "made_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_promise_to_pay_status_promise_to_pay_due_on"), ["status", "due_on"], unique=False
        )
        batch_op.create_index(
            "uq_promise_to_pay_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "settlement_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("pay_amount", sa.BigInteger(), nullable=False),
        sa.Column("waived_amount", sa.BigInteger(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", models.base.Moment(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("pay_amount > 0 AND waived_amount > 0", name=op.f("ck_settlement_offer_amounts")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["employee.id"], name=op.f("fk_settlement_offer_asked_by_id_employee")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_settlement_offer_case_id_case")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["employee.id"], name=op.f("fk_settlement_offer_decided_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["decider_id"], ["employee.id"], name=op.f("fk_settlement_offer_decider_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_offer")),
    )
    with op.batch_alter_table("settlement_offer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_settlement_offer_decider_id_settlement_offer_state"),
            ["decider_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            "uq_settlement_offer_open",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('asked', 'approved')"),
            postgresql_where=sa.text("state IN ('asked', 'approved')"),
        )

    op.create_table(
        "signal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("pay_on", sa.Date(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("due_at", models.base.Moment(), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("handled_at", models.base.Moment(), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["employee.id"], name=op.f("fk_signal_by_id_employee")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_signal_case_id_case")),
        sa.ForeignKeyConstraint(
            ["handled_by_id"], ["employee.id"], name=op.f("fk_signal_handled_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signal_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_signal_open",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )

    op.create_table(
        "contact_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("identity_stated", sa.Boolean(), nullable=True),
        sa.Column("next_at", models.base.Moment(), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["contact_attempt.id"], name=op.f("fk_contact_note_attempt_id_contact_attempt")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_contact_note_case_id_case")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["contact_note.id"], name=op.f("fk_contact_note_corrects_id_contact_note")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_contact_note_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_note")),
    )
    with op.batch_alter_table("contact_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_note_case_id_contact_note_at"), ["case_id", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contact_note_employee_id_contact_note_at"), ["employee_id", "at"], unique=False
        )

    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("reported_at", models.base.Moment(), nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", models.base.Moment(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("posted_at", models.base.Moment(), nullable=True),
        sa.Column("credited_to_id", sa.Integer(), nullable=True),
        sa.Column("promise_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "amount <> 0 AND ((reverses_id IS NULL) = (amount > 0))", name=op.f("ck_payment_amount")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_payment_case_id_case")),
        sa.ForeignKeyConstraint(
            ["credited_to_id"], ["employee.id"], name=op.f("fk_payment_credited_to_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["employee.id"], name=op.f("fk_payment_decided_by_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise_to_pay.id"], name=op.f("fk_payment_promise_id_promise_to_pay")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["employee.id"], name=op.f("fk_payment_reported_by_id_employee")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["payment.id"], name=op.f("fk_payment_reverses_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("external_id", name=op.f("uq_payment_external_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_payment_reverses_id")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payment_case_id_payment_posted_at"), ["case_id", "posted_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_payment_credited_to_id_payment_posted_at"),
            ["credited_to_id", "posted_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_payment_state_payment_reported_at"), ["state", "reported_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_state_payment_reported_at"))
        batch_op.drop_index(batch_op.f("ix_payment_credited_to_id_payment_posted_at"))
        batch_op.drop_index(batch_op.f("ix_payment_case_id_payment_posted_at"))

    op.drop_table("payment")
    with op.batch_alter_table("contact_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_note_employee_id_contact_note_at"))
        batch_op.drop_index(batch_op.f("ix_contact_note_case_id_contact_note_at"))

    op.drop_table("contact_note")
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_signal_open",
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_signal_case_id"))

    op.drop_table("signal")
    with op.batch_alter_table("settlement_offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_settlement_offer_open",
            sqlite_where=sa.text("state IN ('asked', 'approved')"),
            postgresql_where=sa.text("state IN ('asked', 'approved')"),
        )
        batch_op.drop_index(batch_op.f("ix_settlement_offer_decider_id_settlement_offer_state"))

    op.drop_table("settlement_offer")
    with op.batch_alter_table("promise_to_pay", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_promise_to_pay_open",
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_promise_to_pay_status_promise_to_pay_due_on"))
        batch_op.drop_index(batch_op.f("ix_promise_to_pay_case_id_promise_to_pay_made_at"))

    op.drop_table("promise_to_pay")
    with op.batch_alter_table("halt", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_halt_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("halt")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_follow_up_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_follow_up_case_id_follow_up_state"))

    op.drop_table("follow_up")
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_attempt_number_hash_contact_attempt_day"))
        batch_op.drop_index(batch_op.f("ix_contact_attempt_employee_id_contact_attempt_day"))
        batch_op.drop_index(batch_op.f("ix_contact_attempt_debtor_id_contact_attempt_day"))

    op.drop_table("contact_attempt")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_event_case_id_case_event_at"))

    op.drop_table("case_event")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignment_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_assignment_owner_id_assignment_started_at"))
        batch_op.drop_index(batch_op.f("ix_assignment_batch_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("debtor_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_debtor_contact_number_hash"))

    op.drop_table("debtor_contact")
    with op.batch_alter_table("contact_consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_consent_debtor_id"))

    op.drop_table("contact_consent")
    op.drop_table("conflict")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_unit_id_case_status"))
        batch_op.drop_index(batch_op.f("ix_case_placement_id_case_status"))
        batch_op.drop_index(batch_op.f("ix_case_live_owner_id_case_status_case_next_at"))
        batch_op.drop_index(batch_op.f("ix_case_debtor_id"))
        batch_op.drop_index(
            "ix_case_accept_by",
            sqlite_where=sa.text("status = 'assigned'"),
            postgresql_where=sa.text("status = 'assigned'"),
        )

    op.drop_table("case")
    op.drop_table("work_profile")
    with op.batch_alter_table("undoable", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_undoable_employee_id_undoable_state"))

    op.drop_table("undoable")
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placement_end_on"))

    op.drop_table("placement")
    with op.batch_alter_table("debtor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_debtor_owner_id"))
        batch_op.drop_index(batch_op.f("ix_debtor_name_hash"))
        batch_op.drop_index(batch_op.f("ix_debtor_id_hash"))

    op.drop_table("debtor")
    with op.batch_alter_table("contact_suspension", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_suspension_open",
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.drop_table("contact_suspension")
    op.drop_table("assignment_batch")
    with op.batch_alter_table("risk_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_risk_entry_number_hash"))
        batch_op.drop_index(batch_op.f("ix_risk_entry_name_hash"))
        batch_op.drop_index(batch_op.f("ix_risk_entry_id_hash"))

    op.drop_table("risk_entry")
    op.drop_table("creditor")
