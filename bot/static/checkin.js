// The check-in page: asks the phone where it is, then one tap posts to the JSON API.
"use strict";
(() => {
  const part = (id) => document.getElementById(id);
  const texts = JSON.parse(part("texts").textContent);
  const jssdk = JSON.parse(part("jssdk").textContent);
  const tap = part("tap");
  const time = part("time");
  let location = {};

  if (part("checkin").dataset.done === "yes") return;

  const ahead = Date.parse(time.dataset.now) - Date.now();
  const tick = () => {
    if (tap.disabled) return;
    const now = new Date(Date.now() + ahead);
    time.textContent = now.toLocaleTimeString("zh-CN", {
      hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Shanghai",
    });
  };
  setInterval(tick, 1000);

  const located = (found) => {
    location = found;
    part("place").textContent = texts.located;
  };
  const lost = () => { part("place").textContent = texts.no_location; };

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

  tap.addEventListener("click", async () => {
    tap.disabled = true;
    part("answer").textContent = texts.sending;
    try {
      const response = await fetch("/api/v1/checkins", {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Authorization": `Bearer ${part("checkin").dataset.token}`,
        },
        body: JSON.stringify(location),
        signal: AbortSignal.timeout(10000),
      });
      const told = await response.json();
      const done = response.ok || (told.error && told.error.code === "already_checked_in");
      part("answer").textContent = response.ok ? told.message : told.error.message;
      if (done) {
        tap.querySelector(".what").textContent = texts.done;
        part("place").textContent = "";
      } else {
        tap.disabled = false;
      }
    } catch {
      part("answer").textContent = texts.offline;
      tap.disabled = false;
    }
  });
})();
