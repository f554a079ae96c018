// The whole check of a ledger receipt, with nothing but WebCrypto: no server is asked. It refuses what
// `minben receipt verify` refuses, with the same part and code (src/foundation/ledger/receipt.cpp, note.cpp,
// tiles.cpp and merkle.cpp say the same in C++; a test holds the two together).
import { type Json, type Members, parseJson, writeCanonical, writePretty } from "./strict_json";

export interface Valid {
  valid: true;
  type: string;
  at: string;
  content: Json;
  index: bigint;
  size: bigint;
  root: string;
  origin: string;
  witnesses?: Witnesses; // under a policy
}
/** How many of a policy's witnesses have cosigned a checkpoint, and whether they are its quorum. */
export interface Witnesses { seen: number; all: number; quorum: boolean }
/** part: receipt, checkpoint, proof, leaf, content; "" when it is the key that is wrong. */
export interface Refused { valid: false; part: string; code: string }
export type Verdict = Valid | Refused;

export type Octets = Uint8Array<ArrayBuffer>;

export class Refusal extends Error {
  constructor(readonly part: string, readonly code: string) { super(code); }
}
export const refuse = (part: string, code: string): never => { throw new Refusal(part, code); };

export const maxReceipt = 1 << 20; // bytes
const maxNote = 1_000_000, maxSignatures = 100, maxProofHashes = 63;

// -------------------------------------------------------------------------------------- bytes

export const utf8 = new TextEncoder();

export function joined(...parts: (Octets | number[])[]): Octets {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const base64 = (bytes: Octets): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** Strict: padded, no white space, no left-over bits. */
function fromBase64(text: string): Octets | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return base64(bytes) === text ? bytes : undefined;
}
export function hashOf(text: unknown): Octets | undefined {
  const bytes = typeof text === "string" ? fromBase64(text) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}

export const same = (a: Octets, b: Octets): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
const sha256 = async (data: Octets): Promise<Octets> => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
const leafHash = (entry: Octets) => sha256(joined([0], entry));
const nodeHash = (left: Octets, right: Octets) => sha256(joined([1], left, right));

/** A plain decimal number below 2^63. */
function decimal(text: string): bigint | undefined {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value < 2n ** 63n ? value : undefined;
}

// ------------------------------------------------------------------------- signed notes (C2SP)

interface Key { name: string; id: string; key: CryptoKey }

function isKeyName(name: string): boolean {
  return name !== "" &&
    !/[+\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(name);
}

/** type 1: Ed25519 of logs; 4: Ed25519 of witnesses (tlog-cosignature). */
async function parseKey(vkey: string, type = 1): Promise<Key> {
  const text = vkey.replace(/^[ \t\r\n\f\v\u3000]+|[ \t\r\n\f\v\u3000]+$/g, "");
  const parts = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text);
  const bytes = fromBase64(parts?.[3] ?? "");
  const [, name = "", id = ""] = parts ?? [];
  if (!isKeyName(name) || !bytes || bytes.length !== 33 || bytes[0] !== type) return refuse("", "not_a_verifier_key");
  const digest = await sha256(joined(utf8.encode(`${name}\n`), bytes));
  const hex = [...digest.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== id) return refuse("", "not_a_verifier_key");
  const key = await crypto.subtle.importKey("raw", bytes.slice(1), "Ed25519", false, ["verify"])
    .catch(() => refuse("", "not_a_verifier_key"));
  return { name, id, key };
}

interface Signature { name: string; id: string; bytes: Octets }
interface Note { text: string; signatures: Signature[] }

