// The live log: one line an entry, newest first; a tap on a line follows its message from end to end.
import { h } from "./dom.js";
import { Stories, startOf } from "./stories.js";
import { chinaParts } from "./time.js";
import { KINDS, element, isAutomatic, isGood, named, outcomeOf, pathOf, readable, receivers, summary } from "./words.js";

const LIMIT = 600;
const MOST_ARRIVALS = 6;
// A call that answers no msgid is matched with the message of the same second.
const SAME_MOMENT = 1000;

const time = (at) => {
  const parts = chinaParts(at);
  return `${parts.time}:${parts.seconds}`;
};
const precise = (at) => `${time(at)}.${chinaParts(at).milliseconds}`;
const took = (entry) => (entry.ms === null || entry.ms === undefined ? "" : `${entry.ms} ms`);

export class Log {
  constructor(store, rows, panel) {
    this.store = store;
    this.rows = rows;
    this.panel = panel;
    this.stories = new Stories();
    this.last = 0;
    this.words = "";
    this.kinds = new Set(["api", "callback", "receipt", "drop"]);
    this.quiet = true;
    this.following = null;
    this.onlyStory = false;
  }

  clear() {
    this.rows.replaceChildren();
    this.follow(null);
  }

  forget() {
    this.last = 0;
    this.stories.clear();
    this.clear();
  }

  async read() {
    const answer = await (await fetch(`/control/log?after=${this.last}`)).json();
    answer.entries.forEach((entry) => this.add(entry));
  }

  // An entry told by the stream; whatever is missing before it is read first.
  async take(entry) {
    if (entry.n > this.last + 1) await this.read();
    this.add(entry);
  }

  add(entry) {
    if (entry.n <= this.last) return;
    this.last = entry.n;
    const story = this.stories.add(entry);
    this.rows.prepend(this.row(entry));
    while (this.rows.children.length > LIMIT) this.rows.lastChild.remove();
    if (story.id === this.following) this.follow(story.id);
  }

  // -- lines ----------------------------------------------------------------------------------------------------

  nameOf(id) {
    const wanted = String(id).toLowerCase();
    const same = (person) => person.id.toLowerCase() === wanted || (person.mobile && wanted.endsWith(person.mobile));
    return [...this.store.people.values()].find(same)?.name || id;
  }

  whom(entry) {
    const people = entry.person ? [entry.person] : named(entry);
    if (people.length > 2) return `${people.slice(0, 2).map((id) => this.nameOf(id)).join("、")} 等 ${people.length} 人`;
    return people.map((id) => this.nameOf(id)).join("、") || entry.name || entry.home || "";
  }

  row(entry) {
    const { what, words } = summary(entry);
    const attempt = entry.attempt > 1 ? h("em", {}, `第 ${entry.attempt} 次`) : null;
    const row = h(
      "button",
      { class: `entry ${entry.kind} ${isAutomatic(entry) ? "automatic" : ""}`, testid: "log-entry", "data-n": String(entry.n), "data-kind": entry.kind, "data-story": String(entry.story), onclick: () => this.follow(this.following === entry.story ? null : entry.story) },
      h("time", { title: `本机 ${precise(Date.parse(entry.real))}` }, time(Date.parse(entry.at))),
      h("span", { class: "kind" }, KINDS[entry.kind] || entry.kind),
      h("span", { class: "whom" }, this.whom(entry)),
      h("span", { class: "what" }, h("b", {}, what), attempt, h("span", {}, words)),
      h("span", { class: `outcome ${isGood(entry) ? "" : "bad"}` }, outcomeOf(entry)),
      h("span", { class: "took" }, took(entry)),
    );
    row.dataset.text = JSON.stringify([entry, what, this.whom(entry)]).toLowerCase();
    row.dataset.path = pathOf(entry);
    this.mark(row);
    return row;
  }

  visible(row) {
    if (this.onlyStory && this.following !== null) return row.dataset.story === String(this.following);
    const chore = this.quiet && /token|ticket/.test(row.dataset.path);
    return this.kinds.has(row.dataset.kind) && !chore && (!this.words || row.dataset.text.includes(this.words));
  }

  mark(row) {
    row.hidden = !this.visible(row);
    row.classList.toggle("same", this.following !== null && row.dataset.story === String(this.following));
  }

  filter(change) {
    Object.assign(this, change);
    for (const row of this.rows.children) this.mark(row);
  }

  // -- one message from end to end ------------------------------------------------------------------------------

