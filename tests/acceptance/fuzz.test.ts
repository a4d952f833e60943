// Anybody with a NATS client may send rubbish to a daemon that trades hang on: it must answer each, and no tick may
// notice.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { connect, type Msg } from "@nats-io/transport-node"
import { Result } from "effect"
import { afterEach, expect, it } from "vitest"
import { readRequest } from "../../src/protocol/control/control.ts"
import { statusOfCode } from "../../src/protocol/control/error-codes.ts"
import { PlainRequest } from "../../src/protocol/control/operations.ts"
import { stateSubject } from "../../src/protocol/control/state.ts"
import { controlSubject } from "../../src/protocol/market/status.ts"
import { legacySubjects } from "../../src/protocol/market/subscriptions.ts"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  lastJson,
  startTickd,
  stateFolder
} from "../support/cli-process.ts"
import { makeFuzzer } from "../support/fuzz.ts"

const bursts = 20
const burst = 152
/** Less than a burst of tokens is regained in this time, so that both accepted and refused requests occur. */
const pauseMs = 200

const questions = ["state", "subscriptions", "contracts", "tree", "status"]
/** Their requests have optional fields only: an accepted one would end the daemon, or change it permanently. */
const plainCommands = ["contracts-refresh", "drain"]
const switches = ["failover", "failback", "failover-hold", "failover-release"]
const commands = [
  "inject",
  "subscribe",
  "unsubscribe",
  "resubscribe",
  "restart",
  "log-level",
  ...switches,
  ...plainCommands
]
const subjects = [
  ...[...questions, ...commands, "no-such-verb"].map((verb) => controlSubject("demo", verb)),
  stateSubject,
  ...Object.values(legacySubjects)
]
const fields =
  "symbols wait_ms force drill limit cursor feed fault for_ms child level reason by request_id symbols_only actor state exchange".split(
    " "
  )

const folder = stateFolder()
afterEach(async () => {
  await endCommands()
  folder.remove()
})

it(`answers ${bursts * burst} generated requests on every subject and goes on publishing`, {
  timeout: 60_000
}, async () => {
  const demo = startTickd(["demo", "--for", "2m", "--json", "--state", folder.path, ...freePorts])
  const { http, nats } = await demoAddresses(demo)
  const published = async () => {
    const status = (await (await fetch(`${http}/status`)).json()) as { ledger: ReadonlyArray<{ published: number }> }
    return status.ledger[0]?.published ?? 0
  }
  await eventually("ticks", async () => (await published()) > 100)
  const asker = await connect({ servers: nats })
  const ask = (subject: string, payload: Uint8Array) => asker.request(subject, payload, { timeout: 10_000 })
  await eventually("an answer", () => ask(controlSubject("demo", "status"), new Uint8Array()).then(() => true))

  const next = makeFuzzer(20_261_121, fields)
  const rubbish = (subject: string): Uint8Array => {
    const payload = next()
    const obeyed = plainCommands.some((verb) => subject === controlSubject("demo", verb))
    return obeyed && Result.isSuccess(readRequest(PlainRequest, payload)) ? new TextEncoder().encode("{") : payload
  }
  const codes = new Map<string, number>()
  const note = (subject: string, message: Msg) => {
    // A refusal on a subject of the reference service also has the keys that its clients read.
    const { error } = message.json<{ readonly error?: { readonly code: string; readonly message: string } }>()
    if (error !== undefined) {
      expect(statusOfCode, `${subject}: ${error.message}`).toHaveProperty(error.code)
      expect(error.message).toMatch(/^[^\n]{10,}$/)
    }
    const code = error?.code ?? "answered"
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  const before = await published()
  for (let round = 0; round < bursts; round++) {
    const asked = Array.from({ length: burst }, (_, count) => {
      const subject = subjects[(round + count) % subjects.length] as string
      return ask(subject, rubbish(subject)).then((message) => note(subject, message))
    })
    await Promise.all(asked)
    await new Promise((resume) => setTimeout(resume, pauseMs))
  }
  const during = await published()
  expect(during).toBeGreaterThan(before + 500)
  expect([...codes.values()].reduce((sum, count) => sum + count, 0)).toBe(bursts * burst)
  // A run with everything over the limit would prove little.
  for (const code of ["answered", "MALFORMED_REQUEST", "UNKNOWN_FIELD", "RATE_LIMITED", "UNKNOWN_VERB"]) {
    expect(codes.get(code) ?? 0, `${code} in ${JSON.stringify([...codes])}`).toBeGreaterThan(20)
  }
  expect(codes.has("INTERNAL")).toBe(false)

  const status = await eventually("status", async () => {
    const reply = (await ask(controlSubject("demo", "status"), new Uint8Array())).json<Record<string, unknown>>()
    return reply["ready"] === true ? reply : undefined
  })
  expect(status).toMatchObject({ ready: true, instance: "demo" })
  await eventually("more ticks", async () => (await published()) > during)
  await asker.close()
  demo.child.kill("SIGINT")
  const { code, stdout, stderr } = await demo.ended
  expect(code, stderr).toBe(0)
  expect(lastJson(stdout)).toMatchObject({ balanced: true, in_flight: 0, dropped: 0, restarts: 0 })
  const log = join(folder.path, "tickd.log")
  expect(existsSync(log)).toBe(true)
  expect(readFileSync(log, "utf8")).not.toMatch(/unhandled_fault|control_bug/)
})
