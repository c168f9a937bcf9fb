"""Refusals of the guard."""

from models.errors import DomainError, NotFound, NotPermitted


class ContactRefused(DomainError):
    """A rule of contact says no (facts: rule, rules, limits, pack, title, begin, end, why, at, next_at,
    can_be_lifted, debtor_id, contact_id, channel).

    That it was asked stands in the evidence trail all the same (`note_refusal`).
    """

    texts = "contact"


class NoSuchNumber(NotFound):
    """The debtor has no such number, or it cannot be read any more (facts: none)."""

    texts = "dialling"


class TooManyDials(DomainError):
    """Enough numbers for one day (facts: most)."""

    texts = "dialling"


class NotStopped(DomainError):
    """Nobody has stopped contact with this debtor."""

    texts = "contact"


class EvidenceMissing(DomainError):
    """A consent takes the number of a recording or a paper."""

    texts = "contact"


class HoursNotNeeded(DomainError):
    """Those hours are lawful without any consent (facts: begin, end)."""

    texts = "contact"


class ConsentTooLong(DomainError):
    """A consent begins now and ends within some days (facts: days)."""

    texts = "contact"


class NoConsent(DomainError):
    """The debtor has agreed to no other hours."""

    texts = "contact"


class NotAThirdParty(DomainError):
    """The number is the debtor's own: who does not want to be contacted at all, asks for a stop."""

    texts = "dialling"


class NotSuspended(DomainError):
    """The contact rights of this person are not suspended (facts: person)."""

    texts = "contact_rights"


class OwnRights(NotPermitted):
    """Nobody lifts the suspension of their own rights."""

    texts = "contact_rights"


class NoSuchCreditor(NotFound):
    """There is no creditor of this name (facts: name)."""

    texts = "rule_packs"


class NoSuchPack(NotFound):
    """There is no rule pack of this name (facts: name, packs)."""

    texts = "rule_packs"


class CallsOutOfRange(DomainError):
    """A creditor's number of calls is at least 1 and at most that of its pack (facts: most)."""

    texts = "rule_packs"


class RiskIncomplete(DomainError):
    """A line of a risk list takes a known kind, a source, and a name or a number (facts: kinds)."""

    texts = "risk"


class NoSuchRisk(NotFound):
    """There is no such line of a risk list (facts: number)."""

    texts = "risk"
