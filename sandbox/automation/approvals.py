"""Approvals over the control interface: forms, submitting one, acting as an approver."""

from starlette.requests import Request

from sandbox.approvals import EVENTS, Approval, read_nodes
from sandbox.callbacks import CallbackSender
from sandbox.configure import read_approval_template
from sandbox.errors import ApiError, ControlError
from sandbox.operation import Operation, need_corp, need_person
from sandbox.platform.approvals import ApprovalDesk, check_form
from sandbox.world import Corp, Json, Member, World

ACTIONS = (*EVENTS, "delete")


class ApprovalControl:
    """``…/approvals``."""

    def __init__(self, world: World, sender: CallbackSender) -> None:
        self.world = world
        self.desk = ApprovalDesk(world, sender)

    def operations(self) -> list[Operation]:
        """All endpoints."""
        corp, person = "/control/corps/{corp}", "/control/people/{person}/approvals"
        form = {"template_id": "string", "contents": "array", "third_no": "string", "agent_id": "integer"}
        return [
            Operation(
                "PUT",
                f"{corp}/approval-templates/{{template}}",
                "新建或替换审批模板",
                self.put_template,
                {"name": "string", "controls": "array", "approvers": "array", "notifyers": "array"},
            ),
            Operation(
                "PUT",
                f"{corp}/vacations",
                "设定假期类型与余额",
                self.put_vacations,
                {"vacations": "array", "quotas": "object"},
            ),
            Operation("GET", f"{corp}/approvals", "所有审批单", self.all),
            Operation("GET", f"{corp}/approvals/{{number}}", "一份审批单", self.one),
            Operation("GET", person, "此人发起和待此人审批的", self.mine, None, ("home",)),
            Operation(
                "POST", person, "此人提交审批(带 third_no 为自建审批流程)", self.submit, form, ("home",)
            ),
            Operation(
                "POST",
                f"{person}/{{number}}/{{action}}",
                "审批、转审、加签、撤销、催办、评论",
                self.act,
                {"speech": "string", "to": "string"},
                ("home",),
            ),
        ]

    def _member(self, request: Request) -> tuple[Corp, Member]:
        corp, member = need_person(self.world, request)
        if not isinstance(corp, Corp) or not isinstance(member, Member):
            raise ControlError("只有企业成员有审批", 409)
        return corp, member

    @staticmethod
    def _approval(corp: Corp, number: str) -> Approval:
        approval = corp.approvals.get(number)
        if approval is None:
            raise ControlError(f"没有审批单 {number}", 404)
        return approval

    async def put_template(self, request: Request, body: Json) -> Json:
        """A form."""
        corp = need_corp(self.world, request)
        template = read_approval_template({**body, "template_id": request.path_params["template"]})
        corp.approval_templates[template.template_id] = template
        return vars(template)

    async def put_vacations(self, request: Request, body: Json) -> Json:
        """Kinds of leave, and who has how many seconds left of which."""
        corp = need_corp(self.world, request)
        kinds = body.get("vacations")
        if kinds is not None:
            if not all(isinstance(kind.get("id"), int) for kind in kinds):
                raise ControlError("vacations 形如 [{id, name, …}]")
            corp.vacations = kinds
        for userid, left in (body.get("quotas") or {}).items():
            corp.vacation_quotas[userid.lower()] = {int(kind): int(seconds) for kind, seconds in left.items()}
        return {"vacations": corp.vacations, "quotas": corp.vacation_quotas}

    async def all(self, request: Request, body: Json) -> Json:
        """Every form of the corp."""
        corp = need_corp(self.world, request)
        return {"approvals": [approval.as_json() for approval in corp.approvals.values()]}

    async def one(self, request: Request, body: Json) -> Json:
        """One form."""
        return self._approval(need_corp(self.world, request), request.path_params["number"]).as_json()

    async def mine(self, request: Request, body: Json) -> Json:
        """What this person submitted, and what waits for this person."""
        corp, member = self._member(request)
        every = list(corp.approvals.values())
        own = [a.as_json() for a in every if a.applicant == member.userid]
        waits = [a.as_json() for a in every if member.userid.lower() in map(str.lower, a.waiting_for())]
        return {"submitted": own, "waiting": waits}

    async def submit(self, request: Request, body: Json) -> Json:
        """Fill in a form and send it off."""
        corp, member = self._member(request)
        template = corp.approval_templates.get(str(body.get("template_id") or ""))
        if template is None:
            raise ControlError("没有这个审批模板", 404)
        try:
            contents = check_form(template, body.get("contents") or [])
            nodes = read_nodes(body.get("approvers") or template.approvers)
        except ApiError as error:
            raise ControlError(f"表单不对：{error.text}") from error
        except ValueError as error:
            raise ControlError("approvers 形如 [{attr: 1 或 2, userid: [...]}]") from error
        if not nodes:
            raise ControlError("模板没有审批人，请给 approvers")
        third_no = str(body.get("third_no") or "")
        if third_no in corp.approvals:
            raise ControlError(f"third_no 已经用过：{third_no}", 409)
        approval = Approval(
            sp_no="" if third_no else self.desk.next_number(corp),
            name=template.name,
            template_id=template.template_id,
            applicant=member.userid,
            department=member.department[0] if member.department else 1,
            at=self.world.clock.seconds(),
            nodes=nodes,
            notifyers=template.notifyers,
            contents=contents,
            third_no=third_no,
            agent_id=self._engine(corp, body) if third_no else None,
        )
        return self.desk.submit(corp, approval).as_json()

    @staticmethod
    def _engine(corp: Corp, body: Json) -> int:
        given = body.get("agent_id")
        number = next(iter(corp.apps), None) if given is None else int(given)
        if number is None or number not in corp.apps:
            raise ControlError("没有这个应用", 404)
        return number

    async def act(self, request: Request, body: Json) -> Json:
        """One step of one person."""
        corp, member = self._member(request)
        approval, action = self._approval(corp, request.path_params["number"]), request.path_params["action"]
        if action not in ACTIONS:
            raise ControlError(f"没有这个动作：{action}。可用：{'、'.join(ACTIONS)}", 404)
        to = str(body.get("to") or "")
        if to and corp.member(to) is None:
            raise ControlError(f"没有 {to}", 404)
        self.desk.act(corp, approval, action, member, str(body.get("speech") or ""), to)
        return approval.as_json()
