/**
 * data-stream: server-sent events. On "changed" the page is asked for again and every element with
 * data-live and an id is replaced by its new self. Where script does not run, reloading does the same.
 */
export function live(root: HTMLElement): void {
  const stream = root.dataset.stream;
  if (!stream) return;
  const source = new EventSource(stream);
  let waiting = 0;
  source.addEventListener("changed", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void refresh(root), 300);
  });
  window.addEventListener("pagehide", () => source.close());
}

async function refresh(root: HTMLElement): Promise<void> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll<HTMLElement>("[data-live][id]")) {
    const replacement = fresh.getElementById(old.id);
    if (replacement && !old.contains(document.activeElement)) old.replaceWith(replacement);
  }
  const note = root.querySelector<HTMLElement>("[role=status]");
  if (note) note.textContent = note.dataset.changed ?? "";
}
