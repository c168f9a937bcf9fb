// What a phone shows outside its chats: the desk with its apps, and the four pages of WeCom or WeChat.
import { avatar, badge, h } from "./dom.js";
import { ICONS } from "./icons.js";
import { chinaParts, whenInList } from "./time.js";

const PAGES = {
  member: [
    ["chats", "消息", ICONS.chats],
    ["work", "工作台", ICONS.grid],
    ["people", "通讯录", ICONS.people],
    ["me", "我", ICONS.me],
  ],
  follower: [
    ["chats", "微信", ICONS.chats],
    ["people", "通讯录", ICONS.people],
    ["find", "发现", ICONS.compass],
    ["me", "我", ICONS.me],
  ],
};

// The desk: the time, and the apps with what is unread in them.
export function drawDesk(phone) {
  const { store, person } = phone;
  const parts = chinaParts(store.now());
  const member = person.kind === "member";
  const app = (testid, name, look, picture, count, open) =>
    h("button", { class: "desk-app", testid, onclick: open }, h("span", { class: `desk-icon ${look}` }, h("span", { html: picture }), badge(count)), name);
  return h(
    "div",
    { class: "desk", testid: "desk" },
    h("div", { class: "desk-time" }, parts.time),
    h("div", { class: "desk-date" }, `${parts.month}月${parts.date}日 星期${parts.weekday}`),
    h(
      "div",
      { class: "desk-apps" },
      app("app-chats", member ? "企业微信" : "微信", member ? "blue" : "green", member ? ICONS.bubble : ICONS.wechat, store.unreadChats(person), () => phone.showList()),
      app("app-sms", "短信", "lime", ICONS.chats, store.unreadTexts(person), () => phone.showTexts()),
      app("app-place", "位置", "white", ICONS.place, 0, () => phone.choosePlace()),
    ),
  );
}

const lastLine = (message) => (message.recalled ? "对方撤回了一条消息" : message.text.replace(/\s+/g, " ").slice(0, 40));

function chatRow(phone, chat) {
  const { store, person } = phone;
  const last = chat.messages.at(-1);
  return h(
    "button",
    { class: "chat-row", testid: chat.kind === "group" ? `chat-${chat.chat}` : `chat-${chat.key}`, onclick: () => phone.showChat(chat.key) },
    h("span", { class: "with-badge" }, avatar(chat.name || "群", chat.kind === "group" ? "group" : "app", 46), badge(store.unread(person, chat), "unread")),
    h("span", { class: "chat-row-text" }, h("b", {}, chat.name), h("small", {}, last ? lastLine(last) : "点这里开始")),
    h("time", {}, last ? whenInList(Date.parse(last.at), store.now()) : ""),
  );
}

const row = (testid, name, detail, run, icon = null) =>
  h("button", { class: "plain-row", testid, onclick: run }, icon ? h("span", { class: "row-icon", html: icon }) : null, h("span", {}, name), h("small", {}, detail || ""), h("i", { class: "chevron" }));

function colleagues(phone) {
  const groups = new Map();
  for (const other of phone.store.people.values()) {
    if (other.home !== phone.person.home) continue;
    const name = other.departments?.[0] || "未分组";
    groups.set(name, [...(groups.get(name) || []), other]);
  }
  return [...groups].map(([name, people]) =>
    h(
      "section",
      {},
      h("h5", {}, name),
      people.map((other) => h("div", { class: "colleague" }, avatar(other.name, "person", 36), h("span", {}, h("b", {}, other.name), h("small", {}, other.position || "")))),
    ),
  );
}

const CONTENTS = {
  chats: (phone) => phone.store.chats(phone.person).map((chat) => chatRow(phone, chat)),
  work: (phone) =>
    h(
      "div",
      { class: "work" },
      phone.apps().map((app) =>
        h("button", { testid: `work-${app.agent_id}`, onclick: () => phone.showChat(String(app.agent_id)) }, avatar(app.name, "app", 46), h("span", {}, app.name)),
      ),
    ),
  people: (phone) =>
    phone.person.kind === "member"
      ? colleagues(phone)
      : phone.apps().map((app) => h("button", { class: "colleague", onclick: () => phone.showChat("account") }, avatar(app.name, "app", 36), h("span", {}, h("b", {}, app.name), h("small", {}, "服务号")))),
  find: (phone) => row("scan", "扫一扫", "", () => phone.scan(), ICONS.scan),
  me: (phone) => [
    h(
      "div",
      { class: "card-of-me" },
      avatar(phone.person.name, "person", 56),
      h("span", {}, h("b", {}, phone.person.name), h("small", {}, phone.person.kind === "member" ? [phone.home()?.name, phone.person.position].filter(Boolean).join(" · ") : `微信号：${phone.person.id}`)),
    ),
    row("my-place", "位置", phone.person.place?.label || "未开启", () => phone.choosePlace(), ICONS.place),
  ],
};

// One of the four pages, with the bar of pages below.
export function drawPage(phone, page) {
  const pages = PAGES[phone.person.kind];
  const title = pages.find(([name]) => name === page)[1];
  const unread = phone.store.unreadChats(phone.person);
  return [
    h("header", { class: "bar list-bar" }, h("span", { class: "title" }, page === "chats" && unread ? `${title}(${unread})` : title)),
    h("div", { class: `page-body show-${page}` }, CONTENTS[page](phone)),
    h(
      "footer",
      { class: "tabs" },
      pages.map(([name, words, icon]) =>
        h("button", { class: name === page ? "on" : "", testid: `tab-${name}`, onclick: () => phone.showList(name) }, h("span", { class: "with-badge", html: icon }, name === "chats" ? badge(unread) : null), words),
      ),
    ),
  ];
}