function parseNote(text: string): Note {
  const bad = () => refuse("checkpoint", "not_a_note");
  if (utf8.encode(text).length > maxNote || /[\u0000-\u0009\u000b-\u001f]/.test(text)) bad();
  const blank = text.lastIndexOf("\n\n");
  const rest = text.slice(blank + 2);
  if (blank < 0 || rest === "" || !rest.endsWith("\n")) bad();
  const lines = rest.slice(0, -1).split("\n");
  if (lines.length > maxSignatures) bad();
  const signatures = lines.map((line) => {
    const parts = /^— (.*) ([^ ]*)$/.exec(line);
    const bytes = fromBase64(parts?.[2] ?? "");
    const name = parts?.[1] ?? "";
    if (!isKeyName(name) || !bytes || bytes.length < 5) return bad();
    const id = [...bytes.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return { name, id, bytes: bytes.slice(4) };
  });
  return { text: text.slice(0, blank + 1), signatures };
}

// -------------------------------------------------------------- witnesses (tlog-policy, tlog-cosignature)

interface Witness { name: string; vkey: string }
interface Group { name: string; threshold: number; members: string[] }
interface Policy { witnesses: Witness[]; groups: Group[]; quorum: string }

/** As the platform wrote it: items between single spaces, thresholds as numbers, members before their groups. */
function parsePolicy(text: string): Policy {
  const lines = text.split("\n").map((line) => line.split(" "));
  return {
    witnesses: lines.filter(([word]) => word === "witness").map(([, name = "", vkey = ""]) => ({ name, vkey })),
    groups: lines.filter(([word]) => word === "group")
      .map(([, name = "", threshold, ...members]) => ({ name, threshold: Number(threshold), members })),
    quorum: lines.find(([word]) => word === "quorum")?.[1] ?? "",
  };
}

function satisfied({ groups, quorum }: Policy, seen: Set<string>): boolean {
  if (quorum === "none") return true;
  const all = new Set(seen);
  for (const { name, threshold, members } of groups)
    if (members.filter((member) => all.has(member)).length >= threshold) all.add(name);
  return all.has(quorum);
}

/** A cosignature says when it was made, and never 0. */
async function holds(key: Key, text: string, bytes: Octets): Promise<boolean> {
  if (bytes.length < 8) return false;
  const time = bytes.slice(0, 8).reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
  if (time === 0n || time >= 2n ** 63n) return false;
  return crypto.subtle.verify("Ed25519", key.key, bytes.slice(8), utf8.encode(`cosignature/v1\ntime ${time}\n${text}`));
}

/** A line of a known witness that does not hold refuses the checkpoint; a key of another type never counts. */
async function judge(checkpoint: string, policy: Policy): Promise<Witnesses> {
  const { text, signatures } = parseNote(checkpoint);
  const seen = new Set<string>();
  for (const { name, vkey } of policy.witnesses) {
    const key = await parseKey(vkey, 4).catch(() => undefined);
    if (!key) continue;
    for (const line of signatures.filter((one) => one.name === key.name && one.id === key.id)) {
      if (!await holds(key, text, line.bytes)) refuse("checkpoint", "bad_signature");
      seen.add(name);
    }
  }
  return { seen: seen.size, all: policy.witnesses.length, quorum: satisfied(policy, seen) };
}

/** A policy, and what it says of each different checkpoint: many receipts share one. */
export class Judge {
  private readonly policy?: Policy;
  private readonly said = new Map<string, Witnesses>();
  constructor(policy: string) { if (policy !== "") this.policy = parsePolicy(policy); }

  /** Undefined without a policy. */
  async of(checkpoint: string): Promise<Witnesses | undefined> {
    if (!this.policy) return undefined;
    const said = this.said.get(checkpoint) ?? await judge(checkpoint, this.policy);
    this.said.set(checkpoint, said);
    return said;
  }
}

interface Checkpoint { origin: string; size: bigint; root: Octets }

async function openCheckpoint(text: string, key: Key): Promise<Checkpoint> {
  const note = parseNote(text);
  const ours = note.signatures.filter(({ name, id }) => name === key.name && id === key.id);
  for (const { bytes } of ours) {
    if (!await crypto.subtle.verify("Ed25519", key.key, bytes, utf8.encode(note.text)))
      refuse("checkpoint", "bad_signature");
  }
  if (ours.length === 0) refuse("checkpoint", "unsigned_note");
  const lines = note.text.slice(0, -1).split("\n");
  const [origin = "", digits = "", hash = ""] = lines;
  const size = decimal(digits), root = hashOf(hash);
  if (lines.length < 3 || lines.includes("") || size === undefined || !root)
    return refuse("checkpoint", "not_a_checkpoint");
  if (origin !== key.name) refuse("checkpoint", "wrong_origin");
  return { origin, size, root };
}

// ------------------------------------------------------------------- proofs (tlog-proof, RFC 9162)

interface Proof { extra?: Octets; index: bigint; hashes: Octets[]; checkpoint: string }
const proofHeader = "c2sp.org/tlog-proof@v1";

function parseProof(text: string): Proof {
  const bad = () => refuse("proof", "not_a_tlog_proof");
  const blank = text.indexOf("\n\n");
  if (blank < 0) bad();
  const lines = text.slice(0, blank).split("\n");
  if (lines.shift() !== proofHeader) bad();
  let extra: Octets | undefined;
  if (lines[0]?.startsWith("extra ")) extra = fromBase64(lines.shift()!.slice(6)) ?? bad();
  const first = lines.shift() ?? "";
  const index = first.startsWith("index ") ? decimal(first.slice(6)) : undefined;
  if (index === undefined || lines.length > maxProofHashes) return bad();
  return { extra, index, hashes: lines.map((line) => hashOf(line) ?? bad()), checkpoint: text.slice(blank + 2) };
}

function writeProof(proof: Proof): string {
  return [proofHeader, ...(proof.extra ? [`extra ${base64(proof.extra)}`] : []), `index ${proof.index}`,
    ...proof.hashes.map(base64), "", proof.checkpoint].join("\n");
}

/** RFC 9162 §2.1.3.2 */
async function checkInclusion(proof: Proof, leaf: Octets, { size, root }: Checkpoint): Promise<void> {
  if (proof.index >= size) refuse("proof", "bad_index");
  let at = proof.index, last = size - 1n, hash = leaf;
  for (const sibling of proof.hashes) {
    if (last === 0n) refuse("proof", "bad_proof_length");
    if ((at & 1n) !== 0n || at === last) {
      hash = await nodeHash(sibling, hash);
      while ((at & 1n) === 0n && at !== 0n) at >>= 1n, last >>= 1n;
    } else {
      hash = await nodeHash(hash, sibling);
    }
    at >>= 1n, last >>= 1n;
  }
  if (last !== 0n) refuse("proof", "bad_proof_length");
  if (!same(hash, root)) refuse("proof", "root_mismatch");
}

// ----------------------------------------------------------------------------------- receipts

interface Receipt { claim: Members; salt: Octets; digest: Octets; leaf: Octets; proof: Proof }

const instant = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** As the ledger writes instants: UTC, microseconds when there are any. */
function isCanonicalInstant(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?Z$/.exec(text);
  if (!parts || parts[7] === "000000") return false;
  const whole = `${text.slice(0, 19)}.000Z`, date = new Date(whole);
  return !Number.isNaN(date.getTime()) && date.toISOString() === whole;
}

export const member = (value: Json | undefined, name: string): Json | undefined =>
  value instanceof Map ? value.get(name) : undefined;

/** The lines of a text, as receipts hold them; undefined when they are none. */
function textOf(lines: Json | undefined): string | undefined {
  if (!Array.isArray(lines) || lines.some((line) => typeof line !== "string")) return undefined;
  return lines.map((line) => `${line as string}\n`).join("");
}

function parseReceipt(bytes: Octets): Receipt {
  const bad = () => refuse("receipt", "not_a_receipt");
  if (bytes.length > maxReceipt) bad();
  let text: string, json: Json;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    json = parseJson(text);
  } catch {
    return bad();
  }
  const claim = member(json, "claim"), at = member(claim, "at"), content = member(claim, "content");
  if (member(json, "format") !== "minben-receipt/1" || !(claim instanceof Map) || content === undefined ||
      typeof at !== "string" || !instant.test(at)) return bad();
  const salt = hashOf(member(json, "salt")), digest = hashOf(member(json, "digest")), leaf = hashOf(member(json, "leaf"));
  const proofText = textOf(member(json, "proof"));
  if (!salt || !digest || !leaf || proofText === undefined) return bad();
  const proof = parseProof(proofText);
  // One spelling only: otherwise a changed byte could go unseen.
  const type = claim.get("type");
  const known: Members = new Map<string, Json>([["type", typeof type === "string" ? type : ""], ["at", at], ["content", content]]);
  const again = writePretty(new Map<string, Json>([["format", "minben-receipt/1"], ["claim", known], ["salt", base64(salt)],
    ["digest", base64(digest)], ["leaf", base64(leaf)], ["proof", writeProof(proof).replace(/\n$/, "").split("\n")]]));
  if (again !== text || !isCanonicalInstant(at)) bad();
  return { claim: known, salt, digest, leaf, proof };
}

