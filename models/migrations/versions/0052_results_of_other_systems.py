"""Results of other systems."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "result_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_at", models.base.Moment(), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["employee.id"], name=op.f("fk_result_import_by_id_employee")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["employee.id"], name=op.f("fk_result_import_withdrawn_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_import")),
    )
    op.create_table(
        "external_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.Column("customer_hash", sa.String(length=64), nullable=False),
        sa.Column("loan", sa.String(length=80), nullable=False),
        sa.Column("first_visit_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_external_result_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["result_import.id"], name=op.f("fk_external_result_import_id_result_import")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["external_result.id"],
            name=op.f("fk_external_result_replaces_id_external_result"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_result")),
    )
    for columns in (
        ("customer_hash",),
        ("employee_id", "day"),
        ("employee_id", "until"),
        ("import_id",),
        ("system", "loan"),
    ):
        name = "_".join(f"external_result_{column}" for column in columns)
        op.create_index(op.f(f"ix_{name}"), "external_result", list(columns))
    holds = sa.text("state = 'holds'")
    op.create_index(
        "uq_external_result",
        "external_result",
        ["system", "external_id"],
        unique=True,
        sqlite_where=holds,
        postgresql_where=holds,
    )


def downgrade() -> None:
    op.drop_table("external_result")
    op.drop_table("result_import")
