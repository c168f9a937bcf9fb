// One phone: its frame, what is in front on its screen, and what its owner can do with it.
import { Browser } from "./browser.js";
import { questions } from "./cards.js";
import { Chat } from "./chat.js";
import { avatar, call, h, toast } from "./dom.js";
import { drawDesk, drawPage } from "./home.js";
import { ICONS } from "./icons.js";
import { pickPlace } from "./map.js";
import { Texts } from "./sms.js";
import { chatOf } from "./store.js";
import { HOUR, chinaParts, countdown } from "./time.js";

const BANNER = 4500;
const SOON = 3 * HOUR;

export class Phone {
  constructor(store, person, onClose) {
    this.store = store;
    this.person = person;
    this.key = person.key;
    this.chat = null;
    this.texts = null;
    this.page = "chats";
    this.browser = null;
    this.selections = new Map();
    this.played = new Set();
    this.open = (url) => this.browse(url);
    this.build(onClose);
    this.showPlace();
    this.showList();
  }

  build(onClose) {
    const { person } = this;
    const member = person.kind === "member";
    this.clockText = h("span", { class: "status-time" }, "--:--");
    this.view = h("div", { class: "view" });
    this.screen = h(
      "div",
      { class: "screen" },
      h("div", { class: "status" }, this.clockText, h("span", { class: "status-icons", html: ICONS.status })),
      this.view,
      h("button", { class: "to-desk", testid: "to-desk", title: "回到桌面", "aria-label": "回到桌面", onclick: () => this.showDesk() }),
    );
    this.placeButton = h("button", { class: "place-button", testid: "place-select", title: "这部手机在哪里", onclick: () => this.choosePlace() });
    this.window = h("span", { class: "window", testid: "window", hidden: true });
    this.hint = h("span", { class: "hint", testid: "hint", hidden: true }, `${member ? "企业微信" : "微信"}不会把文件推给机器人，请改发图片`);
    const note = person.position || (member ? (person.departments || []).join(" ") : "候选人");
    this.element = h(
      "section",
      { class: `phone ${member ? "wecom" : "wechat"}`, testid: `phone-${person.id}`, "aria-label": `${person.name}的手机` },
      h("div", { class: "phone-caption" }, h("b", {}, person.name), h("small", {}, note), h("button", { class: "phone-close", testid: `close-${person.id}`, "aria-label": "收起手机", title: "收起手机", html: ICONS.close, onclick: onClose })),
      h("div", { class: "shell" }, this.screen),
      h("div", { class: "phone-foot" }, h("span", { class: "place-row" }, "位置", this.placeButton), this.window, this.hint),
    );
  }

  home() {
    return this.store.homes.get(this.person.home);
  }

  apps() {
    return this.home()?.apps || [];
  }

  places() {
    return this.store.places;
  }

  say(text) {
    toast(text);
  }

  // Platform time as a camera prints it on a picture.
  stamp() {
    const { day, time } = chinaParts(this.store.now());
    return `${day} ${time} ${this.person.place?.label || ""}`.trim();
  }

  path(action) {
    return `/control/people/${encodeURIComponent(this.person.id)}/${action}?home=${encodeURIComponent(this.person.home)}`;
  }

  async act(action, body = {}) {
    const agent = this.chat?.conversation()?.agent;
    try {
      return await call("POST", this.path(action) + (agent ? `&agent_id=${agent}` : ""), body);
    } catch (error) {
      toast(error.message);
      return null;
    } finally {
      this.readWindow();
    }
  }

  // -- what is in front -----------------------------------------------------------------------------------------

  show(chat, texts, elements) {
    this.chat = chat;
    this.texts = texts;
    this.view.replaceChildren(...elements);
    this.drawHint();
    this.screen.classList.toggle("on-desk", !chat && !texts && this.page === "desk");
  }

  showDesk() {
    this.closeBrowser();
    this.screen.querySelectorAll(".overlay").forEach((overlay) => overlay.remove());
    this.page = "desk";
    this.show(null, null, [drawDesk(this)]);
  }

  showList(page = "chats") {
    this.page = page;
    this.show(null, null, drawPage(this, page));
  }

  showChat(key, enter = true) {
    this.page = "chats";
    const chat = new Chat(this, key);
    this.show(chat, null, chat.elements);
    chat.toEnd();
    this.store.markSeen(this.person, key);
    if (enter && this.person.kind === "member" && !chat.isGroup()) this.act("open-chat");
  }

  showTexts(sender = null) {
    this.page = "sms";
    const texts = new Texts(this);
    if (sender) texts.open(sender);
    this.show(null, texts, [texts.element]);
  }

  // What is on the screen, drawn anew: something beside it changed.
  refresh() {
    this.showPlace();
    if (this.chat) this.chat.composer.draw();
    else if (this.texts) this.texts.draw();
    else if (this.page === "desk") this.show(null, null, [drawDesk(this)]);
    else this.showList(this.page);
  }

  // Everything was read anew from the sandbox.
  reload() {
    if (this.chat) this.chat.redraw();
    this.refresh();
    this.readWindow();
  }

  receive(message, isNew) {
    const here = this.chat?.receive(message, isNew);
    this.drawHint();
    if (here) this.store.markSeen(this.person, this.chat.key);
    else {
      if (!this.chat && !this.texts) this.refresh();
      if (isNew && message.direction === "in") this.announce(message);
    }
    this.readWindow();
  }

  announce(message) {
    const chat = this.store.chat(this.person, chatOf(message));
    if (!chat) return;
    this.banner(chat.name, message.text, "app", () => this.showChat(chat.key));
  }

  receiveText(text) {
    if (this.texts) return this.texts.draw();
    if (!this.chat) this.refresh();
    return this.banner(text.sign, text.text, "app", () => this.showTexts(text.sign));
  }