/** One a line: a ledger whose key was changed has several. */
async function parseKeys(vkeys: string): Promise<Key[]> {
  const lines = vkeys.split("\n").filter((line) => line.trim() !== "");
  return Promise.all((lines.length === 0 ? [vkeys] : lines).map((line) => parseKey(line)));
}

/** What is proven, and what is needed to go on from there. */
export interface Proven { receipt: Valid; note: string; salt: Octets; digest: Octets }

/** Receipts of one file share checkpoints, so each that was verified is remembered. */
export class ReceiptVerifier {
  private readonly opened = new Map<string, Promise<Checkpoint>>();
  private constructor(private readonly keys: Key[]) {}

  static async make(vkeys: string): Promise<ReceiptVerifier> { return new ReceiptVerifier(await parseKeys(vkeys)); }

  async verify(bytes: Octets): Promise<Proven> {
    const { claim, salt, digest, leaf, proof } = parseReceipt(bytes);
    const checkpoint = await this.open(proof.checkpoint);
    await checkInclusion(proof, leaf, checkpoint);
    if (!same(await leafHash(digest), leaf)) refuse("leaf", "leaf_mismatch");
    const canonical = writeCanonical(claim);
    if (canonical === undefined || !same(await sha256(joined(salt, utf8.encode(canonical))), digest))
      refuse("content", "content_mismatch");
    const receipt: Valid = { valid: true, type: claim.get("type") as string, at: claim.get("at") as string,
      content: claim.get("content")!, index: proof.index, size: checkpoint.size, root: base64(checkpoint.root),
      origin: checkpoint.origin };
    return { receipt, note: proof.checkpoint, salt, digest };
  }

