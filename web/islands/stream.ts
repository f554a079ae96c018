/**
 * data-events: server-sent events of a live stream. The newest record of each key takes the place of the one before in the
 * table; without script the table is what it was when the page was made. What is said to screen readers is said at most
 * every ten seconds, and the button stops it all.
 */
interface Told {
  sequence: number;
  received_at: string;
  record: Record<string, unknown>;
}

const saidEvery = 10_000;
const taiwanAhead = 8 * 3600_000;

/** As the server writes it (src/portal/open/live_values.cpp). */
function text(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string")
    return value.length >= 25 && value[10] === "T" ? `${value.slice(0, 10)} ${value.slice(11, 19)}` : value;
  return String(value);
}

function taiwanTime(utc: string): string {
  return new Date(Date.parse(utc) + taiwanAhead).toISOString().slice(0, 19).replace("T", " ");
}

class Stream {
  private source: EventSource | undefined;
  private count = 0;
  private last: number;
  private saidAt = 0;
  private fresh: string | undefined;
  private readonly status: HTMLElement | null;
  private readonly body: HTMLTableSectionElement | null;

  constructor(private readonly root: HTMLElement, private readonly button: HTMLButtonElement) {
    this.status = root.querySelector("[role=status]");
    this.body = root.querySelector("tbody");
    this.last = Number(new URL(root.dataset.events ?? "", location.href).searchParams.get("after") ?? 0);
    button.hidden = false;
    button.addEventListener("click", () => (this.source ? this.pause() : this.follow()));
    window.addEventListener("pagehide", () => this.source?.close());
    window.setInterval(() => this.say(), 1000);
    this.follow();
  }

  follow(): void {
    const url = new URL(this.root.dataset.events ?? "", location.href);
    url.searchParams.set("after", String(this.last));
    this.source = new EventSource(url);
    this.source.onmessage = (event) => this.take(JSON.parse(event.data as string) as Told);
    this.source.onopen = () => { if (this.fresh === undefined && this.status) this.status.textContent = ""; };
    this.source.onerror = () => { if (this.status) this.status.textContent = this.root.dataset.lost ?? ""; };
    this.source.addEventListener("closed", () => this.source?.close());
    this.button.textContent = this.root.dataset.pause ?? "";
    if (this.status) this.status.textContent = "";
  }

  pause(): void {
    this.source?.close();
    this.source = undefined;
    this.button.textContent = this.root.dataset.resume ?? "";
    if (this.status) this.status.textContent = this.root.dataset.paused ?? "";
    this.fresh = undefined;
  }

  private take(told: Told): void {
    this.last = told.sequence;
    this.count += 1;
    const received = taiwanTime(told.received_at);
    this.fresh = received.slice(11);
    const key = text(told.record[this.root.dataset.key ?? ""]);
    const row = this.rowOf(key);
    if (!row) return;
    for (const cell of row.querySelectorAll<HTMLElement>("[data-field]")) {
      const value = text(told.record[cell.dataset.field ?? ""]);
      if (cell.textContent === value) continue;
      cell.textContent = value;
      cell.classList.remove("mb-live__new");
      void cell.offsetWidth; // begins the mark anew
      cell.classList.add("mb-live__new");
    }
    const time = row.querySelector<HTMLElement>("[data-received]");
    if (time) time.textContent = received;
  }

  private rowOf(key: string): HTMLTableRowElement | undefined {
    const rows = [...(this.body?.rows ?? [])];
    const known = rows.find((each) => each.dataset.key === key);
    if (known || !this.body || rows.length >= Number(this.root.dataset.most ?? 0)) return known;
    const row = this.body.insertRow();
    row.className = "govuk-table__row";
    row.dataset.key = key;
    const head = document.createElement("th");
    head.scope = "row";
    head.className = "govuk-table__header";
    head.textContent = key;
    row.append(head);
    for (const column of this.root.querySelectorAll<HTMLElement>("thead [data-field]")) {
      const cell = row.insertCell();
      cell.className = column.className.replaceAll("table__header", "table__cell");
      cell.dataset.field = column.dataset.field;
    }
    const received = row.insertCell();
    received.className = "govuk-table__cell";
    received.dataset.received = "";
    return row;
  }

  private say(): void {
    if (this.fresh === undefined || !this.status || Date.now() - this.saidAt < saidEvery) return;
    this.saidAt = Date.now();
    this.status.textContent = (this.root.dataset.said ?? "").replace("{count}", String(this.count)).replace("{time}", this.fresh);
    this.fresh = undefined;
  }
}

export function stream(root: HTMLElement): void {
  const button = root.querySelector<HTMLButtonElement>("button");
  if (button && "EventSource" in window) new Stream(root, button);
}
