"""Who learns may say that a question is wrong."""

import sqlalchemy as sa
from alembic import op

from models.base import Moment

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_doubt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("wrong", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_question_doubt_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_doubt_question_id_question")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["employee.id"], name=op.f("fk_question_doubt_answered_by_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_doubt")),
        sa.UniqueConstraint(
            "employee_id", "question_id", name=op.f("uq_question_doubt_employee_id_question_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("question_doubt")
