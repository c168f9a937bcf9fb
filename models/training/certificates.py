"""Certificates: what somebody has shown that they know, and until when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit
from models.staff import Employee
from models.training.tables import Attempt, Certificate, CourseVersion


def certify(
    session: Session, *, person: Employee, version: CourseVersion, attempt: Attempt | None, at: datetime
) -> Certificate | None:
    """Give the certificate of a course that gives one; the one before it is taken away for it."""
    if version.valid_days is None:
        return None
    session.execute(
        update(Certificate)
        .where(
            Certificate.employee_id == person.id,
            Certificate.course_id == version.course_id,
            Certificate.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )
    certificate = Certificate(
        employee_id=person.id,
        course_id=version.course_id,
        version_id=version.id,
        attempt_id=None if attempt is None else attempt.id,
        licence=version.licence,
        score=None if attempt is None else attempt.score,
        granted_at=at,
        expires_at=at + timedelta(days=version.valid_days),
    )
    session.add(certificate)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=person.subject,
        action="training.certify",
        subject=person.subject,
        details={"certificate": certificate.id, "version": version.id, "licence": version.licence},
    )
    return certificate


def standing_certificate(
    session: Session, employee_id: int, course_id: int, at: datetime
) -> Certificate | None:
    """The certificate of a course that somebody holds now."""
    return session.scalars(
        select(Certificate)
        .where(
            Certificate.employee_id == employee_id,
            Certificate.course_id == course_id,
            Certificate.revoked_at.is_(None),
            Certificate.expires_at > at,
        )
        .order_by(Certificate.id.desc())
        .limit(1)
    ).first()


def certificates_of(session: Session, person: Employee) -> Sequence[tuple[Certificate, CourseVersion | None]]:
    """What somebody holds or held and nobody took away, the newest first; None: it was earned elsewhere."""
    found = session.execute(
        select(Certificate, CourseVersion)
        .outerjoin(CourseVersion, CourseVersion.id == Certificate.version_id)
        .where(Certificate.employee_id == person.id, Certificate.revoked_at.is_(None))
        .order_by(Certificate.id.desc())
    ).all()
    return [(certificate, version) for certificate, version in found]
