// SPDX-License-Identifier: MIT
// The uses in Node: each line of standard input is [name, url, options, ...more], and each that is
// printed {value} or {error}.  FOLDER: where MQTT.js is.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import './uses.js'

const mqtt = createRequire(process.argv[2] + '/')('mqtt')

for await (const line of createInterface({ input: process.stdin })) {
  const [name, url, options, ...more] = JSON.parse(line)
  for (const file of ['ca', 'cert', 'key']) if (options[file]) options[file] = readFileSync(options[file])
  let answer
  try {
    answer = { value: await globalThis.uses[name](mqtt, url, options, ...more) }
  } catch (error) {
    answer = { error: String(error.stack) }
  }
  console.log(JSON.stringify(answer))
}
process.exit()
