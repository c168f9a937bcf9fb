"""Index open and settled messages, each index of the rows that matter to it alone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OUTBOUND = "outbound_message"
BEFORE = {
    "ix_outbound_message_open": (["due_at"], "settled_at IS NULL"),
    "ix_outbound_message_open_recipient": (["recipient", "channel", "settled_at"], None),
    "ix_outbound_message_tried_at": (["channel", "first_tried_at"], None),
    "ix_outbound_message_reference": (["reference"], None),
    "ix_outbound_message_msgid": (["msgid"], None),
}
AFTER = {
    "ix_outbound_message_open": (["priority", "id", "due_at"], "settled_at IS NULL"),
    "ix_outbound_message_open_recipient": (["recipient", "channel"], "settled_at IS NULL"),
    "ix_outbound_message_tried_at": (["channel", "first_tried_at"], "first_tried_at IS NOT NULL"),
    "ix_outbound_message_settled_at": (["settled_at"], "settled_at IS NOT NULL"),
    "ix_outbound_message_reference": (["reference"], "reference IS NOT NULL"),
    "ix_outbound_message_msgid": (["msgid"], "msgid IS NOT NULL"),
}


def upgrade() -> None:
    replace(BEFORE, AFTER)


def downgrade() -> None:
    replace(AFTER, BEFORE)


def replace(
    old: dict[str, tuple[list[str], str | None]], new: dict[str, tuple[list[str], str | None]]
) -> None:
    for name in old:
        op.drop_index(name, OUTBOUND)
    for name, (columns, where) in new.items():
        only = None if where is None else sa.text(where)
        op.create_index(name, OUTBOUND, columns, sqlite_where=only, postgresql_where=only)
