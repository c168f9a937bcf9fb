"""When an idle step was gone."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("idle_debtor", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stepped_at", models.base.Moment(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("idle_debtor", schema=None) as batch_op:
        batch_op.drop_column("stepped_at")
