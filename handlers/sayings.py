"""What people say about cases in ordinary sentences, and the command that each of them means.

Forms, slots and words: docs/sentences.md.
"""

from handlers.base import Router

router = Router()

router.saying(
    "cover",
    "代班",
    "{person} {days} 给 {to}",
    "{person} <leave> <hand>? <cover> {to} <stand>?",
    "{person} <leave> <hand>? {to} <stand>",
    "{person} <hand>? <cover_b> {to} <stand>",
    "让|由|叫|请? {to} <stand> {person} <leave>?",
    "让|由|叫|请? {to} 帮 {person} <stand>",
    "{person} {leave} <hand>? <cover> {to} <stand>?",
    "{person} {leave} <hand>? {to} <stand>",
    "{person} <leave>",
    "{person} {leave}",
    "给 {person} <leave>",
    "{person} <leave> <hand>? <somebody> <stand>?",
    anywhere=(
        "{days}",
        "<somedays>",
        "<around_cover>",
    ),
    needs=(
        "days",
        "to",
    ),
    remark=True,
)
router.saying(
    "retain",
    "留案",
    "{cases} {day} {words}",
    "<take>? {cases} <retain> 到? {day} {words}?",
    "<take>? {cases} {day} 前|之前|以前? <retain> {words}?",
    "<retain> {cases} 到? {day} {words}?",
    "<take>? {cases} <retain> {words}?",
    "<take>? {cases} <retain> 到? {day} 前|之前|以前 {words}?",
    "<take>? {cases} <retain> <retain> 到? {day} {words}?",
    "<retain> 到? {day} {words}?",
    needs=(
        "cases",
        "day",
    ),
)
router.saying(
    "resume",
    "恢复",
    "{cases} {words}",
    "<take>? {cases} <resume> {words}?",
    "<resume> {cases} {words}?",
)
router.saying(
    "follow_up",
    "下次跟进",
    "{cases} {moment} {words}",
    "{moment} <remind> <recall>? {cases} <recall>? {words}?",
    "<remind> {moment} <recall>? {cases} <recall>? {words}?",
    "<remind> {cases} {moment} <recall>? {words}?",
    "{cases} {moment} <recall>|<remind> <recall>? {words}?",
    "{cases} <recall>|<remind> {moment} <recall>? {words}?",
    "{cases} <remind> {moment} <recall>? {words}?",
    "{moment} <recall> {cases} {words}?",
    "{moment} 给 {cases} <recall> {words}?",
    "<remind> {cases} {words}?",
    "<remind> <recall> {cases} {words}?",
    "<remind> {moment} 给 {cases} <recall> {words}?",
    anywhere=(
        "<around_follow_up>",
        "<sometime>",
    ),
    needs=("moment",),
)
router.saying(
    "detail",
    "案件",
    "{cases}",
    "<look> {cases} <about>?",
    "{cases} <about>",
    "{cases}",
)
router.saying(
    "accept",
    "接单",
    "{cases}",
    "<accept> {cases}",
    "{cases} <accept>",
    "{cases} <acceptall>",
    "<acceptall>",
    anywhere=("<around_accept>",),
)
router.saying(
    "decline",
    "拒绝",
    "{cases} {said}",
    "{cases} <decline> {words}?",
    "<decline>|拒绝 {cases} {words}?",
)
router.saying(
    "note",
    "催记",
    "{cases} {outcome} {said}",
    "{cases} {outcome} {words}?",
    "{cases} <dialled> {outcome} {words}?",
    "给? {cases} <dialled> {outcome} {words}?",
    "<dialled> {cases} {outcome} {words}?",
    "{cases} {gap} {outcome} {words}?",
    "{cases} <recordit> {words}",
    "给? {cases} <recordit> {words}",
    "<recordit> {cases} {words}",
    "<recordit> {cases} {outcome} {words}?",
    "{cases} <recordit> {outcome} {words}?",
    "给 {cases} {outcome} {words}?",
    anywhere=("<around_note>",),
)
router.saying(
    "promise",
    "承诺",
    "{cases} {amount} {day}",
    "{cases} <promise> <willpay>",
    "{cases} <promise> {amount}",
    "{cases} {day} <willpaylater> {amount}",
    "{cases} <promise> {day}",
    "<promise> <willpay> {amount}",
    anywhere=(
        "{amount}",
        "{day} 前|之前|以前|内",
        "{day}",
        "<willpay>",
        "<around_promise>",
    ),
    needs=(
        "cases",
        "amount",
        "day",
    ),
    remark=True,
)
router.saying(
    "payment",
    "还款",
    "{cases} {amount} {day}",
    "{cases} <paid>",
    "收到 {cases} <payment>",
    "{cases} 还款|回款 {amount} 到账|入账|到了",
    "{cases} {day} {amount} 到账|入账|到了|已到",
    "{cases} {amount} <payment_b>",
    "<paid> {amount} {cases}",
    "<paid> {amount}",
    "<unsaid> <paid> {amount}",
    anywhere=(
        "{amount}",
        "{day}",
        "<around_payment>",
    ),
    needs=(
        "cases",
        "amount",
    ),
    remark=True,
)
router.saying(
    "dispute",
    "争议",
    "{cases} {said}",
    "{cases} <dispute> {words}?",
    "{cases} <dispute_b> <dispute> {words}?",
    "{cases} {gap} <dispute> {words}?",
    "{cases} <dispute_b> {gap} <dispute> {words}?",
    "<dispute> {cases} {words}?",
    anywhere=("<around_dispute>",),
)
router.saying(
    "settlement",
    "减免",
    "{cases} {amount} {day} {words}",
    "{cases} <asks>? <once> {amount} <settle>? {words}?",
    "{cases} <asks>? <once> {amount} <willpay>? <settle>? {words}?",
    "{cases} <asks>? <willpay>? {amount} <once>|<settle> {words}?",
    "{cases} <asks>? <waive> {amount} <settle>? {words}?",
    "{cases} <asks> <settle>|<once>|<waive> {amount} {words}?",
    "<asks> {cases} <once>|<settle>|<waive> {amount} {words}?",
    "{cases} <asks>? <once>|<settle>|<waive> {words}?",
    anywhere=(
        "{day} 前|之前|以前|内",
        "{day}",
        "<around_settlement>",
        "<settle>",
    ),
    needs=(
        "amount",
        "day",
    ),
)
router.saying(
    "call",
    "拨打",
    "{cases}",
    "<dial> {cases}",
    "{cases} <phone>",
    "给 {cases} <call>",
    "<look> {cases} <phone>",
    anywhere=("<around_call>",),
)
router.saying(
    "why_me",
    "为什么是我",
    "{cases}",
    "{cases} <why> <whyme>",
    "<why> {cases} <whyme>",
    "<why> <take> {cases} <whyme>",
    "<why> <whyme> {cases}",
    anywhere=("<around_why_me>",),
)
router.saying(
    "claim",
    "领案",
    "{count}",
    "<claim> {count}",
    "<claim> {filter} {count}",
    "<claim>",
    anywhere=(
        "{filter}",
        "从",
    ),
    needs=("count",),
)
router.saying(
    "signal",
    "转告",
    "{cases} {amount} {day} {said}",
    "{cases} <calls> <says>? <willpay>? {words}?",
    "{cases} <says>|<promise> <willpay> {words}?",
    "{cases} <says>|<promise> {words}",
    "<calls> {cases} {words}?",
    "<signal> <signal_b>? {cases} <calls>? <says>? <willpay>? {words}?",
    "<unsaid> <calls> <says>? <willpay> {amount}",
    anywhere=(
        "{amount}",
        "{day} 前|之前|以前|内",
        "{day}",
        "<around_signal>",
        "<willpay>",
    ),
    needs=("cases",),
)
router.saying(
    "return_cases",
    "退案",
    "{cases} {words}",
    "<take>? {cases} <return> {words}?",
    "<creditor> <demand>? <take>? {cases} <return>",
    "<creditor> <demand>? <reclaim>|<return> {cases}",
    "<return> {cases} {words}?",
    "<take>? {filter} <return> {words}?",
    "<creditor> <demand>? <take>? {filter} <return>",
    "<return> {filter}",
    "<take>? {filter} <reclaim> {words}?",
    anywhere=("<around_return_cases>",),
)
router.saying(
    "confirm",
    "确认",
    "",
    "<confirm> <confirm>? <confirm_b>?",
    "<confirm_c>",
)
router.saying(
    "cancel",
    "取消",
    "",
    "先? <cancel> <cancel>?",
    "先不|先不要|先别|算了吧",
)
