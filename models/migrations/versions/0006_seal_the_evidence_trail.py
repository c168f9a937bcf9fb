"""Seal the evidence trail."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNSEALED = sa.text("NOT sealed")
COLUMNS = "id, at, actor, action, subject, outcome, cause, details, personal"
REFUSED = "the evidence trail is not changed"
TRIGGERS = {
    "audit_event_stays": ("audit_event", f"UPDATE OF {COLUMNS}", None),
    "audit_event_stays_sealed": ("audit_event", "UPDATE OF sealed", "OLD.sealed"),
    "audit_event_is_kept": ("audit_event", "DELETE", None),
    "audit_seal_stays": ("audit_seal", "UPDATE", None),
    "audit_seal_is_kept": ("audit_seal", "DELETE", None),
    "audit_head_stays": ("audit_head", "UPDATE", None),
    "audit_head_is_kept": ("audit_head", "DELETE", None),
}


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("position", ID, autoincrement=False, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seal_event_id")),
    )
    op.create_table(
        "audit_head",
        sa.Column("position", ID, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_head")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_audit_event_unsealed",
        "audit_event",
        ["id"],
        sqlite_where=UNSEALED,
        postgresql_where=UNSEALED,
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
        )
    for name, (table, what, when) in TRIGGERS.items():
        condition = f"WHEN ({when})" if when else ""
        if sqlite:
            act = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} {condition} {act}")
        else:
            act = "EXECUTE FUNCTION audit_refuse()"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW {condition} {act}")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, (table, _, _) in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
    if not sqlite:
        op.execute("DROP FUNCTION audit_refuse()")
    op.drop_index("ix_audit_event_unsealed", "audit_event")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_column("sealed")
    op.drop_table("audit_head")
    op.drop_table("audit_seal")
