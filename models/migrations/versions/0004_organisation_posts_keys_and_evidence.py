"""Organisation, posts, keys of persons and the evidence trail."""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


ALWAYS = "1999-12-31 16:00:00"
"""The beginning of posts whose beginning nobody noted (2000 in Shanghai, kept in UTC)."""


def move_teams_into_units() -> None:
    """Every team becomes a unit below one root, and everybody's role and team the main post."""
    op.execute(
        "INSERT INTO unit (name, kind) SELECT '总部', 'head_office' "
        "WHERE EXISTS (SELECT 1 FROM team) OR EXISTS (SELECT 1 FROM employee)"
    )
    op.execute(
        "INSERT INTO unit (parent_id, name, kind) "
        "SELECT root.id, team.name, 'team' FROM team, unit AS root WHERE root.parent_id IS NULL ORDER BY team.id"
    )
    op.execute(
        "INSERT INTO unit_tree (ancestor_id, unit_id, depth, inside) SELECT id, id, 0, true FROM unit "
        "UNION ALL SELECT parent_id, id, 1, true FROM unit WHERE parent_id IS NOT NULL"
    )
    # SQLite keeps moments as text, with their microseconds.
    postgresql = op.get_bind().dialect.name == "postgresql"
    always = f"CAST('{ALWAYS}' AS TIMESTAMP)" if postgresql else f"'{ALWAYS}.000000'"
    op.execute(
        "INSERT INTO post (employee_id, unit_id, role, title, is_main, starts_at) "
        "SELECT employee.id, COALESCE(own.id, root.id), "
        f"CASE employee.role WHEN 'hr' THEN 'hr_city' ELSE employee.role END, '', true, {always} "
        "FROM employee CROSS JOIN (SELECT id FROM unit WHERE parent_id IS NULL) AS root "
        "LEFT JOIN team ON team.id = employee.team_id "
        "LEFT JOIN unit AS own ON own.name = team.name AND own.parent_id IS NOT NULL "
        "ORDER BY employee.id"
    )


