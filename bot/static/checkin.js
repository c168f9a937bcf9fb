// The check-in page: asks the phone where it is, then one tap posts to the JSON API. Without a signal the tap
// waits on the phone with its own moment and a key, and is sent once as soon as the network is back.
"use strict";
(() => {
  const part = (id) => document.getElementById(id);
  const texts = JSON.parse(part("texts").textContent);
  const jssdk = JSON.parse(part("jssdk").textContent);
  const page = part("checkin").dataset;
  const tap = part("tap");
  const time = part("time");
  const ahead = Date.parse(time.dataset.now) - Date.now();
  const shelf = `muster-checkins-${page.person}`;
  let location = {};
  let way = page.way;

  const clock = (moment, seconds) => moment.toLocaleTimeString("zh-CN", {
    hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}),
    hour12: false, timeZone: "Asia/Shanghai",
  });
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const here = () => new Date(Date.now() + ahead);
  const tapped = (one) => clock(new Date(Date.parse(one.at) + ahead));
  const made = () => (crypto.randomUUID ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join(""));

  const read = () => {
    try { return JSON.parse(localStorage.getItem(shelf)) || []; } catch { return []; }
  };
  const write = (taps) => {
    try {
      localStorage.setItem(shelf, JSON.stringify(taps));
      return true;
    } catch { return false; }
  };
  const device = (() => {
    try {
      const known = localStorage.getItem("muster-device") || made();
      localStorage.setItem("muster-device", known);
      return known;
    } catch { return ""; }
  })();

  const show = () => {
    const taps = read();
    part("waiting").hidden = taps.length === 0;
    part("waiting").replaceChildren(...taps.map((one) => {
      const line = document.createElement("li");
      const kind = one.visit ? `line_visit_${one.visit.way}` : `line_${one.way === "out" ? "out" : "in"}`;
      line.textContent = fill(texts[kind], { time: tapped(one), name: one.visit?.name });
      return line;
    }));
  };

  setInterval(() => { if (!tap.disabled) time.textContent = clock(here(), true); }, 1000);

  const located = (found) => {
    location = found;
    part("place").textContent = texts.located;
  };
  const lost = () => { part("place").textContent = texts.no_location; };
  if (page.agreed === "yes" && (!tap.disabled || document.querySelector(".visit"))) {
    if (window.wx && jssdk.appId) {
      wx.config(jssdk);
      wx.ready(() => wx.getLocation({
        type: "gcj02",
        success: (r) => located({
          latitude: r.latitude, longitude: r.longitude, accuracy: r.accuracy, coord_type: "gcj02",
        }),
        fail: lost,
        cancel: lost,
      }));
      wx.error(lost);
    } else {
      lost();
    }
  }

  // What the server said, or null if it could not be reached: then the tap goes on waiting.
  const send = async ({ visit, ...one }) => {
    try {
      const path = visit ? visit.path : "/api/v1/checkins";
      const response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Authorization": `Bearer ${page.token}` },
        body: JSON.stringify({ ...one, device, sent_at: new Date().toISOString() }),
        signal: AbortSignal.timeout(10000),
      });
      if (response.status >= 500 || response.status === 429) return null;
      const told = await response.json();
      const known = visit?.way === "out" ? "not_inside" : "already_checked_in";
      const repeated = !response.ok && told.error.code === known;
      return {
        done: response.ok || repeated,
        login: !response.ok && told.error.code === "login_needed",
        message: response.ok ? told.message : told.error.message,
      };
    } catch { return null; }
  };

  // What the big button does next.
  const next = (one) => {
    part("place").textContent = "";
    const what = tap.querySelector(".what");
    if (page.both !== "yes") {
      what.textContent = texts.done;
      tap.disabled = true;
      return;
    }
    what.textContent = one.way === "out" ? texts.again : texts.out;
    way = "out";
    tap.disabled = false;
  };

  // The buttons of today's visits: one customer at a time, there and away again.
  const visits = [...document.querySelectorAll(".visit")];
  const stand = () => {
    const inside = visits.find((button) => button.dataset.inside === "yes");
    for (const button of visits) {
      button.textContent = button.dataset.over === "yes" ? texts.left
        : (button === inside ? texts.leave : texts.arrive);
      button.disabled = button.dataset.over === "yes" || (inside !== undefined && button !== inside);
    }
  };
  const moved = (visit) => {
    const button = visits.find((one) => one.dataset.case === String(visit.case));
    if (button === undefined) return;
    button.dataset.inside = visit.way === "in" ? "yes" : "";
    button.dataset.over = visit.way === "out" ? "yes" : "";
    stand();
  };
  const settled = (one, done) => {
    if (done) return;
    moved({ ...one.visit, way: one.visit.way === "in" ? "out" : "in" });
    const button = visits.find((other) => other.dataset.case === String(one.visit.case));
    if (button !== undefined && one.visit.way === "in") button.dataset.over = "";
    stand();
  };
  // Where the phone is now; without an answer in time the visit is kept without a place.
  const here_now = () => new Promise((resolve) => {
    if (page.agreed !== "yes" || !window.wx || !jssdk.appId) { resolve({}); return; }
    setTimeout(() => resolve(location), 3000);
    wx.getLocation({
      type: "gcj02",
      success: (r) => resolve({
        latitude: r.latitude, longitude: r.longitude, accuracy: r.accuracy, coord_type: "gcj02",
      }),
      fail: () => resolve({}),
      cancel: () => resolve({}),
    });
  });

  let busy = false;
  const flush = async () => {
    if (busy) return;
    busy = true;
    try {
      for (let taps = read(); taps.length > 0; taps = read()) {
        const [one] = taps;
        const answer = await send(one);
        if (answer === null) return;
        if (answer.login) {
          part("answer").textContent = answer.message;
          return;
        }
        write(read().filter((other) => other.key !== one.key));
        part("answer").textContent = answer.done
          ? answer.message : fill(texts.refused, { time: tapped(one), why: answer.message });
        if (one.visit) settled(one, answer.done);
        else if (answer.done) next(one);
        else tap.disabled = false;
      }
    } finally {
      busy = false;
      show();
    }
  };

  tap.addEventListener("click", async () => {
    if (way === "out" && page.ends && here() < new Date(page.ends) && !confirm(texts.early)) return;
    tap.disabled = true;
    part("answer").textContent = texts.sending;
    const one = { ...location, way, key: made(), at: new Date().toISOString() };
    if (write([...read(), one])) {
      await flush();
      if (!read().some((waiting) => waiting.key === one.key)) return;
      part("answer").textContent = fill(texts.waiting, { time: clock(here()) });
      next(one);
      return;
    }
    const answer = await send(one);
    part("answer").textContent = answer === null ? texts.no_signal : answer.message;
    if (answer !== null && answer.done) next(one); else tap.disabled = false;
  });

  const visited = async (button) => {
    const leaving = button.dataset.inside === "yes";
    const at = new Date().toISOString();
    for (const other of visits) other.disabled = true;
    part("answer").textContent = texts.visit_sending;
    const visit = {
      way: leaving ? "out" : "in", case: Number(button.dataset.case), name: button.dataset.name,
      path: leaving ? "/api/v1/visits/departure" : "/api/v1/visits",
    };
    const one = { ...(await here_now()), visit, case: visit.case, key: made(), at };
    moved(visit);
    if (write([...read(), one])) {
      await flush();
      if (!read().some((waiting) => waiting.key === one.key)) return;
      const what = leaving ? texts.leave : texts.arrive;
      part("answer").textContent = fill(texts.visit_waiting, { time: tapped(one), what });
      show();
      return;
    }
    const answer = await send(one);
    part("answer").textContent = answer === null ? texts.no_signal : answer.message;
    settled(one, answer !== null && answer.done);
  };
  for (const button of visits) button.addEventListener("click", () => visited(button));
  for (const one of read()) if (one.visit) moved(one.visit);
  stand();

  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  setInterval(() => { if (read().length > 0) flush(); }, 15000);
  show();
  flush();
})();
