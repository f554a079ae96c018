/**
 * Help while typing (WAI-ARIA Authoring Practices, editable combobox with list autocomplete). The form works the same
 * without: a suggestion is a link to where it leads. data-suggest and data-suggest-more: addresses that answer
 * {suggestions: [{text, url, kind}]} to ?q=.
 */
interface Suggestion { text: string; url: string; kind?: string }

const pause = 150; // ms after the last key
const most = 10;

export function suggest(form: HTMLElement): void {
  const input = form.querySelector<HTMLInputElement>("input[name=q]");
  const sources = [form.dataset.suggest, form.dataset.suggestMore].filter((each) => each !== undefined);
  if (input && sources.length > 0) new Combobox(form, input, sources);
}

class Combobox {
  private readonly list = document.createElement("ul");
  private readonly status = document.createElement("p");
  private found: Suggestion[] = [];
  private active = -1;
  private waiting = 0;
  private asking = new AbortController();
  private asked = "";

  constructor(private readonly form: HTMLElement, private readonly input: HTMLInputElement,
    private readonly sources: string[]) {
    this.list.id = `${input.id}-suggestions`;
    this.list.className = "mb-suggestions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", form.dataset.label ?? "");
    this.list.hidden = true;
    this.status.className = "govuk-visually-hidden";
    this.status.setAttribute("role", "status");
    input.after(this.list, this.status);
    input.parentElement?.classList.add("mb-suggesting");
    for (const [name, value] of Object.entries({ role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": this.list.id })) input.setAttribute(name, value);
    this.listen();
  }

  private listen(): void {
    // While an input method composes, what stands in the field is not yet what is meant.
    this.input.addEventListener("input", (event) => {
      if (!(event as InputEvent).isComposing) this.plan();
    });
    this.input.addEventListener("compositionstart", () => this.close());
    this.input.addEventListener("compositionend", () => this.plan());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest("[role=option]");
      if (option) this.go([...this.list.children].indexOf(option));
    });
  }

  private plan(): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.ask(), pause);
  }

  private async ask(): Promise<void> {
    const words = this.input.value.trim();
    this.asking.abort();
    if (!enough(words)) return this.close();
    if (words === this.asked && this.found.length > 0) return this.show();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const answers = await Promise.all(this.sources.map((source) => fetched(source, words, signal)));
      if (signal.aborted || document.activeElement !== this.input) return;
      this.asked = words;
      this.found = answers.flat().slice(0, most);
      this.show();
    } catch {
      this.close(); // nothing is lost: the form still searches
    }
  }

  private show(): void {
    this.list.replaceChildren(...this.found.map((each, index) => option(`${this.list.id}-${index}`, each)));
    this.choose(-1);
    this.open(this.found.length > 0);
    this.status.textContent = (this.found.length > 0 ? this.form.dataset.some : this.form.dataset.none) ?? "";
  }

  private open(value: boolean): void {
    this.list.hidden = !value;
    this.input.setAttribute("aria-expanded", String(value));
  }

  private close(): void {
    clearTimeout(this.waiting);
    this.asking.abort();
    this.choose(-1);
    this.open(false);
    this.status.textContent = "";
  }

  private choose(index: number): void {
    this.active = index;
    [...this.list.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === index)));
    const chosen = this.list.children[index];
    if (chosen) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  private go(index: number): void {
    const chosen = this.found[index];
    if (chosen) location.assign(chosen.url);
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const shown = !this.list.hidden;
    const count = this.found.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!shown) return void this.ask();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // Before the first and behind the last is the field itself.
      this.choose((this.active + 1 + step + count + 1) % (count + 1) - 1);
    } else if (event.key === "Enter" && shown && this.active >= 0) {
      event.preventDefault();
      this.go(this.active);
    } else if (event.key === "Escape" && shown) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Tab") this.close();
  }
}

/** One character says something in Chinese, not in Latin letters. */
function enough(words: string): boolean {
  return words.length >= 2 || /[^\u0000-\u024f]/.test(words);
}

async function fetched(source: string, words: string, signal: AbortSignal): Promise<Suggestion[]> {
  const url = new URL(source, location.href);
  url.searchParams.set("q", words);
  const answer = await fetch(url, { headers: { Accept: "application/json" }, signal });
  if (!answer.ok) return [];
  const { suggestions } = (await answer.json()) as { suggestions: Suggestion[] };
  // Only to pages of this site.
  return suggestions.filter((each) => new URL(each.url, location.href).origin === location.origin);
}

function option(id: string, suggestion: Suggestion): HTMLLIElement {
  const item = document.createElement("li");
  item.id = id;
  item.className = "mb-suggestion";
  item.setAttribute("role", "option");
  item.append(suggestion.text);
  if (suggestion.kind) {
    const kind = document.createElement("span");
    kind.className = "mb-suggestion__kind";
    kind.textContent = suggestion.kind;
    item.append(" ", kind);
  }
  return item;
}
