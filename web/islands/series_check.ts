// Checks a file of receipts, "minben-receipts/1": each receipt as receipt_check.ts does, and that each follows the
// one before, so that nothing between is left out. Says what src/foundation/ledger/series.cpp says, with the same
// limits; the test that holds the verifiers of receipts together holds these two together, too.
import { hashOf, joined, Judge, member, type Octets, type Proven, ReceiptVerifier, Refusal, refuse, same, utf8, type Valid,
  type Witnesses } from "./receipt_check";
import { type Json, parseJson, writePretty } from "./strict_json";

export interface Item {
  number: bigint;
  receipt?: Valid; // none: the entry was erased
}
export interface ValidSeries {
  valid: true;
  type: string;
  entries: bigint; // as the platform says; nobody has signed it
  items: Item[];
  witnesses?: Witnesses; // under a policy: of the checkpoint that has the fewest
}
/** part: as of a receipt, or "series". at: which receipt in the file, from 1; 0: the key, or the file as a whole. */
export interface RefusedSeries { valid: false; part: string; code: string; at: number; missing?: { first: bigint; last: bigint } }
export type SeriesVerdict = ValidSeries | RefusedSeries;

const formatName = "minben-receipts/1";
const maxFile = 32 << 20, maxReceipts = 500, maxDepth = 36;
const atOnce = 50; // receipts: WebCrypto works in other threads, and one by one would mostly wait for them
const largestNumber = 2n ** 53n - 1n;

/** Cheap: looks at the beginning only. */
export function isReceiptsFile(bytes: Octets): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 200)).includes(formatName);
}

interface Place { number: bigint; after?: Octets }
interface Checked { place: Place; link?: Octets; proven?: Proven }

class LeftOut extends Refusal {
  constructor(readonly missing: { first: bigint; last: bigint }) { super("series", "left_out"); }
}

function readPlace(value: Json | undefined): Place | undefined {
  const number = member(value, "number"), text = member(value, "after");
  if (typeof number !== "bigint" || number < 1n || number > largestNumber || typeof text !== "string") return undefined;
  if (number === 1n) return text === "" ? { number } : undefined; // the first follows nothing
  const after = hashOf(text);
  return after && { number, after };
}

/** HMAC-SHA256(salt, "minben/series/1" 00 digest) */
async function linkOf({ salt, digest }: Proven): Promise<Octets> {
  const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, joined(utf8.encode("minben/series/1"), [0], digest)));
}

interface File { type: string; entries: bigint; receipts: Json[] }

function readFile(bytes: Octets): File {
  const bad = () => refuse("series", "not_receipts");
  if (bytes.length > maxFile) bad();
  let text: string, json: Json;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    json = parseJson(text, maxDepth);
  } catch {
    return bad();
  }
  const type = member(json, "type"), entries = member(json, "entries"), receipts = member(json, "receipts");
  if (member(json, "format") !== formatName || typeof entries !== "bigint" || entries < 0n || entries >= 2n ** 63n ||
      !Array.isArray(receipts) || receipts.length > maxReceipts) return bad();
  // One spelling only, as with a single receipt.
  if (writePretty(json) !== text) bad();
  return { type: typeof type === "string" ? type : "", entries, receipts };
}

async function checkItem(item: Json, type: string, verifier: ReceiptVerifier): Promise<Checked> {
  const erased = member(item, "erased");
  if (erased !== undefined) return { place: readPlace(erased) ?? refuse("series", "not_receipts") };
  const proven = await verifier.verify(utf8.encode(writePretty(item)));
  const place = readPlace(member(proven.receipt.content, "series"));
  if (proven.receipt.type !== type || !place) return refuse("series", "other_series");
  return { place, link: await linkOf(proven), proven };
}

function checkFollows(before: Checked, { place: { number, after } }: Checked): void {
  const expected = before.place.number + 1n;
  if (number < expected) refuse("series", "out_of_order");
  if (number > expected) throw new LeftOut({ first: expected, last: number - 1n });
  if (before.link && !(after && same(after, before.link))) refuse("series", "broken_link");
}

/** What lacks the quorum; of two alike, what fewer have seen. */
const weaker = (a: Witnesses, b: Witnesses): Witnesses =>
  a.quorum === b.quorum ? (b.seen < a.seen ? b : a) : a.quorum ? b : a;

class Check {
  at = 0; // the receipt that is looked at
  private readonly checked: Checked[] = [];
  private readonly judge: Judge;
  constructor(policy: string) { this.judge = new Judge(policy); }

  async run(bytes: Octets, vkeys: string): Promise<ValidSeries> {
    const verifier = await ReceiptVerifier.make(vkeys);
    const { type, entries, receipts } = readFile(bytes);
    for (let start = 0; start < receipts.length; start += atOnce) {
      const batch = receipts.slice(start, start + atOnce).map((each) => checkItem(each, type, verifier));
      for (const next of await Promise.allSettled(batch)) this.add(next);
    }
    const witnesses = await this.judgeAll();
    const items = this.checked.map(({ place: { number }, proven }) => ({ number, receipt: proven?.receipt }));
    return { valid: true, type, entries, items, witnesses };
  }

  /** In the order of the file, so that the first fault in it is the one that is told. */
  private add(next: PromiseSettledResult<Checked>): void {
    this.at = this.checked.length + 1;
    if (next.status === "rejected") throw next.reason;
    const before = this.checked.at(-1);
    if (before) checkFollows(before, next.value);
    this.checked.push(next.value);
  }

  private async judgeAll(): Promise<Witnesses | undefined> {
    let weakest: Witnesses | undefined;
    for (const [index, { proven }] of this.checked.entries()) {
      this.at = index + 1;
      if (!proven) continue;
      const said = await this.judge.of(proven.note);
      proven.receipt.witnesses = said;
      if (said) weakest = weakest ? weaker(weakest, said) : said;
    }
    return weakest;
  }
}

/** Never throws for a bad file or key. `policy`: the text of the key's witness policy, or "". */
export async function checkReceipts(bytes: Octets, vkeys: string, policy = ""): Promise<SeriesVerdict> {
  const check = new Check(policy);
  try {
    return await check.run(bytes, vkeys);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const missing = error instanceof LeftOut ? { missing: error.missing } : {};
    return { valid: false, part: error.part, code: error.code, at: check.at, ...missing };
  }
}
