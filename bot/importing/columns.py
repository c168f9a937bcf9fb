"""The columns of a table of cases: what creditors call them, and which others are let in."""

import re
from collections.abc import Mapping

from models.contact import Relation

REFERENCE, CREDITOR, PLACEMENT, NAME = "案件编号", "甲方", "批次", "姓名"
ID_NUMBER, PHONE, ADDRESS = "身份证号", "手机号", "住址"
LONGITUDE, LATITUDE, COORDINATES = "经度", "纬度", "坐标系"
OWED, BALANCE, PRINCIPAL = "欠款", "余额", "本金"
DAYS, SINCE = "逾期天数", "逾期日期"
START, END, UNIT, COMMISSION = "委案开始", "委案到期", "催收单位", "佣金"
PRODUCT, AREA, LANGUAGE = "产品", "地区", "语言"
DECLARED_CASES, DECLARED_AMOUNT = "声明件数", "声明金额"
NUMBER, STATUS, OWNER = "点将编号", "状态", "负责人"
OURS = (NUMBER, STATUS, OWNER)
"""What an export says beside what an import reads; an import passes over it."""
CONTACTS = tuple((f"联系人{n}姓名", f"联系人{n}关系", f"联系人{n}电话") for n in range(1, 6))
"""Name, relation and number of each further contact."""

_NAMES: Mapping[str, str] = {
    REFERENCE: "案号 案件号 委案编号 借据号 借据编号 合同号 合同编号",
    CREDITOR: "委托方 委托机构 委托单位 债权人 债权方 委案方",
    PLACEMENT: "委案批次 批次号 委案批次号 批次编号",
    NAME: "客户姓名 客户名称 债务人 债务人姓名 借款人 借款人姓名 持卡人 持卡人姓名",
    ID_NUMBER: "身份证 身份证号码 证件号 证件号码",
    PHONE: "手机 手机号码 本人手机 本人手机号 本人电话 联系电话 电话",
    ADDRESS: "地址 家庭地址 家庭住址 现住址 居住地址",
    LONGITUDE: "住址经度 地址经度",
    LATITUDE: "住址纬度 地址纬度",
    COORDINATES: "坐标类型 坐标系统",
    OWED: "委案金额 委托金额 欠款金额 欠款总额 欠款总金额 委案余额",
    BALANCE: "当前余额 最新余额 剩余欠款 当前欠款",
    PRINCIPAL: "委案本金 剩余本金 本金余额",
    DAYS: "当前逾期天数",
    SINCE: "逾期开始日 逾期起始日 逾期开始日期 逾期起始日期 首次逾期日",
    START: "委案日期 委案开始日 委案开始日期 开始日期",
    END: "委案结束 委案结束日 委案结束日期 委案到期日 委案到期日期 退案日期 到期日期",
    UNIT: "单位 团队 催收团队 催收组",
    COMMISSION: "佣金率 佣金比例 佣金费率",
    PRODUCT: "产品名称 产品类型 业务类型",
    AREA: "区域 城市 所在城市 所在地区",
    LANGUAGE: "方言",
}
ALSO: Mapping[str, str] = {
    **{other: name for name, others in _NAMES.items() for other in others.split()},
    **{
        f"联系人{n}{other}": column
        for n, (name, relation, number) in enumerate(CONTACTS, start=1)
        for column, others in (
            (name, ("名字", "名称")),
            (relation, ("与本人关系", "与客户关系")),
            (number, ("手机", "手机号", "手机号码", "联系电话", "号码")),
        )
        for other in others
    },
}
"""Another name of a column → its name here."""

EXAMPLE: Mapping[str, str] = {
    REFERENCE: "RC0000001",
    CREDITOR: "蓉城银行",
    PLACEMENT: "2026-03批",
    NAME: "张三",
    OWED: "12345.67",
    ID_NUMBER: "11010519491231002X",
    PHONE: "13800138000",
    ADDRESS: "成都市锦江区示例路8号",
    LONGITUDE: "104.064855",
    LATITUDE: "30.658601",
    COORDINATES: "GCJ-02",
    PRODUCT: "信用卡",
    AREA: "成都",
    PRINCIPAL: "10000",
    SINCE: "2026-01-15",
    START: "2026-03-01",
    END: "2029-12-31",
    UNIT: "城北分公司",
    LANGUAGE: "普通话",
    COMMISSION: "35%",
    "联系人1姓名": "李四",
    "联系人1关系": "配偶",
    "联系人1电话": "13800138001",
}

_RELATIONS: Mapping[Relation, str] = {
    Relation.DEBTOR: "本人 客户本人 借款人 持卡人",
    Relation.JOINT_OBLIGOR: "担保人 保证人 共同借款人 共借人 共同还款人 共债人",
    Relation.RELATED_THIRD_PARTY: "配偶 夫妻 丈夫 妻子 爱人 老公 老婆",
}
_RELATION_OF = {word: relation for relation, words in _RELATIONS.items() for word in words.split()}

_PERSONAL = re.compile(
    r"姓名|名字|身份证|证件|手机|电话|联系|号码|地址|住址|住所|户籍|籍贯|微信|QQ|邮箱|邮件|卡号|账号|账户|帐号"
    r"|公司名|单位名|工作单位|雇主|学校|出生|生日|性别|民族|婚姻|配偶|父|母|子女|亲属|车牌|社保|公积金|病",
    re.IGNORECASE,
)
_PERSONAL_VALUE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{15}|\d{17}[\dXx]|\d{16,19})(?!\d)|\S+@\S+\.\S+")


def relation_of(word: str) -> Relation:
    """What somebody is to the debtor; whoever is not clearly more is an unrelated third party."""
    return _RELATION_OF.get(word.strip(), Relation.UNRELATED_THIRD_PARTY)


def word_for(relation: str) -> str:
    """What `relation_of` understands as this relation."""
    return _RELATIONS[Relation(relation)].split()[0] if relation in _RELATIONS else "其他"


def is_personal(column: str, value: str = "") -> bool:
    """Whether a further column, or what stands in it, looks like something about a person."""
    return bool(_PERSONAL_VALUE.search(value)) if value else bool(_PERSONAL.search(column))
