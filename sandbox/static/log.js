// The traffic log, newest first; a click shows a line's detail.
import { h } from "./dom.js";

const rows = document.getElementById("rows");
const shown = { api: document.getElementById("show-api"), callback: document.getElementById("show-callback") };
const search = document.getElementById("search");
const NAMES = { api: "接口", callback: "回调", drop: "丢弃" };
const LIMIT = 800;

const OUTCOMES = {
  ok: "成功",
  replied: "已回复",
  timeout: "超时",
  "bad reply": "回复无效",
  "connection failed": "连接失败",
  "dropped by fault": "按故障丢弃",
};

// What a line is about, in a word or two.
function topic(entry) {
  if (entry.kind === "callback") {
    const named = (name) => entry.request?.match(new RegExp(`<${name}><!\\[CDATA\\[(.*?)\\]\\]>`, "s"))?.[1];
    return [named("Event") || named("MsgType") || entry.request, named("Content") || named("EventKey") || named("ChangeType")].filter(Boolean).join(" ").slice(0, 60);
  }
  return [entry.request?.msgtype, entry.request?.touser].filter(Boolean).join(" → ").slice(0, 60);
}

function visible(row) {
  const box = shown[row.dataset.kind];
  return (!box || box.checked) && (!search.value || row.dataset.text.includes(search.value));
}

function filter() {
  for (const row of rows.querySelectorAll(".entry")) {
    row.hidden = !visible(row);
    if (row.nextSibling?.className === "detail") row.nextSibling.remove();
  }
}

function add(entry) {
  const good = ["ok", "replied"].includes(entry.outcome);
  const subject = [entry.name || entry.home, entry.person].filter(Boolean).join(" · ");
  const address = [entry.method, entry.path, entry.attempt > 1 ? `(第 ${entry.attempt} 次)` : ""].filter(Boolean).join(" ");
  const row = h(
    "tr",
    { class: `entry ${entry.kind}`, "data-kind": entry.kind, "data-text": JSON.stringify(entry) },
    h("td", {}, entry.at.slice(11, 19)),
    h("td", {}, h("span", { class: "kind" }, NAMES[entry.kind] || entry.kind)),
    h("td", {}, subject),
    h("td", {}, address, h("small", {}, topic(entry))),
    h("td", { class: good ? "" : "bad" }, (OUTCOMES[entry.outcome] || entry.outcome) + (entry.error ? `:${entry.error}` : "")),
    h("td", {}, entry.ms === null || entry.ms === undefined ? "" : `${entry.ms} ms`),
  );
  row.addEventListener("click", () => {
    if (row.nextSibling?.className === "detail") return row.nextSibling.remove();
    row.after(h("tr", { class: "detail" }, h("td", { colspan: "6" }, h("pre", {}, JSON.stringify(entry, null, 2)))));
  });
  row.hidden = !visible(row);
  rows.prepend(row);
  while (rows.children.length > LIMIT) rows.lastChild.remove();
}

for (const box of Object.values(shown)) box.addEventListener("change", filter);
search.addEventListener("input", filter);
document.getElementById("clear").addEventListener("click", () => rows.replaceChildren());

let last = 0;
const seen = (entry) => {
  if (entry.n <= last) return;
  last = entry.n;
  add(entry);
};
const stream = new EventSource("/phones/stream?log=1");
stream.addEventListener("log", (event) => seen(JSON.parse(event.data)));
stream.addEventListener("reset", () => ((last = 0), rows.replaceChildren()));
stream.onopen = async () => {
  const answer = await (await fetch(`/control/log?after=${last}`)).json();
  answer.entries.forEach(seen);
};
