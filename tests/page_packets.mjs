// SPDX-License-Identifier: MIT
// What a page of `mqttwire inspect --html` makes of its packets, told by its own modules as JSON:
// node page_packets.mjs PAGE FILTER ...
import { readFileSync } from 'node:fs'
import { Codec, KINDS } from '../tool/page/codec.mjs'
import { about, inflate } from '../tool/page/data.mjs'
import { nodeOf, ownerOf, treeOf } from '../tool/page/fields.mjs'
import { matcher, select } from '../tool/page/filter.mjs'
import { sayFault } from '../tool/page/faults.mjs'
import { numbers } from '../tool/page/numbers.mjs'
import { Packets } from '../tool/page/packets.mjs'
import { forms, payloadAs } from '../tool/page/payload.mjs'

const [name, ...filters] = process.argv.slice(2)
const page = readFileSync(name, 'utf8')
const part = id => inflate(page.match(new RegExp(`id="${id}">([A-Za-z0-9+/=]*)<`))[1])

const packets = new Packets(
  await Codec.open(await part('codec')), await part('index'), await part('bytes'), about(await part('about')))

// The spans that light up while the pointer is at one byte after the other.
function spans (owners, length) {
  const made = []
  for (let at = 0; at < length; at++) {
    const { path, start, end } = ownerOf(owners, at)
    if (made.at(-1)?.[0] !== path) made.push([path, start, end])
  }
  return made
}

function told (i) {
  const explained = packets.explain(i)
  const bytes = packets.bytes(i).slice()
  const { roots, owners } = treeOf(explained, bytes, packets.hidden(i))
  return {
    rows: explained.rows,
    spans: bytes.length < 5000 ? spans(owners, bytes.length) : null,
    version: explained.version,
    size: explained.size,
    type: packets.typeName(i),
    number: packets.number(i),
    payload: Object.fromEntries(forms.map(form => [form, payloadAs(form, bytes.subarray(bytes.length - packets.payloadLength(i)))])),
    topic: packets.topic(i),
    line: packets.line(i),
    bytes: Buffer.from(bytes).toString('hex'),
    time: packets.since(i),
    answers: packets.columns.acknowledges[i],
    faults: packets.faults(i, explained).map(fault => ({
      ...fault,
      said: sayFault(fault, packets, i, explained.version),
      node: nodeOf(roots, fault.field, fault.offset)?.path ?? null
    }))
  }
}

const found = {}
for (const filter of filters) {
  const wanted = matcher(filter, packets)
  const lines = await select(packets, wanted, () => false, () => {})
  found[filter] = { packets: [...lines].filter(line => line >= 0).map(i => i + 1), problems: wanted.problems }
}
const { rate, silences, ...sums } = numbers(packets)
process.stdout.write(JSON.stringify({
  kinds: KINDS,
  packets: Array.from({ length: packets.count }, (_, i) => told(i)),
  connections: packets.about.connections,
  notes: packets.about.notes,
  numbers: sums,
  rate,
  silences: Object.fromEntries(silences), // a Map
  found
}))
