// Names the sources in the stack traces of a bundled program. Needs the source maps in `dist` of the same build.
// usage: node map-stack.mjs < tickd.log
import { existsSync, readFileSync } from "node:fs"
import { SourceMap } from "node:module"
import { dirname, join, relative, resolve } from "node:path"
import { text } from "node:stream/consumers"

const root = join(import.meta.dirname, "..", "..")
const maps = new Map()

/** Undefined: this build has no such file. */
const mapOf = (name) => {
  if (!maps.has(name)) {
    const file = join(root, "dist", `${name}.map`)
    maps.set(name, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, "utf8"))) : undefined)
  }
  return maps.get(name)
}

const place = (found, name, line, column) => {
  const entry = mapOf(name)?.findEntry(Number(line) - 1, Number(column) - 1)
  if (entry?.originalSource === undefined) return found
  const source = relative(root, resolve(root, "dist", dirname(name), entry.originalSource))
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}

const written = (await text(process.stdin)).replace(
  /(?:file:\/\/)?[^\s()"]*\/dist\/([\w./-]+\.mjs):(\d+):(\d+)/g,
  place
)
process.stdout.write(written)
