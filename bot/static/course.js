"use strict";
// A course: one lesson after the other, larger letters on demand, and the receipt at the end.
(() => {
  const course = document.getElementById("course");
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const lessons = [...course.querySelectorAll(".lesson")];
  const progress = document.getElementById("progress");
  const end = document.getElementById("end");
  const size = document.getElementById("size");
  const read = document.getElementById("read");
  const answer = document.getElementById("answer");
  const kept = `course-${course.dataset.enrolment}`;

  const recall = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Without a store the page begins anew each time.
    }
  };

  const show = (place, jump) => {
    lessons.forEach((lesson, number) => {
      lesson.hidden = number !== place;
    });
    end.hidden = place !== lessons.length - 1;
    if (progress) {
      progress.setAttribute("aria-valuenow", String(place + 1));
      [...progress.children].forEach((mark, number) => mark.classList.toggle("past", number <= place));
    }
    keep(kept, String(place));
    if (jump) {
      window.scrollTo(0, 0);
    }
  };
  lessons.forEach((lesson, number) => {
    lesson.querySelector(".next")?.addEventListener("click", () => show(number + 1, true));
    lesson.querySelector(".back")?.addEventListener("click", () => show(number - 1, true));
  });
  const begun = Number(recall(kept));
  show(Number.isInteger(begun) && begun < lessons.length ? begun : 0, false);

  const resize = (big) => {
    course.classList.toggle("big", big);
    size.textContent = big ? texts.usual : texts.big;
    keep("course-big", big ? "yes" : "no");
  };
  size.addEventListener("click", () => resize(!course.classList.contains("big")));
  resize(recall("course-big") === "yes");

  read.addEventListener("click", async () => {
    read.disabled = true;
    answer.textContent = texts.sending;
    try {
      const response = await fetch(`/api/v1/enrolments/${course.dataset.enrolment}/receipt`, {
        method: "POST",
        headers: { Authorization: `Bearer ${course.dataset.token}`, "Content-Type": "application/json" },
        body: "{}",
      });
      const told = await response.json();
      answer.textContent = told.message ?? told.error.message;
      if (response.ok) {
        read.textContent = texts.read;
        const exam = document.getElementById("exam");
        if (exam && !told.result.done) {
          exam.hidden = false;
        }
      } else {
        read.disabled = false;
      }
    } catch {
      answer.textContent = texts.offline;
      read.disabled = false;
    }
  });
})();