  private open(checkpoint: string): Promise<Checkpoint> {
    const opened = this.opened.get(checkpoint) ?? openCheckpoint(checkpoint, this.keyFor(checkpoint));
    this.opened.set(checkpoint, opened);
    return opened;
  }

  /** The one of the log that the checkpoint is of. */
  private keyFor(checkpoint: string): Key {
    const origin = checkpoint.split("\n", 1)[0];
    return this.keys.find(({ name }) => name === origin) ?? this.keys[0]!;
  }
}

/** Never throws for a bad receipt or key. `policy`: the text of the key's witness policy, or "". */
export async function checkReceipt(bytes: Octets, vkeys: string, policy = ""): Promise<Verdict> {
  try {
    const verifier = await ReceiptVerifier.make(vkeys);
    const { receipt, note } = await verifier.verify(bytes);
    return { ...receipt, witnesses: await new Judge(policy).of(note) };
  } catch (error) {
    if (error instanceof Refusal) return { valid: false, part: error.part, code: error.code };
    throw error;
  }
}

/** Whether this browser can check at all: WebCrypto is there only over https, and Ed25519 came late. */
export async function canCheck(): Promise<boolean> {
  if (!globalThis.crypto?.subtle) return false;
  try {
    await crypto.subtle.importKey("raw", new Uint8Array([0x58, ...new Array<number>(31).fill(0x66)]), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}
