// The bottom of a chat: the menu, or the keyboard with its voice, emoji and plus panels.
import { h } from "./dom.js";
import { ICONS } from "./icons.js";
import { pickPlace } from "./map.js";
import { chooseFiles, chooseFromAlbum, takePicture, withoutHead } from "./media.js";

const EMOJI = [..."😀😄😂🙂😉😊😍🤔😅😭😡😴👍👎👌🙏👏💪🎉❤️🌹☕🔥✅❌⏰📍📷📄🚗".matchAll(/\p{Emoji}\uFE0F?/gu)].map(([face]) => face);
const PICTURE_MENUS = { pic_sysphoto: "camera", pic_photo_or_album: "album", pic_weixin: "album" };
const LONGEST_VOICE = 60;
const SHORTEST_VOICE = 300;

export class Composer {
  constructor(chat) {
    this.chat = chat;
    this.phone = chat.phone;
    this.mode = "menu";
    this.panel = null;
    this.draft = "";
    this.element = h("footer", { class: "foot" });
    this.draw();
  }

  menu() {
    return this.chat.conversation()?.menu || [];
  }

  draw() {
    const { person } = this.phone;
    if (person.kind === "follower" && !person.following) {
      const follow = h("button", { class: "follow", testid: "follow", onclick: () => this.phone.act("follow") }, "关注公众号");
      this.element.replaceChildren(h("div", { class: "foot-row" }, follow));
      return;
    }
    const menu = this.menu();
    const inMenu = menu.length && this.mode === "menu";
    const row = h("div", { class: "foot-row" }, menu.length ? this.toggle(inMenu) : null, inMenu ? this.drawMenu(menu) : this.drawKeyboard());
    this.element.replaceChildren(row, ...(this.panel && !inMenu ? [this.drawPanel()] : []));
  }

  change(mode, panel = null) {
    this.mode = mode;
    this.panel = panel;
    this.draw();
    if (mode === "keyboard" && !panel) this.element.querySelector("input")?.focus();
    if (panel) this.chat.toEnd();
  }

  toggle(inMenu) {
    return h("button", {
      class: "icon toggle",
      testid: "menu-toggle",
      "aria-label": inMenu ? "切换到键盘" : "切换到菜单",
      html: inMenu ? ICONS.keyboard : ICONS.menu,
      onclick: () => this.change(inMenu ? "keyboard" : "menu"),
    });
  }

  // -- menu ---------------------------------------------------------------------------------------------------

  drawMenu(menu) {
    return h("div", { class: "menu" }, menu.map((button) => this.menuButton(button)));
  }

  menuButton(button) {
    const children = button.sub_button || [];
    const testid = `menu-${button.key || button.name}`;
    if (!children.length) return h("button", { testid, onclick: () => this.tapMenu(button) }, button.name);
    const popup = h(
      "div",
      { class: "submenu", hidden: true },
      children.map((child) => h("button", { testid: `menu-${child.key || child.name}`, onclick: () => this.tapMenu(child) }, child.name)),
    );
    const open = () => {
      const shown = !popup.hidden;
      this.closeMenus();
      popup.hidden = shown;
    };
    return h("div", { class: "menu-parent" }, popup, h("button", { testid, onclick: open }, h("i", { class: "lines" }), button.name));
  }

  closeMenus() {
    this.element.querySelectorAll(".submenu").forEach((popup) => (popup.hidden = true));
  }

  async tapMenu(button) {
    this.closeMenus();
    const { phone } = this;
    const key = button.key || button.url || button.name;
    if (button.type === "location_select") return this.sendPlace({ via: "menu", key: button.key });
    if (PICTURE_MENUS[button.type]) {
      const pictures = PICTURE_MENUS[button.type] === "camera" ? await takePicture(phone, phone.stamp()) : await chooseFromAlbum(phone);
      if (pictures.length) await phone.act("tap-menu", { key, pictures: pictures.map((picture) => withoutHead(picture.data)) });
      return null;
    }
    if (button.type?.startsWith("scancode")) {
      const result = await phone.ask("扫到的内容", "https://example.com/scan");
      if (result !== null) await phone.act("tap-menu", { key, result });
      return null;
    }
    const answer = await phone.act("tap-menu", { key });
    if (answer?.open) phone.browse(answer.open);
    return answer;
  }

  // -- keyboard -----------------------------------------------------------------------------------------------

