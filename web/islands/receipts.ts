// The page that checks receipts: dropped or chosen, a file is read and checked here, and nothing is sent. Says
// the same as src/portal/citizen/receipts.cpp, with the words that it put into the page.
import { canCheck, checkReceipt, type Refused, type Valid, type Verdict } from "./receipt_check";
import { Fraction, type Json } from "./strict_json";

export { checkReceipt }; // the test that holds it to the C++ one takes it from here

type Words = Record<string, string> & { types: Record<string, string>; keys: Record<string, string>; agencies: Record<string, string>;
  values: Record<string, string> };
const parts = ["receipt", "checkpoint", "proof", "leaf", "content"];
const maxReceipt = 1 << 20;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

function element(name: string, className: string, ...inside: (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.append(...inside);
  return made;
}
const paragraph = (text: string, className = "govuk-body") => element("p", className, text);

function row(key: string, value: Node | string): HTMLElement {
  return element("div", "govuk-summary-list__row govuk-summary-list__row--no-actions",
    element("dt", "govuk-summary-list__key", key), element("dd", "govuk-summary-list__value", value));
}
const list = (rows: HTMLElement[]) => element("dl", "govuk-summary-list", ...rows);

class Page {
  private readonly words: Words;
  private readonly input: HTMLInputElement;
  private readonly key: HTMLTextAreaElement;
  private readonly verdict: HTMLElement;
  private readonly chinese = document.documentElement.lang === "zh-Hant";

  constructor(private readonly root: HTMLElement) {
    this.words = JSON.parse(root.dataset.words ?? "{}") as Words;
    this.input = root.querySelector<HTMLInputElement>("input[type=file]")!;
    this.key = root.querySelector("textarea")!;
    this.verdict = root.querySelector<HTMLElement>("[data-verdict]")!;
  }

  async start(): Promise<void> {
    if (!await canCheck()) return this.leaveItToTheServer();
    // Before the form itself hears of it, which would upload the file.
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      void this.look(this.input.files?.[0]);
    }, { capture: true });
    this.input.addEventListener("change", () => void this.look(this.input.files?.[0]));
    this.takeDrops(this.root.querySelector<HTMLElement>("[data-drop]")!);
  }

  private leaveItToTheServer(): void {
    for (const one of this.root.querySelectorAll(".mb-only-script")) one.remove();
    this.root.prepend(element("div", "govuk-inset-text", this.words.no_crypto ?? ""));
  }

  private takeDrops(zone: HTMLElement): void {
    for (const name of ["dragenter", "dragover", "dragleave", "drop"])
      this.root.addEventListener(name, (event) => {
        event.preventDefault(); // otherwise a file dropped beside the zone would replace the page
        zone.classList.toggle("mb-drop--over", name === "dragenter" || name === "dragover");
      });
    this.root.addEventListener("drop", (event) => void this.look(event.dataTransfer?.files[0]));
  }

  private async look(file: File | undefined): Promise<void> {
    if (!file) return this.show(this.problem("no_file"));
    if (file.size > maxReceipt) return this.show(this.problem("too_large"));
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      // Of a key from elsewhere this platform does not know the witnesses.
      const own = this.key.value.trim() === this.root.dataset.key;
      const verdict = await checkReceipt(bytes, this.key.value, own ? this.root.dataset.policy : "");
      this.show(this.section(file.name, verdict));
    } catch {
      this.show(this.problem("unreadable"));
    }
  }

  private show(section: HTMLElement): void {
    this.verdict.replaceChildren(section);
    this.verdict.focus();
    this.verdict.scrollIntoView({ block: "nearest" });
  }

  private problem(word: string): HTMLElement {
    const said = element("div", "mb-verdict mb-verdict--bad", paragraph(this.words[word] ?? word));
    said.setAttribute("role", "alert");
    return said;
  }

  private section(name: string, verdict: Verdict): HTMLElement {
    const { words } = this;
    const word = !verdict.valid ? "not_valid" : verdict.witnesses?.quorum === false ? "short" : "valid";
    const tone = { not_valid: " mb-verdict--bad", short: " mb-verdict--short", valid: "" }[word];
    const title = element("h2", "govuk-heading-m", words[word] ?? "");
    title.id = "verdict";
    const out = element("section", `mb-verdict${tone}`, title, paragraph(name, "govuk-body mb-file-name"),
      paragraph(verdict.valid ? words[`${word}_text`] ?? "" : this.wrong(verdict)));
    out.setAttribute("aria-labelledby", "verdict");
    if (!verdict.valid) out.append(paragraph(`${words.code} ${verdict.code}`, "govuk-hint"));
    out.append(paragraph(words.by_browser ?? ""), element("h3", "govuk-heading-s", words.parts ?? ""), this.partRows(verdict));
    if (verdict.valid)
      out.append(list(this.proven(verdict)), element("h3", "govuk-heading-s", words.content ?? ""),
        list(this.contentRows(verdict.content)));
    return out;
  }

  private wrong({ part, code }: Refused): string {
    if (code === "not_a_verifier_key") return this.words.wrong_key ?? "";
    return this.words[`bad_${part}`] ?? this.words.wrong_other ?? "";
  }

  private partRows(verdict: Verdict): HTMLElement {
    const tag = (word: string, tone: string) => element("strong", `govuk-tag govuk-tag--${tone}`, this.words[word] ?? "");
    // A proof that cannot be read is found before the checkpoint is looked at.
    const end = verdict.valid ? parts.length
      : verdict.code === "not_a_tlog_proof" ? 1 : Math.max(parts.indexOf(verdict.part), 0);
    return list(parts.map((part, at) => row(this.words[`part_${part}`] ?? part,
      at < end ? tag("good", "green") : !verdict.valid && part === verdict.part ? tag("bad", "red") : tag("unseen", "grey"))));
  }

  private proven({ type, at, origin, index, size, root, witnesses }: Valid): HTMLElement[] {
    const { words } = this;
    const seen = witnesses ? [row(words.witnesses ?? "", this.seen(witnesses))] : [];
    return [...seen, row(words.what ?? "", words.types[type.split(".")[0] ?? ""] ?? type), row(words.when ?? "", this.time(at)),
      row(words.ledger ?? "", origin), row(words.entry ?? "", String(index)), row(words.size ?? "", String(size)),
      row(words.root ?? "", root)];
  }

  private seen({ seen, all, quorum }: NonNullable<Valid["witnesses"]>): HTMLElement {
    const tag = element("strong", `govuk-tag govuk-tag--${quorum ? "green" : "orange"}`,
      this.words[quorum ? "quorum" : "no_quorum"] ?? "");
    return element("span", "", tag, ` ${seen} / ${all}`);
  }

  /** In Taiwan, to the minute, as all pages say it. */
  private time(at: string): string {
    const options: Intl.DateTimeFormatOptions = { timeZone: "Asia/Taipei", hourCycle: "h23", year: "numeric",
      month: this.chinese ? "numeric" : "long", day: "numeric", hour: "2-digit", minute: "2-digit" };
    const locale = this.chinese ? "zh-TW-u-ca-roc" : "en-GB";
    const part = Object.fromEntries(new Intl.DateTimeFormat(locale, options).formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]));
    return this.chinese ? `民國${part.year}年${part.month}月${part.day}日 ${part.hour}:${part.minute}`
      : `${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute}`;
  }

  private contentRows(content: Json, depth = 0): HTMLElement[] {
    if (!(content instanceof Map)) return [row(this.words.content ?? "", this.text(content))];
    return [...content].flatMap(([key, value]) => {
      if (value instanceof Map && !value.has("en") && !value.has("name") && depth < 3)
        return this.contentRows(value, depth + 1);
      const text = this.text(value);
      return text === "" ? [] : [row(this.words.keys[key] ?? key, text)];
    });
  }

  private text(value: Json): string {
    if (Array.isArray(value)) return value.map((one) => this.text(one)).join(this.chinese ? "、" : ", ");
    if (value instanceof Map) return this.objectText(value);
    if (typeof value === "string")
      return this.words.agencies[value] ?? this.words.values[value] ?? (instant.test(value) ? this.time(value) : value);
    return value instanceof Fraction ? String(value.value) : String(value);
  }

  private objectText(value: Map<string, Json>): string {
    if (value.has("zh-Hant") && value.has("en")) return this.text(value.get(this.chinese ? "zh-Hant" : "en") ?? "");
    const title = value.has("title") ? this.text(value.get("title")!) : "";
    const name = value.get("name");
    return title || (typeof name === "string" ? name : [...value.keys()].join(", "));
  }
}

function start(): void {
  for (const root of document.querySelectorAll<HTMLElement>("[data-receipts]")) void new Page(root).start();
}

if (typeof document !== "undefined") {
  document.addEventListener("minben:page", start); // the server's answer took the page's place
  start();
}
