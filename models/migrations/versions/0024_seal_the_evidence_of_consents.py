"""Seal the evidence of consents."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.orm import Session

from models import secrecy

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CONSENT = sa.table("contact_consent", sa.column("id"), sa.column("debtor_id"), sa.column("evidence"))
SEALED = sa.table("contact_consent", sa.column("id"), sa.column("evidence", sa.LargeBinary))


def upgrade() -> None:
    known = op.get_bind().execute(sa.select(CONSENT)).all()
    keyring = context.config.attributes.get(secrecy.INFO)
    if known and keyring is None:
        raise RuntimeError("this step seals what proves a consent: run `muster migrate` with the field keys")
    with op.batch_alter_table("contact_consent", schema=None) as batch_op:
        batch_op.drop_column("evidence")
    with op.batch_alter_table("contact_consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evidence", sa.LargeBinary(), nullable=True))
    if not known:
        return
    with Session(op.get_bind(), info={secrecy.INFO: keyring}) as session:
        for id_, debtor_id, evidence in known:
            sealed = secrecy.seal(session, f"debtor:{debtor_id}", evidence)
            session.execute(sa.update(SEALED).where(SEALED.c.id == id_).values(evidence=sealed))
        session.flush()


def downgrade() -> None:
    with op.batch_alter_table("contact_consent", schema=None) as batch_op:
        batch_op.drop_column("evidence")
    with op.batch_alter_table("contact_consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evidence", sa.String(length=100), nullable=False, server_default=""))
