// SPDX-License-Identifier: MIT
// The fields of a packet as a tree, from the rows that the codec explains them in.
import { count, decodeStrictly, hex, preview, quote } from './text.mjs'

const overlaps = (spans, start, end) => spans.some(([from, to]) => start < to && from < end)

function valueOf (row, bytes, hidden) {
  const own = bytes.subarray(row.start, row.end)
  if (overlaps(hidden, row.start, row.end)) return `${count(own.length, 'byte')}, hidden`
  switch (row.kind) {
    case 'text': {
      const text = decodeStrictly(own)
      return text === null ? preview(own) : quote(text, 200)
    }
    case 'binary': return preview(own, 200)
    case 'unread': return preview(own)
    case 'octet': case 'identifier': case 'reason': return `0x${hex(row.number)}`
    default: return String(row.number)
  }
}

const node = (path, name, depth, parent) =>
  ({ path, name, depth, parent, children: [], row: null, start: Infinity, end: 0, value: '', note: '' })

function widen (group, start, end) {
  for (; group; group = group.parent) {
    if (group.row) continue // its own bytes are its span
    group.start = Math.min(group.start, start)
    group.end = Math.max(group.end, end)
  }
}

// The roots of the tree, and the leaf that owns each byte.
export function treeOf (explained, bytes, hidden) {
  const roots = []
  const byPath = new Map()
  const owners = []
  let leaf = null

  function place (path, parts, parent) {
    const name = parts.at(-1)
    const made = node(path, name, parent ? parent.depth + 1 : 0, parent)
    ;(parent ? parent.children : roots).push(made)
    return made
  }

  function group (parts) {
    if (parts.length === 0) return null
    const path = parts.join('.')
    if (!byPath.has(path)) byPath.set(path, place(path, parts, group(parts.slice(0, -1))))
    return byPath.get(path)
  }

  for (const row of explained.rows) {
    let made
    if (row.kind === 'bits') {
      made = place(row.path, [row.path], leaf)
    } else {
      made = group(row.path.split('.'))
      leaf = made
      owners.push(made)
    }
    made.row = row
    made.start = row.start
    made.end = row.end
    made.value = valueOf(row, bytes, hidden)
    made.note = row.note ?? ''
    widen(made.parent, row.start, row.end)
  }
  return { roots, owners }
}

// The leaf that a byte belongs to.
export function ownerOf (owners, at) {
  let low = 0
  let high = owners.length
  while (low < high) {
    const middle = low + high >> 1
    if (owners[middle].end <= at) low = middle + 1
    else high = middle
  }
  const owner = owners[low]
  return owner && owner.start <= at ? owner : null
}

// The node of a field that a rule names, or of the place in which it is.
export function nodeOf (roots, path, offset) {
  let best = null
  const visit = nodes => {
    for (const at of nodes) {
      if (at.path === path) return at
      if (path.startsWith(at.path + '.') || path.startsWith(at.path + '[')) best = at
      const found = visit(at.children)
      if (found) return found
    }
    return null
  }
  const found = path ? visit(roots) : null
  if (found && found.start <= found.end) return found
  const unread = roots.concat(...roots.map(root => root.children)).find(at =>
    at.row?.kind === 'unread' && at.start <= offset && offset < at.end)
  return unread ?? best
}
