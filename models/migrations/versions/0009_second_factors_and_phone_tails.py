"""Second factors, and phones by their last digits."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("registered_at", models.base.Moment(), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_second_factor_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_second_factor")),
    )
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_tail_hash", sa.String(length=64), nullable=True))
        batch_op.create_index(
            "ix_employee_phone_tail_hash",
            ["phone_tail_hash"],
            unique=False,
            sqlite_where=sa.text("phone_tail_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_tail_hash IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_employee_phone_tail_hash",
            sqlite_where=sa.text("phone_tail_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_tail_hash IS NOT NULL"),
        )
        batch_op.drop_column("phone_tail_hash")

    op.drop_table("second_factor")
