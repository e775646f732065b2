// Progressive enhancement only: every page works without this file.

// A job page asks again until the job has ended, then reloads once (the server redirects or explains).
for (const job of document.querySelectorAll("[data-job]")) {
  const bar = job.querySelector("progress");
  const text = job.querySelector("[data-job-message]");
  const ask = async () => {
    const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" } });
    const state = await answer.json();
    if (bar) bar.value = state.progress_percent;
    if (text) text.textContent = state.message;
    if (state.ended) location.reload();
    else setTimeout(ask, 1000);
  };
  setTimeout(() => ask().catch(() => location.reload()), 800);
}

// A second click must not send a form twice.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A link to an item inside folded sections opens them on the way.
const openTarget = () => {
  if (location.hash.length < 2) return;
  let part = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const target = part;
  for (; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
  target?.scrollIntoView();
};
addEventListener("hashchange", openTarget);
openTarget();
