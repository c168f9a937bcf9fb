"""Approvals of a corp: forms, their way through the approvers, their states (protocol 2.5, 3.13)."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import ControlError

REVIEWING, APPROVED, REJECTED, WITHDRAWN, REVOKED, DELETED = 1, 2, 3, 4, 6, 7
TRANSFERRED = 4
ANY_OF, ALL_OF = 1, 2
SUBMITTED = 1
EVENTS = {
    "agree": 2,
    "reject": 3,
    "transfer": 4,
    "urge": 5,
    "withdraw": 6,
    "revoke": 8,
    "comment": 10,
    "add": 12,
}
"""``StatuChangeEvent`` of what a person may do; submitting is 1, deleting is not told."""


@dataclass
class ApprovalTemplate:
    """A form: its controls as ``gettemplatedetail`` shows them, and its own approvers."""

    template_id: str
    name: str
    controls: list[dict[str, Any]] = field(default_factory=list)
    approvers: list[dict[str, Any]] = field(default_factory=list)
    notifyers: list[str] = field(default_factory=list)
    system: bool = False
    """Clock-in correction and shift swap: people may submit them, the API may not."""


@dataclass
class Decision:
    """One approver's word."""

    userid: str
    status: int = REVIEWING
    speech: str = ""
    at: int = 0


@dataclass
class Node:
    """One step: any of its approvers, or all of them."""

    attr: int
    decisions: list[Decision]
    status: int = REVIEWING

    def settle(self) -> None:
        """Take the step's status from its approvers' words."""
        asked = [decision for decision in self.decisions if decision.status != TRANSFERRED]
        agreed = [decision for decision in asked if decision.status == APPROVED]
        if any(decision.status == REJECTED for decision in asked):
            self.status = REJECTED
        elif (self.attr == ANY_OF and agreed) or len(agreed) == len(asked):
            self.status = APPROVED


@dataclass
class Comment:
    """A remark under a form."""

    id: str
    userid: str
    at: int
    content: str


@dataclass
class Approval:
    """A submitted form; ``third_no`` only for the self-built approval engine."""

    sp_no: str
    name: str
    template_id: str
    applicant: str
    department: int
    at: int
    nodes: list[Node]
    notifyers: list[str] = field(default_factory=list)
    contents: list[dict[str, Any]] = field(default_factory=list)
    summary: list[Any] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    status: int = REVIEWING
    third_no: str = ""
    agent_id: int | None = None
    """The app whose engine this is; none for a form of the approval application."""

    @property
    def step(self) -> int:
        """Index of the step whose turn it is; after the last one their number."""
        done = [node.status == APPROVED for node in self.nodes]
        return done.index(False) if False in done else len(done)

    def waiting_for(self) -> list[str]:
        """Whose word is awaited now."""
        if self.status != REVIEWING or self.step == len(self.nodes):
            return []
        return [d.userid for d in self.nodes[self.step].decisions if d.status == REVIEWING]

    def act(self, action: str, userid: str, at: int, speech: str = "", to: str = "") -> None:
        """One person's step; a ``ControlError`` if it is not theirs to take now."""
        if action in ("withdraw", "revoke", "urge", "delete"):
            self._as_applicant(action, userid)
        elif action == "comment":
            self.comments.append(Comment(f"{self.sp_no}-{len(self.comments) + 1}", userid, at, speech))
        else:
            self._as_approver(action, userid, at, speech, to)

    def _as_applicant(self, action: str, userid: str) -> None:
        if userid.lower() != self.applicant.lower():
            raise ControlError("只有申请人可以这样做", 409)
        needed = {"withdraw": (REVIEWING,), "urge": (REVIEWING,), "revoke": (APPROVED,)}
        if self.status not in needed.get(action, (REJECTED, WITHDRAWN, REVOKED)):
            raise ControlError("这份审批现在不能这样做", 409)
        self.status = {"withdraw": WITHDRAWN, "revoke": REVOKED, "delete": DELETED}.get(action, self.status)

    def _as_approver(self, action: str, userid: str, at: int, speech: str, to: str) -> None:
        waiting = {name.lower() for name in self.waiting_for()}
        if userid.lower() not in waiting:
            raise ControlError(f"现在不等 {userid} 审批", 409)
        node = self.nodes[self.step]
        mine = next(d for d in node.decisions if d.status == REVIEWING and d.userid.lower() == userid.lower())
        if action in ("transfer", "add"):
            if not to:
                raise ControlError("需要 to")
            node.decisions.append(Decision(to))
        if action != "add":
            mine.status = {"agree": APPROVED, "reject": REJECTED, "transfer": TRANSFERRED}[action]
            mine.speech, mine.at = speech, at
        node.settle()
        if node.status == REJECTED:
            self.status = REJECTED
        elif self.step == len(self.nodes):
            self.status = APPROVED

    def as_json(self) -> dict[str, Any]:
        """The form as the control interface shows it."""
        return {
            "no": self.third_no or self.sp_no,
            "name": self.name,
            "template_id": self.template_id,
            "applicant": self.applicant,
            "status": self.status,
            "waiting_for": self.waiting_for(),
            "nodes": [
                {"attr": n.attr, "status": n.status, "decisions": [vars(d) for d in n.decisions]}
                for n in self.nodes
            ],
            "notifyers": self.notifyers,
            "contents": self.contents,
            "comments": [vars(comment) for comment in self.comments],
            "at": self.at,
        }


def read_nodes(given: list[dict[str, Any]]) -> list[Node]:
    """Steps from ``[{attr, userid: […]}]``; ``ValueError`` for another shape."""
    nodes = []
    for step in given:
        users, attr = step.get("userid"), step.get("attr")
        if attr not in (ANY_OF, ALL_OF) or not isinstance(users, list) or not users:
            raise ValueError("approver")
        nodes.append(Node(attr, [Decision(str(userid)) for userid in users]))
    return nodes
