import { readdirSync, readFileSync } from 'node:fs'

function unfold (wire) { // hex, or a list of hex and recipes
  if (Array.isArray(wire)) return Buffer.concat(wire.map(unfold))
  const [unit, times] = typeof wire === 'string' ? [wire, 1] : wire.repeat
  const bytes = Buffer.from(unit.replaceAll(' ', ''), 'hex')
  return Buffer.alloc(bytes.length * times, bytes)
}

const totals = {}
const count = (name, n) => { totals[name] = (totals[name] ?? 0) + n }
const decode = (bytes, version, sender) => count('bytes', bytes.length) // yours stands here

for (const file of readdirSync(process.argv[2], { recursive: true })) {
  if (!/^v[^/]*\/[^/]*\.json$/.test(file)) continue
  const { kind, vectors } = JSON.parse(readFileSync(`${process.argv[2]}/${file}`, 'utf8'))
  for (const vector of vectors) {
    count(`${kind} ${vector.result}`, 1)
    for (const { wire, sender } of vector.steps ?? [vector]) { // sessions have steps
      if (wire !== undefined) decode(unfold(wire), vector.version, sender)
    }
  }
}
console.log(JSON.stringify(totals))
