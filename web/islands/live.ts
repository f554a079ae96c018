/**
 * The page is asked for again, and every element with data-live and an id is replaced by its new self: on
 * "changed" of the server-sent events of data-stream, or every data-poll milliseconds for as long as the page says
 * so. Where script does not run, reloading does the same.
 */
export function live(root: HTMLElement): void {
  if (root.dataset.stream) follow(root, root.dataset.stream);
  if (root.dataset.poll) poll(root, Number(root.dataset.poll));
}

function follow(root: HTMLElement, stream: string): void {
  const source = new EventSource(stream);
  let waiting = 0;
  source.addEventListener("changed", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void refresh().then((fresh) => fresh && tell(root)), 300);
  });
  window.addEventListener("pagehide", () => source.close());
}

/** Said once, when it is over: numbers that are read out every other second would be noise. */
function poll(root: HTMLElement, pause: number): void {
  window.setTimeout(() => {
    if (document.hidden) return poll(root, pause);
    void refresh().catch(() => null).then((fresh) => {
      if (fresh && !fresh.getElementById(root.id)?.dataset.poll) return tell(root);
      poll(root, pause);
    });
  }, pause);
}

function tell(root: HTMLElement): void {
  const note = root.querySelector<HTMLElement>("[role=status]");
  if (note) note.textContent = note.dataset.changed ?? "";
}

async function refresh(): Promise<Document | null> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return null;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll<HTMLElement>("[data-live][id]")) {
    const replacement = fresh.getElementById(old.id);
    if (replacement && !old.contains(document.activeElement)) old.replaceWith(replacement);
  }
  return fresh;
}
