// Most consumers are Python programs: the sample that they copy must read a real server, over an outage and a secured
// one too.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { nkeys } from "@nats-io/transport-node"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, expect, it, type TestContext } from "vitest"
import { endCommands, stateFolder } from "../support/cli-process.ts"
import { openTickStore, range, subjectOf, tickJson } from "../support/client-ticks.ts"
import { projectRoot, startServer, temporaryFolder } from "../support/nats-server.ts"
import { installPython, type Python, startPython } from "../support/python-client.ts"
import { startSecureTicks } from "../support/secure-ticks.ts"

const folder = stateFolder()
let python: Python = { missing: "not looked for yet" }
beforeAll(() => {
  python = installPython(join(folder.path, "site"))
  if ("missing" in python) console.log(`skipped: Python consumers, ${python.missing}`)
})
afterEach(endCommands)
afterAll(folder.remove)

const within = (
  context: TestContext,
  run: (python: { readonly path: string }) => Effect.Effect<void, unknown, import("effect").Scope.Scope>
) => {
  if ("missing" in python) return context.skip(python.missing)
  return Effect.runPromise(Effect.scoped(run(python)))
}
const file = (name: string) => join(folder.path, name)
const stored = (from: number, to: number) =>
  range(from, to).map((seq) => [subjectOf(`rb${1000 + (seq % 5)}`), tickJson(`rb${1000 + (seq % 5)}`, seq)] as const)
const numbers = (text: string) =>
  text
    .split("\n")
    .filter((line) => /^\d+$/.test(line))
    .map(Number)

it("U14: the Python sample of the page runs as it stands, but for the address", (context) =>
  within(context, (found) =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.store(stored(1, 20))
      const page = readFileSync(join(projectRoot, "docs", "consumers.md"), "utf8")
      const samples = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, text = ""]) => text)
      expect(samples).toHaveLength(2)
      const at = (text = "") => text.replace("nats://127.0.0.1:4222", server.url)
      expect(at(samples[0])).not.toBe(samples[0])
      const reader = startPython(found, file("sample.py"), at(samples[0]))
      yield* Effect.promise(() => reader.printed(/^rb1000 3020(\.0)? primary 20$/m))
      const durable = startPython(found, file("durable.py"), at(samples[1]))
      yield* Effect.promise(() => durable.printed(/^rb1000 20$/m))
      // Acknowledged after it was stored: the server has nothing left for it.
      yield* Effect.promise(async () => {
        for (;;) {
          const info = await store.manager.consumers.info("MD_TICKS", "research")
          if (info.num_pending === 0 && info.num_ack_pending === 0) return
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      })
    })
  ))

it("U14: it reads a snapshot, then each tick once and in order over kill -9 of the server, and goes on by sequence", (context) =>
  within(context, (found) =>
    Effect.gen(function* () {
      const storeDir = yield* temporaryFolder
      const first = yield* startServer({ storeDir })
      yield* (yield* openTickStore(first.url)).store(stored(1, 1000))
      const program = (start: string, last: number) => `
import asyncio, sys
from tickd_reader import TickReader, connect
async def main():
    nc = await connect(url="${first.url}")
    reader = TickReader(nc, start=${start}, on_notice=lambda text: print(text, file=sys.stderr))
    async for tick in reader:
        print(tick["seq"])
        if tick["seq"] == ${last}:
            break
    print("sequence", reader.last_sequence)
    await nc.close()
asyncio.run(main())
`
      const snapshot = startPython(found, file("snapshot.py"), program('"snapshot"', 3000))
      const all = startPython(found, file("all.py"), program("1", 3000))
      yield* Effect.promise(() => Promise.all([snapshot.printed(/^1000$/m), all.printed(/^1000$/m)]))
      process.kill(first.pid, "SIGKILL")
      yield* first.exited
      yield* Effect.promise(() => all.printed(/^waiting: /m))
      yield* startServer({ storeDir, port: first.port })
      yield* (yield* openTickStore(first.url)).store(stored(1001, 3000))
      const [one, two] = yield* Effect.promise(() => Promise.all([snapshot.ended, all.ended]))
      expect(one.code, one.stderr).toBe(0)
      expect(numbers(one.stdout)).toEqual(range(996, 3000))
      expect(numbers(two.stdout)).toEqual(range(1, 3000))
      expect(two.stdout).toContain("sequence 3000")
      expect(two.stderr).toContain("resumed")
    })
  ))

it("U14: to_vnpy_tick gives what a gateway of vnpy gives: names, zone, 0 for what was not sent", (context) =>
  within(context, (found) =>
    Effect.gen(function* () {
      const tick = {
        ...JSON.parse(tickJson("rb2701", 7, { bid_price_1: 3006.5, bid_volume_1: 12, trading_day: "20261123" }))
      }
      const ended = yield* Effect.promise(
        () =>
          startPython(
            found,
            file("vnpy.py"),
            `
import json
from dataclasses import asdict
import vnpy_shape
from tickd_reader import to_vnpy_tick
made = to_vnpy_tick(json.loads(${JSON.stringify(JSON.stringify(tick))}), tick_data=vnpy_shape.TickData, exchange=vnpy_shape.Exchange)
print(json.dumps({**asdict(made), "exchange": made.exchange.value, "datetime": made.datetime.isoformat(), "localtime": made.localtime.isoformat(), "vt_symbol": made.vt_symbol, "zone": made.datetime.tzname()}))
`
          ).ended
      )
      expect(ended.stderr).toBe("")
      expect(JSON.parse(ended.stdout)).toMatchObject({
        gateway_name: "TICKD",
        symbol: "rb2701",
        vt_symbol: "rb2701.SHFE",
        exchange: "SHFE",
        datetime: "2026-11-20T10:00:00.500000+08:00",
        localtime: "2026-11-20T10:00:00.007000+08:00",
        zone: "Asia/Shanghai",
        name: "",
        volume: 7,
        last_price: 3007,
        bid_price_1: 3006.5,
        bid_volume_1: 12,
        ask_price_1: 0,
        limit_up: 0,
        extra: { feed: "primary", seq: 7, trading_day: "20261123" }
      })
    })
  ))