  follow(id) {
    this.filter({ following: id });
    document.body.classList.toggle("following", id !== null);
    const story = id === null ? null : this.stories.get(id);
    this.panel.replaceChildren(...(story ? this.drawStory(story) : [h("p", { class: "nothing" }, "点一行，看这条消息从点下去到收到回答的全过程。")]));
  }

  drawStory(story) {
    const steps = this.steps(story).sort((a, b) => a.at - b.at || a.order - b.order);
    const first = steps[0]?.at ?? 0;
    const only = h("input", { type: "checkbox", testid: "only-story", checked: this.onlyStory, onchange: (event) => this.filter({ onlyStory: event.target.checked }) });
    return [
      h("header", {}, h("b", {}, "这条消息的全过程"), h("label", {}, only, "只看这条"), h("button", { class: "close", testid: "story-close", "aria-label": "关闭", onclick: () => this.filter({ onlyStory: false }) || this.follow(null) }, "×")),
      h("ol", { class: "story", testid: "story" }, steps.map((step) => this.drawStep(step, first))),
    ];
  }

  drawStep({ at, platform, side, title, words, note, good, parts = [] }, first) {
    return h(
      "li",
      { class: `${side} ${good === false ? "bad" : ""}`, testid: "story-step" },
      h("div", { class: "step-head" }, h("b", {}, title), h("span", { class: "offset" }, at === first ? "起点" : `+${Math.round(at - first)} ms`)),
      words ? h("div", { class: "step-words" }, words) : null,
      h("small", {}, `平台 ${time(platform)} · 本机 ${precise(at)}${note ? ` · ${note}` : ""}`),
      parts.filter(([, value]) => value).map(([name, value]) => h("details", {}, h("summary", {}, name), h("pre", {}, readable(value)))),
    );
  }

  steps(story) {
    const steps = [];
    for (const entry of story.entries) {
      const at = startOf(entry);
      const platform = Date.parse(entry.at);
      const { what, words } = summary(entry);
      if (entry.kind === "callback") {
        if (!steps.some((step) => step.side === "tap")) steps.push({ at, platform, order: 0, side: "tap", title: `${this.nameOf(entry.person)}：${what}`, words });
        const title = entry.attempt > 1 ? `平台推给机器人（第 ${entry.attempt} 次）` : "平台推给机器人";
        const note = [took(entry) && `机器人用时 ${took(entry)}`, outcomeOf(entry), entry.error].filter(Boolean).join(" · ");
        steps.push({ at, platform, order: 1, side: "callback", title, note, good: isGood(entry), parts: [["已解密的内容", entry.request], ["机器人当场的回复", entry.reply]] });
      } else {
        const reason = isGood(entry) ? "" : (entry.answer?.errmsg || "").split(",")[0];
        const note = [took(entry) && `平台用时 ${took(entry)}`, outcomeOf(entry), reason].filter(Boolean).join(" · ");
        const title = entry.kind === "api" ? `机器人调用：${what}` : what;
        steps.push({ at, platform, order: 2, side: entry.kind, title, words, note, good: isGood(entry), parts: [[`请求 ${entry.method || ""} ${entry.path || ""}`, entry.request], ["平台的回答", entry.answer]] });
      }
      steps.push(...this.arrivals(entry));
    }
    return steps;
  }

  // What an entry put on the phones: an accepted call, or an answer given on the spot.
  arrivals(entry) {
    const at = Date.parse(entry.real);
    const platform = Date.parse(entry.at);
    const step = (name, words) => ({ at, platform, order: 3, side: "phone", title: `到了${name}的手机`, words });
    if (entry.outcome === "replied") return [step(this.nameOf(entry.person), element({ request: entry.reply }, "Content") || "当场回复")];
    const found = this.delivered(entry).map(([person, message]) => step(person.name, message.text.slice(0, 200)));
    const shown = found.slice(0, MOST_ARRIVALS);
    return found.length > shown.length ? [...shown, step(`另外 ${found.length - shown.length} 个人`, "")] : shown;
  }

  delivered(entry) {
    if (entry.kind !== "api" || !isGood(entry) || !receivers(entry).length) return [];
    const sent = entry.answer?.msgid;
    const same = (message) =>
      message.direction === "in" && (sent ? message.id === String(sent) : Math.abs(Date.parse(message.at) - Date.parse(entry.at)) <= SAME_MOMENT);
    const people = [...this.store.people.values()];
    const asked = sent ? people : people.filter((person) => receivers(entry).includes(person.id.toLowerCase()));
    return asked.map((person) => [person, person.messages.find(same)]).filter(([, message]) => message);
  }
}
