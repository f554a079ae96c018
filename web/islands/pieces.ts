/** The error summary takes the focus, so that a screen reader reads it first. */
export function focus(element: HTMLElement): void {
  element.focus();
}

/** A button that ignores a second press within a second (forms are idempotent on the server too). */
export function once(button: HTMLElement): void {
  let pressed = 0;
  button.addEventListener("click", (event) => {
    const now = event.timeStamp;
    if (pressed > 0 && now - pressed < 1000) event.preventDefault();
    pressed = now;
  });
}

export function print(element: HTMLElement): void {
  element.addEventListener("click", () => window.print());
}

/** Counts code points, as the server does, and says the number left after a pause in typing. */
export function count(group: HTMLElement): void {
  const area = group.querySelector("textarea");
  const message = group.querySelector<HTMLElement>(".govuk-character-count__message");
  const limit = Number(group.dataset.maxlength);
  if (!area || !message || !(limit > 0)) return;
  message.setAttribute("aria-live", "polite");
  let pause = 0;
  area.addEventListener("input", () => {
    clearTimeout(pause);
    pause = window.setTimeout(() => {
      const used = [...area.value].length;
      message.textContent = `${used} / ${limit}`;
      message.classList.toggle("govuk-error-message", used > limit);
    }, 300);
  });
}

/** The list of contents becomes tabs (WAI-ARIA Authoring Practices, tabs pattern). */
export function tabs(root: HTMLElement): void {
  const links = [...root.querySelectorAll<HTMLAnchorElement>(".govuk-tabs__tab")];
  const panel = (link: HTMLAnchorElement) => document.getElementById(link.hash.slice(1));
  if (links.length < 2 || links.some((link) => !panel(link))) return;
  document.body.classList.add("govuk-frontend-supported");

  function select(chosen: HTMLAnchorElement, move: boolean): void {
    for (const link of links) {
      const on = link === chosen;
      link.setAttribute("aria-selected", String(on));
      link.tabIndex = on ? 0 : -1;
      link.parentElement?.classList.toggle("govuk-tabs__list-item--selected", on);
      panel(link)?.toggleAttribute("hidden", !on);
    }
    if (move) chosen.focus();
  }

  root.querySelector(".govuk-tabs__list")?.setAttribute("role", "tablist");
  links.forEach((link, index) => {
    link.setAttribute("role", "tab");
    link.id ||= `tab-${link.hash.slice(1)}`;
    link.setAttribute("aria-controls", link.hash.slice(1));
    link.parentElement?.setAttribute("role", "presentation");
    const section = panel(link);
    section?.setAttribute("role", "tabpanel");
    section?.setAttribute("aria-labelledby", link.id);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", link.hash);
      select(link, false);
    });
    link.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = links[(index + step + links.length) % links.length];
      if (step !== 0 && next) select(next, true);
    });
  });
  const first = links.find((link) => link.hash === location.hash) ?? links[0];
  if (first) select(first, false);
}
