// How often per second npm feelin evaluates each expression, on one core: as its interface offers it (parsing every
// time), and with its own tree kept from one parse, which its interface does not offer.
//   node bench/feelin.mjs '{"expressions":[…],"context":{…}}'  →  {"parsed":[…],"parsing":[…],"values":[…]}
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { expressions, context } = JSON.parse(process.argv[2]);

const source = createRequire(import.meta.url).resolve('feelin');
const opened = path.join(path.dirname(source), `opened.${process.pid}.mjs`);
await writeFile(opened, `${await readFile(source, 'utf8')}\nexport { interpreter, InterpreterContext, coerceContext };`);
const feelin = await import(pathToFileURL(opened)).finally(() => rm(opened));

function perSecond(work, forMs = 700) {
  for (const until = performance.now() + 300; performance.now() < until;) work();
  let turns = 0;
  const began = performance.now();
  let now = began;
  for (; now - began < forMs; now = performance.now()) for (let i = 0; i < 50; ++i, ++turns) work();
  return turns / ((now - began) / 1000);
}

const given = feelin.coerceContext(context);
const kept = (text) => feelin.interpreter.evaluate(text, given, undefined, new feelin.InterpreterContext()).root;
console.log(JSON.stringify({
  values: expressions.map((text) => kept(text)(given)),
  parsed: expressions.map((text) => { const root = kept(text); return perSecond(() => root(given)); }),
  parsing: expressions.map((text) => perSecond(() => feelin.evaluate(text, context))),
}));
