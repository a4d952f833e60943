// A consumer's project has nothing of this checkout: `tickd/client` must resolve, have types, and be of its own `effect`.
import { copyFileSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, afterEach, expect, it } from "vitest"
import { endCommands, startCommand, stateFolder } from "../support/cli-process.ts"
import { openTickStore, range, subjectOf, tickJson } from "../support/client-ticks.ts"
import { projectRoot, startServer } from "../support/nats-server.ts"

const folder = stateFolder()
afterEach(endCommands)
afterAll(folder.remove)

const program = `
import { Effect, Stream } from "effect"
import { latest, latestAll, TickClientError, ticks, type TickBatch, type TickMessage, type TickNotice } from "tickd/client"

const url: string = process.argv[2] ?? ""
const notices: Array<TickNotice> = []
const source = ticks({ url, from: "snapshot", onNotice: (notice) => notices.push(notice) })
const symbols: Array<string> = []
for await (const tick of source) {
  const price: number | undefined = tick.last_price
  if (price !== undefined) symbols.push(tick.symbol)
  if (symbols.length === 3) break
}
const batches: Array<TickBatch> = []
for await (const batch of source.batches) {
  batches.push(batch)
  break
}
// of the user's own effect: a copy inside the client would be another library
const stream: Stream.Stream<TickMessage, TickClientError> = source.stream
const taken = await Effect.runPromise(Stream.runCollect(Stream.take(stream, 2)))
const all = await Effect.runPromise(latestAll({ url }))
const one = await Effect.runPromise(latest("rb1002", { url }))
const code = await Effect.runPromise(
  Effect.catchTag(Stream.runDrain(ticks({ url, pattern: "other.>" }).stream), "TickClientError", (error) => Effect.succeed(error.code))
)
// @ts-expect-error a tick has no such key
const wrong: unknown = one?.nothing
console.log(JSON.stringify({ symbols, batch: batches[0]?.ticks.length, taken: taken.length, all: all.size, one: one?.seq, code, wrong }))
`

const compiler = {
  module: "nodenext",
  target: "es2024",
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  types: ["node"]
}

it("is read by a small project of its own: resolved, typed, run", { timeout: 120_000 }, async () => {
  const project = join(folder.path, "consumer")
  const modules = join(project, "node_modules")
  const installed = join(modules, "tickd")
  mkdirSync(installed, { recursive: true })
  const built = await startCommand([join("deploy", "dev", "build.mjs"), join(installed, "dist")]).ended
  expect(built.stderr).toBe("")
  expect(built.code).toBe(0)
  copyFileSync(join(projectRoot, "package.json"), join(installed, "package.json"))
  for (const name of ["effect", "@nats-io", "@types"]) {
    symlinkSync(join(projectRoot, "node_modules", name), join(modules, name))
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }))
  writeFileSync(join(project, "main.ts"), program)
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: compiler, files: ["main.ts"] }))
  expect(statSync(join(installed, "dist", "client.mjs")).size).toBeLessThan(200_000)

  const checked = await startCommand(["-p", project], { program: join(projectRoot, "node_modules", ".bin", "tsc") })
    .ended
  expect(checked.stdout).toBe("")
  expect(checked.code).toBe(0)

  const run = Effect.gen(function* () {
    const server = yield* startServer()
    const store = yield* openTickStore(server.url)
    yield* store.store(range(1, 5).map((seq) => [subjectOf(`rb100${seq}`), tickJson(`rb100${seq}`, seq)] as const))
    return yield* Effect.promise(() => startCommand(["main.ts", server.url], { cwd: project }).ended)
  })
  const ended = await Effect.runPromise(Effect.scoped(run))
  expect(ended.stderr).toBe("")
  expect(JSON.parse(ended.stdout)).toEqual({
    symbols: ["rb1001", "rb1002", "rb1003"],
    batch: 5,
    taken: 2,
    all: 5,
    one: 2,
    code: "CLIENT_OPTIONS_INVALID"
  })
})
