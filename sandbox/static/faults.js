// The switches for what goes wrong, in plain words; each change replaces the sandbox's whole list.
import { call, h, toast } from "./dom.js";

// name: the sandbox's; unit: what its value counts; value, path and times: what it starts with.
const GROUPS = [
  [
    "平台的接口",
    [
      { key: "slow", name: "api_delay_ms", title: "变慢", note: "每次调用都多等一会儿", unit: "毫秒", value: 800 },
      { key: "hang", name: "api_timeout", title: "不应答", note: "一直不回答，最后断开，没有受理", unit: "秒", value: 30 },
      { key: "5xx", name: "api_http_status", title: "服务器错误", note: "回答 5xx，没有受理", unit: "状态码", value: 502 },
      { key: "busy", name: "api_errcode", code: -1, title: "系统繁忙 −1", note: "稍后再试就好" },
      { key: "45009", name: "api_errcode", code: 45009, title: "超过频率 45009", note: "调用太多" },
      { key: "60020", name: "api_errcode", code: 60020, title: "IP 不在白名单 60020", note: "换了出口地址" },
      { key: "40014", name: "api_errcode", code: 40014, title: "令牌无效 40014", note: "令牌不认识", times: 1 },
      { key: "42001", name: "token_expired", title: "令牌过期 42001", note: "这次用的令牌当场过期", times: 1 },
      { key: "revoked", name: "token_revoked", title: "令牌被收回", note: "这次用的令牌当场作废", times: 1 },
      { key: "lost", name: "accept_then_drop", title: "受理后断线", note: "事情办了，但回答没有送到", path: "message/send", times: 1 },
    ],
  ],
  [
    "平台的回调",
    [
      { key: "drop", name: "callback_drop", title: "丢失", note: "人发的消息，机器人收不到" },
      { key: "double", name: "callback_double", title: "重复", note: "同一条推两次" },
      { key: "shuffle", name: "callback_shuffle", title: "乱序", note: "每条随机推迟，先后打乱", unit: "秒以内", value: 3 },
      { key: "signature", name: "callback_bad_signature", title: "签名错误", note: "像是别人伪造的" },
    ],
  ],
  [
    "人和短信",
    [
      { key: "reach", name: "out_of_reach", title: "联系不上某人", note: "发给他的消息被退回", person: "one" },
      { key: "undelivered", name: "delivery_drop", title: "受理了却没送到", note: "回答成功，手机上没有", person: "any" },
      { key: "sms", name: "sms_error", title: "短信被网关拒绝", note: "网关回答这个错误码", unit: "错误码", value: "LimitExceeded.PhoneNumberDailyLimit" },
    ],
  ],
];
const PATHS = [
  ["", "所有接口"],
  ["message/send", "只有发消息"],
  ["message/custom/send", "只有客服消息"],
  ["media", "只有文件"],
  ["gettoken", "只有取令牌"],
];
const TIMES = [
  ["", "一直"],
  ["1", "一次"],
  ["3", "三次"],
  ["10", "十次"],
];

const belongs = (switch_, fault) => fault.name === switch_.name && (switch_.code === undefined || fault.value === switch_.code);

export class Faults {
  constructor(element, store) {
    this.element = element;
    this.store = store;
    this.faults = [];
    this.busy = Promise.resolve();
    this.draw();
  }

  async read() {
    this.show((await call("GET", "/control/faults")).faults);
  }

  show(faults) {
    this.faults = faults;
    this.draw();
  }

  // Replaces the sandbox's list with what `change` makes of the present one, one change after another.
  put(change) {
    this.busy = this.busy.then(() => this.replace(change));
    return this.busy;
  }

  async replace(change) {
    try {
      await this.read();
      const body = {};
      for (const fault of change(this.faults)) {
        const { name, value, ...rest } = fault;
        const given = Object.fromEntries(Object.entries(rest).filter(([, part]) => part !== null && part !== undefined && part !== ""));
        body[name] = [...(body[name] || []), { value, ...given }];
      }
      this.show((await call("PUT", "/control/faults", body)).faults);
    } catch (error) {
      toast(error.message);
      this.draw();
    }
  }

