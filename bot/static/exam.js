// The page of an exam: every tap is kept by the server at once. Without a signal the answers wait on the phone
// and are sent, each once, when the network is back; the time is the server's.
"use strict";
(() => {
  const part = (id) => document.getElementById(id);
  const texts = JSON.parse(part("texts").textContent);
  const page = part("exam").dataset;
  const LETTERS = "ABCDEF";
  let ahead = Date.parse(page.now) - Date.now();
  let attempt = null;
  let over = false;
  let busy = false;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const here = () => Date.now() + ahead;
  const made = (tag, text, name) => {
    const one = document.createElement(tag);
    one.textContent = text;
    if (name) one.className = name;
    return one;
  };
  const told = (moment, more) => new Date(moment).toLocaleString("zh-CN", {
    month: "long", day: "numeric", timeZone: "Asia/Shanghai", hour12: false, ...more,
  });

  // What waits on this phone: place → chosen options of one try, and whether it is to be handed in.
  const shelf = () => `muster-exam-${page.person}-${attempt.id}`;
  const nothing = () => ({ answers: {}, submit: false });
  const read = () => {
    try { return JSON.parse(localStorage.getItem(shelf())) || nothing(); } catch { return memory; }
  };
  let memory = nothing();
  const write = (kept) => {
    memory = kept;
    try {
      if (Object.keys(kept.answers).length || kept.submit) localStorage.setItem(shelf(), JSON.stringify(kept));
      else localStorage.removeItem(shelf());
    } catch { /* it stays in memory */ }
  };

  // What the server said, or null if it could not be reached.
  const call = async (method, path, body) => {
    try {
      const response = await fetch(`/api/v1/exams${path}`, {
        method,
        headers: { "Content-Type": "application/json", "Authorization": `Bearer ${page.token}` },
        body: method === "GET" ? undefined : JSON.stringify(body || {}),
        signal: AbortSignal.timeout(10000),
      });
      if (response.status >= 500 || response.status === 429) return null;
      const answer = await response.json();
      return response.ok ? { result: answer.result } : { refused: answer.error.message };
    } catch { return null; }
  };

  // --- what is seen -----------------------------------------------------------------------------------

  const say = (text) => { part("said").textContent = text; };

  const question = (one, total) => {
    const line = document.createElement("li");
    line.dataset.place = one.place;
    line.append(made("p", fill(texts.number, {
      number: one.place + 1, total, kind: texts[one.kind],
    }), "which"), made("p", one.stem, "stem"));
    const chosen = new Set();
    const settle = made("button", texts.settle, "settle");
    one.options.forEach((text, place) => {
      const button = made("button", `${LETTERS[place]}. ${text}`, "option");
      button.dataset.option = place;
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => {
        if (one.kind !== "multiple") { answer(one.place, [place]); return; }
        if (chosen.has(place)) chosen.delete(place); else chosen.add(place);
        button.setAttribute("aria-pressed", String(chosen.has(place)));
        settle.disabled = chosen.size === 0;
      });
      line.append(button);
    });
    if (one.kind === "multiple") {
      settle.disabled = true;
      settle.addEventListener("click", () => answer(one.place, [...chosen].sort()));
      line.append(settle);
    }
    line.append(made("p", "", "state"));
    return line;
  };

  // Mark what stands, and what still waits for a signal.
  const mark = () => {
    const waiting = read().answers;
    for (const line of part("questions").children) {
      const one = attempt.questions[Number(line.dataset.place)];
      const chosen = one.answered || waiting[one.place];
      if (!chosen) continue;
      for (const button of line.querySelectorAll("button")) {
        button.disabled = true;
        if (button.dataset.option !== undefined) {
          button.setAttribute("aria-pressed", String(chosen.includes(Number(button.dataset.option))));
        } else {
          button.hidden = true;
        }
      }
      const state = line.querySelector(".state");
      state.textContent = one.answered ? texts.kept : texts.on_the_way;
      state.classList.toggle("late", !one.answered);
    }
    const count = Object.keys(waiting).length;
    part("waiting").hidden = count === 0;
    part("waiting").textContent = fill(texts.waiting, { count });
  };

  const show = (exam) => {
    ahead = Date.parse(exam.now) - Date.now();
    const known = attempt && exam.attempt && attempt.id === exam.attempt.id;
    attempt = exam.attempt;
    over = false;
    part("submit").hidden = attempt === null;
    part("left").hidden = attempt === null;
    if (attempt === null) {
      part("questions").replaceChildren();
      part("waiting").hidden = true;
      const done = exam.outcome && exam.outcome.passed;
      part("start").hidden = Boolean(done || !exam.tries_left || exam.next_at);
      say(part("start").hidden ? "" : texts.rules);
      if (exam.outcome) result(exam.outcome);
      return;
    }
    part("start").hidden = true;
    part("result").hidden = true;
    if (!known) {
      part("questions").replaceChildren(
        ...attempt.questions.map((one) => question(one, attempt.questions.length)));
      say(texts.going_on);
    }
    mark();
  };

  const result = (outcome) => {
    attempt = null;
    part("questions").replaceChildren();
    for (const id of ["submit", "left", "waiting"]) part(id).hidden = true;
    const box = part("result");
    box.className = outcome.passed ? "result good" : "result bad";
    box.replaceChildren(made("h2", outcome.passed ? texts.passed : texts.failed), made("p", fill(texts.scored, {
      score: outcome.score, total: outcome.total, right: outcome.right, mark: outcome.pass_mark,
    })));
    if (outcome.timed_out) box.append(made("p", texts.timed_out));
    if (outcome.certificate_until) {
      const day = told(outcome.certificate_until, { year: "numeric" });
      box.append(made("p", fill(texts.certificate, { day })));
    }
    if (outcome.waits_for_homework) box.append(made("p", texts.homework));
    if (!outcome.passed) {
      const next = outcome.next_at && told(outcome.next_at, { hour: "2-digit", minute: "2-digit" });
      const again = fill(next ? texts.again : texts.again_now, { count: outcome.tries_left, time: next });
      box.append(made("p", outcome.needs_lesson ? texts.lesson : again));
    }
    if (outcome.mistakes.length) {
      const list = document.createElement("ol");
      list.append(...outcome.mistakes.map((one) => {
        const line = document.createElement("li");
        const chosen = one.chosen.join(texts.between);
        line.append(
          made("p", one.stem, "stem"),
          made("p", chosen ? fill(texts.chosen, { words: chosen }) : texts.nothing, "wrong"),
          made("p", fill(texts.right, { words: one.right.join(texts.between) }), "right"),
          made("p", fill(texts.why, { words: one.explanation, source: one.source }), "why"),
        );
        return line;
      }));
      box.append(made("h3", texts.mistakes), list);
    }
    box.hidden = false;
    say("");
    box.scrollIntoView();
  };

  // --- what is done -----------------------------------------------------------------------------------

  const refresh = async () => {
    const answer = await call("GET", `/${page.enrolment}`);
    if (answer === null) {
      if (attempt === null && part("result").hidden) say(texts.no_signal);
      return;
    }
    if (answer.refused) { say(answer.refused); return; }
    show(answer.result);
  };

  // Send what waits, one after the other; what the server has, waits no more.
  const flush = async () => {
    if (busy || attempt === null) return;
    busy = true;
    const id = attempt.id;
    try {
      for (let [first] = Object.entries(read().answers); first; [first] = Object.entries(read().answers)) {
        const [place, chosen] = first;
        const answer = await call("POST", "/answers", { attempt: id, place: Number(place), chosen });
        if (answer === null) return;
        const kept = read();
        delete kept.answers[place];
        write(kept);
        if (answer.refused) { say(answer.refused); continue; }
        if (answer.result.outcome) { write(nothing()); result(answer.result.outcome); return; }
        attempt.questions = answer.result.questions;
        mark();
      }
      if (read().submit || over) {
        say(texts.sending);
        const answer = await call("POST", "/submit", { attempt: id });
        if (answer === null) { say(over ? texts.over_waiting : texts.submit_waiting); return; }
        write(nothing());
        if (answer.refused) { say(answer.refused); over = false; return; }
        result(answer.result.outcome);
      }
    } finally {
      busy = false;
      if (attempt !== null) {
        mark();
        part("submit").disabled = read().submit;
      }
    }
  };

  const answer = (place, chosen) => {
    const kept = read();
    if (attempt === null || over || attempt.questions[place].answered || kept.answers[place]) return;
    kept.answers[place] = chosen;
    write(kept);
    mark();
    flush();
  };

  part("start").addEventListener("click", async () => {
    part("start").disabled = true;
    const begun = await call("POST", `/${page.enrolment}/start`);
    part("start").disabled = false;
    if (begun === null) { say(texts.no_signal); return; }
    if (begun.refused) { say(begun.refused); return; }
    show(begun.result);
  });

  part("submit").addEventListener("click", () => {
    const kept = read();
    const open = attempt.questions.filter((one) => !one.answered && !kept.answers[one.place]).length;
    if (open > 0 && !confirm(fill(texts.unanswered, { count: open }))) return;
    part("submit").disabled = true;
    write({ ...kept, submit: true });
    flush();
  });

  setInterval(() => {
    if (attempt === null) return;
    const left = Math.max(0, Math.ceil((Date.parse(attempt.ends_at) - here()) / 1000));
    part("left").textContent = fill(texts.left, {
      minutes: Math.floor(left / 60), seconds: String(left % 60).padStart(2, "0"),
    });
    part("left").classList.toggle("soon", left <= 60);
    if (left > 0 || over) return;
    over = true;
    for (const button of part("questions").querySelectorAll("button")) button.disabled = true;
    say(texts.over);
    flush();
  }, 500);

  const back = () => { if (attempt === null) refresh(); else flush().then(refresh_open); };
  const refresh_open = () => { if (attempt !== null && !over && !Object.keys(read().answers).length) refresh(); };
  addEventListener("online", back);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) back(); });
  setInterval(() => {
    if (attempt !== null && (over || read().submit || Object.keys(read().answers).length)) flush();
    else if (attempt !== null || (part("result").hidden && part("start").hidden)) refresh();
  }, 10000);
  refresh().then(flush);
})();
