// The page of a track: a slider through the time of the day moves a dot along the points and marks the newest.
"use strict";
(() => {
  const part = (id) => document.getElementById(id);
  const slider = part("time");
  if (!slider) return;
  const stops = Array.from(document.querySelectorAll("#drawing .stop"), (dot) => ({
    at: Date.parse(dot.dataset.at),
    x: Number(dot.getAttribute("cx")),
    y: Number(dot.getAttribute("cy")),
    line: part(dot.dataset.label),
  }));
  const first = stops[0].at;
  const span = Math.max(stops[stops.length - 1].at - first, 1);
  const clock = (moment) => new Date(moment).toLocaleTimeString("zh-CN", {
    hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai",
  });
  const show = () => {
    const moment = first + span * (Number(slider.value) / Number(slider.max));
    let newest = 0;
    while (newest + 1 < stops.length && stops[newest + 1].at <= moment) newest += 1;
    const from = stops[newest];
    const to = stops[newest + 1] || from;
    const share = to.at > from.at ? (moment - from.at) / (to.at - from.at) : 0;
    part("now").setAttribute("cx", from.x + (to.x - from.x) * share);
    part("now").setAttribute("cy", from.y + (to.y - from.y) * share);
    part("clock").textContent = clock(moment);
    stops.forEach((one, number) => one.line.classList.toggle("current", number === newest));
  };
  const play = part("play");
  let before = 0;
  let plays = false;
  const step = (moment) => {
    if (!plays) return;
    const passed = Math.min(moment - before, 100);
    before = moment;
    slider.value = Number(slider.value) + passed / 12;
    show();
    if (Number(slider.value) >= Number(slider.max)) stop();
    else requestAnimationFrame(step);
  };
  const stop = () => {
    plays = false;
    play.textContent = play.dataset.play;
  };
  play.addEventListener("click", () => {
    if (plays) { stop(); return; }
    if (Number(slider.value) >= Number(slider.max)) slider.value = 0;
    plays = true;
    play.textContent = play.dataset.pause;
    before = performance.now();
    requestAnimationFrame(step);
  });
  slider.addEventListener("input", () => { stop(); show(); });
  show();
})();
