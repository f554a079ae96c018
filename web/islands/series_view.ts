// What the page says of a file of receipts: whether it is complete, and each entry as a row
// (src/portal/citizen/series_view.cpp).
import type { Valid } from "./receipt_check";
import { element, paragraph, row, summary, tag, verdictSection, type Words } from "./receipt_words";
import type { Item, RefusedSeries, SeriesVerdict, ValidSeries } from "./series_check";
import type { Json, Members } from "./strict_json";

const columns = ["number", "when", "who", "how", "purpose"] as const;

function withRole(made: HTMLElement, role: string): HTMLElement {
  made.setAttribute("role", role);
  return made;
}

function withHint(text: string, hint: string): (Node | string)[] {
  return hint === "" ? [text] : [text, document.createElement("br"), element("span", "govuk-hint", hint)];
}

class Table {
  constructor(private readonly words: Words) {}

  of(items: Item[]): HTMLElement {
    const caption = this.words.of("proven");
    const heads = columns.map((name) => {
      const head = withRole(element("th", "govuk-table__header", this.words.column(name)), "columnheader");
      head.setAttribute("scope", "col");
      return head;
    });
    const table = withRole(element("table", "govuk-table",
      element("caption", "govuk-table__caption govuk-table__caption--m", caption),
      withRole(element("thead", "govuk-table__head", this.row(heads)), "rowgroup"),
      withRole(element("tbody", "govuk-table__body", ...items.map((item) => this.itemRow(item))), "rowgroup")), "table");
    const region = withRole(element("div", "mb-table-scroll mb-table--stacks", table), "region");
    region.tabIndex = 0;
    region.setAttribute("aria-label", caption);
    return region;
  }

  private row(cells: HTMLElement[]): HTMLElement { return withRole(element("tr", "govuk-table__row", ...cells), "row"); }

  /** On a card each shows its column's title, for the eye alone. */
  private cell(column: string, ...inside: (Node | string)[]): HTMLElement {
    const head = column === "number";
    const title = element("span", "mb-cell-title", this.words.column(column));
    title.setAttribute("aria-hidden", "true");
    const made = withRole(element(head ? "th" : "td", head ? "govuk-table__header" : "govuk-table__cell", title,
      element("div", "mb-cell", ...inside)), head ? "rowheader" : "cell");
    if (head) made.setAttribute("scope", "row");
    return made;
  }

  private itemRow({ number, receipt }: Item): HTMLElement {
    const head = this.cell("number", String(number));
    if (!receipt) return this.row([head, this.erased()]);
    const content: Members = receipt.content instanceof Map ? receipt.content : new Map<string, Json>();
    return this.row([head, this.cell("when", ...this.when(receipt)), this.cell("who", ...this.who(content)),
      this.cell("how", ...this.how(receipt.type, content)), this.cell("purpose", ...this.purpose(content))]);
  }

  /** Nothing but its number is known, so one cell takes the place of the others. */
  private erased(): HTMLElement {
    const made = withRole(element("td", "govuk-table__cell", element("div", "mb-cell", tag(this.words.of("erased"), "grey"),
      document.createElement("br"), element("span", "govuk-hint", this.words.of("erased_text")))), "cell");
    made.setAttribute("colspan", String(columns.length - 1));
    return made;
  }

  private when({ at, witnesses }: Valid): (Node | string)[] {
    const time = element("time", "", this.words.time(at));
    time.setAttribute("datetime", at);
    if (witnesses?.quorum !== false) return [time];
    return [time, document.createElement("br"), tag(this.words.of("no_quorum"), "orange")];
  }

  private who(content: Members): (Node | string)[] {
    const role = content.get("officer_role");
    return withHint(this.first(content, "agency", "recipient"), typeof role === "string" && role !== "" ? this.words.role(role) : "");
  }

  private how(type: string, content: Members): (Node | string)[] {
    const agency = this.first(content, "provider");
    return withHint(this.first(content, "kind", "state", "event") || this.words.type(type),
      agency && this.words.filled("from", { agency }));
  }

  /** What was used may be a long list. */
  private purpose(content: Members): (Node | string)[] {
    const text = this.first(content, "purpose", "purpose_code"), fields = this.first(content, "fields");
    return fields === "" ? [text] : [text, element("details", "govuk-details",
      element("summary", "govuk-details__summary", element("span", "govuk-details__summary-text", this.words.key("fields"))),
      element("div", "govuk-details__text", fields))];
  }

  /** The first of these members that the content has. */
  private first(content: Members, ...names: string[]): string {
    return names.map((name) => this.words.text(content.get(name) ?? "")).find((text) => text !== "") ?? "";
  }
}

/** Which numbers are there, and which are elsewhere. */
function numbers(words: Words, { items, entries }: ValidSeries): HTMLElement[] {
  const first = items[0]?.number ?? 0n, last = items.at(-1)?.number ?? 0n;
  const there = items.length === 0 ? words.of("none")
    : first === last ? words.filled("single", { number: first }) : words.filled("complete", { first, last });
  const out = [paragraph(there)];
  if (first > 1n) out.push(paragraph(words.filled("earlier", { first })));
  if (entries > last) out.push(element("div", "govuk-inset-text", words.filled("newer", { entries })));
  return out;
}

function summaryRows(words: Words, { type, items, witnesses }: ValidSeries): HTMLElement[] {
  const origins = [...new Set(items.flatMap(({ receipt }) => receipt ? [receipt.origin] : []))].sort();
  return [...(witnesses ? [words.witnesses(witnesses)] : []), row(words.of("what"), words.type(type)),
    ...(origins.length > 0 ? [row(words.of("ledger"), element("span", "",
      ...origins.flatMap((origin, at) => at === 0 ? [origin] : [document.createElement("br"), origin])))] : [])];
}

function refused(words: Words, name: string, verdict: RefusedSeries): HTMLElement {
  const { at, code, missing } = verdict;
  const out = verdictSection(words.of("all_not_valid"), " mb-verdict--bad", name);
  const where = at > 0 ? words.filled("at", { at }) : "";
  const gone = !missing ? "" : missing.first === missing.last ? ` ${words.filled("missing_one", { number: missing.first })}`
    : ` ${words.filled("missing", { ...missing })}`;
  out.append(paragraph(where + words.wrong(verdict) + gone), paragraph(`${words.of("code")} ${code}`, "govuk-hint"),
    paragraph(words.of("by_browser")));
  return out;
}

export function seriesSection(words: Words, name: string, verdict: SeriesVerdict): HTMLElement {
  if (!verdict.valid) return refused(words, name, verdict);
  const lacks = verdict.witnesses?.quorum === false, word = lacks ? "all_short" : "all_valid";
  const out = verdictSection(words.of(word), lacks ? " mb-verdict--short" : "", name);
  if (verdict.items.length > 0) out.append(paragraph(words.of(`${word}_text`)));
  out.append(...numbers(words, verdict), paragraph(words.of("by_browser")), summary(summaryRows(words, verdict)));
  if (verdict.items.length > 0) out.append(new Table(words).of(verdict.items));
  return out;
}
