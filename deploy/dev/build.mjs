// Bundles the programs for an installed package: Node strips no types below node_modules, and a bundle starts in a
// third of the time and needs 50 MB less. What is written, and why: docs/reference/build.md.
// usage: build.mjs [FOLDER]   (dist)
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { bundleProgram, programs } from "./build-programs.mjs"
import { tableOf } from "./build-table.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const { positionals } = parseArgs({ allowPositionals: true })
const dist = resolve(positionals[0] ?? join(root, "dist"))
mkdirSync(dist, { recursive: true })
// Names of chunks change with their text: those of an earlier build would stay.
rmSync(join(dist, "chunks"), { recursive: true, force: true })
const rows = await Promise.all(programs.map((program) => bundleProgram(program, { root, dist })))

// What consumers read ticks with: a package of its own below dist/client.
const client = spawnSync(process.execPath, [join(root, "deploy", "dev", "build-client.mjs"), join(dist, "client")], {
  stdio: "inherit"
})
if (client.status !== 0) process.exit(client.status ?? 1)
console.log(tableOf(rows))