  // In a group only words can be said; elsewhere whatever the panels offer.
  drawKeyboard() {
    const onlyWords = this.chat.isGroup();
    const speaking = this.mode === "voice";
    const voice = h("button", {
      class: "icon",
      testid: "voice-toggle",
      "aria-label": speaking ? "切换到键盘" : "切换到语音",
      html: speaking ? ICONS.keyboard : ICONS.microphone,
      onclick: () => this.change(speaking ? "keyboard" : "voice"),
    });
    const flip = (panel) => () => this.change(this.panel === panel ? this.mode : "keyboard", this.panel === panel ? null : panel);
    const emoji = h("button", { class: "icon", testid: "emoji", "aria-label": "表情", html: ICONS.smile, onclick: flip("emoji") });
    const plus = h("button", { class: "icon", testid: "plus", "aria-label": "更多功能", html: ICONS.plus, onclick: flip("plus") });
    if (speaking) return [voice, this.drawHold(), emoji, plus];
    const send = h("button", { class: "send", testid: "send" }, "发送");
    const input = h("input", { class: "input", testid: "input", placeholder: "发消息", "aria-label": "发消息", autocomplete: "off", enterkeyhint: "send", maxlength: "2000", value: this.draft });
    const refresh = () => {
      this.draft = input.value;
      send.hidden = !input.value.trim();
      plus.hidden = onlyWords || !send.hidden;
    };
    const submit = async () => {
      const text = input.value;
      if (!text.trim()) return;
      input.value = "";
      refresh();
      if (!(await this.phone.act("say", this.chat.addressed({ text })))) input.value = text;
      refresh();
      input.focus();
    };
    input.addEventListener("input", refresh);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) submit();
    });
    send.addEventListener("click", submit);
    refresh();
    return [onlyWords ? null : voice, input, emoji, plus, send];
  }

  drawHold() {
    let pressed = 0;
    const hint = h("div", { class: "recording" }, h("span", { html: ICONS.voice }), "松开发送");
    const begin = (event) => {
      event.preventDefault();
      pressed = performance.now();
      button.classList.add("down");
      this.phone.screen.append(hint);
    };
    const end = (send) => () => {
      if (!pressed) return;
      const held = performance.now() - pressed;
      pressed = 0;
      button.classList.remove("down");
      hint.remove();
      if (!send) return;
      if (held < SHORTEST_VOICE) this.phone.say("说话时间太短：按住说话，松开发送");
      else this.phone.act("send-voice", { seconds: Math.min(LONGEST_VOICE, Math.max(1, Math.round(held / 1000))) });
    };
    const button = h(
      "button",
      { class: "hold", testid: "hold-to-talk", onpointerdown: begin, onpointerup: end(true), onpointerleave: end(false), onpointercancel: end(false), oncontextmenu: (event) => event.preventDefault() },
      "按住 说话",
    );
    return button;
  }

  // -- panels -------------------------------------------------------------------------------------------------

  drawPanel() {
    if (this.panel === "emoji") {
      const put = (face) => () => {
        this.draft += face;
        this.draw();
      };
      return h("div", { class: "foot-panel emoji" }, EMOJI.map((face, index) => h("button", { testid: `emoji-${index}`, onclick: put(face) }, face)));
    }
    const tile = (testid, name, icon, run) => h("button", { testid, onclick: run }, h("span", { html: icon }), name);
    return h(
      "div",
      { class: "foot-panel plus" },
      tile("send-image", "照片", ICONS.picture, () => this.sendPictures(chooseFromAlbum(this.phone))),
      tile("send-photo", "拍摄", ICONS.camera, () => this.sendPictures(takePicture(this.phone, this.phone.stamp()))),
      tile("send-location", "位置", ICONS.place, () => this.sendPlace({ via: "message" })),
      tile("send-video", "视频", ICONS.video, () => this.sendVideo()),
      tile("send-file", "文件", ICONS.file, () => this.sendFile()),
      tile("send-voice", "语音", ICONS.voice, () => this.phone.act("send-voice", { seconds: 3 })),
    );
  }

  async sendPlace(how) {
    const place = await pickPlace(this.phone.screen, this.phone.places(), this.phone.person.place);
    return place ? this.phone.act("send-location", { ...place, ...how }) : null;
  }

  async sendPictures(choosing) {
    for (const picture of await choosing) await this.phone.act("send-image", { base64: withoutHead(picture.data), name: picture.name });
  }

  sendVideo() {
    this.phone.sheet([
      { text: "样例视频", testid: "sample-video", run: () => this.phone.act("send-video") },
      { text: "本机视频（MP4）…", testid: "own-video", run: () => this.sendOwn("send-video", "video/mp4") },
    ]);
  }

  sendFile() {
    const sample = { name: "情况说明.txt", base64: btoa(unescape(encodeURIComponent("情况说明（样例文件）\n"))) };
    this.phone.sheet([
      { text: "样例文件：情况说明.txt", testid: "sample-file", run: () => this.phone.act("send-file", sample) },
      { text: "本机文件…", testid: "own-file", run: () => this.sendOwn("send-file", "") },
    ]);
  }

  async sendOwn(action, accept) {
    try {
      for (const file of await chooseFiles(accept)) await this.phone.act(action, { name: file.name, base64: withoutHead(file.data) });
    } catch (error) {
      this.phone.say(error.message);
    }
  }
}
