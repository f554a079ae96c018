// hash.mjs FROM TO: copies each file of FROM to TO as name-<hash>.ext and writes TO/manifest.json last, so
// that a reader never sees a name whose file is missing. Files of the manifest before stay for the
// program that still serves it; older ones are removed.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";

const [from, to] = process.argv.slice(2);
const manifestFile = join(to, "manifest.json");
const before = existsSync(manifestFile) ? JSON.parse(readFileSync(manifestFile, "utf8")) : {};
const manifest = {};
for (const name of readdirSync(from).sort()) {
  const hash = createHash("sha256").update(readFileSync(join(from, name))).digest("hex").slice(0, 16);
  const extension = extname(name);
  manifest[name] = `${name.slice(0, -extension.length)}-${hash}${extension}`;
  copyFileSync(join(from, name), join(to, manifest[name]));
}
writeFileSync(join(to, "manifest.json.new"), JSON.stringify(manifest, null, 2) + "\n");
renameSync(join(to, "manifest.json.new"), manifestFile);
const kept = new Set([...Object.values(manifest), ...Object.values(before), "manifest.json"]);
for (const name of readdirSync(to)) if (!kept.has(name)) rmSync(join(to, name), { recursive: true });
