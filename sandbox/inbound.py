"""Plaintext XML of everything a platform tells a bot (protocol section 2)."""

from typing import Any

from sandbox.envelope import to_xml
from sandbox.geo import Place
from sandbox.world import Account, App, Corp, Department, Member

Fields = dict[str, Any]


def message(kind: str, number: int, **elements: Any) -> Fields:
    """An ordinary message (2.2, 2.7)."""
    return {"MsgType": kind, **elements, "MsgId": number}


def event(name: str, **elements: Any) -> Fields:
    """An event (2.3, 2.8)."""
    return {"MsgType": "event", "Event": name, **elements}


def from_app(corp: Corp, app: App, userid: str, at: int, fields: Fields) -> str:
    """What an app's callback receives."""
    head = {"ToUserName": corp.id, "FromUserName": userid, "CreateTime": at}
    return to_xml({**head, **fields, "AgentID": app.agent_id})


def from_account(account: Account, openid: str, at: int, fields: Fields) -> str:
    """What a service account's callback receives."""
    head = {"ToUserName": account.original_id, "FromUserName": openid, "CreateTime": at}
    return to_xml({**head, **fields})


def from_system(corp: Corp, at: int, fields: Fields) -> str:
    """What the contact-sync callback receives: from ``sys``, without AgentID (2.4)."""
    head = {"ToUserName": corp.id, "FromUserName": "sys", "CreateTime": at}
    return to_xml({**head, **fields})


def location(place: Place, number: int, from_wecom: bool) -> Fields:
    """A location message; its point is GCJ-02."""
    app_type = {"AppType": "wxwork"} if from_wecom else {}
    return message(
        "location",
        number,
        Location_X=f"{place.latitude:.6f}",
        Location_Y=f"{place.longitude:.6f}",
        Scale=16,
        Label=place.label,
        **app_type,
    )


def location_select(key: str, place: Place, from_wecom: bool) -> Fields:
    """The event before the location message that a menu asked for."""
    information = {
        "Location_X": f"{place.latitude:.6f}",
        "Location_Y": f"{place.longitude:.6f}",
        "Scale": "16",
        "Label": place.label,
        "Poiname": place.label,
    }
    app_type = {"AppType": "wxwork"} if from_wecom else {}
    return event("location_select", EventKey=key, SendLocationInfo=information, **app_type)


def location_report(place: Place, from_wecom: bool) -> Fields:
    """The automatic position on entering the chat; the caller chose its coordinates."""
    app_type = {"AppType": "wxwork"} if from_wecom else {}
    return event(
        "LOCATION",
        Latitude=f"{place.latitude:.6f}",
        Longitude=f"{place.longitude:.6f}",
        Precision=f"{place.accuracy:.1f}",
        **app_type,
    )


def pictures(name: str, key: str, digests: list[str], repeat_list: bool = False) -> Fields:
    """A photo menu; every picture follows as an image message. ``repeat_list``: the odd shape seen in 2.3."""
    items: list[Fields] = [{"PicMd5Sum": digest} for digest in digests]
    listing: Fields = {"Count": len(digests), "PicList": {"item": items}}
    if repeat_list:
        listing = {"PicList": [{"item": item} for item in items], "Count": len(digests)}
    return event(name, EventKey=key, SendPicsInfo=listing)


def scan(name: str, key: str, result: str) -> Fields:
    """A scan menu."""
    return event(name, EventKey=key, ScanCodeInfo={"ScanType": "qrcode", "ScanResult": result})


def card_event(
    name: str, key: str, card: dict[str, Any], response_code: str, selected: list[dict[str, Any]]
) -> Fields:
    """A tap on a card's button or in its menu."""
    elements: Fields = {
        "EventKey": key,
        "TaskId": card.get("task_id") or "",
        "CardType": card["card_type"],
        "ResponseCode": response_code,
    }
    if selected:
        elements["SelectedItems"] = {"SelectedItem": selected}
    return event(name, **elements)


def contact_change(kind: str, member: Member, full: bool = False) -> Fields:
    """A directory event; since 2022-08-15 it names only the member and the departments (2.4)."""
    elements: Fields = {"ChangeType": kind, "UserID": member.userid}
    if kind == "delete_user":
        return event("change_contact", **elements)
    departments = ",".join(str(number) for number in member.department)
    if not full:
        return event("change_contact", **elements, Department=departments)
    extra = member.extra
    leads = extra.get("is_leader_in_dept") or [0] * len(member.department)
    return event(
        "change_contact",
        **elements,
        Name=member.name,
        Department=departments,
        MainDepartment=member.department[0] if member.department else 0,
        IsLeaderInDept=",".join(str(lead) for lead in leads),
        DirectLeader=",".join(str(userid) for userid in extra.get("direct_leader") or []),
        Position=member.position,
        Mobile=member.mobile,
        Gender=int(extra.get("gender") or 0),
        Email=str(extra.get("email") or ""),
        BizMail=str(extra.get("biz_mail") or ""),
        Status=member.status,
        Avatar=member.avatar,
        Alias=str(extra.get("alias") or ""),
        Telephone=str(extra.get("telephone") or ""),
        Address=str(extra.get("address") or ""),
    )


def renamed(before: str, member: Member) -> Fields:
    """A member whose id changed (2.4)."""
    departments = ",".join(str(number) for number in member.department)
    about: Fields = {"ChangeType": "update_user", "UserID": before, "NewUserID": member.userid}
    return event("change_contact", **about, Department=departments)


def party_created(node: Department) -> Fields:
    """A new department (2.4)."""
    about: Fields = {"ChangeType": "create_party", "Id": node.id, "Name": node.name}
    return event("change_contact", **about, ParentId=node.parentid, Order=node.order)


def party_updated(before: Department, node: Department) -> Fields:
    """A changed department, with what changed (2.4)."""
    changed: Fields = {}
    if before.name != node.name:
        changed["Name"] = node.name
    if before.parentid != node.parentid:
        changed["ParentId"] = node.parentid
    return event("change_contact", ChangeType="update_party", Id=node.id, **changed)


def party_deleted(number: int) -> Fields:
    """A department that is gone (2.4)."""
    return event("change_contact", ChangeType="delete_party", Id=number)


def tag_change(number: int, before: dict[str, Any], after: dict[str, Any]) -> Fields | None:
    """Who came to a tag and who left it; none if nobody did (2.4)."""

    def moved(name: str, here: dict[str, Any], there: dict[str, Any]) -> str:
        known = {str(one).lower() for one in there.get(name) or []}
        return ",".join(str(one) for one in here.get(name) or [] if str(one).lower() not in known)

    items = {
        "AddUserItems": moved("userlist", after, before),
        "DelUserItems": moved("userlist", before, after),
        "AddPartyItems": moved("partylist", after, before),
        "DelPartyItems": moved("partylist", before, after),
    }
    if not any(items.values()):
        return None
    return event("change_contact", ChangeType="update_tag", TagId=number, **items)
