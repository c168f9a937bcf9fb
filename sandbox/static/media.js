// Pictures, videos and files: where a phone takes them from, and how it shows them large.
import { h } from "./dom.js";
import { ICONS } from "./icons.js";

const WIDTH = 480;
const HEIGHT = 640;
const BIGGEST = 20 * 1024 * 1024;

// -- the pictures every phone has -------------------------------------------------------------------------------

function shopFront(pen) {
  pen.fillStyle = "#9fc6e3";
  pen.fillRect(0, 0, WIDTH, 240);
  pen.fillStyle = "#c9b299";
  pen.fillRect(40, 130, 400, 380);
  pen.fillStyle = "#b23a3a";
  pen.fillRect(40, 190, 400, 74);
  write(pen, "街角便利店", 150, 240, 38, "#fff3d6");
  pen.fillStyle = "#5d6d7a";
  pen.fillRect(80, 300, 140, 210);
  pen.fillStyle = "#aecbd8";
  pen.fillRect(250, 300, 160, 130);
  pen.fillStyle = "#8d8f93";
  pen.fillRect(0, 510, WIDTH, 130);
}

function street(pen) {
  pen.fillStyle = "#bcd9ec";
  pen.fillRect(0, 0, WIDTH, 400);
  ["#7f8ea3", "#94a3b5", "#6d7d92", "#a4b2c2"].forEach((colour, index) => {
    const top = 90 + ((index * 97) % 150);
    pen.fillStyle = colour;
    pen.fillRect(index * 122, top, 112, 420 - top);
    pen.fillStyle = "#ffffff66";
    for (let row = top + 20; row < 390; row += 40) for (let column = 14; column < 100; column += 32) pen.fillRect(index * 122 + column, row, 16, 20);
  });
  pen.fillStyle = "#5f646b";
  pen.fillRect(0, 420, WIDTH, 220);
  pen.fillStyle = "#f2f2f2";
  for (let x = 10; x < WIDTH; x += 90) pen.fillRect(x, 520, 50, 8);
}

function paper(pen, title, lines) {
  pen.fillStyle = "#6b5848";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  pen.save();
  pen.translate(240, 320);
  pen.rotate(-0.03);
  pen.fillStyle = "#fdfcf7";
  pen.fillRect(-190, -270, 380, 540);
  write(pen, title, -title.length * 16, -205, 32, "#2b2b2b");
  lines.forEach((words, index) => write(pen, words, -150, -140 + index * 48, 20, "#4a4a4a"));
  pen.strokeStyle = "#d23b3b";
  pen.lineWidth = 5;
  pen.beginPath();
  pen.arc(95, 185, 52, 0, Math.PI * 2);
  pen.stroke();
  write(pen, "专用章", 62, 193, 22, "#d23b3b");
  pen.restore();
}

function screen(pen) {
  pen.fillStyle = "#f2f4f7";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  pen.fillStyle = "#2f6fde";
  pen.fillRect(0, 0, WIDTH, 90);
  write(pen, "网络连接失败", 140, 58, 30, "#fff");
  pen.fillStyle = "#c8ced8";
  pen.fillRect(130, 200, 220, 150);
  write(pen, "请检查网络后重试", 130, 430, 26, "#6a717d");
}

function write(pen, words, x, y, size, colour) {
  pen.fillStyle = colour;
  pen.font = `600 ${size}px "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif`;
  pen.fillText(words, x, y);
}

const SAMPLES = [
  ["门店外景", shopFront],
  ["街道", street],
  ["回执", (pen) => paper(pen, "送达回执", ["编号：2026-0318", "收件人：（已签收）", "送达时间：当日", "经办人：外勤组"])],
  ["诊断证明", (pen) => paper(pen, "诊断证明书", ["姓名：（样例）", "诊断：上呼吸道感染", "建议：休息两天", "医师：（签名）"])],
  ["截图", screen],
];

// A sample picture as a data address, stamped with platform time as field cameras do.
export function samplePicture(index, stamp) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  const [, paint] = SAMPLES[index % SAMPLES.length];
  pen.fillStyle = "#b9cbd6";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  paint(pen);
  if (stamp) {
    pen.fillStyle = "#0006";
    pen.fillRect(0, HEIGHT - 52, WIDTH, 52);
    write(pen, stamp, 18, HEIGHT - 18, 22, "#fff");
  }
  return canvas.toDataURL("image/jpeg", 0.82);
}

export const withoutHead = (dataUrl) => dataUrl.slice(dataUrl.indexOf(",") + 1);

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

// -- choosing ---------------------------------------------------------------------------------------------------

function read(file) {
  return new Promise((resolve, reject) => {
    if (file.size > BIGGEST) return reject(new Error(`${file.name} 超过 20 MB`));
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, data: reader.result });
    reader.onerror = () => reject(new Error(`读不了 ${file.name}`));
    reader.readAsDataURL(file);
  });
}

