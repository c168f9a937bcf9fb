// Stand-in for the JS-SDK inside the sandbox's phones: the same calls, answered by the phone around the page.
(function () {
  "use strict";
  var pending = {};
  var next = 1;
  var readyCallbacks = [];
  var errorCallback = null;
  var state = "waiting";
  var failure = null;
  var inPhone = window.parent !== window;

  function ask(name, args, done, failed) {
    if (!inPhone) {
      setTimeout(function () { failed("not in a phone of the sandbox"); }, 0);
      return;
    }
    var id = next++;
    pending[id] = { done: done, failed: failed };
    window.parent.postMessage({ sandbox: "call", id: id, name: name, args: args || {} }, "*");
  }

  window.addEventListener("message", function (event) {
    var answer = event.data;
    if (event.source !== window.parent || !answer || answer.sandbox !== "answer" || !pending[answer.id]) return;
    var waiting = pending[answer.id];
    delete pending[answer.id];
    if (answer.error) waiting.failed(answer.error);
    else waiting.done(answer.result || {});
  });

  function report(name, options, outcome, result) {
    var answer = Object.assign({}, result, { errMsg: name + ":" + outcome });
    if (outcome === "ok" && options.success) options.success(answer);
    if (outcome !== "ok" && options.fail) options.fail(answer);
    if (options.complete) options.complete(answer);
  }

  function invoke(name, options, transform) {
    options = options || {};
    var args = {};
    Object.keys(options).forEach(function (key) {
      if (typeof options[key] !== "function") args[key] = options[key];
    });
    ask(
      name,
      args,
      function (result) { report(name, options, "ok", transform ? transform(result) : result); },
      function (error) { report(name, options, "fail " + error, {}); }
    );
  }

  function address() {
    return location.href.split("#")[0];
  }

  // Pictures the person chose, by the local id the page knows them by.
  var pictures = {};

  function keepPicture(picture) {
    var parts = picture.data.split(",");
    var bytes = Uint8Array.from(atob(parts[1]), function (character) { return character.charCodeAt(0); });
    var id = URL.createObjectURL(new Blob([bytes], { type: parts[0].slice(5).split(";")[0] }));
    pictures[id] = picture;
    return id;
  }

  function withPicture(name, options, use) {
    var picture = pictures[options.localId];
    if (picture) use(picture);
    else report(name, options, "fail localId not found", {});
  }

  var wx = {
    config: function (options) {
      ask(
        "config",
        {
          appId: options.appId,
          timestamp: options.timestamp,
          nonceStr: options.nonceStr,
          signature: options.signature,
          jsApiList: options.jsApiList,
          url: address(),
        },
        function () {
          state = "ready";
          readyCallbacks.splice(0).forEach(function (callback) { callback(); });
        },
        function (error) {
          state = "failed";
          failure = { errMsg: "config:" + error };
          if (errorCallback) errorCallback(failure);
        }
      );
    },
    agentConfig: function (options) {
      ask(
        "agentConfig",
        {
          appId: options.corpid,
          agentid: options.agentid,
          timestamp: options.timestamp,
          nonceStr: options.nonceStr,
          signature: options.signature,
          url: address(),
        },
        function () { report("agentConfig", options, "ok", {}); },
        function (error) { report("agentConfig", options, "fail " + error, {}); }
      );
    },
    ready: function (callback) {
      if (state === "ready") callback();
      else readyCallbacks.push(callback);
    },
    error: function (callback) {
      errorCallback = callback;
      if (state === "failed") callback(failure);
    },
    checkJsApi: function (options) {
      var result = {};
      (options.jsApiList || []).forEach(function (name) { result[name] = typeof wx[name] === "function"; });
      report("checkJsApi", options, "ok", { checkResult: result });
    },
    getLocation: function (options) {
      invoke("getLocation", Object.assign({ type: "wgs84" }, options));
    },
    openLocation: function (options) {
      invoke("openLocation", options);
    },
    chooseImage: function (options) {
      invoke("chooseImage", options, function (result) {
        return { localIds: result.pictures.map(keepPicture), sourceType: result.sourceType };
      });
    },
    getLocalImgData: function (options) {
      withPicture("getLocalImgData", options, function (picture) {
        report("getLocalImgData", options, "ok", { localData: picture.data });
      });
    },
    uploadImage: function (options) {
      withPicture("uploadImage", options, function (picture) {
        invoke("uploadImage", Object.assign({}, options, { picture: picture }));
      });
    },
    previewImage: function (options) {
      var shown = function (address) { return pictures[address] ? pictures[address].data : address; };
      invoke("previewImage", Object.assign({}, options, { current: shown(options.current), urls: (options.urls || []).map(shown) }));
    },
    getNetworkType: function (options) {
      invoke("getNetworkType", options);
    },
    scanQRCode: function (options) {
      invoke("scanQRCode", options);
    },
    closeWindow: function (options) {
      invoke("closeWindow", options);
    },
    hideOptionMenu: function () {},
    showOptionMenu: function () {},
    hideMenuItems: function () {},
    showMenuItems: function () {},
    hideAllNonBaseMenuItem: function () {},
    onHistoryBack: function () {}
  };

  window.wx = window.jWeixin = wx;
  function announce() { ask("title", { title: document.title }, function () {}, function () {}); }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", announce);
  else announce();
  window.addEventListener("load", announce);
})();
