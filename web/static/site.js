// Every page works without this file; it only keeps the counter fresh and makes sharing and mending quicker.
// It stores nothing and asks nobody but this site.

// Latin digits, always grouped: the same as the server prints.
const numbers = new Intl.NumberFormat(`${document.documentElement.lang}-u-nu-latn`, { useGrouping: "always" });
const EVERY = 15_000;
const SLOWEST = 240_000;

function showCount(counter, { count, goal }) {
  for (const place of counter.querySelectorAll("[data-count]")) place.textContent = numbers.format(count);
  for (const place of counter.querySelectorAll("[data-goal]")) place.textContent = numbers.format(goal);
  const bar = counter.querySelector("progress");
  if (bar && goal > 0) {
    bar.max = goal;
    bar.value = Math.min(count, goal);
  }
}

function keepFresh(counter) {
  let wait = EVERY;
  let timer;
  const plan = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, wait);
  };
  const ask = async () => {
    try {
      const answer = await fetch(counter.dataset.countUrl, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      showCount(counter, await answer.json());
      wait = EVERY;
    } catch {
      // A busy server is asked half as often each time, and not by everybody at once.
      wait = Math.min(wait * 2, SLOWEST) * (0.8 + Math.random() * 0.4);
    }
    plan();
  };
  document.addEventListener("visibilitychange", plan);
  plan();
}

function offerSharing(button) {
  const { shareTitle: title, shareText: text, shareUrl: url } = button.dataset;
  if (!navigator.share) return;
  button.hidden = false;
  button.addEventListener("click", () => navigator.share({ title, text, url }).catch(() => {}));
}

function offerCopying(button) {
  const field = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[role=status]");
  if (!field || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = button.dataset.copied;
    } catch {
      field.select();
    }
  });
}

document.querySelectorAll("[data-count-url]").forEach(keepFresh);
document.querySelectorAll("[data-share-url]").forEach(offerSharing);
document.querySelectorAll("[data-copy]").forEach(offerCopying);
document.querySelector(".error-summary")?.focus();
