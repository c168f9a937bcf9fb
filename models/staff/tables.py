"""Who is who: units, employees with their posts, and candidates."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import SHANGHAI, Base, Moment
from models.staff.rules import HeldPost

ALWAYS = datetime(2000, 1, 1, tzinfo=SHANGHAI)
"""The beginning of what has been so since before we knew."""


class Role(StrEnum):
    """What somebody is in a post (domain.md section 1); rights hang on it (config/rights.toml)."""

    COLLECTOR = "collector"
    FIELD_REP = "field_rep"
    CUSTOMER_SERVICE = "customer_service"
    TEAM_LEADER = "team_leader"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    HR_HEAD = "hr_head"
    HR_PROVINCE = "hr_province"
    HR_CITY = "hr_city"
    HIRING_DEPARTMENT = "hiring_department"
    INTERVIEWER = "interviewer"
    QA = "qa"
    COMPLIANCE = "compliance"
    FINANCE = "finance"
    ADMINISTRATION = "administration"
    IT = "it"
    ADMIN = "admin"
    CANDIDATE = "candidate"


class UnitKind(StrEnum):
    """What a unit is. Teams belong to the unit they are in; branches stand for themselves."""

    HEAD_OFFICE = "head_office"
    BRANCH = "branch"
    SUB_BRANCH = "sub_branch"
    TEAM = "team"


class Unit(Base):
    """A node of the organisation, to any depth: head office, branch, sub-branch, team (S1-20, S0-55)."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """Empty for the root alone."""
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    directory_id: Mapped[int | None] = mapped_column(unique=True)
    """The department's number in WeCom's directory."""
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when it is no more; its history stays."""

    __table_args__ = (
        UniqueConstraint("parent_id", "name"),
        Index(
            "uq_unit_root",
            "kind",
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
    )


class UnitTree(Base):
    """Every unit under each of its ancestors and under itself: a subtree is one indexed question."""

    __tablename__ = "unit_tree"

    ancestor_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    depth: Mapped[int]
    """How many steps lie between them; 0 for itself."""
    inside: Mapped[bool]
    """Whether only teams lie on the way down: the unit then belongs to the ancestor and is no branch."""

    __table_args__ = (Index(None, "unit_id"),)


class Named(NamedTuple):
    """Who somebody is, apart from the database."""

    id: int
    name: str
    wecom_id: str


class Employee(Base):
    """A member of the organisation, known to WeCom by `wecom_id`."""

    __tablename__ = "employee"
    __allow_unmapped__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    wecom_id: Mapped[str] = mapped_column(String(64))
    """The member's UserID as the directory writes it."""
    wecom_key: Mapped[str] = mapped_column(String(64), unique=True)
    """The UserID in lower case: the directory does not tell case apart (protocol 2.1)."""
    name: Mapped[str] = mapped_column(String(100))
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    """The employee number."""
    hired_on: Mapped[date | None] = mapped_column(Date)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the person leaves or has left: rights end at this minute, with nobody doing anything."""
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the person's own key (models/secrecy)."""
    phone_hash: Mapped[str | None] = mapped_column(String(64))
    id_hash: Mapped[str | None] = mapped_column(String(64))
    """Keyed hashes, by which the same person is recognised."""
    phone_tail_hash: Mapped[str | None] = mapped_column(String(64))
    """The same of the last 4 digits, by which people look for somebody."""
    directory_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the directory last had this member."""

    posts: Sequence[HeldPost] = ()
    """The posts held at the moment for which the person was loaded, the main one first. Nothing loaded
    means no posts, and so no rights."""

    __table_args__ = (
        Index(
            "ix_employee_phone_hash",
            "phone_hash",
            sqlite_where=text("phone_hash IS NOT NULL"),
            postgresql_where=text("phone_hash IS NOT NULL"),
        ),
        Index(
            "ix_employee_id_hash",
            "id_hash",
            sqlite_where=text("id_hash IS NOT NULL"),
            postgresql_where=text("id_hash IS NOT NULL"),
        ),
        Index(
            "ix_employee_phone_tail_hash",
            "phone_tail_hash",
            sqlite_where=text("phone_tail_hash IS NOT NULL"),
            postgresql_where=text("phone_tail_hash IS NOT NULL"),
        ),
    )

    @property
    def subject(self) -> str:
        """The pseudonym in keys and in the evidence trail."""
        return f"employee:{self.id}"

    @property
    def named(self) -> "Named":
        """What a refusal may say of the person, which outlives the transaction that it undoes."""
        return Named(self.id, self.name, self.wecom_id)

    def is_here(self, at: datetime) -> bool:
        """Whether the person has not left by then."""
        return self.left_at is None or self.left_at > at

    @property
    def role(self) -> str:
        """The role of the main post; empty for who holds none."""
        return self.posts[0].role if self.posts else ""

    @property
    def unit_id(self) -> int | None:
        """The unit of the main post."""
        return self.posts[0].unit_id if self.posts else None


class Post(Base):
    """A post that an employee holds in a unit, in a role, from one moment to another."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(50), default="")
    """What it is called: 高级催收员."""
    is_main: Mapped[bool] = mapped_column(default=True)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(None, "employee_id", "starts_at"),
        Index(None, "unit_id", "role"),
        Index(
            "uq_post_main",
            "employee_id",
            unique=True,
            sqlite_where=text("is_main AND ends_at IS NULL"),
            postgresql_where=text("is_main AND ends_at IS NULL"),
        ),
    )


