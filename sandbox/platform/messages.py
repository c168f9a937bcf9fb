"""Messages of apps: sending, recall, card updates (protocol 3.2 to 3.5)."""

import secrets
from typing import Any

from sandbox import cards
from sandbox.errors import ApiError
from sandbox.faults import Faults
from sandbox.limits import DAY, SendingLimits
from sandbox.platform import contents
from sandbox.platform.access import Access
from sandbox.platform.api import OK, Call, Handler
from sandbox.render import render
from sandbox.replies import replace_card
from sandbox.world import App, Corp, Json, Member, Sending, World

CARD_WINDOW = 72 * 3600
MOST_USERS, MOST_PARTIES, MOST_TAGS = 1000, 100, 100


def check_many(users: list[str], parties: list[Any], tags: list[Any]) -> None:
    """Refuse too many receivers: 40032, 82002, 82003 (3.2, 3.5)."""
    if len(users) > MOST_USERS:
        raise ApiError(40032)
    if len(parties) > MOST_PARTIES:
        raise ApiError(82002)
    if len(tags) > MOST_TAGS:
        raise ApiError(82003)


class MessagesApi:
    """``message/…``."""

    def __init__(self, world: World, faults: Faults, access: Access) -> None:
        self.world = world
        self.faults = faults
        self.access = access
        self.reset()

    def reset(self) -> None:
        """Forget every count."""
        self.limits = SendingLimits(self.world.settings)

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {}

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {
            "message/send": self.message_send,
            "message/recall": self.message_recall,
            "message/update_template_card": self.update_template_card,
        }

    async def message_send(self, call: Call) -> Json:
        """Validate, resolve the receivers, deliver, and answer with what was accepted."""
        body = call.body
        msgtype = body.get("msgtype")
        agent_id = body.get("agentid", "") if msgtype != "miniprogram_notice" else None
        corp, app = self.access.app(call, agent_id)
        receivers, invalid = self._receivers(call, corp, app)
        content = self._content(call, corp, app, body)
        now = self.world.clock.timestamp()
        self.limits.count_day(corp.id, app.agent_id, len(receivers), corp.account_limit, now)
        sending = Sending(secrets.token_urlsafe(32), corp.id, app.agent_id, now, str(msgtype), set())
        self.world.sendings[sending.msgid] = sending
        suppressed = [self._deliver(corp, app, member, sending, body, content, now) for member in receivers]
        answer = {**OK, **invalid, "msgid": sending.msgid}
        if all(suppressed):
            answer["errcode"] = self.world.settings.duplicate_errcode
        if msgtype == "template_card":
            sending.task_id = str(content.get("task_id") or "")
            app.task_ids.add(sending.task_id)
            if cards.carries_response_code(content):
                answer["response_code"] = self.world.issue_response_code(sending.msgid, corp.id, app.agent_id)
        return answer

    def _deliver(
        self, corp: Corp, app: App, member: Member, sending: Sending, body: Json, content: Json, now: float
    ) -> bool:
        """Put it on one phone; whether duplicate checking kept it away."""
        sending.receivers.add(member.userid)
        if self.limits.is_duplicate(corp.id, app.agent_id, member.userid, body, now):
            return True
        if self.limits.is_over_member_limit(corp.id, app.agent_id, member.userid, now):
            self._drop(corp, app, member, "超过单人频率，静默丢弃")
            return False
        if self.faults.take("delivery_drop", "/wecom/cgi-bin/message/send", member.userid) is not None:
            self._drop(corp, app, member, "已受理，未送达(故障)")
            return False
        self.world.add_message(
            home=corp.id,
            agent_id=app.agent_id,
            person=member.userid,
            direction="in",
            msgtype=sending.msgtype,
            content=content,
            text=render(sending.msgtype, content),
            id=sending.msgid,
        )
        return False

    def _drop(self, corp: Corp, app: App, member: Member, outcome: str) -> None:
        self.world.record("drop", home=corp.id, name=app.name, person=member.userid, outcome=outcome)

    def _receivers(self, call: Call, corp: Corp, app: App) -> tuple[list[Member], Json]:
        body = call.body
        users, parties, tags = (self._split(body.get(name)) for name in ("touser", "toparty", "totag"))
        if not users and not parties and not tags:
            raise ApiError(82001)
        visible = [m for m in corp.visible(app) if not self._unreachable(call, m)]
        if users == ["@all"]:
            if not visible:
                raise ApiError(81013)
            return visible, {}
        check_many(users, parties, tags)
        allowed = {member.userid.lower(): member for member in visible}
        chosen: dict[str, Member] = {}
        bad_users = [user.lower() for user in users if user.lower() not in allowed]
        chosen |= {user.lower(): allowed[user.lower()] for user in users if user.lower() in allowed}
        bad_parties, seen = [], corp.seen_departments(app)
        for party in parties:
            if not party.isdigit() or int(party) not in seen:
                bad_parties.append(party)
                continue
            below = corp.below(int(party))
            chosen |= {name: m for name, m in allowed.items() if below.intersection(m.department)}
        bad_tags = [tag for tag in tags if not tag.isdigit() or int(tag) not in corp.tags]
        for tag in set(tags) - set(bad_tags):
            names = {member.userid.lower() for member in corp.tagged(int(tag))}
            chosen |= {name: m for name, m in allowed.items() if name in names}
        if not chosen:
            raise ApiError(81013)
        invalid = {"invaliduser": bad_users, "invalidparty": bad_parties, "invalidtag": bad_tags}
        return list(chosen.values()), {name: "|".join(values) for name, values in invalid.items() if values}

    def _unreachable(self, call: Call, member: Member) -> bool:
        return self.faults.take("out_of_reach", f"/wecom/{call.path}", member.userid) is not None

    @staticmethod
    def _split(value: Any) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, str | int):
            raise ApiError(40058, "receivers are strings joined by |")
        return [part for part in str(value).split("|") if part]

    def _content(self, call: Call, corp: Corp, app: App, body: Json) -> Json:
        msgtype = body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in {
            *contents.PLAIN,
            *contents.UPLOADED,
            "template_card",
        }:
            raise ApiError(40008)
        contents.check_safe(msgtype, body.get("safe", 0))
        if msgtype == "miniprogram_notice" and "@all" in str(body.get("touser", "")):
            raise ApiError(90208)
        if msgtype != "template_card":
            return contents.read(call, msgtype, body.get(msgtype))
        if not isinstance(body.get(msgtype), dict):
            raise ApiError(40058, msgtype)
        return self._template_card(corp, app, body[msgtype])

    def _template_card(self, corp: Corp, app: App, content: Json) -> Json:
        card = self._checked_card(corp, content)
        if cards.needs_callback(card) and app.callback is None:
            raise ApiError(43012)
        if card.get("task_id") and card["task_id"] in app.task_ids:
            raise ApiError(42014, "task_id was used before")
        return card

    def _checked_card(self, corp: Corp, card: Any) -> Json:
        return cards.validate(
            card,
            known_media=lambda media_id: self.world.live_media(corp.id, media_id) is not None,
            known_user=lambda userid: corp.member(userid) is not None,
        )

    # -- recall and update (3.4, 3.5) -----------------------------------------------------------------------

    async def message_recall(self, call: Call) -> Json:
        """Take a message back within 24 hours."""
        corp, app = self.access.app(call)
        sending = self.world.sendings.get(str(call.body.get("msgid") or ""))
        if sending is None or (sending.corp, sending.agent_id) != (corp.id, app.agent_id):
            raise ApiError(40058, "msgid")
        if self.world.clock.timestamp() - sending.at > DAY:
            raise ApiError(42052)
        for message in self.world.copies(sending.msgid, corp.id):
            if not message.recalled:
                self.world.change_message(message, recalled=True)
        return OK

    async def update_template_card(self, call: Call) -> Json:
        """Change a card once per response code, within 72 hours."""
        body = call.body
        corp, app = self.access.app(call, body.get("agentid", ""))
        code = self.world.response_codes.get(str(body.get("response_code") or ""))
        if code is None or code.corp != corp.id or self.world.clock.timestamp() - code.issued > CARD_WINDOW:
            raise ApiError(60140)
        if code.agent_id != app.agent_id:
            raise ApiError(42015)
        sending = self.world.sendings[code.msgid]
        targets, invalid = self._card_targets(corp, sending, body)
        copies = [m for m in self.world.copies(code.msgid, corp.id) if m.person in targets]
        button, card = body.get("button"), body.get("template_card")
        if isinstance(button, dict) and button.get("replace_name"):
            if any(copy.content.get("card_type") not in cards.INTERACTIVE for copy in copies):
                raise ApiError(40058, "this card has no buttons")
            for copy in copies:
                self.world.change_message(copy, replace_text=str(button["replace_name"]), updated=True)
        elif isinstance(card, dict):
            card = {**card, "task_id": card.get("task_id") or sending.task_id}
            self._checked_card(corp, card)
            for copy in copies:
                replace_card(self.world, copy, card)
        else:
            raise ApiError(40058, "button or template_card")
        del self.world.response_codes[code.code]
        return {**OK, **self._invalid(invalid)}

    def _invalid(self, names: list[str]) -> Json:
        as_list = self.world.settings.update_card_invaliduser_list
        return {"invaliduser": names if as_list else "|".join(names)} if names else {}

    def _card_targets(self, corp: Corp, sending: Sending, body: Json) -> tuple[set[str], list[str]]:
        if body.get("atall") == 1:
            return sending.receivers, []
        users = [str(userid) for userid in body.get("userids") or []]
        parties = [int(party) for party in body.get("partyids") or []]
        tags = [int(tag) for tag in body.get("tagids") or []]
        if not users and not parties and not tags:
            raise ApiError(82101)
        check_many(users, parties, tags)
        named = {userid.lower() for userid in users}
        below = set[int]().union(*(corp.below(party) for party in parties))
        named |= {m.userid.lower() for m in corp.members.values() if below.intersection(m.department)}
        for tag in tags:
            named |= {member.userid.lower() for member in corp.tagged(tag)}
        targets = {userid for userid in sending.receivers if userid.lower() in named}
        if not targets:
            raise ApiError(82102)
        reached = {userid.lower() for userid in targets}
        return targets, [userid.lower() for userid in users if userid.lower() not in reached]
