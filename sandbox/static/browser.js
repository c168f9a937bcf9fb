// A page opened on a phone, and what the JS-SDK inside it may ask of the phone.
import { call, h } from "./dom.js";
import { ICONS } from "./icons.js";
import { showPlaceOnMap } from "./map.js";
import { chooseFromAlbum, showPicture, takePicture, withoutHead } from "./media.js";

const MOST_PICTURES = 9;
// Called before, or without, wx.config.
const FREE = new Set(["title", "authorize", "config", "agentConfig", "closeWindow"]);

export class Browser {
  constructor(phone, url) {
    this.phone = phone;
    this.allowed = [];
    this.title = h("span", { class: "page-title", testid: "browser-title" }, "网页");
    this.frame = h("iframe", { class: "page", testid: "browser-frame", src: url, title: "手机里的网页", allow: "geolocation; camera" });
    const reload = () => (this.frame.src = this.frame.src);
    this.element = h(
      "section",
      { class: "overlay browser", testid: "browser" },
      h(
        "header",
        { class: "bar" },
        h("button", { class: "icon", testid: "browser-close", "aria-label": "关闭网页", html: ICONS.close, onclick: () => phone.closeBrowser() }),
        h("span", { class: "title" }, this.title, h("small", {}, new URL(url).host)),
        h("button", { class: "icon more", "aria-label": "刷新", testid: "browser-reload", html: ICONS.reload, onclick: reload }),
      ),
      this.frame,
    );
  }

  // The answer to one call of the script inside the page; an error's words are what WeChat's client says.
  async answer({ name, args }) {
    if (!FREE.has(name) && !this.allowed.includes(name)) throw new Error("permission denied");
    const react = ANSWERS[name];
    if (!react) throw new Error(`function not exist: ${name}`);
    return (await react(this, args)) || {};
  }
}

const ANSWERS = {
  title: (browser, { title }) => {
    if (title) browser.title.textContent = title;
  },
  authorize: ({ phone }, { url }) => call("POST", phone.path("authorize"), { url }),
  config: async (browser, args) => {
    await call("POST", "/phones/jssdk", { kind: "config", home: browser.phone.person.home, ...args });
    browser.allowed = args.jsApiList || [];
  },
  agentConfig: ({ phone }, args) => call("POST", "/phones/jssdk", { kind: "agentConfig", home: phone.person.home, ...args }),
  getLocation: ({ phone }, { type }) => {
    const place = phone.person.place;
    if (!place) throw new Error("system permission denied");
    const point = type === "gcj02" ? place : place.wgs84;
    return { latitude: point.latitude, longitude: point.longitude, speed: 0, accuracy: place.accuracy };
  },
  chooseImage: async ({ phone }, { count = MOST_PICTURES, sourceType = ["album", "camera"] }) => {
    const onlyCamera = sourceType.length === 1 && sourceType[0] === "camera";
    const pictures = onlyCamera ? await takePicture(phone, phone.stamp()) : await chooseFromAlbum(phone, Math.min(count, MOST_PICTURES));
    if (!pictures.length) throw new Error("cancel");
    return { pictures, sourceType: onlyCamera ? "camera" : "album" };
  },
  uploadImage: async ({ phone }, { picture }) => {
    const kept = await call("POST", phone.path("upload"), { kind: "image", name: picture.name, base64: withoutHead(picture.data) });
    return { serverId: kept.media_id };
  },
  previewImage: ({ phone }, { current, urls = [] }) => showPicture(phone, current || urls[0]),
  openLocation: ({ phone }, { latitude, longitude, name = "位置" }) => showPlaceOnMap(phone, { label: name, latitude, longitude }),
  getNetworkType: () => ({ networkType: "wifi" }),
  scanQRCode: async ({ phone }) => {
    const resultStr = await phone.ask("扫到的内容", "https://example.com/scan");
    if (resultStr === null) throw new Error("cancel");
    return { resultStr };
  },
  closeWindow: ({ phone }) => phone.closeBrowser(),
};
