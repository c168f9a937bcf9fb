"""The approval API, and the callbacks of an approval on its way (protocol 2.5, 3.13)."""

from collections.abc import Callable
from typing import Any

from sandbox import inbound
from sandbox.approvals import EVENTS, SUBMITTED, Approval, ApprovalTemplate, read_nodes
from sandbox.callbacks import CallbackSender, Delivery, app_route
from sandbox.errors import ApiError
from sandbox.limits import DAY
from sandbox.platform.access import Access
from sandbox.platform.api import OK, Call, Handler
from sandbox.world import App, Corp, Json, Member, World

LONGEST, PAGE, FILES, SUMMARY_LINES = 31 * DAY, 100, 6, 3
FILTERS = ("template_id", "creator", "department", "sp_status")
VALUES = {
    "Text": "text",
    "Textarea": "text",
    "Number": "new_number",
    "Money": "new_money",
    "Date": "date",
    "Selector": "selector",
    "File": "files",
    "Table": "children",
    "Vacation": "vacation",
    "Attendance": "attendance",
    "PunchCorrection": "punch_correction",
    "Location": "location",
    "RelatedApproval": "related_approval",
    "Formula": "formula",
    "DateRange": "date_range",
}
"""The field that holds a control's value; Contact has ``members`` or ``departments``, Tips none."""


def check_form(template: ApprovalTemplate, contents: Any) -> list[Json]:
    """The values of a form, if they fit its controls; 301025 if not."""
    if not isinstance(contents, list):
        raise ApiError(301025, "apply_data.contents")
    controls = {control["id"]: control for control in template.controls}
    filled = set()
    for entry in contents:
        control = controls.get(entry.get("id")) if isinstance(entry, dict) else None
        if control is None or entry.get("control") != control["control"]:
            raise ApiError(301025, "control does not match the template")
        if not _is_filled(entry):
            if control.get("require"):
                raise ApiError(301025, f"{control['id']} is empty")
            continue
        filled.add(control["id"])
    missing = [name for name, control in controls.items() if control.get("require") and name not in filled]
    if missing:
        raise ApiError(301025, f"{missing[0]} is required")
    return contents


def _is_filled(entry: Json) -> bool:
    value, kind = entry.get("value"), entry.get("control")
    if kind == "Tips":
        return True
    if not isinstance(value, dict):
        return False
    if kind == "Contact":
        return bool(value.get("members") or value.get("departments"))
    held = value.get(VALUES.get(str(kind), ""))
    if kind == "File" and isinstance(held, list) and len(held) > FILES:
        raise ApiError(301025, f"at most {FILES} files")
    if kind == "Date" and isinstance(held, dict) and not isinstance(held.get("s_timestamp"), str):
        raise ApiError(301025, "date.s_timestamp must be a string")
    return bool(held)


class ApprovalDesk:
    """Submits forms and tells the apps what becomes of them; the API and the automation both come here."""

    def __init__(self, world: World, sender: CallbackSender) -> None:
        self.world = world
        self.sender = sender

    def submit(self, corp: Corp, approval: Approval) -> Approval:
        """A new form on its way."""
        corp.approvals[approval.third_no or approval.sp_no] = approval
        self.tell(corp, approval, SUBMITTED)
        return approval

    def next_number(self, corp: Corp) -> str:
        """``yyyymmdd`` and four digits."""
        day = self.world.clock.now().strftime("%Y%m%d")
        taken = sum(1 for number in corp.approvals if number.startswith(day))
        return f"{day}{taken + 1:04d}"

    def act(
        self, corp: Corp, approval: Approval, action: str, member: Member, speech: str = "", to: str = ""
    ) -> None:
        """One person's step, and the callback of it."""
        approval.act(action, member.userid, self.world.clock.seconds(), speech, to)
        if action in EVENTS:
            self.tell(corp, approval, EVENTS[action])

    def tell(self, corp: Corp, approval: Approval, change: int) -> None:
        """The callback: to every app allowed to use approvals, or to the app whose engine it is."""
        at = self.world.clock.seconds()
        own = approval.agent_id is not None
        if own and change not in (
            SUBMITTED,
            *(EVENTS[n] for n in ("agree", "reject", "transfer", "withdraw")),
        ):
            return
        fields = open_change(corp, approval) if own else system_change(corp, approval, change)
        for app in corp.apps.values():
            route = app_route(corp, app)
            wanted = app.agent_id == approval.agent_id if own else app.approval
            if route is not None and wanted:
                self.sender.send(Delivery(route, inbound.from_app(corp, app, "sys", at, fields)))
        self.world.wake()


