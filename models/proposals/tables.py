"""Proposals wait in the database: they survive restarts and work once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class ProposalState(StrEnum):
    """The life of a proposal."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Proposal(Base):
    """Something that happens once the person who asked for it has confirmed it."""

    __tablename__ = "proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who asked, and alone may confirm."""
    kind: Mapped[str] = mapped_column(String(50))
    """Which handler carries it out (`Router.confirmation`)."""
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Ids, codes and dates; never personal values."""
    needs_code: Mapped[bool]
    """Whether it also takes the code of the second factor (S0-61)."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=ProposalState.OPEN)
    wrong_codes: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index(None, "employee_id", "state"),)


class SecondFactor(Base):
    """The authenticator of somebody who may do sensitive things (S0-61)."""

    __tablename__ = "second_factor"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed under the person's own key (models/secrecy)."""
    registered_at: Mapped[datetime] = mapped_column(Moment)
    last_used: Mapped[int] = mapped_column(BigInteger, default=0)
    """The step of the last code that was taken: no code works twice."""
    wrong_codes: Mapped[int] = mapped_column(default=0)
    """Since the last right one, over all proposals: who guesses on and on gets nowhere."""


class UndoState(StrEnum):
    """The life of something that can be taken back."""

    OPEN = "open"
    UNDONE = "undone"


class Undoable(Base):
    """Something that was done and can be taken back for a while, once (撤销)."""

    __tablename__ = "undoable"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who did it, and alone may take it back."""
    kind: Mapped[str] = mapped_column(String(50))
    """Which handler takes it back (`Router.inverse`)."""
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Ids, codes and dates; never personal values."""
    cause: Mapped[str] = mapped_column(String(150))
    """The key of the message that did it: what was said because of it is recalled."""
    done_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=UndoState.OPEN)

    __table_args__ = (Index(None, "employee_id", "state"),)
