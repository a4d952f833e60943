// A consumer's project has nothing of this checkout: what is packed must install small, resolve, have types and run
// there.
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { endCommands, startCommand, stateFolder } from "../support/cli-process.ts"
import { borrow, checkTypes, installClient } from "../support/client-package.ts"
import { openTickStore, range, subjectOf, tickJson } from "../support/client-ticks.ts"
import { startServer } from "../support/nats-server.ts"

const folder = stateFolder()
let project = ""
let url = ""
let close: () => Promise<unknown> = async () => {}
beforeAll(async () => {
  project = await installClient(folder.path)
  const started = Promise.withResolvers<string>()
  const serving = Effect.gen(function* () {
    const server = yield* startServer()
    const store = yield* openTickStore(server.url)
    yield* store.store(range(1, 5).map((seq) => [subjectOf(`rb100${seq}`), tickJson(`rb100${seq}`, seq)] as const))
    started.resolve(server.url)
    return yield* Effect.never
  })
  const fiber = Effect.runFork(Effect.scoped(serving))
  close = () => Effect.runPromise(Fiber.interrupt(fiber))
  url = await started.promise
})
afterAll(async () => {
  await close()
  await endCommands()
  folder.remove()
})

const run = async (file: string, text: string) => {
  writeFileSync(join(project, file), text)
  const ended = await startCommand([file, url], { cwd: project }).ended
  expect(ended.stderr).toBe("")
  return JSON.parse(ended.stdout) as unknown
}

const bytesUnder = (path: string): number =>
  lstatSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + bytesUnder(join(path, name)), 0)
    : lstatSync(path).size

const filesUnder = (path: string): ReadonlyArray<string> =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

it("U7: installs in under 25 MB, with the NATS client only, no native part and no source of ours", () => {
  const modules = join(project, "node_modules")
  expect(bytesUnder(modules)).toBeLessThan(25_000_000)
  const packages = readdirSync(modules).filter((name) => !name.startsWith("."))
  expect(packages).toEqual(["@nats-io", "tickd-client", "tweetnacl"])
  expect(existsSync(join(modules, "effect"))).toBe(false)
  const files = filesUnder(modules)
  expect(files.filter((name) => /\.(node|so|dylib|dll)$/.test(name))).toEqual([])
  const client = files.filter((name) => name.includes("tickd-client"))
  expect(client.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))).toEqual([])
  const manifest = JSON.parse(readFileSync(join(modules, "tickd-client", "package.json"), "utf8")) as {
    exports: Record<string, Record<string, string> | string>
  }
  // Node refuses TypeScript below node_modules, so no condition may lead to it.
  for (const target of Object.values(manifest.exports)) {
    if (typeof target !== "string") expect(Object.keys(target)).toEqual(["types", "default"])
  }
})

it("U7: gives promises and async iterators to plain JavaScript", async () => {
  const told = await run(
    "plain.mjs",
    `
import { latest, latestAll, ticks, TickClientError } from "tickd-client"
const url = process.argv[2]
const notices = []
const symbols = []
for await (const tick of ticks({ url, from: "snapshot", onNotice: (notice) => notices.push(notice.type) })) {
  symbols.push(tick.symbol)
  if (symbols.length === 5) break
}
let batch
for await (batch of ticks({ url, from: { sequence: 2 } }).batches) if (batch.ticks.length > 0) break
const one = await latest("rb1002", { url })
const none = await latest("rb9999", { url })
const all = await latestAll({ url, instruments: ["rb1001", "rb1003"] })
// a quiet market: no tick arrives, and the loop still ends on request
const ending = new AbortController()
setTimeout(() => ending.abort(), 300)
let more = 0
for await (const tick of ticks({ url, signal: ending.signal })) more += tick.seq
const codes = []
for (const attempt of [() => latest("rb1002"), () => latestAll({ url, pattern: "other.>" }), () => latest("rb1002", { url: "nats://127.0.0.1:1" })])
  await attempt().catch((error) => codes.push([error instanceof TickClientError, error.code]))
try {
  for await (const _ of ticks()) break
} catch (error) {
  codes.push([error instanceof TickClientError, error.code])
}
codes.push([new Error("another") instanceof TickClientError, "another"])
console.log(JSON.stringify({ symbols, batch: batch.ticks.length, lastSequence: batch.lastSequence, one: one.seq, none: none ?? null, all: [...all.keys()], more, codes }))
`
  )
  expect(told).toEqual({
    symbols: ["rb1001", "rb1002", "rb1003", "rb1004", "rb1005"],
    batch: 4,
    lastSequence: 5,
    one: 2,
    none: null,
    all: ["rb1001", "rb1003"],
    more: 0,
    codes: [
      [true, "CLIENT_OPTIONS_INVALID"],
      [true, "CLIENT_OPTIONS_INVALID"],
      [true, "NATS_UNREACHABLE"],
      [true, "CLIENT_OPTIONS_INVALID"],
      [false, "another"]
    ]
  })
})

it("U7: has types that need neither effect nor a lenient compiler", async () => {
  borrow(project, "@types/node")
  borrow(project, "undici-types")
  writeFileSync(
    join(project, "typed.ts"),
    `
import { latest, TickClientError, ticks, type ClientErrorCode, type TickBatch, type TickMessage, type TickNotice } from "tickd-client"
import type { NatsConnection } from "@nats-io/transport-node"

const notices: Array<TickNotice> = []
for await (const tick of ticks({ url: "nats://x", from: "snapshot", onNotice: (notice) => notices.push(notice) })) {
  const price: number | undefined = tick.last_price
  const lots: number = tick.volume
  const exchange: "SHFE" | "DCE" | string = tick.exchange
  console.log(price, lots, exchange, tick.flags?.includes("book_crossed"))
}
for await (const batch of ticks.fromEnv({ envFile: "reader.env" }).batches) {
  const kept: TickBatch = batch
  for (const notice of kept.notices) if (notice.type === "gapRecord") console.log(notice.record.cause === "session_down")
}
declare const connection: NatsConnection
const one: TickMessage | undefined = await latest("rb2701", { connection })
try {
  await latest.fromEnv("rb2701")
} catch (error) {
  if (error instanceof TickClientError) {
    const code: ClientErrorCode = error.code
    console.log(code, error.message)
  }
}
// @ts-expect-error a tick has no such key
console.log(one?.nothing)
// @ts-expect-error two ways to say which
ticks({ url: "nats://x", from: { sequenc: 1 } })
`
  )
  expect(await checkTypes(project, "typed.ts")).toBe("")
})

it("U7: gives streams and effects of the user's own effect under /effect", async () => {
  borrow(project, "effect")
  const text = `
import { Effect, Stream } from "effect"
import { latest, type TickClientError, type TickMessage, ticks } from "tickd-client/effect"

const url: string = process.argv[2] ?? ""
const stream: Stream.Stream<TickMessage, TickClientError> = ticks({ url, from: "snapshot" }).stream
const taken = await Effect.runPromise(Stream.runCollect(Stream.take(stream, 2)))
const one = await Effect.runPromise(latest("rb1002", { url }))
const code = await Effect.runPromise(
  Effect.catchTag(Stream.runDrain(ticks({ url, pattern: "other.>" }).stream), "TickClientError", (error) => Effect.succeed(error.code))
)
console.log(JSON.stringify({ taken: taken.length, one: one?.seq, code }))
`
  writeFileSync(join(project, "effect.ts"), text)
  expect(await checkTypes(project, "effect.ts")).toBe("")
  expect(await run("effect.ts", text)).toEqual({ taken: 2, one: 2, code: "CLIENT_OPTIONS_INVALID" })
})
