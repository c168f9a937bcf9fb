// One message on a phone, by its kind.
import { drawCard } from "./cards.js";
import { h, markdown, rich } from "./dom.js";
import { thumbnail } from "./map.js";

const KINDS = {
  text: (m, phone) => h("div", { class: "bubble-text" }, rich(m.content.content, phone.open)),
  markdown: (m, phone) => h("div", { class: "bubble-text markdown" }, markdown(m.content.content, phone.open)),
  image: (m) => h("img", { class: "bubble-image", src: `/media/${m.content.media_id}`, alt: "图片" }),
  voice: (m) => h("div", { class: "bubble-text voice" }, `${m.content.seconds || 3}″`, h("i", { class: "wave" })),
  video: (m) => h("div", { class: "bubble-text" }, `▶ ${m.content.title || "视频"}`),
  file: (m) => file(m),
  location: (m, phone) =>
    h("div", { class: "bubble-location" }, h("b", {}, m.content.label || "位置"), thumbnail(m.content, phone.places())),
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

function file(m) {
  const name = m.content.filename || "文件";
  const address = `/media/${m.content.media_id}`;
  return h(
    "a",
    { class: "bubble-file", href: address, download: name },
    h("span", {}, name),
    h("i", {}, name.split(".").pop().slice(0, 4).toUpperCase()),
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
    const parts = line.match(/^([^::]{1,12})[::]\s*(.*)$/);
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
