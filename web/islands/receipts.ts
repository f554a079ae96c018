// The page that checks receipts: dropped or chosen, a file is read and checked here, and nothing is sent. Says
// the same as src/portal/citizen/receipt_view.cpp and series_view.cpp.
import { canCheck, checkReceipt, maxReceipt, type Valid, type Verdict } from "./receipt_check";
import { element, paragraph, row, summary, tag, verdictSection, Words } from "./receipt_words";
import { checkReceipts, isReceiptsFile } from "./series_check";
import { seriesSection } from "./series_view";
import { type Json } from "./strict_json";

export { checkReceipt, checkReceipts, isReceiptsFile }; // the test that holds them to the C++ ones takes them from here

const parts = ["receipt", "checkpoint", "proof", "leaf", "content"];
const maxReceipts = 4 << 20; // bytes, of a file of many

class Page {
  private readonly words: Words;
  private readonly input: HTMLInputElement;
  private readonly key: HTMLTextAreaElement;
  private readonly verdict: HTMLElement;
  private looks = 0; // a large file that was dropped before a small one must not be shown after it

  constructor(private readonly root: HTMLElement) {
    this.words = new Words(root.dataset.words ?? "{}");
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
    this.root.prepend(element("div", "govuk-inset-text", this.words.of("no_crypto")));
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
    const mine = ++this.looks;
    const found = !file ? this.problem("no_file") : await this.found(file).catch(() => this.problem("unreadable"));
    if (mine === this.looks) this.show(found);
  }

  private async found(file: File): Promise<HTMLElement> {
    if (file.size > maxReceipts) return this.problem("too_large");
    const bytes = new Uint8Array(await file.arrayBuffer());
    // Of a key from elsewhere this platform does not know the witnesses.
    const policy = this.key.value.trim() === this.root.dataset.key ? this.root.dataset.policy : "";
    if (isReceiptsFile(bytes)) return seriesSection(this.words, file.name, await checkReceipts(bytes, this.key.value, policy));
    if (file.size > maxReceipt) return this.problem("too_large");
    return this.section(file.name, await checkReceipt(bytes, this.key.value, policy));
  }

  private show(section: HTMLElement): void {
    this.verdict.replaceChildren(section);
    this.verdict.focus();
    this.verdict.scrollIntoView({ block: "nearest" });
  }

  private problem(word: string): HTMLElement {
    const said = element("div", "mb-verdict mb-verdict--bad", paragraph(this.words.of(word)));
    said.setAttribute("role", "alert");
    return said;
  }

  private section(name: string, verdict: Verdict): HTMLElement {
    const { words } = this;
    const word = !verdict.valid ? "not_valid" : verdict.witnesses?.quorum === false ? "short" : "valid";
    const tone = { not_valid: " mb-verdict--bad", short: " mb-verdict--short", valid: "" }[word];
    const out = verdictSection(words.of(word), tone, name);
    out.append(paragraph(verdict.valid ? words.of(`${word}_text`) : words.wrong(verdict)));
    if (!verdict.valid) out.append(paragraph(`${words.of("code")} ${verdict.code}`, "govuk-hint"));
    out.append(paragraph(words.of("by_browser")), element("h3", "govuk-heading-s", words.of("parts")), this.partRows(verdict));
    if (verdict.valid)
      out.append(summary(this.proven(verdict)), element("h3", "govuk-heading-s", words.of("content")),
        summary(this.contentRows(verdict.content)));
    return out;
  }

  private partRows(verdict: Verdict): HTMLElement {
    // A proof that cannot be read is found before the checkpoint is looked at.
    const end = verdict.valid ? parts.length
      : verdict.code === "not_a_tlog_proof" ? 1 : Math.max(parts.indexOf(verdict.part), 0);
    const shown = (word: string, tone: string) => tag(this.words.of(word), tone);
    return summary(parts.map((part, at) => row(this.words.of(`part_${part}`),
      at < end ? shown("good", "green") : !verdict.valid && part === verdict.part ? shown("bad", "red") : shown("unseen", "grey"))));
  }

  private proven({ type, at, origin, index, size, root, witnesses }: Valid): HTMLElement[] {
    const { words } = this;
    return [...(witnesses ? [words.witnesses(witnesses)] : []), row(words.of("what"), words.type(type)),
      row(words.of("when"), words.time(at)), row(words.of("ledger"), origin), row(words.of("entry"), String(index)),
      row(words.of("size"), String(size)), row(words.of("root"), root)];
  }

  private contentRows(content: Json, depth = 0): HTMLElement[] {
    if (!(content instanceof Map)) return [row(this.words.of("content"), this.words.text(content))];
    return [...content].flatMap(([key, value]) => {
      if (value instanceof Map && !value.has("en") && !value.has("name") && depth < 3)
        return this.contentRows(value, depth + 1);
      const text = this.words.text(value);
      return text === "" ? [] : [row(this.words.key(key), text)];
    });
  }
}

function start(): void {
  for (const root of document.querySelectorAll<HTMLElement>("[data-receipts]")) void new Page(root).start();
}

if (typeof document !== "undefined") {
  document.addEventListener("minben:page", start); // the server's answer took the page's place
  start();
}