// Files of the machine, as `{name, data}`; none if nothing was chosen.
export function chooseFiles(accept, many = false) {
  return new Promise((resolve, reject) => {
    const input = h("input", { type: "file", accept, multiple: many, testid: "file-chooser", hidden: true });
    const finish = (work) => {
      input.remove();
      work();
    };
    input.addEventListener("cancel", () => finish(() => resolve([])));
    input.addEventListener("change", () => {
      Promise.all([...input.files].map(read)).then((files) => finish(() => resolve(files)), (error) => finish(() => reject(error)));
    });
    document.body.append(input);
    input.click();
  });
}

// The phone's album: samples and whatever the machine has. Resolves with up to `count` pictures.
export function chooseFromAlbum(phone, count = 9) {
  return new Promise((resolve) => {
    let chosen = [];
    const close = (pictures) => {
      overlay.remove();
      resolve(pictures);
    };
    const done = h("button", { class: "confirm", testid: "album-done", disabled: true, onclick: () => close(chosen) }, "完成");
    const refresh = () => {
      done.disabled = !chosen.length;
      done.textContent = chosen.length ? `完成(${chosen.length})` : "完成";
      for (const tile of grid.querySelectorAll(".shot:not(.other)")) {
        const place = chosen.findIndex((picture) => picture.name === tile.dataset.name);
        tile.querySelector("i").textContent = place < 0 ? "" : String(place + 1);
        tile.classList.toggle("chosen", place >= 0);
      }
    };
    const pick = (picture) => {
      const without = chosen.filter((other) => other.name !== picture.name);
      if (without.length < chosen.length) chosen = without;
      else if (count === 1) chosen = [picture];
      else if (chosen.length < count) chosen.push(picture);
      else phone.say(`最多选 ${count} 张`);
      refresh();
    };
    const tile = (picture, index) =>
      h("button", { class: "shot", testid: `album-${index}`, "data-name": picture.name, "aria-label": picture.name, onclick: () => pick(picture) }, h("img", { src: picture.data, alt: "" }), h("i"));
    const samples = SAMPLES.map(([name], index) => ({ name: `${name}.jpg`, data: samplePicture(index) }));
    const fromMachine = async () => {
      try {
        const files = await chooseFiles("image/png,image/jpeg,image/gif", true);
        files.forEach((file) => {
          grid.append(tile(file, grid.children.length - 1));
          pick(file);
        });
      } catch (error) {
        phone.say(error.message);
      }
    };
    const grid = h(
      "div",
      { class: "album-grid" },
      h("button", { class: "shot other", testid: "album-file", onclick: fromMachine }, h("span", { html: ICONS.plus }), "本机图片"),
      samples.map(tile),
    );
    const overlay = h(
      "section",
      { class: "overlay album", testid: "album" },
      h("header", { class: "bar" }, h("button", { class: "plain", testid: "album-cancel", onclick: () => close([]) }, "取消"), h("span", { class: "title" }, "最近项目"), done),
      grid,
    );
    phone.screen.append(overlay);
  });
}

// The camera: a scene, a shutter. Resolves with one picture, or none.
export function takePicture(phone, stamp) {
  return new Promise((resolve) => {
    let scene = 0;
    const finder = h("img", { class: "finder", alt: "取景", src: samplePicture(scene, stamp) });
    const close = (pictures) => {
      overlay.remove();
      resolve(pictures);
    };
    const turn = () => {
      scene += 1;
      finder.src = samplePicture(scene, stamp);
    };
    const shoot = () => close([{ name: `照片${scene + 1}.jpg`, data: finder.src }]);
    const overlay = h(
      "section",
      { class: "overlay camera", testid: "camera" },
      finder,
      h(
        "footer",
        {},
        h("button", { class: "plain", testid: "camera-cancel", onclick: () => close([]) }, "取消"),
        h("button", { class: "shutter", testid: "camera-shoot", "aria-label": "拍照", onclick: shoot }),
        h("button", { class: "icon", "aria-label": "换个画面", html: ICONS.reload, onclick: turn }),
      ),
    );
    phone.screen.append(overlay);
  });
}

// -- looking ----------------------------------------------------------------------------------------------------

export function showPicture(phone, address, name = "图片") {
  const overlay = h(
    "div",
    { class: "overlay lightbox", testid: "lightbox", onclick: () => overlay.remove() },
    h("img", { src: address, alt: name }),
    h("a", { class: "save", href: address, download: name, "aria-label": "保存", html: ICONS.download, onclick: (event) => event.stopPropagation() }),
  );
  phone.screen.append(overlay);
}

export function showVideo(phone, address, name) {
  const note = h("p", { class: "video-note", hidden: true }, "样例视频没有画面");
  const film = h("video", { src: address, controls: true, autoplay: true, playsinline: true, onerror: () => ((film.hidden = true), (note.hidden = false)) });
  const overlay = h(
    "div",
    { class: "overlay lightbox", testid: "video-player" },
    h("button", { class: "icon light", "aria-label": "关闭", testid: "video-close", html: ICONS.close, onclick: () => overlay.remove() }),
    film,
    note,
    h("a", { class: "save", href: address, download: name, "aria-label": "保存", html: ICONS.download }),
  );
  phone.screen.append(overlay);
}
