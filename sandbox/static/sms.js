// The SMS app of a phone: who wrote, and what.
import { avatar, h } from "./dom.js";
import { ICONS } from "./icons.js";
import { rich } from "./text.js";
import { whenInChat, whenInList } from "./time.js";

function threads(texts) {
  const found = new Map();
  for (const text of texts) found.set(text.sign, [...(found.get(text.sign) || []), text]);
  return [...found].sort(([, a], [, b]) => Date.parse(b.at(-1).at) - Date.parse(a.at(-1).at));
}

export class Texts {
  constructor(phone) {
    this.phone = phone;
    this.sender = null;
    this.element = h("div", { class: "sms", testid: "sms" });
    this.draw();
  }

  draw() {
    const { store, person } = this.phone;
    const all = threads(store.texts.get(person.key) || []);
    const thread = all.find(([sender]) => sender === this.sender);
    this.element.replaceChildren(...(thread ? this.thread(...thread) : this.list(all)));
    store.markTextsSeen(person);
    if (thread) this.element.querySelector(".messages").scrollTop = 1e9;
  }

  open(sender) {
    this.sender = sender;
    this.draw();
  }

  list(all) {
    const { store } = this.phone;
    const rows = all.map(([sender, texts]) =>
      h(
        "button",
        { class: "chat-row", testid: `sms-${sender}`, onclick: () => this.open(sender) },
        avatar(sender, "app", 46),
        h("span", { class: "chat-row-text" }, h("b", {}, sender), h("small", {}, texts.at(-1).text)),
        h("time", {}, whenInList(Date.parse(texts.at(-1).at), store.now())),
      ),
    );
    return [
      h("header", { class: "bar list-bar" }, h("span", { class: "title" }, "短信")),
      h("div", { class: "page-body" }, rows.length ? rows : h("p", { class: "nothing" }, "还没有短信")),
    ];
  }

  thread(sender, texts) {
    const { store } = this.phone;
    return [
      h(
        "header",
        { class: "bar" },
        h("button", { class: "icon", testid: "sms-back", "aria-label": "返回", html: ICONS.back, onclick: () => this.open(null) }),
        h("span", { class: "title" }, sender),
        h("span", { class: "icon" }),
      ),
      h(
        "div",
        { class: "messages" },
        texts.flatMap((text) => [
          h("div", { class: "separator" }, whenInChat(Date.parse(text.at), store.now())),
          h("div", { class: "row in" }, h("div", { class: "bubble" }, h("div", { class: "bubble-text", testid: "sms-text" }, rich(text.text, this.phone.open)))),
        ]),
      ),
    ];
  }
}
