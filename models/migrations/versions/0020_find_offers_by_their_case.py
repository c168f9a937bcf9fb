"""Find offers by their case."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("settlement_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_settlement_offer_case_id"), ["case_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("settlement_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_settlement_offer_case_id"))