class ApprovalApi:
    """``oa/…`` and ``corp/getopenapprovaldata``."""

    def __init__(self, world: World, access: Access, sender: CallbackSender) -> None:
        self.world = world
        self.access = access
        self.desk = ApprovalDesk(world, sender)

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {"oa/vacation/getcorpconf": self.vacations}

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {
            "oa/gettemplatedetail": self.template,
            "oa/applyevent": self.apply,
            "oa/getapprovalinfo": self.numbers,
            "oa/getapprovaldetail": self.detail,
            "corp/getopenapprovaldata": self.open_data,
            "oa/vacation/getuservacationquota": self.quota,
        }

    def _corp(self, call: Call) -> tuple[Corp, App]:
        corp, app = self.access.app(call)
        if not app.approval:
            raise ApiError(301055)
        return corp, app

    @staticmethod
    def _template(corp: Corp, given: Any) -> ApprovalTemplate:
        template = corp.approval_templates.get(str(given or ""))
        if template is None:
            raise ApiError(301026)
        return template

    async def template(self, call: Call) -> Json:
        """A form's name and controls."""
        corp, _ = self._corp(call)
        template = self._template(corp, call.body.get("template_id"))
        controls = [
            {
                "property": {
                    "control": control["control"],
                    "id": control["id"],
                    "title": _words(control.get("title") or ""),
                    "placeholder": _words(control.get("placeholder") or ""),
                    "require": int(bool(control.get("require"))),
                    "un_print": 0,
                },
                "config": control.get("config") or {},
            }
            for control in template.controls
        ]
        return {**OK, "template_names": _words(template.name), "template_content": {"controls": controls}}

    async def apply(self, call: Call) -> Json:
        """Submit a form for a member."""
        corp, app = self._corp(call)
        body, template = call.body, self._template(corp, call.body.get("template_id"))
        creator = corp.member(str(body.get("creator_userid") or ""))
        if creator is None:
            raise ApiError(60111)
        if creator not in corp.visible(app):
            raise ApiError(60011)
        if template.system:
            raise ApiError(301055, "this template cannot be submitted by API")
        contents = check_form(template, (body.get("apply_data") or {}).get("contents"))
        summary = body.get("summary_list") or []
        if not isinstance(summary, list) or not 1 <= len(summary) <= SUMMARY_LINES:
            raise ApiError(301025, "summary_list")
        approval = Approval(
            sp_no=self.desk.next_number(corp),
            name=template.name,
            template_id=template.template_id,
            applicant=creator.userid,
            department=int(body.get("choose_department") or creator.department[0]),
            at=self.world.clock.seconds(),
            nodes=self._nodes(corp, template, body),
            notifyers=self._notifyers(corp, template, body),
            contents=contents,
            summary=summary,
        )
        self.desk.submit(corp, approval)
        return {**OK, "sp_no": approval.sp_no}

    def _nodes(self, corp: Corp, template: ApprovalTemplate, body: Json) -> list[Any]:
        given = template.approvers
        if body.get("use_template_approver", 0) != 1:
            given = body.get("approver") or []
            process = body.get("process") or {}
            if not given and self.world.settings.approval_process_field:
                steps = [node for node in process.get("node_list") or [] if node.get("type", 1) == 1]
                given = [{"attr": step.get("apv_rel", 1), "userid": step.get("userid")} for step in steps]
        try:
            nodes = read_nodes(given)
        except (ValueError, AttributeError) as error:
            raise ApiError(301025, "approver") from error
        if not nodes:
            raise ApiError(301025, "approver")
        if not all(corp.member(decision.userid) for node in nodes for decision in node.decisions):
            raise ApiError(301025, "approver.userid")
        return nodes

    @staticmethod
    def _notifyers(corp: Corp, template: ApprovalTemplate, body: Json) -> list[str]:
        names = (
            template.notifyers if body.get("use_template_approver", 0) == 1 else body.get("notifyer") or []
        )
        if not all(corp.member(str(name)) for name in names):
            raise ApiError(301025, "notifyer")
        if body.get("notify_type", 1) not in (1, 2, 3):
            raise ApiError(301025, "notify_type")
        return [str(name) for name in names]

    async def numbers(self, call: Call) -> Json:
        """Numbers of forms submitted in an interval, a page at a time."""
        corp, _ = self._corp(call)
        body, settings = call.body, self.world.settings
        times = [body.get(name) for name in ("starttime", "endtime")]
        if not all(str(moment).isdigit() for moment in times):
            raise ApiError(301025, "starttime and endtime")
        start, end = (int(str(moment)) for moment in times)
        size = body.get("size", PAGE)
        cursor = str(body.get("new_cursor") or body.get("cursor") or 0)
        if end < start or end - start > LONGEST or not cursor.isdigit():
            raise ApiError(301025, "interval or cursor")
        if not isinstance(size, int) or not 1 <= size <= PAGE:
            raise ApiError(301025, "size")
        wanted = self._filter(body.get("filters") or [])
        system = [approval for approval in corp.approvals.values() if approval.agent_id is None]
        found = [a.sp_no for a in system if start <= a.at <= end and all(check(a) for check in wanted)]
        first, last = int(cursor), int(cursor) + size
        answer: Json = {**OK, "sp_no_list": found[first:last]}
        more = last if last < len(found) else None
        if more is not None:
            answer["next_cursor"] = more
        if settings.approval_new_cursor:
            answer["new_next_cursor"] = "" if more is None else str(more)
        return answer

    @staticmethod
    def _filter(filters: Any) -> list[Callable[[Approval], bool]]:
        if not isinstance(filters, list) or not all(one.get("key") in FILTERS for one in filters):
            raise ApiError(301025, "filters")
        reads: dict[str, Callable[[Approval], str]] = {
            "template_id": lambda approval: approval.template_id,
            "creator": lambda approval: approval.applicant,
            "department": lambda approval: str(approval.department),
            "sp_status": lambda approval: str(approval.status),
        }

        def check(one: Json) -> Callable[[Approval], bool]:
            read, value = reads[one["key"]], str(one.get("value") or "").lower()
            return lambda approval: read(approval).lower() == value

        return [check(one) for one in filters]

    async def detail(self, call: Call) -> Json:
        """Everything about one form."""
        corp, _ = self._corp(call)
        approval = corp.approvals.get(str(call.body.get("sp_no") or ""))
        if approval is None or approval.agent_id is not None:
            raise ApiError(301063)
        return {**OK, "info": detail(approval)}

    async def open_data(self, call: Call) -> Json:
        """Everything about a form of the self-built engine."""
        corp, app = self._corp(call)
        approval = corp.approvals.get(str(call.body.get("thirdNo") or ""))
        if approval is None or approval.agent_id != app.agent_id:
            raise ApiError(301063)
        information = open_change(corp, approval)["ApprovalInfo"]
        information["OpenSpstatus"] = information.pop("OpenSpStatus")
        return {**OK, "data": information}

    async def vacations(self, call: Call) -> Json:
        """The corp's kinds of leave."""
        corp, _ = self._corp(call)
        return {**OK, "lists": corp.vacations}

    async def quota(self, call: Call) -> Json:
        """What a member has left of each kind, in seconds."""
        corp, _ = self._corp(call)
        member = corp.member(str(call.body.get("userid") or ""))
        if member is None:
            raise ApiError(60111)
        given = corp.vacation_quotas.get(member.userid.lower()) or {}
        rows = []
        for kind in corp.vacations:
            left = given.get(kind["id"], 0)
            amounts = {"assignduration": left, "usedduration": 0, "leftduration": left}
            rows.append({"id": kind["id"], "vacationname": kind.get("name", ""), **amounts})
        return {**OK, "lists": rows}


