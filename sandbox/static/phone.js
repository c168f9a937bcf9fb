// One phone: its chats, its browser, its place.
import { WIDE, draw } from "./bubbles.js";
import { questions } from "./cards.js";
import { avatar, call, h, toast } from "./dom.js";
import { pickPlace } from "./map.js";

const GAP = 5 * 60 * 1000;
const PICTURE_MENUS = ["pic_sysphoto", "pic_photo_or_album", "pic_weixin"];

const ICONS = {
  keyboard: '<svg viewBox="0 0 24 24"><rect x="3" y="6" width="18" height="12" rx="2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M6.5 10h1M10 10h1M13.5 10h1M17 10h.8M6.5 14.5h11" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></svg>',
  menu: '<svg viewBox="0 0 24 24"><path d="M4 7h16M4 12h16M4 17h16" stroke="currentColor" stroke-width="1.7" stroke-linecap="round"/></svg>',
  plus: '<svg viewBox="0 0 24 24"><circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M12 8v8M8 12h8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></svg>',
  more: '<svg viewBox="0 0 24 24"><g fill="currentColor"><circle cx="6" cy="12" r="1.6"/><circle cx="12" cy="12" r="1.6"/><circle cx="18" cy="12" r="1.6"/></g></svg>',
  back: '<svg viewBox="0 0 24 24"><path d="M15 5l-7 7 7 7" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>',
  status: '<svg viewBox="0 0 60 14"><path d="M1 12h3V9H1zM6 12h3V7H6zM11 12h3V4h-3zM16 12h3V1h-3z" fill="currentColor"/><path d="M32 11.5l2-2.2a3 3 0 0 0-4 0zM27.5 6.6a6.6 6.6 0 0 1 9 0M25.5 4.3a10 10 0 0 1 13 0" fill="none" stroke="currentColor" stroke-width="1.5"/><rect x="42.5" y="2" width="14" height="9.5" rx="2.5" fill="none" stroke="currentColor"/><rect x="44.5" y="4" width="9" height="5.5" rx="1" fill="currentColor"/></svg>',
};

const pad = (value) => String(value).padStart(2, "0");

export function chinaParts(milliseconds) {
  const date = new Date(milliseconds + 8 * 3600 * 1000);
  return {
    day: `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`,
    month: date.getUTCMonth() + 1,
    date: date.getUTCDate(),
    weekday: "日一二三四五六"[date.getUTCDay()],
    time: `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`,
  };
}

export class Phone {
  constructor(store, person, onClose) {
    this.store = store;
    this.person = person;
    this.key = person.key;
    this.agent = undefined;
    this.menuShown = true;
    this.selections = new Map();
    this.bubbles = new Map();
    this.lastShown = 0;
    this.frame = null;
    this.open = (url) => this.browse(url);
    this.clockText = h("span", { class: "status-time" }, "--:--");
    this.screen = h("div", { class: "screen" });
    this.view = h("div", { class: "view" });
    this.screen.append(h("div", { class: "status" }, this.clockText, h("span", { class: "status-icons", html: ICONS.status })), this.view);
    this.placeButton = h("button", { class: "place-button", testid: "place-select", onclick: () => this.choosePlace() });
    this.element = h(
      "section",
      { class: `phone ${person.kind === "member" ? "wecom" : "wechat"}`, testid: `phone-${person.id}`, "aria-label": `${person.name}的手机` },
      h(
        "div",
        { class: "phone-caption" },
        h("b", {}, person.name),
        h("small", {}, person.position || (person.kind === "member" ? (person.departments || []).join(" ") : "微信用户")),
        h("button", { class: "phone-close", testid: `close-${person.id}`, "aria-label": "收起手机", onclick: onClose }, "×"),
      ),
      h("div", { class: "shell" }, this.screen),
      h("div", { class: "place-row" }, h("span", {}, "位置"), this.placeButton),
    );
    this.showPlace();
    this.showList();
  }

  home() {
    return this.store.homes.get(this.person.home);
  }

  apps() {
    return this.home()?.apps || [];
  }

  app() {
    return this.apps().find((app) => app.agent_id === this.agent);
  }

  places() {
    return this.store.places;
  }

  tick(parts) {
    this.clockText.textContent = parts.time;
  }

