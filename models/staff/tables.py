"""Who is who: teams, employees and candidates."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Role(StrEnum):
    """What a person is in the organisation (domain.md section 1); rights hang on it."""

    COLLECTOR = "collector"
    FIELD_REP = "field_rep"
    TEAM_LEADER = "team_leader"
    SUPERVISOR = "supervisor"
    HR = "hr"
    ADMIN = "admin"
    CANDIDATE = "candidate"


class Team(Base):
    """A team of employees under one leader."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)


class Employee(Base):
    """A member of the organisation, known to WeCom by `wecom_id`."""

    __tablename__ = "employee"

    id: Mapped[int] = mapped_column(primary_key=True)
    wecom_id: Mapped[str] = mapped_column(String(64))
    """The member's UserID as the directory writes it."""
    wecom_key: Mapped[str] = mapped_column(String(64), unique=True)
    """The UserID in lower case: the directory does not tell case apart (protocol 2.1)."""
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    left_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "team_id"),)


class Candidate(Base):
    """A follower of the service account, known by OpenID."""

    __tablename__ = "candidate"

    id: Mapped[int] = mapped_column(primary_key=True)
    openid: Mapped[str] = mapped_column(String(128), unique=True)
    followed_at: Mapped[datetime] = mapped_column(Moment)
    scene: Mapped[str | None] = mapped_column(Text)
    """The scene of the QR code through which the person came."""

    @property
    def role(self) -> str:
        """Candidates have one role."""
        return Role.CANDIDATE


Person = Employee | Candidate
