// Template cards of WeCom, drawn as the client draws them.
import { h } from "./dom.js";

const SOURCE_COLOURS = ["#8a8f99", "#1f2329", "#e5484d", "#12a150"];

function openTarget(target, phone) {
  if (!target) return;
  if (target.type === 1 && target.url) phone.browse(target.url);
  else if (target.type === 2) phone.say(`将打开小程序 ${target.appid || ""}`);
}

function actionMenu(message, phone) {
  const menu = message.content.action_menu;
  if (!menu) return null;
  const show = (event) => {
    event.stopPropagation();
    phone.sheet(
      menu.action_list.map((action) => ({
        text: action.text,
        testid: `card-menu-${action.key}`,
        run: () => phone.act("tap-card", { message_id: String(message.seq), key: action.key }),
      })),
    );
  };
  return h("button", { class: "card-menu", testid: "card-menu", "aria-label": menu.desc || "更多", onclick: show }, h("i"), h("i"), h("i"));
}

function source(card) {
  const from = card.source;
  if (!from || !(from.desc || from.icon_url)) return null;
  const icon = from.icon_url ? h("img", { src: from.icon_url, alt: "" }) : null;
  return h("span", { class: "card-source", style: `color:${SOURCE_COLOURS[from.desc_color || 0]}` }, icon, from.desc || "");
}

function quote(card, phone) {
  const area = card.quote_area;
  if (!area || !(area.title || area.quote_text)) return null;
  const tap = area.type ? (event) => (event.stopPropagation(), openTarget(area, phone)) : null;
  return h(
    "div",
    { class: "card-quote" + (tap ? " tappable" : ""), ...(tap ? { onclick: tap } : {}) },
    area.title ? h("b", {}, area.title) : null,
    area.quote_text ? h("div", {}, area.quote_text) : null,
  );
}

function horizontal(card, phone) {
  const items = card.horizontal_content_list || [];
  if (!items.length) return null;
  return h(
    "dl",
    { class: "card-horizontal" },
    items.map((item) => {
      const linked = item.type === 1 || item.type === 2 || item.type === 3;
      const tap = (event) => {
        if (!linked) return;
        event.stopPropagation();
        if (item.type === 1) phone.browse(item.url);
        else if (item.type === 3) phone.say(`查看成员 ${item.value || item.userid}`);
        else phone.say(`查看文件 ${item.value || ""}`);
      };
      return h(
        "div",
        {},
        h("dt", {}, item.keyname),
        h("dd", { class: linked ? "linked" : "", onclick: tap }, item.value || (item.type === 3 ? item.userid : "")),
      );
    }),
  );
}

function vertical(card) {
  const items = card.vertical_content_list || [];
  return items.map((item) => h("div", { class: "card-vertical" }, h("b", {}, item.title), item.desc ? h("div", {}, item.desc) : null));
}

function jumps(card, phone) {
  return (card.jump_list || []).map((jump, index) =>
    h(
      "div",
      {
        class: "card-jump",
        testid: `card-jump-${index}`,
        onclick: (event) => (event.stopPropagation(), openTarget(jump, phone)),
      },
      jump.title,
      jump.type ? h("i", { class: "chevron" }) : null,
    ),
  );
}

function pictures(card, phone) {
  const parts = [];
  if (card.card_image?.url) {
    const ratio = card.card_image.aspect_ratio || 1.3;
    parts.push(h("div", { class: "card-image", style: `aspect-ratio:${ratio};background-image:url("${encodeURI(card.card_image.url)}")` }));
  }
  const area = card.image_text_area;
  if (area?.image_url) {
    parts.push(
      h(
        "div",
        { class: "card-image-text", onclick: (event) => (event.stopPropagation(), openTarget(area, phone)) },
        h("div", {}, h("b", {}, area.title || ""), h("small", {}, area.desc || "")),
        h("img", { src: area.image_url, alt: "" }),
      ),
    );
  }
  return parts;
}

function selector(question, message, phone, locked) {
  const key = question.question_key;
  const chosen = phone.chosen(message, question);
  const select = h(
    "select",
    {
      testid: `card-select-${key}`,
      disabled: locked || question.disable === true,
      onchange: (event) => phone.choose(message, key, [event.target.value]),
    },
    chosen.length ? null : h("option", { value: "", disabled: true, selected: true }, "请选择"),
    question.option_list.map((option) => h("option", { value: option.id, selected: chosen.includes(option.id) }, option.text)),
  );
  return h("label", { class: "card-select" }, h("span", {}, question.title || "请选择"), select);
}