  say(text) {
    toast(text);
  }

  async act(action, body = {}) {
    const query = new URLSearchParams({ home: this.person.home });
    if (this.agent !== undefined && this.agent !== null) query.set("agent_id", this.agent);
    try {
      return await call("POST", `/control/people/${encodeURIComponent(this.person.id)}/${action}?${query}`, body);
    } catch (error) {
      toast(error.message);
      return null;
    }
  }

  // -- list of chats ------------------------------------------------------------------------------------------

  showList() {
    this.agent = undefined;
    this.messages = null;
    const rows = this.apps().map((app) => {
      const messages = this.store.messagesOf(this.person, app.agent_id);
      const last = messages.at(-1);
      const unread = this.store.unread(this.person, app.agent_id);
      return h(
        "button",
        { class: "chat-row", testid: `chat-${app.agent_id ?? "account"}`, onclick: () => this.showChat(app.agent_id) },
        h("span", { class: "with-badge" }, avatar(app.name, "app", 44), unread ? h("i", { class: "badge", testid: "unread" }, unread > 99 ? "99+" : String(unread)) : null),
        h(
          "span",
          { class: "chat-row-text" },
          h("b", {}, app.name),
          h("small", {}, last ? (last.recalled ? "撤回了一条消息" : last.text.replace(/\n/g, " ").slice(0, 40)) : "点这里开始"),
        ),
        h("time", {}, last ? chinaParts(Date.parse(last.at)).time : ""),
      );
    });
    this.view.replaceChildren(
      h("header", { class: "bar list-bar" }, h("span", { class: "title" }, this.person.kind === "member" ? "消息" : "微信")),
      h("div", { class: "chat-list" }, rows),
      h("footer", { class: "tabs" }, (this.person.kind === "member" ? ["消息", "文档", "工作台", "通讯录"] : ["微信", "通讯录", "发现", "我"]).map((name, index) => h("span", { class: index ? "" : "on" }, name))),
    );
  }

  // -- one chat -----------------------------------------------------------------------------------------------

  showChat(agent, enter = true) {
    this.agent = agent;
    this.bubbles.clear();
    this.lastShown = 0;
    this.messages = h("div", { class: "messages", testid: "messages" });
    this.typing = h("small", { class: "typing", hidden: true }, "对方正在输入…");
    this.foot = h("footer", { class: "foot" });
    const name = this.app()?.name || this.home()?.name || "";
    this.view.replaceChildren(
      h(
        "header",
        { class: "bar" },
        h("button", { class: "icon", testid: "back", "aria-label": "返回", html: ICONS.back, onclick: () => this.showList() }),
        h("span", { class: "title" }, name, this.typing),
        h("button", { class: "icon more", testid: "more", "aria-label": "更多", html: ICONS.more, onclick: () => this.more() }),
      ),
      this.messages,
      this.foot,
    );
    for (const message of this.store.messagesOf(this.person, agent)) this.append(message);
    this.drawFoot();
    this.toEnd();
    this.store.markSeen(this.person, agent);
    if (enter && this.person.kind === "member") this.act("open-chat");
  }

  receive(message, isNew) {
    if (this.messages === null || message.agent_id !== this.agent) {
      if (this.agent === undefined) this.showList();
      return;
    }
    const old = this.bubbles.get(message.seq);
    if (old) {
      const fresh = this.bubble(message);
      old.replaceWith(fresh);
      this.bubbles.set(message.seq, fresh);
    } else if (isNew) {
      this.append(message);
      this.toEnd();
    }
    this.typing.hidden = true;
    this.store.markSeen(this.person, this.agent);
  }

  append(message) {
    const at = Date.parse(message.at);
    if (Math.abs(at - this.lastShown) > GAP) this.messages.append(this.separator(at));
    this.lastShown = at;
    const element = this.bubble(message);
    this.bubbles.set(message.seq, element);
    this.messages.append(element);
  }

  separator(at) {
    const parts = chinaParts(at);
    const today = chinaParts(this.store.now());
    const text = parts.day === today.day ? parts.time : `${parts.month}月${parts.date}日 星期${parts.weekday} ${parts.time}`;
    return h("div", { class: "separator" }, text);
  }

