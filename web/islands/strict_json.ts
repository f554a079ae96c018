// JSON as the ledger's C++ reads and writes it, to the byte: members keep their order, whole numbers keep all
// their digits, text must be strict UTF-8 and RFC 8259. JSON.parse does none of this.

/** A number: whole ones as they are, others as double. */
export type Json = null | boolean | string | bigint | Fraction | Json[] | Members;
export type Members = Map<string, Json>;
export class Fraction {
  constructor(readonly value: number) {}
}

const smallest = -(2n ** 63n), largest = 2n ** 64n - 1n;

class Parser {
  private at = 0;
  private depth = 0;
  constructor(private readonly text: string, private readonly maxDepth: number) {}

  whole(): Json {
    const value = this.value();
    this.space();
    if (this.at !== this.text.length) throw new SyntaxError("text after the value");
    return value;
  }

  private fail(): never { throw new SyntaxError(`not JSON at ${this.at}`); }
  private space(): void { while (" \t\r\n".includes(this.text[this.at] ?? "x")) ++this.at; }
  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }
  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private value(): Json {
    this.space();
    switch (this.text[this.at]) {
      case "{": return this.nested(() => this.members());
      case "[": return this.nested(() => this.items());
      case '"': return this.string();
    }
    if (this.take("null")) return null;
    if (this.take("true")) return true;
    if (this.take("false")) return false;
    return this.number();
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > this.maxDepth) this.fail();
    ++this.at;
    const value = read();
    --this.depth;
    return value;
  }

  private members(): Members {
    const out: Members = new Map();
    this.space();
    if (this.take("}")) return out;
    do {
      this.space();
      const name = this.string();
      this.space();
      if (!this.take(":")) this.fail();
      out.set(name, this.value());
      this.space();
    } while (this.take(","));
    if (!this.take("}")) this.fail();
    return out;
  }

  private items(): Json[] {
    const out: Json[] = [];
    this.space();
    if (this.take("]")) return out;
    do {
      out.push(this.value());
      this.space();
    } while (this.take(","));
    if (!this.take("]")) this.fail();
    return out;
  }

  private string(): string {
    const token = this.match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    if (token === undefined) this.fail();
    const value = JSON.parse(token) as string;
    // Half of a surrogate pair is no character.
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) this.fail();
    return value;
  }

  private number(): Json {
    const token = this.match(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y);
    if (!token) this.fail();
    if (/[.eE]/.test(token)) return new Fraction(Number(token));
    const value = BigInt(token); // -0 is 0
    return value < smallest || value > largest ? new Fraction(Number(token)) : value;
  }
}

/** Throws SyntaxError. */
export function parseJson(text: string, maxDepth = 32): Json { return new Parser(text, maxDepth).whole(); }

/** The shortest digits that name this double, as the C++ library fmt spells them. */
function spelled({ value }: Fraction): string {
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [digits = "", power = "0"] = Math.abs(value).toExponential().split("e");
  const exponent = Number(power), plain = digits.replace(".", "");
  if (value !== 0 && (exponent < -4 || exponent >= 16))
    return `${sign}${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${plain}`;
  const whole = plain.slice(0, exponent + 1).padEnd(exponent + 1, "0"), rest = plain.slice(exponent + 1);
  return sign + whole + (rest === "" ? "" : `.${rest}`);
}

function scalar(value: null | boolean | string | bigint | Fraction): string {
  if (value instanceof Fraction) return spelled(value);
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

/** Two spaces for each level, as receipts are written. */
export function writePretty(value: Json, indent = ""): string {
  const inner = `${indent}  `;
  const all = (open: string, close: string, parts: string[]) =>
    parts.length === 0 ? open + close : `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
  if (Array.isArray(value)) return all("[", "]", value.map((item) => writePretty(item, inner)));
  if (value instanceof Map)
    return all("{", "}", [...value].map(([name, member]) => `${JSON.stringify(name)}: ${writePretty(member, inner)}`));
  return scalar(value);
}

/** RFC 8785 for whole numbers within ±2^53; undefined for any other number. */
export function writeCanonical(value: Json): string | undefined {
  if (Array.isArray(value)) {
    const items = value.map(writeCanonical);
    return items.includes(undefined) ? undefined : `[${items.join(",")}]`;
  }
  if (value instanceof Map) {
    const members: string[] = [];
    // "<" compares UTF-16 code units, which is the order that RFC 8785 wants.
    for (const [name, member] of [...value].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const text = writeCanonical(member);
      if (text === undefined) return undefined;
      members.push(`${JSON.stringify(name)}:${text}`);
    }
    return `{${members.join(",")}}`;
  }
  if (value instanceof Fraction) return undefined;
  if (typeof value === "bigint" && (value > 2n ** 53n || value < -(2n ** 53n))) return undefined;
  return scalar(value);
}
