"""Points of the board are counted, not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("learner") as batch:
        batch.drop_column("points")


def downgrade() -> None:
    with op.batch_alter_table("learner") as batch:
        batch.add_column(sa.Column("points", sa.Integer(), nullable=False, server_default="0"))
