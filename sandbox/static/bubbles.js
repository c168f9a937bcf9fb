// One message on a phone, by its kind.
import { drawCard } from "./cards.js";
import { h } from "./dom.js";
import { ICONS } from "./icons.js";
import { showPlaceOnMap, thumbnail } from "./map.js";
import { showPicture, showVideo, sizeOf } from "./media.js";
import { markdown, rich } from "./text.js";

// A line of a template message: a name, a colon of either width, a value.
const FIELD = /^([^:\uff1a]{1,12})[:\uff1a]\s*(.*)$/;
const VOICE_SECONDS = 3;
const FILE_COLOURS = { pdf: "#e5484d", doc: "#2f6fde", docx: "#2f6fde", xls: "#12a150", xlsx: "#12a150", csv: "#12a150", ppt: "#e07b39", pptx: "#e07b39", zip: "#a9812f" };

const KINDS = {
  text: (m, phone) => h("div", { class: "bubble-text" }, rich(m.content.content, phone.open)),
  markdown: (m, phone) => h("div", { class: "bubble-text markdown" }, markdown(m.content.content, phone.open)),
  image: (m, phone) => image(m, phone),
  voice: (m, phone) => voice(m, phone),
  video: (m, phone) => video(m, phone),
  file,
  location: (m, phone) =>
    h(
      "button",
      { class: "bubble-location", testid: "bubble-location", onclick: () => showPlaceOnMap(phone, m.content) },
      h("b", {}, m.content.label || "位置"),
      thumbnail(m.content, phone.places()),
    ),
  link: (m, phone) =>
    h(
      "div",
      { class: "bubble-link tappable", onclick: () => phone.browse(m.content.url) },
      h("b", {}, m.content.title),
      h("small", {}, m.content.description),
    ),
  textcard: (m, phone) => textcard(m, phone),
  news: (m, phone) => news(m, phone),
  mpnews: (m, phone) => news(m, phone),
  template: (m, phone) => template(m, phone),
  msgmenu: (m, phone) => msgmenu(m, phone),
  miniprogram_notice: (m) => notice(m),
  miniprogrampage: (m) => h("div", { class: "bubble-link" }, h("b", {}, m.content.title || "小程序"), h("small", {}, "小程序")),
  music: (m) => h("div", { class: "bubble-text" }, `♪ ${m.content.title || "音乐"}`),
  template_card: (m, phone) => drawCard(m, phone),
};

const address = (m) => `/media/${m.content.media_id}`;

function image(m, phone) {
  const show = () => showPicture(phone, address(m), m.content.filename || "图片.png");
  return h("button", { class: "bubble-image", testid: "bubble-image", "aria-label": "看大图", onclick: show }, h("img", { src: address(m), alt: "图片" }));
}

// Nobody records sound here: the bubble plays for as long as the message says.
function voice(m, phone) {
  const seconds = m.content.seconds || VOICE_SECONDS;
  const fresh = m.direction === "in" && !phone.played.has(m.seq);
  const bubble = h(
    "button",
    {
      class: `bubble-text voice ${fresh ? "fresh" : ""}`,
      testid: "bubble-voice",
      "aria-label": `语音 ${seconds} 秒`,
      style: `width:${Math.min(190, 78 + seconds * 5)}px`,
      onclick: () => {
        phone.played.add(m.seq);
        bubble.classList.remove("fresh");
        if (!bubble.classList.toggle("playing")) return;
        setTimeout(() => bubble.classList.remove("playing"), seconds * 1000);
      },
    },
    h("span", { class: "sound", html: ICONS.sound }),
    `${seconds}″`,
  );
  return bubble;
}

function video(m, phone) {
  const name = m.content.filename || "视频.mp4";
  return h(
    "button",
    { class: "bubble-video", testid: "bubble-video", "aria-label": "播放视频", onclick: () => showVideo(phone, address(m), name) },
    h("span", { html: ICONS.play }),
    h("small", {}, m.content.title || (m.content.size ? sizeOf(m.content.size) : "视频")),
  );
}

function file(m) {
  const name = m.content.filename || "文件";
  const kind = name.includes(".") ? name.split(".").pop().toLowerCase() : "";
  const size = h("small", {}, m.content.size === undefined ? " " : sizeOf(m.content.size));
  if (m.content.size === undefined) {
    fetch(address(m), { method: "HEAD" }).then((answer) => (size.textContent = answer.ok ? sizeOf(Number(answer.headers.get("content-length"))) : "已过期"));
  }
  return h(
    "a",
    { class: "bubble-file", testid: "bubble-file", href: address(m), download: name, title: "保存到本机" },
    h("span", {}, h("b", {}, name), size),
    h("i", { style: `background:${FILE_COLOURS[kind] || "#7a828e"}` }, kind.slice(0, 4).toUpperCase() || "?"),
  );
}

function textcard(m, phone) {
  const card = m.content;
  return h(
    "article",
    { class: "card textcard tappable", testid: "card", onclick: () => phone.browse(card.url) },
    h("h4", {}, card.title),
    h("div", { class: "card-desc" }, rich(card.description, phone.open)),
    h("div", { class: "card-jump", testid: "card-detail" }, card.btntxt || "详情", h("i", { class: "chevron" })),
  );
}

function news(m, phone) {
  return h(
    "div",
    { class: "card news" },
    (m.content.articles || []).map((article) =>
      h(
        "div",
        { class: "article tappable", onclick: () => article.url && phone.browse(article.url) },
        article.picurl ? h("img", { src: article.picurl, alt: "" }) : null,
        h("b", {}, article.title),
        article.description ? h("small", {}, article.description) : null,
      ),
    ),
  );
}

function template(m, phone) {
  const { title, body, url } = m.content;
  const rows = body.split("\n").map((line) => {
    const parts = line.match(FIELD);
    return parts ? h("div", {}, h("dt", {}, parts[1]), h("dd", {}, parts[2])) : h("div", { class: "free" }, line);
  });
  return h(
    "article",
    { class: `card template${url ? " tappable" : ""}`, testid: "template-card", ...(url ? { onclick: () => phone.browse(url) } : {}) },
    h("h4", {}, title || "服务通知"),
    h("dl", { class: "card-horizontal" }, rows),
    url ? h("div", { class: "card-jump" }, "查看详情", h("i", { class: "chevron" })) : null,
  );
}

function msgmenu(m, phone) {
  const { head_content: head, list, tail_content: tail } = m.content;
  return h(
    "div",
    { class: "bubble-text msgmenu" },
    head ? h("div", {}, rich(head, phone.open)) : null,
    (list || []).map((option) =>
      h(
        "a",
        {
          href: "#",
          testid: `option-${option.id}`,
          onclick: (event) => {
            event.preventDefault();
            phone.act("tap-option", { id: String(option.id), message_id: String(m.seq) });
          },
        },
        option.content,
      ),
    ),
    tail ? h("div", {}, rich(tail, phone.open)) : null,
  );
}

function notice(m) {
  const items = m.content.content_item || [];
  return h(
    "article",
    { class: "card" },
    h("h4", {}, m.content.title),
    m.content.description ? h("p", { class: "card-desc" }, m.content.description) : null,
    h("dl", { class: "card-horizontal" }, items.map((item) => h("div", {}, h("dt", {}, item.key), h("dd", {}, item.value)))),
  );
}

export const WIDE = new Set(["template_card", "textcard", "news", "mpnews", "template", "miniprogram_notice"]);

export function draw(message, phone) {
  const kind = KINDS[message.msgtype];
  return kind ? kind(message, phone) : h("div", { class: "bubble-text" }, message.text);
}
