"""Whom a team may contact about a debt: creditors, debtors, their numbers, and every contact there was."""

from datetime import date, datetime, time

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String, Time, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class Creditor(Base):
    """Who has placed the debts with us (甲方)."""

    __tablename__ = "creditor"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    pack: Mapped[str] = mapped_column(String(40), default="")
    """The rule pack its debtors live by (config/rule_packs); empty: the default one."""
    calls_per_day: Mapped[int | None]
    """A lower number of effective calls per debtor and day, where the creditor's agencies share it."""


class Debtor(Base):
    """Who owes a creditor: the key of all contact limits, not the case (domain.md section 1)."""

    __tablename__ = "debtor"

    id: Mapped[int] = mapped_column(primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    key_hash: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the identity number, else of phone and name: by which the same debtor is recognised."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    """Who has all open cases of this debtor (一户一主, domain.md 5.2); in the pool it is a supervisor."""
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the debtor's own key (models/secrecy)."""
    place: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Where the address is, sealed like it: latitude and longitude in degrees, GCJ-02, as JSON."""
    place_origin: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """Who says so: `import` or `confirmed` (by who leads, after a visit); empty: nobody."""
    name_mask: Mapped[str] = mapped_column(String(10), default="")
    """Surname and a star: what everybody sees."""
    name_hash: Mapped[str | None] = mapped_column(String(64))
    id_hash: Mapped[str | None] = mapped_column(String(64))
    district: Mapped[str] = mapped_column(String(100), default="")
    """The address down to the district."""
    lost_contact_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when the debtor cannot be reached: the gate to third parties."""
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    stopped_why: Mapped[str] = mapped_column(String(30), default="")
    """Since when, and by which code, nobody contacts the debtor at all (a request to stop, a risk list …)."""
    risk: Mapped[str] = mapped_column(String(30), default="")
    """The kind of the risk list somebody of this name or number is on; empty: none."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    redacted_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("creditor_id", "key_hash"),
        UniqueConstraint("id", "owner_id"),
        Index(None, "owner_id"),
        Index(None, "name_hash"),
        Index(None, "id_hash"),
    )

    @property
    def subject(self) -> str:
        """The pseudonym in keys and in the evidence trail."""
        return f"debtor:{self.id}"


class DebtorContact(Base):
    """A number by which a debtor, or somebody who knows the debtor, may be reached."""

    __tablename__ = "debtor_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    debtor_id: Mapped[int] = mapped_column(ForeignKey("debtor.id"))
    relation: Mapped[str] = mapped_column(String(30))
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    number: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed under the debtor's own key."""
    name_mask: Mapped[str] = mapped_column(String(10), default="")
    number_mask: Mapped[str] = mapped_column(String(20), default="")
    number_hash: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the number: the key of the limits per number."""
    source: Mapped[str] = mapped_column(String(50))
    """Where the number lawfully comes from, such as the loan file; never empty (domain.md 2.3)."""
    invalid_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when it is known to be no number of theirs."""
    do_not_contact_at: Mapped[datetime | None] = mapped_column(Moment)
    """When this person refused to be contacted: final, for every case of the debtor."""

    __table_args__ = (UniqueConstraint("debtor_id", "number_hash"), Index(None, "number_hash"))


class ContactConsent(Base):
    """A debtor agreed to be contacted at other hours; can be withdrawn at once (domain.md 2.2)."""

    __tablename__ = "contact_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    debtor_id: Mapped[int] = mapped_column(ForeignKey("debtor.id"))
    from_hour: Mapped[time] = mapped_column(Time)
    to_hour: Mapped[time] = mapped_column(Time)
    evidence: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The number of the recording or of the paper, sealed under the debtor's own key."""
    given_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (Index(None, "debtor_id"),)


class ContactAttempt(Base):
    """A contact made or tried. Always recorded; `flags` tells which rules it broke (domain.md 2.2)."""

    __tablename__ = "contact_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("debtor.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("debtor_contact.id"))
    number_hash: Mapped[str | None] = mapped_column(String(64))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    channel: Mapped[str] = mapped_column(String(10))
    direction: Mapped[str] = mapped_column(String(3))
    purpose: Mapped[str] = mapped_column(String(10), default="")
    at: Mapped[datetime] = mapped_column(Moment)
    day: Mapped[date] = mapped_column(Date)
    """The day in Shanghai to which it counts."""
    connected: Mapped[bool | None]
    """None until the person who dialled says what came of it."""
    reached: Mapped[str | None] = mapped_column(String(20))
    effective: Mapped[bool] = mapped_column(default=False)
    """An effective call: ours, connected, talked with the debtor (domain.md 2.2)."""
    pack: Mapped[str] = mapped_column(String(60), default="")
    """Rule pack and version by which it was judged."""
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The rules it broke."""

    __table_args__ = (
        Index(None, "debtor_id", "day"),
        Index(None, "number_hash", "day"),
        Index(None, "employee_id", "day"),
    )


class ContactSuspension(Base):
    """Somebody may contact no debtor until a supervisor lifts it (domain.md section 3, rule 6)."""

    __tablename__ = "contact_suspension"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    since: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(String(60))
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))

    __table_args__ = (
        Index(
            "uq_contact_suspension_open",
            "employee_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )


class RiskEntry(Base):
    """Somebody or some firm on a list of those with whom to stop at once (S4-21, S4-32)."""

    __tablename__ = "risk_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    """Such as `dishonest`, `p2p`, `money_laundering`."""
    label: Mapped[str] = mapped_column(String(30))
    """The masked name, for people."""
    name_hash: Mapped[str | None] = mapped_column(String(64))
    id_hash: Mapped[str | None] = mapped_column(String(64))
    number_hash: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(100))
    """The list it comes from."""
    added_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "name_hash"), Index(None, "id_hash"), Index(None, "number_hash"))
