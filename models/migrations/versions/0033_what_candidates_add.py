"""What candidates add to their requests."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("remedial_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("supplement", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("remedial_request", schema=None) as batch_op:
        batch_op.drop_column("supplement")
