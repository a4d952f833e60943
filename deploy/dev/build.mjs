// Bundles the programs for an installed package: Node strips no types below node_modules, and a bundle starts in a
// third of the time and needs 50 MB less. What is written, and why: docs/reference/build.md.
// usage: build.mjs [--arm64] [FOLDER]   (dist; --arm64 fetches a cross compiler when there is none)
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, statSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { buildNative } from "./build-native.mjs"
import { bundleProgram, programs } from "./build-programs.mjs"
import { tableOf } from "./build-table.mjs"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")

const bundleClient = (dist) => {
  const script = join(root, "deploy", "dev", "build-client.mjs")
  const { status } = spawnSync(process.execPath, [script, join(dist, "client")], {
    stdio: ["ignore", "ignore", "inherit"]
  })
  if (status !== 0) throw new Error("the package tickd-client cannot be built, see above")
  const file = (name, about) => ({ program: name, bytes: statSync(join(dist, name)).size, chunks: 0, about })
  return [
    file("client/index.mjs", "tickd-client, for programs that read ticks"),
    file("client/effect.mjs", "tickd-client/effect")
  ]
}

const run = async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { arm64: { type: "boolean" } } })
  const dist = resolve(positionals[0] ?? join(root, "dist"))
  mkdirSync(dist, { recursive: true })
  // Names of chunks change with their text: those of an earlier build would stay.
  rmSync(join(dist, "chunks"), { recursive: true, force: true })
  const rows = await Promise.all(programs.map((program) => bundleProgram(program, { root, dist })))
  rows.push(...bundleClient(dist))
  for (const arch of ["x64", "arm64"]) rows.push(buildNative(arch, { root, dist, fetchArm64: values.arm64 === true }))
  console.log(tableOf(rows))
}

await run().catch((error) => {
  console.error(`tickd: ${error.message}`)
  process.exitCode = 1
})
