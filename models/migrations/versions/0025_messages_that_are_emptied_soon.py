"""Messages that are emptied soon."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outbound_message", sa.Column("brief", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_outbound_message_brief",
        "outbound_message",
        ["settled_at"],
        unique=False,
        sqlite_where=sa.text("brief"),
        postgresql_where=sa.text("brief"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbound_message_brief", table_name="outbound_message")
    op.drop_column("outbound_message", "brief")
