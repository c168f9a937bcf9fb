"""Where people were: points sealed under their keys; the plain ones of before go, nobody had agreed."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_asked",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_consent_asked_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", "version", name=op.f("pk_consent_asked")),
    )
    op.create_table(
        "location_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("given_at", models.base.Moment(), nullable=False),
        sa.Column("withdrawn_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_location_consent_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_consent")),
    )
    with op.batch_alter_table("location_consent", schema=None) as batch_op:
        batch_op.create_index(
            "uq_location_consent_held",
            ["employee_id"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "recent_report",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("coord_type", sa.String(length=10), nullable=False),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_recent_report_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_recent_report")),
    )
    op.create_table(
        "track_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_track_reading_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["employee.id"], name=op.f("fk_track_reading_reader_id_employee")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track_reading")),
        sa.UniqueConstraint(
            "employee_id",
            "reader_id",
            "day",
            "at",
            name=op.f("uq_track_reading_employee_id_reader_id_day_at"),
        ),
    )
    with op.batch_alter_table("track_reading", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_track_reading_employee_id_track_reading_at"), ["employee_id", "at"], unique=False
        )

    op.create_table(
        "work_site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("radius", sa.Integer(), nullable=False),
        sa.Column("added_at", models.base.Moment(), nullable=False),
        sa.Column("closed_at", models.base.Moment(), nullable=True),
        sa.CheckConstraint(
            "(unit_id IS NULL) <> (employee_id IS NULL)", name=op.f("ck_work_site_one_holder")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_work_site_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_work_site_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_site")),
    )
    with op.batch_alter_table("work_site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_site_employee_id"), ["employee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_site_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_work_site_name_of_person",
            ["employee_id", "name"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND employee_id IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND employee_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_work_site_name_of_unit",
            ["unit_id", "name"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND unit_id IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND unit_id IS NOT NULL"),
        )

    op.create_table(
        "location_fix",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("received_at", models.base.Moment(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("coord_type", sa.String(length=10), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("point_hash", sa.String(length=64), nullable=True),
        sa.Column("device_hash", sa.String(length=64), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("distance", sa.Integer(), nullable=True),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_location_fix_employee_id_employee")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["work_site.id"], name=op.f("fk_location_fix_site_id_work_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_fix")),
    )
    with op.batch_alter_table("location_fix", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_location_fix_day"), ["day"], unique=False)
        batch_op.create_index(
            "ix_location_fix_device",
            ["device_hash", "day"],
            unique=False,
            sqlite_where=sa.text("device_hash IS NOT NULL"),
            postgresql_where=sa.text("device_hash IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_location_fix_employee_id_location_fix_at"), ["employee_id", "at"], unique=False
        )
        batch_op.create_index(
            "ix_location_fix_point",
            ["employee_id", "point_hash"],
            unique=False,
            sqlite_where=sa.text("point_hash IS NOT NULL"),
            postgresql_where=sa.text("point_hash IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_location_fix_readable",
            ["at"],
            unique=False,
            sqlite_where=sa.text("sealed IS NOT NULL"),
            postgresql_where=sa.text("sealed IS NOT NULL"),
        )

    op.drop_table("last_location")
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fix_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_check_in_fix_id_location_fix"), "location_fix", ["fix_id"], ["id"]
        )
        batch_op.drop_column("place")
        batch_op.drop_column("coord_type")
        batch_op.drop_column("latitude")
        batch_op.drop_column("longitude")
        batch_op.drop_column("accuracy")


def downgrade() -> None:
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accuracy", sa.FLOAT(), nullable=True))
        batch_op.add_column(sa.Column("longitude", sa.FLOAT(), nullable=True))
        batch_op.add_column(sa.Column("latitude", sa.FLOAT(), nullable=True))
        batch_op.add_column(sa.Column("coord_type", sa.VARCHAR(length=10), nullable=True))
        batch_op.add_column(sa.Column("place", sa.TEXT(), nullable=True))
        batch_op.drop_constraint(batch_op.f("fk_check_in_fix_id_location_fix"), type_="foreignkey")
        batch_op.drop_column("fix_id")

    op.create_table(
        "last_location",
        sa.Column("employee_id", sa.INTEGER(), nullable=False),
        sa.Column("latitude", sa.FLOAT(), nullable=False),
        sa.Column("longitude", sa.FLOAT(), nullable=False),
        sa.Column("accuracy", sa.FLOAT(), nullable=True),
        sa.Column("coord_type", sa.VARCHAR(length=10), nullable=False),
        sa.Column("origin", sa.VARCHAR(length=10), nullable=False),
        sa.Column("place", sa.TEXT(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_last_location_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("employee_id", name=op.f("pk_last_location")),
    )
    with op.batch_alter_table("location_fix", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_location_fix_readable",
            sqlite_where=sa.text("sealed IS NOT NULL"),
            postgresql_where=sa.text("sealed IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_location_fix_point",
            sqlite_where=sa.text("point_hash IS NOT NULL"),
            postgresql_where=sa.text("point_hash IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_location_fix_employee_id_location_fix_at"))
        batch_op.drop_index(
            "ix_location_fix_device",
            sqlite_where=sa.text("device_hash IS NOT NULL"),
            postgresql_where=sa.text("device_hash IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_location_fix_day"))

    op.drop_table("location_fix")
    with op.batch_alter_table("work_site", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_work_site_name_of_unit",
            sqlite_where=sa.text("closed_at IS NULL AND unit_id IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND unit_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_work_site_name_of_person",
            sqlite_where=sa.text("closed_at IS NULL AND employee_id IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND employee_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_work_site_unit_id"))
        batch_op.drop_index(batch_op.f("ix_work_site_employee_id"))

    op.drop_table("work_site")
    with op.batch_alter_table("track_reading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_track_reading_employee_id_track_reading_at"))

    op.drop_table("track_reading")
    op.drop_table("recent_report")
    with op.batch_alter_table("location_consent", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_location_consent_held",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.drop_table("location_consent")
    op.drop_table("consent_asked")