  bubble(message) {
    if (message.recalled) return h("div", { class: "separator", testid: "recalled" }, message.direction === "out" ? "你撤回了一条消息" : `“${this.app()?.name || this.home()?.name}”撤回了一条消息`);
    if (message.msgtype === "notice") return h("div", { class: "separator" }, message.content.content);
    const out = message.direction === "out";
    const name = out ? this.person.name : this.app()?.name || this.home()?.name || "";
    const body = draw(message, this);
    return h(
      "div",
      { class: `row ${out ? "out" : "in"} ${WIDE.has(message.msgtype) ? "wide" : ""}`, testid: "bubble", "data-seq": String(message.seq), "data-type": message.msgtype },
      avatar(name, out ? "person" : "app"),
      h("div", { class: "bubble" }, body),
    );
  }

  toEnd() {
    const move = () => (this.messages ? (this.messages.scrollTop = this.messages.scrollHeight) : null);
    move();
    requestAnimationFrame(move);
  }

  setTyping(on) {
    if (this.typing) this.typing.hidden = !on;
  }

  // -- choices on cards ---------------------------------------------------------------------------------------

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

  // -- bottom: menu or keyboard -------------------------------------------------------------------------------

  drawFoot() {
    if (!this.foot) return;
    if (this.person.kind === "follower" && !this.person.following) {
      this.foot.replaceChildren(h("button", { class: "follow", testid: "follow", onclick: () => this.act("follow") }, "关注公众号"));
      return;
    }
    const menu = this.app()?.menu || [];
    const toggle = menu.length
      ? h("button", {
          class: "icon toggle",
          testid: "menu-toggle",
          "aria-label": this.menuShown ? "切换到键盘" : "切换到菜单",
          html: this.menuShown ? ICONS.keyboard : ICONS.menu,
          onclick: () => {
            this.menuShown = !this.menuShown;
            this.drawFoot();
            if (!this.menuShown) this.foot.querySelector("input")?.focus();
          },
        })
      : null;
    this.foot.replaceChildren(toggle || "", ...(menu.length && this.menuShown ? [this.drawMenu(menu)] : this.drawKeyboard()));
  }

  drawMenu(menu) {
    return h(
      "div",
      { class: "menu" },
      menu.map((button) => {
        const children = button.sub_button || [];
        const name = button.key || button.name;
        if (!children.length) return h("button", { testid: `menu-${name}`, onclick: () => this.tapMenu(button) }, button.name);
        const popup = h(
          "div",
          { class: "submenu", hidden: true },
          children.map((child) => h("button", { testid: `menu-${child.key || child.name}`, onclick: () => this.tapMenu(child) }, child.name)),
        );
        const toggle = (event) => {
          event.stopPropagation();
          const shown = !popup.hidden;
          this.foot.querySelectorAll(".submenu").forEach((other) => (other.hidden = true));
          popup.hidden = shown;
        };
        return h("div", { class: "menu-parent" }, popup, h("button", { testid: `menu-${name}`, onclick: toggle }, h("i", { class: "lines" }), button.name));
      }),
    );
  }

  async tapMenu(button) {
    this.foot.querySelectorAll(".submenu").forEach((other) => (other.hidden = true));
    if (button.type === "location_select") {
      const place = await pickPlace(this.screen, this.places(), this.person.place);
      if (place) await this.act("send-location", { ...place, via: "menu", key: button.key });
      return;
    }
    const answer = await this.act("tap-menu", { key: button.key || button.url || button.name });
    if (answer?.open) this.browse(answer.open);
    if (answer && PICTURE_MENUS.includes(button.type)) toast("已拍照并发送");
    if (answer && button.type.startsWith("scancode")) toast("已扫码");
  }

