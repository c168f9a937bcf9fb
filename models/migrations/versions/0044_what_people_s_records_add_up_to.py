"""What people's records add up to."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "month_tally",
        sa.Column("employee_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("entry_bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "employee_id", "measure", "month", "entry_bucket", name=op.f("pk_month_tally")
        ),
    )
    op.create_table(
        "tally",
        sa.Column("employee_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entry_bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("employee_id", "measure", "day", "entry_bucket", name=op.f("pk_tally")),
    )
    op.create_table(
        "case_ending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("ended_at", models.base.Moment(), nullable=False),
        sa.Column("undone_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_case_ending_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_ending_case_id_case")),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_case_ending_owner_id_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_ending")),
    )
    with op.batch_alter_table("case_ending", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_ending_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_ending_owner_id_case_ending_ended_at"), ["owner_id", "ended_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_case_ending_owner_id_case_ending_undone_at"),
            ["owner_id", "undone_at"],
            unique=False,
        )
        batch_op.create_index(
            "uq_case_ending_standing",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("balance", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_assignment_owner_id_assignment_ended_at"), ["owner_id", "ended_at"], unique=False
        )

    with op.batch_alter_table("contact_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_note_attempt_id"), ["attempt_id"], unique=False)

    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_follow_up_owner_id_follow_up_due_at"), ["owner_id", "due_at"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_follow_up_owner_id_employee"), "employee", ["owner_id"], ["id"]
        )

    with op.batch_alter_table("halt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_halt_owner_id_halt_opened_at"), ["owner_id", "opened_at"], unique=False
        )
        batch_op.create_foreign_key(batch_op.f("fk_halt_owner_id_employee"), "employee", ["owner_id"], ["id"])

    with op.batch_alter_table("promise_to_pay", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counts_on", sa.Date(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_promise_to_pay_made_by_id_promise_to_pay_counts_on"),
            ["made_by_id", "counts_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_promise_to_pay_made_by_id_promise_to_pay_made_at"),
            ["made_by_id", "made_at"],
            unique=False,
        )

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stay_until", models.base.Moment(), nullable=True))
        batch_op.add_column(sa.Column("note_by", models.base.Moment(), nullable=True))
        batch_op.add_column(sa.Column("photo_needed", sa.Boolean(), nullable=True))

    _fill()
    for table, columns in _FILLED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, kind in columns.items():
                batch_op.alter_column(name, existing_type=kind, nullable=False)


_FILLED = {
    "follow_up": {"owner_id": sa.Integer()},
    "halt": {"owner_id": sa.Integer()},
    "promise_to_pay": {"counts_on": sa.Date()},
    "visit": {
        "stay_until": models.base.Moment(),
        "note_by": models.base.Moment(),
        "photo_needed": sa.Boolean(),
    },
}
_OWNER_AT = """
    COALESCE(
        (SELECT a.owner_id FROM assignment a
         WHERE a.case_id = {table}.case_id AND a.started_at <= {moment}
         AND (a.ended_at IS NULL OR a.ended_at > {moment})
         ORDER BY a.number DESC LIMIT 1),
        (SELECT c.owner_id FROM "case" c WHERE c.id = {table}.case_id)
    )
"""
_DONE_OR_DUE = """
    (CASE WHEN follow_up.settled_at IS NOT NULL AND follow_up.settled_at < follow_up.due_at
     THEN follow_up.settled_at ELSE follow_up.due_at END)
"""


def _fill() -> None:
    """What is known of the past; visits are judged by the numbers of policy.toml as it was delivered.

    The tallies themselves are counted by the first run of the nightly job.
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    day = "date(due_on, '+' || grace_days || ' days')" if sqlite else "due_on + grace_days"
    op.execute(f"UPDATE promise_to_pay SET counts_on = {day}")
    owner = _OWNER_AT.format(table="follow_up", moment=_DONE_OR_DUE)
    op.execute(f"UPDATE follow_up SET owner_id = {owner}")
    owner = _OWNER_AT.format(table="halt", moment="halt.opened_at")
    op.execute(f"UPDATE halt SET owner_id = {owner}")
    stay, note = (
        f"strftime('%Y-%m-%d %H:%M:%S', in_at, '+{more}') || substr(in_at, 20)"
        if sqlite
        else f"in_at + INTERVAL '{more}'"
        for more in ("5 minutes", "24 hours")
    )
    no = "0" if sqlite else "false"
    op.execute(f"UPDATE visit SET stay_until = {stay}, note_by = {note}, photo_needed = {no}")
    op.execute(
        """
        UPDATE assignment SET balance =
            (SELECT c.placed_balance FROM "case" c WHERE c.id = assignment.case_id)
            - (SELECT COALESCE(SUM(p.amount), 0) FROM payment p
               WHERE p.case_id = assignment.case_id AND p.posted_at < assignment.started_at)
        WHERE COALESCE(
            (SELECT e.to_status FROM case_event e
             WHERE e.case_id = assignment.case_id AND e.at <= assignment.started_at
             ORDER BY e.at DESC, e.id DESC LIMIT 1), '') <> 'pool'
        """
    )
    op.execute(
        """
        INSERT INTO case_ending (case_id, assignment_id, owner_id, status, ended_at)
        SELECT c.id, a.id, c.owner_id, c.status, c.closed_at FROM "case" c
        JOIN assignment a ON a.case_id = c.id AND a.ended_at IS NULL
        WHERE c.closed_at IS NOT NULL
        """
    )


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("photo_needed")
        batch_op.drop_column("note_by")
        batch_op.drop_column("stay_until")

    with op.batch_alter_table("promise_to_pay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_to_pay_made_by_id_promise_to_pay_made_at"))
        batch_op.drop_index(batch_op.f("ix_promise_to_pay_made_by_id_promise_to_pay_counts_on"))
        batch_op.drop_column("counts_on")

    with op.batch_alter_table("halt", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_halt_owner_id_employee"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_halt_owner_id_halt_opened_at"))
        batch_op.drop_column("owner_id")

    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_follow_up_owner_id_employee"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_follow_up_owner_id_follow_up_due_at"))
        batch_op.drop_column("owner_id")

    with op.batch_alter_table("contact_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_note_attempt_id"))

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_owner_id_assignment_ended_at"))
        batch_op.drop_column("balance")

    with op.batch_alter_table("case_ending", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_case_ending_standing",
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_case_ending_owner_id_case_ending_undone_at"))
        batch_op.drop_index(batch_op.f("ix_case_ending_owner_id_case_ending_ended_at"))
        batch_op.drop_index(batch_op.f("ix_case_ending_assignment_id"))

    op.drop_table("case_ending")
    op.drop_table("tally")
    op.drop_table("month_tally")
