// SPDX-License-Identifier: MIT
// mqtt-packet in Node: what MQTT.js and aedes read with.  As timing.py has it.
import fs from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(process.cwd() + '/')
const mqtt = require('mqtt-packet')
const { version } = require('mqtt-packet/package.json')

function nanoseconds (call, seconds) {
  const clock = process.hrtime.bigint
  let batch = 1
  let best = Infinity
  const deadline = clock() + BigInt(Math.round(seconds * 1e9))
  while (clock() < deadline) {
    const start = clock()
    for (let i = 0; i < batch; i++) call()
    const took = Number(clock() - start)
    if (took < 2e6) batch *= 2
    else best = Math.min(best, took / batch)
  }
  return best
}

const figures = {}
for (const packet of JSON.parse(fs.readFileSync(process.argv[2]))) {
  const wire = Buffer.from(packet.wire, 'hex')
  const parser = mqtt.parser({ protocolVersion: packet.version })
  let seen = 0
  parser.on('packet', () => { seen++ })
  parser.on('error', error => { throw error })
  parser.parse(wire)
  if (seen !== 1) throw new Error(`${packet.name} was not decoded`)
  figures[packet.name] = nanoseconds(() => parser.parse(wire), Number(process.argv[3]))
}
console.log(JSON.stringify({ version, nanoseconds: figures }))