  drawKeyboard() {
    const send = h("button", { class: "send", testid: "send", hidden: true }, "发送");
    const plus = h("button", { class: "icon", testid: "plus", "aria-label": "更多功能", html: ICONS.plus, onclick: () => this.plus() });
    const input = h("input", { class: "input", testid: "input", placeholder: "发消息", "aria-label": "发消息", autocomplete: "off", maxlength: "2000" });
    const refresh = () => {
      send.hidden = !input.value.trim();
      plus.hidden = !send.hidden;
    };
    const submit = async () => {
      const text = input.value;
      if (!text.trim()) return;
      input.value = "";
      refresh();
      if (!(await this.act("say", { text }))) input.value = text;
      refresh();
      input.focus();
    };
    input.addEventListener("input", refresh);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) submit();
    });
    send.addEventListener("click", submit);
    return [input, plus, send];
  }

  plus() {
    this.sheet([
      { text: "发送位置", testid: "send-location", run: () => this.sendLocation() },
      { text: "发送图片", testid: "send-image", run: () => this.act("send-image") },
      { text: "发送语音", testid: "send-voice", run: () => this.act("send-voice") },
    ]);
  }

  async sendLocation() {
    const place = await pickPlace(this.screen, this.places(), this.person.place);
    if (place) await this.act("send-location", { ...place, via: "message" });
  }

  more() {
    if (this.person.kind === "follower") {
      const verb = this.person.following
        ? { text: "取消关注", testid: "unfollow", run: () => this.act("unfollow") }
        : { text: "关注公众号", testid: "follow-again", run: () => this.act("follow") };
      this.sheet([verb]);
    } else {
      this.sheet([{ text: "重新进入会话", testid: "reenter", run: () => this.act("open-chat") }]);
    }
  }

  sheet(items) {
    const close = () => overlay.remove();
    const overlay = h(
      "div",
      { class: "overlay sheet-back", onclick: close },
      h(
        "div",
        { class: "sheet", onclick: (event) => event.stopPropagation() },
        items.map((item) =>
          h("button", { testid: item.testid, onclick: () => (close(), item.run()) }, item.text),
        ),
        h("button", { class: "cancel", onclick: close }, "取消"),
      ),
    );
    this.screen.append(overlay);
  }

  // -- place --------------------------------------------------------------------------------------------------

  showPlace() {
    this.placeButton.textContent = this.person.place ? this.person.place.label || "地图选点" : "未开启定位";
    this.placeButton.classList.toggle("off", !this.person.place);
  }

  async choosePlace() {
    const place = await pickPlace(this.screen, this.places(), this.person.place);
    if (place) await this.act("place", { latitude: place.latitude, longitude: place.longitude, label: place.label });
  }

  // -- browser ------------------------------------------------------------------------------------------------

  browse(url) {
    this.closeBrowser();
    const host = new URL(url).host;
    this.browserTitle = h("span", { class: "title" }, h("span", { class: "page-title", testid: "browser-title" }, "网页"), h("small", {}, host));
    this.frame = h("iframe", { class: "page", testid: "browser-frame", src: url, title: "手机里的网页", allow: "geolocation; camera" });
    this.browser = h(
      "section",
      { class: "overlay browser", testid: "browser" },
      h(
        "header",
        { class: "bar" },
        h("button", { class: "plain", testid: "browser-close", onclick: () => this.closeBrowser() }, "关闭"),
        this.browserTitle,
        h("button", { class: "icon more", "aria-label": "刷新", testid: "browser-reload", onclick: () => (this.frame.src = this.frame.src) }, "⟳"),
      ),
      this.frame,
    );
    this.screen.append(this.browser);
  }

  closeBrowser() {
    this.browser?.remove();
    this.browser = this.frame = null;
  }

  // Calls of the script inside the page; the answer is what the phone would give.
  async answer(request) {
    const { name, args } = request;
    if (name === "title") {
      const title = this.browserTitle?.querySelector(".page-title");
      if (title && args.title) title.textContent = args.title;
      return {};
    }
    if (name === "authorize") {
      const path = `/control/people/${encodeURIComponent(this.person.id)}/authorize?home=${encodeURIComponent(this.person.home)}`;
      return call("POST", path, { url: args.url });
    }
    if (name === "config" || name === "agentConfig") return call("POST", "/phones/jssdk", { kind: name, home: this.person.home, ...args });
    if (name === "getLocation") {
      const place = this.person.place;
      if (!place) throw new Error("system permission denied");
      const point = args.type === "gcj02" ? place : place.wgs84;
      return { latitude: point.latitude, longitude: point.longitude, speed: 0, accuracy: place.accuracy };
    }
    if (name === "closeWindow") {
      this.closeBrowser();
      return {};
    }
    throw new Error(`function not exist: ${name}`);
  }
}
