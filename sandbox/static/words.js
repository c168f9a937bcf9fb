// What the entries of the log say in Chinese: who did what, and how it went.

const CALLS = {
  gettoken: "取令牌",
  stable_token: "取令牌",
  token: "取令牌",
  "message/send": "发消息",
  "message/recall": "撤回消息",
  "message/update_template_card": "更新卡片",
  "message/custom/send": "发客服消息",
  "message/custom/typing": "显示正在输入",
  "message/template/send": "发模板消息",
  "message/subscribe/bizsend": "发订阅通知",
  "appchat/create": "建群",
  "appchat/send": "发群消息",
  "appchat/update": "改群",
  "appchat/get": "查群",
  "media/upload": "上传文件",
  "media/get": "下载文件",
  "menu/create": "设置菜单",
  "menu/get": "查菜单",
  "menu/delete": "删除菜单",
  get_jsapi_ticket: "取网页签名票据",
  "ticket/get": "取网页签名票据",
  "ticket/getticket": "取网页签名票据",
  "auth/getuserinfo": "网页登录：换身份",
  "oauth2/access_token": "网页登录：换身份",
  "user/get": "查成员",
  "user/info": "查粉丝",
  "user/list_id": "列成员",
  "user/simplelist": "列成员",
  "department/list": "列部门",
  "department/simplelist": "列部门",
  "agent/get": "查应用",
  "webhook/send": "群机器人发消息",
  SendSms: "发短信",
};

const EVENTS = {
  enter_agent: "进入会话",
  location: "上报位置",
  click: "点菜单",
  view: "点菜单开网页",
  location_select: "从菜单发位置",
  subscribe: "关注",
  unsubscribe: "取消关注",
  scan: "扫码",
  template_card_event: "点卡片",
  template_card_menu_event: "点卡片的菜单",
  change_contact: "通讯录变更",
  templatesendjobfinish: "模板消息送达结果",
  pic_sysphoto: "从菜单拍照",
  pic_photo_or_album: "从菜单发图片",
  pic_weixin: "从菜单发图片",
  scancode_push: "从菜单扫码",
  scancode_waitmsg: "从菜单扫码",
  view_miniprogram: "打开小程序",
  sys_approval_change: "审批变更",
};

const MESSAGES = { text: "发文字", image: "发图片", voice: "发语音", video: "发视频", file: "发文件", location: "发位置", link: "发链接" };
// Callbacks that no person's tap is behind, or that ask for no answer.
const AUTOMATIC = new Set(["enter_agent", "location", "view", "change_contact", "templatesendjobfinish"]);

export const KINDS = { api: "接口", callback: "回调", drop: "丢弃", receipt: "回执" };

const OUTCOMES = {
  ok: "成功",
  replied: "当场回复",
  timeout: "对方超时",
  "bad reply": "回复无效",
  "not accepted": "对方没有收下",
  "connection failed": "连不上",
  "dropped by fault": "故障：丢掉了",
  "no answer (fault)": "故障：不应答",
  "accepted, answer lost (fault)": "故障：已受理，回答丢了",
};

export const outcomeOf = (entry) => {
  const fault = /^http (\d+)( \(fault\))?$/.exec(entry.outcome);
  if (fault) return fault[2] ? `故障：HTTP ${fault[1]}` : `HTTP ${fault[1]}`;
  if (/^-?\d+$/.test(entry.outcome)) return `错误码 ${entry.outcome}`;
  return OUTCOMES[entry.outcome] || entry.outcome || "";
};

export const isGood = (entry) => ["ok", "replied"].includes(entry.outcome);

// The value of one element of a callback's XML.
export function element(entry, name) {
  const found = typeof entry.request === "string" ? entry.request.match(new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`, "s")) : null;
  return found ? found[1] : "";
}

export const isAutomatic = (entry) => AUTOMATIC.has(element(entry, "Event").toLowerCase());

export function pathOf(entry) {
  return (entry.path || "").replace(/^\/(wecom|official)\/(cgi-bin|sns)\//, "");
}

// The people an API call sends something to: ids in lower case, or phone numbers.
export function receivers(entry) {
  const request = entry.request || {};
  const given = request.touser ?? request.PhoneNumberSet ?? request.PhoneNumbers ?? "";
  const names = Array.isArray(given) ? given : String(given).split(/[|,]/);
  return names.filter(Boolean).map((name) => name.toLowerCase());
}

// Everybody an API call names: those it sends to, and those whose card it changes.
export function named(entry) {
  const changed = entry.request?.userids;
  return Array.isArray(changed) && changed.length ? changed.map(String) : receivers(entry);
}

const short = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

function spoken(entry) {
  const kind = entry.request?.msgtype;
  const content = kind ? entry.request[kind] : null;
  if (!content) return "";
  const title = content.content || content.title || content.main_title?.title || content.sub_title_text || content.articles?.[0]?.title || "";
  return short(String(title).replace(/\s+/g, " "));
}

// What was tapped, in the button's words, with the key the bot was told.
function tapped(entry) {
  const key = element(entry, "EventKey");
  return entry.tapped && key ? `${entry.tapped}（${key}）` : entry.tapped || key;
}

// One line about an entry: what happened, and the words in it.
export function summary(entry) {
  if (entry.kind === "callback") {
    const event = element(entry, "Event");
    if (event) return { what: EVENTS[event.toLowerCase()] || event, words: tapped(entry) || element(entry, "ChangeType") };
    const type = element(entry, "MsgType");
    if (!type) return { what: String(entry.request || "回调"), words: "" };
    return { what: MESSAGES[type] || type, words: short(element(entry, "Content") || element(entry, "Label") || element(entry, "Title")) };
  }
  if (entry.kind === "api") return { what: CALLS[pathOf(entry)] || CALLS[entry.name] || pathOf(entry), words: spoken(entry) };
  if (entry.kind === "drop") return { what: "消息没有送到", words: "" };
  return { what: entry.name || KINDS[entry.kind] || entry.kind, words: "" };
}

// XML with one element a line, as people read it.
export function readable(value) {
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  if (!value.trim().startsWith("<")) return value;
  const root = new DOMParser().parseFromString(value, "application/xml").documentElement;
  const write = (node, depth) => {
    const space = "  ".repeat(depth);
    if (!node.children.length) return `${space}<${node.tagName}>${node.textContent}</${node.tagName}>`;
    return [`${space}<${node.tagName}>`, ...[...node.children].map((child) => write(child, depth + 1)), `${space}</${node.tagName}>`].join("\n");
  };
  return root.tagName === "parsererror" ? value : write(root, 0);
}
