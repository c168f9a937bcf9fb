// One chat on a phone: its bubbles, and the composer below.
import { WIDE, draw } from "./bubbles.js";
import { Composer } from "./composer.js";
import { avatar, h } from "./dom.js";
import { ICONS } from "./icons.js";
import { chatOf } from "./store.js";
import { whenInChat } from "./time.js";

const GAP = 5 * 60 * 1000;

export class Chat {
  constructor(phone, key) {
    this.phone = phone;
    this.key = key;
    this.bubbles = new Map();
    this.lastShown = 0;
    this.messages = h("div", { class: "messages", testid: "messages" });
    this.typing = h("small", { class: "typing", hidden: true }, "对方正在输入…");
    this.title = h("span", { class: "title" });
    this.composer = new Composer(this);
    this.elements = [
      h(
        "header",
        { class: "bar" },
        h("button", { class: "icon", testid: "back", "aria-label": "返回", html: ICONS.back, onclick: () => phone.showList() }),
        this.title,
        h("button", { class: "icon more", testid: "more", "aria-label": "更多", html: ICONS.more, onclick: () => this.more() }),
      ),
      this.messages,
      this.composer.element,
    ];
    this.redraw();
  }

  conversation() {
    return this.phone.store.chat(this.phone.person, this.key);
  }

  isGroup() {
    return this.key.startsWith("group-");
  }

  // A message of this chat carries where it goes.
  addressed(body) {
    return this.isGroup() ? { ...body, chat: this.conversation().chat } : body;
  }

  redraw() {
    const conversation = this.conversation();
    this.title.replaceChildren(conversation?.name || this.phone.home()?.name || "", this.typing);
    this.bubbles.clear();
    this.lastShown = 0;
    this.messages.replaceChildren();
    for (const message of conversation?.messages || []) this.append(message);
    if (!this.bubbles.size) this.messages.append(this.blank());
    this.composer.draw();
    this.toEnd();
  }

  blank() {
    const { person } = this.phone;
    const follow = person.kind === "follower" && !person.following;
    const menu = this.composer.menu().length;
    const first = follow ? "还没有关注这个服务号。" : "还没有消息。";
    const then = follow ? "点下面的「关注公众号」开始。" : menu ? "点下面的菜单，或点左下角的键盘打字，比如「帮助」。" : "在下面打字，比如「帮助」。";
    return h("div", { class: "blank", testid: "blank-chat" }, h("b", {}, first), then);
  }

  receive(message, isNew) {
    if (chatOf(message) !== this.key) return false;
    const old = this.bubbles.get(message.seq);
    if (old) {
      const fresh = this.bubble(message);
      old.replaceWith(fresh);
      this.bubbles.set(message.seq, fresh);
    } else if (isNew) {
      this.messages.querySelector(".blank")?.remove();
      this.append(message);
      this.toEnd();
    }
    if (message.direction === "in") this.typing.hidden = true;
    return true;
  }

  append(message) {
    const at = Date.parse(message.at);
    if (Math.abs(at - this.lastShown) > GAP) this.messages.append(h("div", { class: "separator" }, whenInChat(at, this.phone.store.now())));
    this.lastShown = at;
    const element = this.bubble(message);
    this.bubbles.set(message.seq, element);
    this.messages.append(element);
  }

  speaker(message) {
    if (message.direction === "out") return [this.phone.person.name, "person"];
    const { store, person } = this.phone;
    if (!message.sender) return [this.conversation()?.name || "", "app"];
    const colleague = [...store.people.values()].some((other) => other.home === person.home && other.name === message.sender);
    return [message.sender, colleague ? "person" : "app"];
  }

  bubble(message) {
    const out = message.direction === "out";
    if (message.recalled) return h("div", { class: "separator", testid: "recalled" }, out ? "你撤回了一条消息" : "对方撤回了一条消息");
    if (message.msgtype === "notice") return h("div", { class: "separator" }, message.content.content);
    const [name, kind] = this.speaker(message);
    return h(
      "div",
      { class: `row ${out ? "out" : "in"} ${WIDE.has(message.msgtype) ? "wide" : ""}`, testid: "bubble", "data-seq": String(message.seq), "data-type": message.msgtype },
      avatar(name, kind),
      h("div", { class: "bubble" }, this.isGroup() && !out ? h("small", { class: "speaker" }, name) : null, draw(message, this.phone)),
    );
  }

  toEnd() {
    const move = () => (this.messages.scrollTop = this.messages.scrollHeight);
    move();
    requestAnimationFrame(move);
  }

  more() {
    const { phone } = this;
    if (phone.person.kind === "follower") {
      const items = [
        { text: "扫二维码…", testid: "scan-here", run: () => phone.scan() },
        phone.person.following
          ? { text: "取消关注", testid: "unfollow", run: () => phone.act("unfollow") }
          : { text: "关注公众号", testid: "follow-again", run: () => phone.act("follow") },
      ];
      return phone.sheet(items);
    }
    return phone.sheet([
      { text: "重新进入会话", testid: "reenter", run: () => phone.act("open-chat") },
      { text: "换个位置", testid: "change-place", run: () => phone.choosePlace() },
    ]);
  }
}