  flip(switch_, on) {
    const first = this.store.people.values().next().value;
    const { name, path, times } = switch_;
    const fresh = { name, path, times, value: switch_.code ?? switch_.value ?? 1, ...(switch_.person === "one" ? { person: first?.id } : {}) };
    return this.put((faults) => (on ? [...faults, fresh] : faults.filter((fault) => !belongs(switch_, fault))));
  }

  change(switch_, part) {
    return this.put((faults) => faults.map((fault) => (belongs(switch_, fault) ? { ...fault, ...part } : fault)));
  }

  clear() {
    return this.put(() => []);
  }

  // -- drawing ----------------------------------------------------------------------------------------------------

  draw() {
    const typing = this.element.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox])");
    if (typing) return;
    const unknown = this.faults.filter((fault) => !GROUPS.some(([, switches]) => switches.some((one) => belongs(one, fault))));
    const known = GROUPS.map(([title, switches]) => [title, switches.filter((one) => this.store.faults.includes(one.name))]);
    this.element.replaceChildren(
      h(
        "header",
        {},
        h("h2", {}, "故障"),
        h("span", { class: this.faults.length ? "count on" : "count", testid: "fault-count" }, this.faults.length ? `${this.faults.length} 个开着` : "一切正常"),
        h("button", { testid: "faults-clear", disabled: !this.faults.length, onclick: () => this.clear() }, "全部关掉"),
      ),
      ...known.filter(([, switches]) => switches.length).map(([title, switches]) => h("section", {}, h("h3", {}, title), switches.map((one) => this.row(one)))),
      ...(unknown.length ? [h("section", {}, h("h3", {}, "由程序设定的"), unknown.map((fault) => h("p", { class: "other-fault" }, `${fault.name} = ${fault.value}`)))] : []),
    );
  }

  row(switch_) {
    const fault = this.faults.find((one) => belongs(switch_, one));
    const box = h("input", { type: "checkbox", role: "switch", testid: `fault-${switch_.key}`, checked: Boolean(fault), "aria-label": switch_.title, onchange: (event) => this.flip(switch_, event.target.checked) });
    return h(
      "div",
      { class: `fault ${fault ? "on" : ""}` },
      h("label", {}, h("span", {}, h("b", {}, switch_.title), h("small", {}, switch_.note)), box),
      fault ? this.details(switch_, fault) : null,
    );
  }

  details(switch_, fault) {
    const select = (testid, options, value, onPick) =>
      h("select", { testid, onchange: (event) => onPick(event.target.value) }, options.map(([given, words]) => h("option", { value: given, selected: given === value }, words)));
    const number = switch_.unit
      ? h(
          "label",
          {},
          h("input", {
            type: typeof switch_.value === "number" ? "number" : "text",
            testid: `fault-${switch_.key}-value`,
            value: String(fault.value),
            min: "1",
            onchange: (event) => {
              const given = typeof switch_.value === "number" ? Number(event.target.value) : event.target.value;
              event.target.blur();
              this.change(switch_, { value: given });
            },
          }),
          switch_.unit,
        )
      : null;
    const times = String(fault.times ?? "");
    const counts = TIMES.some(([given]) => given === times) ? TIMES : [...TIMES, [times, `还剩 ${times} 次`]];
    const everybody = [...this.store.people.values()].map((person) => [person.id, person.name]);
    const people = switch_.person === "any" ? [["", "所有人"], ...everybody] : everybody;
    return h(
      "div",
      { class: "fault-details" },
      number,
      switch_.person ? select(`fault-${switch_.key}-person`, people, fault.person || "", (person) => this.change(switch_, { person })) : null,
      fault.name.startsWith("callback") || switch_.person ? null : select(`fault-${switch_.key}-path`, PATHS, fault.path || "", (path) => this.change(switch_, { path })),
      select(`fault-${switch_.key}-times`, counts, times, (count) => this.change(switch_, { times: count ? Number(count) : null })),
      fault.times ? h("em", {}, `还会发作 ${fault.times} 次`) : null,
    );
  }
}