it("U6: Python reads a secured server from the same env file, and what is wrong has the daemon's code and the fix", (context) =>
  within(context, (found) =>
    Effect.gen(function* () {
      const { envFile, installation } = yield* startSecureTicks(3)
      const other = yield* startSecureTicks(1)
      const seed = new TextDecoder().decode(nkeys.createUser().getSeed())
      const text = readFileSync(envFile, "utf8")
      const variant = (name: string, pattern: RegExp, value: string) => {
        const path = join(installation.folder, name)
        writeFileSync(path, text.replace(pattern, value))
        return path
      }
      writeFileSync(join(installation.folder, "stranger.nk"), seed)
      const files = [
        envFile,
        variant("handed.env", new RegExp(`${installation.folder}/`, "g"), ""),
        variant("key.env", /NATS_NKEY_FILE=.*/, "NATS_NKEY_FILE=stranger.nk"),
        variant("stranger.env", /NATS_NKEY_FILE=.*\n/, ""),
        variant("ca.env", /NATS_TLS_CA=.*/, `NATS_TLS_CA=${other.installation.folder}/ca.crt`),
        variant("system.env", /NATS_TLS_CA=.*\n/, ""),
        variant("none.env", /NATS_TLS_CA=.*/, "NATS_TLS_CA=none.crt"),
        variant("inbox.env", /NATS_INBOX_PREFIX=.*\n/, ""),
        variant("url.env", /NATS_URL=.*\n/, ""),
        join(installation.folder, "absent.env")
      ]
      const ended = yield* Effect.promise(
        () =>
          startPython(
            found,
            file("secure.py"),
            `
import asyncio, json
from tickd_reader import TickReader, TickReaderError, connect
async def attempt(env_file):
    try:
        nc = await connect(env_file=env_file)
    except TickReaderError as error:
        return [error.code, str(error)]
    try:
        async for tick in TickReader(nc, start=3):
            return ["read", tick["symbol"]]
    except TickReaderError as error:
        return [error.code, str(error)]
    finally:
        await nc.close()
async def main():
    print(json.dumps([await attempt(name) for name in ${JSON.stringify(files)}]))
asyncio.run(main())
`
          ).ended
      )
      // asyncio itself says there how it closes TLS.
      expect(ended.stderr).not.toContain("Traceback")
      expect(ended.stdout).not.toContain(seed)
      const answers = JSON.parse(ended.stdout) as ReadonlyArray<readonly [string, string]>
      expect(answers.map(([code]) => code)).toEqual([
        "read",
        "read",
        "NATS_AUTH_REJECTED",
        "NATS_AUTH_REJECTED",
        "NATS_TLS_REJECTED",
        "NATS_TLS_REJECTED",
        "CLIENT_OPTIONS_INVALID",
        "NATS_DENIED",
        "CLIENT_OPTIONS_INVALID",
        "CLIENT_OPTIONS_INVALID"
      ])
      expect(answers[2]?.[1]).toMatch(/set NATS_NKEY_FILE/)
      expect(answers[4]?.[1]).toMatch(/set NATS_TLS_CA/)
      expect(answers[7]?.[1]).toMatch(/NATS_INBOX_PREFIX/)
    })
  ))

it("U14: Python says at once that no server answers, and refuses what it could only wait for", (context) =>
  within(context, (found) =>
    Effect.gen(function* () {
      const server = yield* startServer()
      yield* (yield* openTickStore(server.url)).store(stored(1, 2))
      const program = `
import asyncio, json
from tickd_reader import TickReader, TickReaderError, connect
async def said(reading):
    try:
        await reading()
        return "read"
    except TickReaderError as error:
        return str(error)
async def main():
    nc = await connect(url="${server.url}")
    def reading(**options):
        async def first():
            async for tick in TickReader(nc, **options):
                return
        return first
    print(json.dumps([
        await said(lambda: asyncio.wait_for(connect(url="nats://127.0.0.1:1"), 10)),
        *[await said(reading(**options)) for options in (
            {"start": "snapshots"}, {"start": 0}, {"pattern": "rb*"}, {"pattern": "md.ticks.>"}, {"start": 1, "pattern": "md.tick.SHFE.>"},
        )],
    ]))
    await nc.close()
asyncio.run(main())
`
      const ended = yield* Effect.promise(() => startPython(found, file("refused.py"), program).ended)
      expect(ended.stderr).toBe("")
      expect(JSON.parse(ended.stdout)).toEqual([
        expect.stringMatching(/127\.0\.0\.1:1 does not answer \(.*\): start it.* \[NATS_UNREACHABLE\]$/),
        expect.stringMatching(/'snapshots' is not a start position.* \[CLIENT_OPTIONS_INVALID\]$/),
        expect.stringMatching(/^0 is not a start position/),
        expect.stringMatching(/'rb\*' can match nothing: \* stands for a whole token/),
        expect.stringMatching(/'md.ticks.>' can match nothing in MD_TICKS, which holds md\.tick/),
        "read"
      ])
    })
  ))
