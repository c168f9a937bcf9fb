"""How a case stood before it changed hands."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assignment", sa.Column("before", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("assignment", "before")