def move_units_into_teams() -> None:
    """The main posts become roles and teams again; what the older release does not know is a collector."""
    op.execute(
        "INSERT INTO team (name) SELECT name FROM unit WHERE parent_id IS NOT NULL "
        "GROUP BY name ORDER BY MIN(id)"
    )
    main = "FROM post WHERE post.employee_id = employee.id AND post.is_main AND post.ends_at IS NULL"
    op.execute(
        "UPDATE employee SET role = COALESCE((SELECT CASE WHEN role LIKE 'hr_%' THEN 'hr' "
        "WHEN role IN ('customer_service', 'manager', 'hiring_department', 'interviewer', 'qa', 'compliance', "
        f"'finance', 'administration', 'it') THEN 'collector' ELSE role END {main}), 'collector')"
    )
    op.execute(
        "UPDATE employee SET team_id = (SELECT team.id FROM team JOIN unit ON unit.name = team.name "
        f"WHERE unit.id = (SELECT post.unit_id {main}) AND unit.parent_id IS NOT NULL)"
    )


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", models.base.Moment(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("personal", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix_audit_event_actor", ["actor", "id"], unique=False)
        batch_op.create_index(
            "ix_audit_event_subject",
            ["subject", "id"],
            unique=False,
            postgresql_where=sa.text("subject IS NOT NULL"),
        )

    op.create_table(
        "employee_number",
        sa.Column("prefix", sa.String(length=10), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_employee_number")),
    )
    op.create_table(
        "person_key",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("field_key", sa.String(length=8), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", models.base.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_person_key")),
    )
    with op.batch_alter_table("person_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_key_field_key"), ["field_key"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("directory_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("directory_id", name=op.f("uq_unit_directory_id")),
        sa.UniqueConstraint("parent_id", "name", name=op.f("uq_unit_parent_id_name")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=50), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("starts_at", models.base.Moment(), nullable=False),
        sa.Column("ends_at", models.base.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name=op.f("fk_post_employee_id_employee")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_post_employee_id_post_starts_at"), ["employee_id", "starts_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_post_unit_id_post_role"), ["unit_id", "role"], unique=False)
        batch_op.create_index(
            "uq_post_main",
            ["employee_id"],
            unique=True,
            sqlite_where=sa.text("is_main AND ends_at IS NULL"),
            postgresql_where=sa.text("is_main AND ends_at IS NULL"),
        )

    op.create_table(
        "unit_tree",
        sa.Column("ancestor_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["ancestor_id"], ["unit.id"], name=op.f("fk_unit_tree_ancestor_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_tree_unit_id_unit")),
        sa.PrimaryKeyConstraint("ancestor_id", "unit_id", name=op.f("pk_unit_tree")),
    )
    with op.batch_alter_table("unit_tree", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_tree_unit_id"), ["unit_id"], unique=False)

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(
            "uq_unit_root",
            ["kind"],
            unique=True,
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )

    move_teams_into_units()
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("phone", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("id_number", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("address", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("phone_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("id_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("bound_at", models.base.Moment(), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.alter_column("openid", existing_type=sa.VARCHAR(length=128), nullable=True)
        batch_op.alter_column("followed_at", existing_type=sa.DATETIME(), nullable=True)
        batch_op.create_index(
            "ix_candidate_id_hash",
            ["id_hash"],
            unique=False,
            sqlite_where=sa.text("id_hash IS NOT NULL"),
            postgresql_where=sa.text("id_hash IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_candidate_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(
            "ix_candidate_phone_hash",
            ["phone_hash"],
            unique=False,
            sqlite_where=sa.text("phone_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_hash IS NOT NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_candidate_merged_into_id_candidate"), "candidate", ["merged_into_id"], ["id"]
        )

    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("hired_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("phone", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("id_number", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("address", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("phone_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("id_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("directory_seen_at", models.base.Moment(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_employee_team_id"))
        batch_op.create_index(
            "ix_employee_id_hash",
            ["id_hash"],
            unique=False,
            sqlite_where=sa.text("id_hash IS NOT NULL"),
            postgresql_where=sa.text("id_hash IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_employee_phone_hash",
            ["phone_hash"],
            unique=False,
            sqlite_where=sa.text("phone_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_hash IS NOT NULL"),
        )
        batch_op.create_unique_constraint(batch_op.f("uq_employee_number"), ["number"])
        batch_op.drop_constraint(batch_op.f("fk_employee_team_id_team"), type_="foreignkey")
        batch_op.drop_column("team_id")
        batch_op.drop_column("role")

    op.drop_table("team")


def downgrade() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_employee_number"), type_="unique")
        batch_op.drop_index(
            "ix_employee_phone_hash",
            sqlite_where=sa.text("phone_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_hash IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_employee_id_hash",
            sqlite_where=sa.text("id_hash IS NOT NULL"),
            postgresql_where=sa.text("id_hash IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_employee_team_id"), ["team_id"], unique=False)
        batch_op.drop_column("directory_seen_at")
        batch_op.drop_column("id_hash")
        batch_op.drop_column("phone_hash")
        batch_op.drop_column("address")
        batch_op.drop_column("id_number")
        batch_op.drop_column("phone")
        batch_op.drop_column("hired_on")
        batch_op.drop_column("number")

    move_units_into_teams()
    with op.batch_alter_table("employee", schema=None) as batch_op:
        batch_op.alter_column("role", existing_type=sa.String(length=20), nullable=False)
        batch_op.create_foreign_key(batch_op.f("fk_employee_team_id_team"), "team", ["team_id"], ["id"])

    # Without an OpenID there was no candidate.
    op.execute("UPDATE candidate SET merged_into_id = NULL")
    op.execute("DELETE FROM candidate WHERE openid IS NULL OR followed_at IS NULL")
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_candidate_merged_into_id_candidate"), type_="foreignkey")
        batch_op.drop_index(
            "ix_candidate_phone_hash",
            sqlite_where=sa.text("phone_hash IS NOT NULL"),
            postgresql_where=sa.text("phone_hash IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_candidate_merged_into_id"))
        batch_op.drop_index(
            "ix_candidate_id_hash",
            sqlite_where=sa.text("id_hash IS NOT NULL"),
            postgresql_where=sa.text("id_hash IS NOT NULL"),
        )
        batch_op.alter_column("followed_at", existing_type=sa.DATETIME(), nullable=False)
        batch_op.alter_column("openid", existing_type=sa.VARCHAR(length=128), nullable=False)
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("bound_at")
        batch_op.drop_column("id_hash")
        batch_op.drop_column("phone_hash")
        batch_op.drop_column("address")
        batch_op.drop_column("id_number")
        batch_op.drop_column("phone")
        batch_op.drop_column("name")

    with op.batch_alter_table("unit_tree", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_tree_unit_id"))

    op.drop_table("unit_tree")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_post_main",
            sqlite_where=sa.text("is_main AND ends_at IS NULL"),
            postgresql_where=sa.text("is_main AND ends_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_post_unit_id_post_role"))
        batch_op.drop_index(batch_op.f("ix_post_employee_id_post_starts_at"))

    op.drop_table("post")
    op.drop_table("unit")
    with op.batch_alter_table("person_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_key_field_key"))

    op.drop_table("person_key")
    op.drop_table("employee_number")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_subject", postgresql_where=sa.text("subject IS NOT NULL"))
        batch_op.drop_index("ix_audit_event_actor")

    op.drop_table("audit_event")
