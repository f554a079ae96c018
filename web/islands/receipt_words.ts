// What the page's verifiers say, with the words that src/portal/citizen/receipt_words.cpp put into the page.
import type { Refused, Witnesses } from "./receipt_check";
import { Fraction, type Json } from "./strict_json";

type Texts = Record<string, string>;
type List = Texts & Record<"types" | "keys" | "agencies" | "values" | "roles" | "templates" | "columns", Texts>;

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

export function element(name: string, className: string, ...inside: (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.append(...inside);
  return made;
}
export const paragraph = (text: string, className = "govuk-body") => element("p", className, text);
export const tag = (text: string, tone: string) => element("strong", `govuk-tag govuk-tag--${tone}`, text);

export function row(key: string, value: Node | string): HTMLElement {
  return element("div", "govuk-summary-list__row govuk-summary-list__row--no-actions",
    element("dt", "govuk-summary-list__key", key), element("dd", "govuk-summary-list__value", value));
}
export const summary = (rows: HTMLElement[]) => element("dl", "govuk-summary-list", ...rows);

/** The frame of what was found; `tone`: "", " mb-verdict--short" or " mb-verdict--bad". */
export function verdictSection(title: string, tone: string, name: string): HTMLElement {
  const heading = element("h2", "govuk-heading-m", title);
  heading.id = "verdict";
  const out = element("section", `mb-verdict${tone}`, heading, paragraph(name, "govuk-body mb-file-name"));
  out.setAttribute("aria-labelledby", "verdict");
  return out;
}

export class Words {
  private readonly list: List;
  private readonly chinese = document.documentElement.lang === "zh-Hant";
  constructor(json: string) { this.list = JSON.parse(json) as List; }

  of(key: string): string { return this.list[key] ?? key; }
  key(name: string): string { return this.list.keys[name] ?? name; }
  column(name: string): string { return this.list.columns[name] ?? name; }
  role(code: string): string { return this.list.roles[code] ?? code; }
  /** "payment.paid" is a payment. */
  type(type: string): string { return this.list.types[type.split(".")[0] ?? ""] ?? type; }
  /** A text with values where its braces are. */
  filled(name: string, values: Record<string, bigint | number | string>): string {
    return (this.list.templates[name] ?? name).replace(/\{(\w+)\}/g, (_, value: string) => String(values[value] ?? ""));
  }

  /** What is wrong; the code is for whoever wants to look it up. */
  wrong({ part, code }: Pick<Refused, "part" | "code">): string {
    if (code === "not_a_verifier_key") return this.of("wrong_key");
    return this.of(part === "" ? "wrong_other" : `bad_${part === "series" ? code : part}`);
  }

  witnesses({ seen, all, quorum }: Witnesses): HTMLElement {
    const said = tag(this.of(quorum ? "quorum" : "no_quorum"), quorum ? "green" : "orange");
    return row(this.of("witnesses"), element("span", "", said, ` ${seen} / ${all}`));
  }

  /** In Taiwan, to the minute, as all pages say it. */
  time(at: string): string {
    const options: Intl.DateTimeFormatOptions = { timeZone: "Asia/Taipei", hourCycle: "h23", year: "numeric",
      month: this.chinese ? "numeric" : "long", day: "numeric", hour: "2-digit", minute: "2-digit" };
    const locale = this.chinese ? "zh-TW-u-ca-roc" : "en-GB";
    const part = Object.fromEntries(new Intl.DateTimeFormat(locale, options).formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]));
    return this.chinese ? `民國${part.year}年${part.month}月${part.day}日 ${part.hour}:${part.minute}`
      : `${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute}`;
  }

  text(value: Json): string {
    if (Array.isArray(value)) return value.map((one) => this.text(one)).join(this.chinese ? "、" : ", ");
    if (value instanceof Map) return this.objectText(value);
    if (typeof value === "string")
      return this.list.agencies[value] ?? this.list.values[value] ?? (instant.test(value) ? this.time(value) : value);
    return value instanceof Fraction ? String(value.value) : String(value);
  }

  private objectText(value: Map<string, Json>): string {
    if (value.has("zh-Hant") && value.has("en")) return this.text(value.get(this.chinese ? "zh-Hant" : "en") ?? "");
    const title = value.has("title") ? this.text(value.get("title")!) : "";
    const name = value.get("name");
    return title || (typeof name === "string" ? name : [...value.keys()].join(", "));
  }
}