def _words(text: str) -> list[Json]:
    return [{"text": text, "lang": "zh_CN"}] if text else []


def detail(approval: Approval) -> Json:
    """``getapprovaldetail``'s ``info``."""
    records = [
        {
            "sp_status": node.status,
            "approverattr": node.attr,
            "details": [
                {
                    "approver": {"userid": decision.userid},
                    "speech": decision.speech,
                    "sp_status": decision.status,
                    "sptime": decision.at,
                    "media_id": [],
                }
                for decision in node.decisions
            ],
        }
        for node in approval.nodes
    ]
    comments = [
        {
            "commentUserInfo": {"userid": comment.userid},
            "commenttime": comment.at,
            "commentcontent": comment.content,
            "commentid": comment.id,
            "media_id": [],
        }
        for comment in approval.comments
    ]
    return {
        "sp_no": approval.sp_no,
        "sp_name": approval.name,
        "sp_status": approval.status,
        "template_id": approval.template_id,
        "apply_time": approval.at,
        "applyer": {"userid": approval.applicant, "partyid": str(approval.department)},
        "sp_record": records,
        "notifyer": [{"userid": userid} for userid in approval.notifyers],
        "apply_data": {"contents": approval.contents},
        "comments": comments,
    }


def system_change(corp: Corp, approval: Approval, change: int) -> Json:
    """``sys_approval_change`` (2.5)."""
    records = [
        {
            "SpStatus": node.status,
            "ApproverAttr": node.attr,
            "Details": [
                {
                    "Approver": {"UserId": decision.userid},
                    "Speech": decision.speech,
                    "SpStatus": decision.status,
                    "SpTime": decision.at,
                }
                for decision in node.decisions
            ],
        }
        for node in approval.nodes
    ]
    comments = [
        {
            "CommentUserInfo": {"UserId": comment.userid},
            "CommentTime": comment.at,
            "CommentContent": comment.content,
            "CommentId": comment.id,
        }
        for comment in approval.comments
    ]
    information = {
        "SpNo": approval.sp_no,
        "SpName": approval.name,
        "SpStatus": approval.status,
        "TemplateId": approval.template_id,
        "ApplyTime": approval.at,
        "Applyer": {"UserId": approval.applicant, "Party": str(approval.department)},
        "SpRecord": records,
        "Notifyer": [{"UserId": userid} for userid in approval.notifyers],
        "Comments": comments,
        "StatuChangeEvent": change,
    }
    return inbound.event("sys_approval_change", ApprovalInfo=information)


