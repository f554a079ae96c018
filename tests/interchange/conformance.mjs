// 1,000 datasets of ours as catalogue pages: read by parsers that are not ours, and held against the
// SHACL shapes of DCAT-AP 3.0.1 and of its annex for high-value datasets (in $MINBEN_SHARED).
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import rdf from '@zazuko/env'
import jsonld from 'jsonld'
import { Parser } from 'n3'
import Validator from 'rdf-validate-shacl'
import { RdfXmlParser } from 'rdfxml-streaming-parser'

const pages = Array.from({ length: 10 }, (_, i) => `page-${i + 1}`)
const all = [...pages, 'high-value', 'faulty']
const build = process.env.MINBEN_BINARY_DIR ?? 'build/release'
const shapesIn = join(process.env.MINBEN_SHARED ?? '../shared', 'conformance/dcat-ap')
const skip = existsSync(shapesIn) ? false : `no shapes in ${shapesIn}`
let folder

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'minben-pages-'))
  console.log(execFileSync(join(build, 'tests/write_pages'), [folder, ...process.argv.slice(2)], { encoding: 'utf8' }).trim())
})
after(() => rmSync(folder, { recursive: true }))

const text = (page, ending) => readFileSync(join(folder, `${page}.${ending}`), 'utf8')
const quads = (content, format) => new Parser({ format }).parse(content)
const dataset = (content) => rdf.dataset(quads(content, 'text/turtle'))

// The same graph whatever its blank nodes are called: each goes by a hash of what is said about it,
// which is sound because ours form trees. Language tags compare without case.
const key = (term) => `${term.termType} ${term.value}`

function lines (list) {
  const said = new Map()
  for (const quad of list) said.set(key(quad.subject), [...(said.get(key(quad.subject)) ?? []), quad])
  const known = new Map()
  const name = (term) => {
    if (term.termType === 'Literal') return `"${term.value}"@${term.language.toLowerCase()}^^${term.language ? '' : term.datatype.value}`
    if (term.termType !== 'BlankNode') return `<${term.value}>`
    if (!known.has(term.value)) {
      known.set(term.value, 'circle')
      const inside = (said.get(key(term)) ?? []).map((quad) => `${quad.predicate.value} ${name(quad.object)}`).sort()
      known.set(term.value, createHash('sha256').update(inside.join('\n')).digest('hex'))
    }
    return known.get(term.value)
  }
  return list.map((quad) => `${name(quad.subject)} ${quad.predicate.value} ${name(quad.object)}`).sort()
}

async function rdfXml (page) {
  const out = []
  const parser = createReadStream(join(folder, `${page}.rdf`), 'utf8').pipe(new RdfXmlParser({ baseIRI: 'http://base.example/' }))
  for await (const quad of parser) out.push(quad)
  return out
}

for (const page of ['page-1', 'page-2', 'high-value'])
  test(`${page} says the same in Turtle, RDF/XML and JSON-LD to other parsers`, async () => {
    const expected = lines(quads(text(page, 'nt'), 'application/n-triples'))
    assert.deepEqual(lines(quads(text(page, 'ttl'), 'text/turtle')), expected, 'Turtle')
    assert.deepEqual(lines(await rdfXml(page)), expected, 'RDF/XML')
    // No document loader: a context from elsewhere would fail the test.
    const fromJson = await jsonld.toRDF(JSON.parse(text(page, 'jsonld')), {
      format: 'application/n-quads',
      documentLoader: (url) => { throw new Error(`fetches ${url}`) }
    })
    assert.deepEqual(lines(quads(fromJson, 'application/n-quads')), expected, 'JSON-LD')
  })

test('rapper reads as many triples of every page', () => {
  for (const page of all)
    for (const [ending, syntax] of [['ttl', 'turtle'], ['rdf', 'rdfxml'], ['nt', 'ntriples']]) {
      const run = spawnSync('rapper', ['-c', '-i', syntax, join(folder, `${page}.${ending}`)], { encoding: 'utf8' })
      assert.equal(run.status, 0, run.stderr)
      const count = Number(/returned (\d+) triples/.exec(run.stderr)[1])
      assert.equal(count, text(page, 'nt').trim().split('\n').length, `${page}.${ending}`)
    }
})

// What validators would take from the ontologies themselves, which the shapes do not include.
const ontology = dataset(`
  @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
  dcat:Dataset rdfs:subClassOf dcat:Resource . dcat:DataService rdfs:subClassOf dcat:Resource .
  dcat:DatasetSeries rdfs:subClassOf dcat:Resource . dcat:Catalog rdfs:subClassOf dcat:Resource .`)

async function validate (shapes, content, more = []) {
  const data = dataset(content)
  for (const quad of [...ontology, ...more]) data.add(quad)
  const report = await new Validator(shapes, { factory: rdf }).validate(data)
  return report.results.map((result) => ({
    severity: result.severity?.value.split('#')[1],
    path: result.path?.value ?? '',
    focus: result.focusNode?.value,
    value: result.value?.value,
    constraint: result.sourceConstraintComponent?.value.split('#')[1]
  }))
}
const violations = (results) => results.filter((result) => result.severity === 'Violation')

test('1,000 mixed datasets have no violation of DCAT-AP 3.0.1', { skip }, async () => {
  const shapes = dataset(readFileSync(join(shapesIn, '3.0.1/shacl/dcat-ap-SHACL.ttl'), 'utf8'))
  let datasets = 0
  for (const page of pages) {
    const content = text(page, 'ttl')
    datasets += quads(content, 'text/turtle').filter((quad) =>
      quad.predicate.value.endsWith('#type') && quad.object.value === 'http://www.w3.org/ns/dcat#Dataset').length
    assert.deepEqual(violations(await validate(shapes, content)), [], page)
  }
  assert.equal(datasets, 1000)
})

test('a dataset without description and a distribution without address are found', { skip }, async () => {
  const shapes = dataset(readFileSync(join(shapesIn, '3.0.1/shacl/dcat-ap-SHACL.ttl'), 'utf8'))
  const found = violations(await validate(shapes, text('faulty', 'ttl')))
  assert.deepEqual(found.map((result) => [result.path, result.constraint]).sort(), [
    ['http://purl.org/dc/terms/description', 'MinCountConstraintComponent'],
    ['http://www.w3.org/ns/dcat#accessURL', 'MinCountConstraintComponent']
  ])
})

test('high-value datasets have no violation of the annex', { skip }, async () => {
  const shapes = dataset(readFileSync(join(shapesIn, '3.0.0-hvd/shacl/hvd-SHACL.ttl'), 'utf8'))
  const content = text('high-value', 'ttl')
  // Everything is an rdfs:Resource (RDF 1.1 Semantics); the shapes ask for it by name.
  const type = rdf.namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type')
  const resource = rdf.namedNode('http://www.w3.org/2000/01/rdf-schema#Resource')
  const entailed = quads(content, 'text/turtle')
    .filter((quad) => quad.object.termType === 'NamedNode')
    .map((quad) => rdf.quad(quad.object, type, resource))
  assert.deepEqual(violations(await validate(shapes, content, entailed)), [])
})