function checkbox(question, message, phone, locked) {
  const key = question.question_key;
  const many = question.mode === 1;
  return h(
    "div",
    { class: "card-options" },
    question.option_list.map((option) => {
      const chosen = phone.chosen(message, question);
      const tap = (event) => {
        const now = phone.chosen(message, question).filter((id) => id !== option.id);
        if (many) phone.choose(message, key, event.target.checked ? [...now, option.id] : now);
        else phone.choose(message, key, [option.id]);
      };
      return h(
        "label",
        { class: "card-option" },
        h("input", {
          type: many ? "checkbox" : "radio",
          name: `${phone.key}-${message.seq}-${key}`,
          testid: `card-option-${key}-${option.id}`,
          checked: chosen.includes(option.id),
          disabled: locked || question.disable === true,
          onchange: tap,
        }),
        h("span", {}, option.text),
      );
    }),
  );
}

function buttons(message, phone, locked) {
  const card = message.content;
  const list = card.button_list || [];
  if (!list.length) return null;
  if (locked) return h("div", { class: "card-buttons one" }, h("button", { class: "replaced", disabled: true, testid: "card-replaced" }, message.replace_text));
  const press = (button) => (event) => {
    event.stopPropagation();
    if (button.type === 1) return phone.browse(button.url);
    event.target.classList.add("pressed");
    setTimeout(() => event.target.classList.remove("pressed"), 600);
    phone.act("tap-card", { message_id: String(message.seq), key: button.key, selected: phone.selection(message) });
  };
  return h(
    "div",
    { class: `card-buttons ${list.length > 2 ? "column" : ""}` },
    list.map((button) =>
      h("button", { class: `style-${button.style || 1}`, testid: `card-button-${button.key || button.text}`, onclick: press(button) }, button.text),
    ),
  );
}

function submit(message, phone, locked) {
  const button = message.content.submit_button;
  if (!button) return null;
  if (locked) return h("button", { class: "card-submit replaced", disabled: true, testid: "card-replaced" }, message.replace_text);
  const press = (event) => {
    event.stopPropagation();
    phone.act("tap-card", { message_id: String(message.seq), key: button.key, selected: phone.selection(message) });
  };
  return h("button", { class: "card-submit", testid: `card-button-${button.key}`, onclick: press }, button.text);
}

export function questions(card) {
  return [card.button_selection, card.checkbox, ...(card.select_list || [])].filter(Boolean);
}

export function drawCard(message, phone) {
  const card = message.content;
  const locked = message.replace_text !== null && message.replace_text !== undefined;
  const title = card.main_title || {};
  const emphasis = card.emphasis_content;
  const tap = card.card_action?.type ? () => openTarget(card.card_action, phone) : null;
  const kind = card.card_type;
  return h(
    "article",
    { class: `card ${kind}${tap ? " tappable" : ""}`, testid: "card", ...(tap ? { onclick: tap } : {}) },
    source(card) || card.action_menu ? h("div", { class: "card-head" }, source(card) || h("span"), actionMenu(message, phone)) : null,
    kind === "news_notice" ? pictures(card, phone).slice(0, 1).filter((part) => part.className === "card-image") : null,
    title.title ? h("h4", {}, title.title) : null,
    title.desc ? h("p", { class: "card-desc" }, title.desc) : null,
    kind === "news_notice" ? pictures(card, phone).filter((part) => part.className !== "card-image") : null,
    vertical(card),
    emphasis && (emphasis.title || emphasis.desc)
      ? h("div", { class: "card-emphasis" }, h("strong", {}, emphasis.title || ""), h("span", {}, emphasis.desc || ""))
      : null,
    quote(card, phone),
    card.sub_title_text ? h("p", { class: "card-subtitle" }, card.sub_title_text) : null,
    horizontal(card, phone),
    card.button_selection ? selector(card.button_selection, message, phone, locked) : null,
    card.checkbox ? checkbox(card.checkbox, message, phone, locked) : null,
    (card.select_list || []).map((select) => selector(select, message, phone, locked)),
    buttons(message, phone, locked),
    submit(message, phone, locked),
    jumps(card, phone),
  );
}
