// The list of people on the left: by department, with search, and what is unread.
import { avatar, badge, h } from "./dom.js";

// Between two drawings of the list while messages pour in, in milliseconds.
const PAUSE = 150;
const LEADS = /主管|经理|总监|组长|主任|负责人/;

const noteOf = (person) => (person.kind === "member" ? person.position || person.id : person.following ? "已关注" : "未关注");

export class People {
  constructor(element, store, isOpen, onPick) {
    this.store = store;
    this.isOpen = isOpen;
    this.onPick = onPick;
    this.words = "";
    this.closed = new Set();
    this.pending = false;
    this.listing = h("div", { class: "people-list" });
    const search = h("input", {
      class: "search",
      type: "search",
      placeholder: "姓名、职位、部门",
      testid: "people-search",
      "aria-label": "找人",
      oninput: (event) => {
        this.words = event.target.value.trim().toLowerCase();
        this.draw();
      },
      onkeydown: (event) => event.key === "Enter" && this.listing.querySelector(".person-row")?.click(),
    });
    element.append(search, this.listing);
  }

  // Groups in the order of the company's tree; leads first in each.
  groups() {
    const found = new Map();
    for (const person of this.store.people.values()) {
      const home = this.store.homes.get(person.home);
      const title = home?.kind === "account" ? `候选人 · ${home.name}` : person.departments?.[0] || home?.name || "";
      found.set(title, [...(found.get(title) || []), person]);
    }
    for (const people of found.values()) people.sort((a, b) => LEADS.test(b.position || "") - LEADS.test(a.position || ""));
    return [...found];
  }

  wanted(person, title) {
    const texts = [person.name, person.id, person.position || "", title];
    return !this.words || texts.some((text) => text.toLowerCase().includes(this.words));
  }

  schedule() {
    if (this.pending) return;
    this.pending = true;
    setTimeout(() => {
      this.pending = false;
      this.draw();
    }, PAUSE);
  }

  draw() {
    const sections = this.groups()
      .map(([title, people]) => [title, people.filter((person) => this.wanted(person, title))])
      .filter(([, people]) => people.length)
      .map(([title, people]) => this.section(title, people));
    this.listing.replaceChildren(...(sections.length ? sections : [h("p", { class: "nothing" }, this.words ? "没有这样的人" : "还没有人")]));
  }

  section(title, people) {
    const shut = this.closed.has(title) && !this.words;
    const unread = shut ? people.reduce((sum, person) => sum + this.store.unreadOf(person), 0) : 0;
    const flip = () => {
      if (!this.closed.delete(title)) this.closed.add(title);
      this.draw();
    };
    return h(
      "section",
      { class: shut ? "shut" : "" },
      h("button", { class: "people-title", testid: `people-group-${title}`, "aria-expanded": String(!shut), onclick: flip }, h("i", { class: "fold" }), h("span", {}, title), badge(unread), h("small", {}, String(people.length))),
      shut ? null : people.map((person) => this.row(person)),
    );
  }

  row(person) {
    return h(
      "button",
      { class: `person-row ${this.isOpen(person) ? "open" : ""}`, testid: `person-${person.id}`, onclick: () => this.onPick(person) },
      h("span", { class: "with-badge" }, avatar(person.name, "person", 34), badge(this.store.unreadOf(person), `unread-${person.id}`)),
      h("span", { class: "person-text" }, h("b", {}, person.name), h("small", {}, noteOf(person))),
    );
  }
}