def open_change(corp: Corp, approval: Approval) -> Json:
    """``open_approval_change`` (2.5)."""

    def about(userid: str) -> Json:
        member = corp.member(userid)
        parties = (
            [corp.departments[d].name for d in member.department if d in corp.departments] if member else []
        )
        party, image = parties[0] if parties else "", member.avatar if member else ""
        name = member.name if member else userid
        return {"ItemName": name, "ItemUserId": userid, "ItemParty": party, "ItemImage": image}

    nodes = [
        {
            "NodeStatus": node.status,
            "NodeAttr": node.attr,
            "NodeType": 1,
            "Items": {
                "Item": [
                    {
                        **about(decision.userid),
                        "ItemStatus": decision.status,
                        "ItemSpeech": decision.speech,
                        "ItemOpTime": decision.at,
                    }
                    for decision in node.decisions
                ]
            },
        }
        for node in approval.nodes
    ]
    applicant = about(approval.applicant)
    information = {
        "ThirdNo": approval.third_no,
        "OpenSpName": approval.name,
        "OpenTemplateId": approval.template_id,
        "OpenSpStatus": approval.status,
        "ApplyTime": approval.at,
        "ApplyUserName": applicant["ItemName"],
        "ApplyUserId": approval.applicant,
        "ApplyUserParty": applicant["ItemParty"],
        "ApplyUserImage": applicant["ItemImage"],
        "ApprovalNodes": {"ApprovalNode": nodes},
        "NotifyNodes": {"NotifyNode": [about(userid) for userid in approval.notifyers]},
        "approverstep": approval.step,
    }
    return inbound.event("open_approval_change", ApprovalInfo=information)