class Nickname(Base):
    """What somebody is called among colleagues (外号); several may be called the same."""

    __tablename__ = "nickname"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    words: Mapped[str] = mapped_column(String(20))
    """In lower case, without blanks."""
    given_at: Mapped[datetime] = mapped_column(Moment)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (UniqueConstraint("employee_id", "words"), Index(None, "words"))


class EmployeeNumber(Base):
    """The last employee number that was given, by its prefix."""

    __tablename__ = "employee_number"

    prefix: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class Candidate(Base):
    """A candidate: somebody who applied, who follows the service account, or both.

    A follower who is not known yet has an OpenID and nothing else; one who was imported has no OpenID before
    the binding.
    """

    __tablename__ = "candidate"

    id: Mapped[int] = mapped_column(primary_key=True)
    openid: Mapped[str | None] = mapped_column(String(128), unique=True)
    followed_at: Mapped[datetime | None] = mapped_column(Moment)
    scene: Mapped[str | None] = mapped_column(Text)
    """The scene of the QR code through which the person came."""
    name: Mapped[str | None] = mapped_column(String(100))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the person's own key (models/secrecy)."""
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed as well."""
    phone_hash: Mapped[str | None] = mapped_column(String(64))
    id_hash: Mapped[str | None] = mapped_column(String(64))
    bound_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the OpenID was bound to the person."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("candidate.id"))
    """The same person under another row, as a human decided."""

    __table_args__ = (
        Index(
            "ix_candidate_phone_hash",
            "phone_hash",
            sqlite_where=text("phone_hash IS NOT NULL"),
            postgresql_where=text("phone_hash IS NOT NULL"),
        ),
        Index(
            "ix_candidate_id_hash",
            "id_hash",
            sqlite_where=text("id_hash IS NOT NULL"),
            postgresql_where=text("id_hash IS NOT NULL"),
        ),
        Index(None, "merged_into_id"),
    )

    @property
    def subject(self) -> str:
        """The pseudonym in keys and in the evidence trail."""
        return f"candidate:{self.id}"

    @property
    def role(self) -> str:
        """Candidates have one role."""
        return Role.CANDIDATE

    @property
    def roles(self) -> frozenset[str]:
        """Candidates have one role."""
        return frozenset({Role.CANDIDATE})


Person = Employee | Candidate
