// Inside a phone the phone says who is asking; elsewhere the visitor chooses.
(function () {
  "use strict";
  function choose() {
    document.getElementById("waiting").hidden = true;
    document.getElementById("choices").hidden = false;
  }
  if (window.parent === window) {
    choose();
    return;
  }
  addEventListener("message", function (event) {
    var answer = event.data;
    if (event.source !== window.parent || event.origin !== location.origin || !answer || answer.sandbox !== "answer") return;
    if (answer.error) document.getElementById("waiting").textContent = "登录失败:" + answer.error;
    else location.replace(answer.result.redirect);
  });
  window.parent.postMessage({ sandbox: "call", id: 1, name: "authorize", args: { url: location.href } }, location.origin);
  setTimeout(choose, 4000);
})();