  banner(title, words, kind, open) {
    this.screen.querySelector(".banner")?.remove();
    const element = h(
      "button",
      { class: "banner", testid: "banner", onclick: () => (element.remove(), open()) },
      avatar(title, kind, 34),
      h("span", {}, h("b", {}, title), h("small", {}, words.replace(/\s+/g, " ").slice(0, 60))),
    );
    this.screen.append(element);
    setTimeout(() => element.remove(), BANNER);
  }

  setTyping(on) {
    if (this.chat) this.chat.typing.hidden = !on;
  }

  tick(parts) {
    if (this.clockText.textContent !== parts.time && this.page === "desk" && !this.chat) this.show(null, null, [drawDesk(this)]);
    this.clockText.textContent = parts.time;
    this.drawWindow();
  }

  // -- choices on cards -----------------------------------------------------------------------------------------

  chosen(message, question) {
    const kept = this.selections.get(message.seq)?.[question.question_key] ?? message.answered?.selected?.[question.question_key];
    if (kept) return kept;
    if (question.selected_id) return [question.selected_id];
    return question.option_list.filter((option) => option.is_checked).map((option) => option.id);
  }

  choose(message, key, ids) {
    this.selections.set(message.seq, { ...this.selections.get(message.seq), [key]: ids });
  }

  selection(message) {
    return Object.fromEntries(questions(message.content).map((question) => [question.question_key, this.chosen(message, question)]));
  }

  // -- small windows --------------------------------------------------------------------------------------------

  sheet(items) {
    const overlay = h(
      "div",
      { class: "overlay sheet-back", onclick: () => overlay.remove() },
      h(
        "div",
        { class: "sheet", onclick: (event) => event.stopPropagation() },
        items.map((item) => h("button", { testid: item.testid, onclick: () => (overlay.remove(), item.run()) }, item.text)),
        h("button", { class: "cancel", testid: "sheet-cancel", onclick: () => overlay.remove() }, "取消"),
      ),
    );
    this.screen.append(overlay);
  }

  // Asks for one line; resolves with it, or null.
  ask(title, value = "") {
    return new Promise((resolve) => {
      const input = h("input", { class: "input", testid: "ask-input", value, "aria-label": title });
      const close = (answer) => {
        overlay.remove();
        resolve(answer);
      };
      input.addEventListener("keydown", (event) => event.key === "Enter" && close(input.value));
      const overlay = h(
        "div",
        { class: "overlay dialog-back" },
        h(
          "div",
          { class: "dialog", role: "dialog", "aria-label": title },
          h("b", {}, title),
          input,
          h(
            "footer",
            {},
            h("button", { testid: "ask-cancel", onclick: () => close(null) }, "取消"),
            h("button", { class: "primary", testid: "ask-done", onclick: () => close(input.value) }, "确定"),
          ),
        ),
      );
      this.screen.append(overlay);
      input.select();
    });
  }

  async scan() {
    const ticket = await this.ask("二维码的场景值或 ticket");
    if (ticket) await this.act("scan", { ticket });
  }

  // -- place ----------------------------------------------------------------------------------------------------

  showPlace() {
    this.placeButton.textContent = this.person.place ? this.person.place.label || "地图选点" : "未开启定位";
    this.placeButton.classList.toggle("off", !this.person.place);
  }

  async choosePlace() {
    const place = await pickPlace(this.screen, this.places(), this.person.place);
    if (place) await this.act("place", { latitude: place.latitude, longitude: place.longitude, label: place.label });
  }

  // No platform calls back for a file (protocol 2.2, 2.7): whoever has just sent one is told, beside the screen.
  drawHint() {
    const conversation = this.chat && !this.chat.isGroup() ? this.chat.conversation() : null;
    const mine = (conversation?.messages || []).filter((message) => message.direction === "out");
    this.hint.hidden = mine.at(-1)?.msgtype !== "file";
  }

  // -- the account's window (protocol 4.2) ------------------------------------------------------------------------

  // Reads anew what the account may still send; members have no such limit.
  readWindow() {
    if (this.person.kind !== "follower" || this.windowAsked) return;
    this.windowAsked = setTimeout(async () => {
      this.windowAsked = 0;
      const query = new URLSearchParams({ home: this.person.home, person: this.person.id });
      const answer = await fetch(`/phones/windows?${query}`).catch(() => null);
      if (answer?.ok) this.person.windows = (await answer.json()).windows;
      this.drawWindow();
    }, 150);
  }

  drawWindow() {
    if (this.person.kind !== "follower") return;
    const now = this.store.now();
    const live = (this.person.windows || []).filter((window) => window.until * 1000 > now);
    const best = live.find((window) => window.left === null) || live.find((window) => window.left > 0);
    const left = best ? best.until * 1000 - now : 0;
    this.window.hidden = false;
    this.window.className = `window ${!best ? "shut" : left < SOON || best.left === 1 ? "short" : ""}`;
    if (best) this.window.textContent = `可回复 ${countdown(left)} · ${best.left === null ? "不限条数" : `${best.left} 条`}`;
    else this.window.textContent = live.length ? "条数用完，等对方再说话" : "不可回复，等对方先说话";
    this.window.title = "客服消息的时间窗口：对方发消息后 48 小时内最多 5 条；点菜单、关注、扫码后 1 分钟内最多 3 条；付款后 48 小时内不限";
  }

  // -- pages ----------------------------------------------------------------------------------------------------

  browse(url) {
    this.closeBrowser();
    this.browser = new Browser(this, url);
    this.screen.append(this.browser.element);
  }

  closeBrowser() {
    this.browser?.element.remove();
    this.browser = null;
  }
}
