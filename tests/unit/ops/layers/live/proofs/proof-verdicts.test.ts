// What a proof concludes from an answer: a wrong conclusion prints HEALTH=READY, or misleads the operator.
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { shippedCalendar } from "../../../../../../src/kernel/calendar/holidays.ts"
import { chinaCalendar, TradingCalendar } from "../../../../../../src/kernel/calendar/trading-calendar.ts"
import { together } from "../../../../../../src/ops/layers/live/proofs/all-checks.ts"
import { clockVerdict } from "../../../../../../src/ops/layers/live/proofs/clock-check.ts"
import { restartGapMs } from "../../../../../../src/ops/layers/live/proofs/hand-over-proof.ts"
import { targetLook } from "../../../../../../src/ops/layers/live/proofs/monitoring-proof.ts"
import { calendarFault, natsFault, wantedPorts } from "../../../../../../src/ops/layers/live/proofs/preflight-proof.ts"
import { held, hopeless, type Look, unmet, untilHeld } from "../../../../../../src/ops/layers/live/proofs/proof-wait.ts"
import { readyLook } from "../../../../../../src/ops/layers/live/proofs/ready-proof.ts"
import { isTradedAt } from "../../../../../../src/ops/layers/live/proofs/subscription-proof.ts"
import type { GapMessage } from "../../../../../../src/protocol/market/gap-message.ts"
import { liveSettings } from "../../../../../support/live-settings.ts"
import { statusMessage } from "../../../../../support/status-message.ts"

const textOf = (look: Look) => (look.holds ? "held" : `${look.exit}${look.final ? " final" : ""}: ${look.why}`)
const shanghai = (text: string) => Date.parse(`${text}+08:00`)

it("readiness: only the sessions have the code of the ingest, and refused credentials are final", () => {
  const of = (text: string, status = 503) => textOf(readyLook("http://h:1", { status, text }))
  assert.strictEqual(of("ready\n", 200), "held")
  assert.match(of("ECONNREFUSED", 0), /^tickd: tickd does not answer at http:\/\/h:1 \(ECONNREFUSED\)/)
  assert.strictEqual(of("not ready: broker link down\nwarning: x\n"), "tickd: tickd is not ready: broker link down")
  assert.match(of("not ready: session primary connecting: front tcp://h:1"), /^ingest: tickd is not ready: session/)
  assert.match(of("not ready: session primary rejected: 3 wrong password"), /^ingest final: /)
})

it("monitoring: the target is found by the address of the daemon, whatever its job is called", () => {
  const of = (targets: ReadonlyArray<object>) =>
    textOf(targetLook("http://127.0.0.1:9100", JSON.stringify({ data: { activeTargets: targets } })))
  const own = { scrapeUrl: "http://localhost:9100/metrics", health: "up", lastError: "" }
  assert.strictEqual(of([own]), "held")
  assert.match(of([{ ...own, scrapeUrl: "http://127.0.0.1:9101/metrics" }]), /has no target at 127.0.0.1:9100/)
  assert.match(of([{ ...own, health: "down", lastError: "refused" }]), /is down in Prometheus \(refused\)/)
  assert.match(textOf(targetLook("http://127.0.0.1:9100", "<html>")), /has no target/)
})

it("a checkpoint names every failing check, with the code of the first", () => {
  assert.deepStrictEqual(together([held({ marketClosed: true }), held()]), held({ marketClosed: true }))
  assert.strictEqual(
    textOf(together([held(), unmet("ingest", "a"), hopeless("monitoring", "b")])),
    "ingest final: a; b"
  )
})

it("a clock is judged by what is certain after the time of the comparison", () => {
  assert.deepStrictEqual(clockVerdict(900, 0), {})
  assert.include(clockVerdict(-2_500, 500).warning, "2.0 s behind")
  assert.include(clockVerdict(600_000, 20).fault, "600.0 s ahead of")
  assert.deepStrictEqual(clockVerdict(10_000, 9_500), {})
})

it("the gap of a restart is that of the active feed and of this restart", () => {
  const gap = (more: Partial<GapMessage>): GapMessage => ({
    version: 1,
    id: "x",
    feed: "primary",
    instrument: null,
    cause: "daemon_down",
    state: "closed",
    from: 90_000,
    to: 97_500,
    count: null,
    seqs: null,
    ...more
  })
  const session = { feed: "primary", state: "streaming" } as (typeof statusMessage)["sessions"][number]
  const status = { ...statusMessage, uptime_ms: 5_000, sessions: [session] }
  const of = (...gaps: ReadonlyArray<GapMessage>) => restartGapMs(status, gaps, 100_000)
  assert.strictEqual(of(gap({})), 7_500)
  assert.isUndefined(of(gap({ to: 94_000 })), "of an earlier restart")
  assert.isUndefined(of(gap({ state: "open", to: null })))
  assert.isUndefined(of(gap({ feed: "backup" })))
  assert.isUndefined(of(gap({ cause: "session_down" })))
  const resting = { ...status, sessions: [{ ...session, state: "resting" }] }
  assert.strictEqual(restartGapMs(resting, [], 100_000), 0, "in a closed market nothing was missed")
})

it("a restart is refused at once where NATS does not run, and no other command is", () => {
  const down = { nats: undefined, tickd: undefined, monitoring: undefined, console: undefined }
  const settings = liveSettings()
  const fault = (running: object, command: "start" | "restart", more: object = {}) =>
    natsFault({ ...settings, ...more }, { ...down, ...running }, { command })
  assert.match(fault({}, "restart") ?? "", /^NATS does not run here, .*: run a start/)
  assert.isUndefined(fault({ nats: "n" }, "restart"))
  assert.isUndefined(fault({}, "start"))
  assert.isUndefined(fault({}, "restart", { managed: { nats: false, monitoring: false, console: false } }))
})

it("ports: only of parts that this run starts and that do not run yet, on this machine", () => {
  const settings = liveSettings({ natsUrl: "nats://nats.example:4222" })
  const down = { nats: undefined, tickd: undefined, monitoring: undefined, console: undefined }
  const of = (more: object, running: object = {}) =>
    wantedPorts({ ...settings, ...more }, { ...down, ...running }).map(({ program, port }) => `${program} ${port}`)
  assert.deepStrictEqual(of({}), ["tickd 9", "Pushgateway 9", "Prometheus 9"])
  assert.deepStrictEqual(of({ natsUrl: "nats://127.0.0.1:4223" }, { tickd: "t", monitoring: "m" }), ["NATS 4223"])
  assert.deepStrictEqual(of({ natsUrl: "nats://127.0.0.1:4223" }, { nats: "n", tickd: "t", monitoring: "m" }), [])
  const managed = { nats: false, monitoring: false, console: false }
  assert.deepStrictEqual(of({ managed, natsUrl: "nats://127.0.0.1:4223" }), ["tickd 9"])
})

it("the calendar: a week must be left, and a symbol trades only in its own hours", () => {
  const short = new TradingCalendar({ ...shippedCalendar, years: shippedCalendar.years.slice(0, 3) })
  assert.include(calendarFault(short, shanghai("2026-11-30T09:30:00")), "The trading calendar ends on ")
  assert.isUndefined(calendarFault(chinaCalendar, shanghai("2026-11-30T09:30:00")))
  const at = (text: string) => isTradedAt(chinaCalendar, ["x", "IF2612.CFFEX", "rb2701.SHFE"], shanghai(text))
  assert.isTrue(at("2026-11-30T09:05:00"), "rb only")
  assert.isFalse(at("2026-11-30T08:59:30"))
  assert.isTrue(at("2026-11-30T22:00:00"))
  assert.isFalse(at("2026-11-29T10:00:00"), "Sunday")
})

it.effect("a proof that began late in its attempt has its reason and code before the deadline of the attempt", () =>
  Effect.gen(function* () {
    const tools = { settings: liveSettings(), log: { write: () => Effect.void }, beganMs: () => 0 }
    yield* TestClock.adjust("20 seconds")
    const request = { command: "start", skipLive: false } as never
    const late = yield* Effect.forkChild(
      Effect.flip(untilHeld(tools, "tickd", request, Effect.succeed(unmet("ingest", "not logged in"))))
    )
    yield* TestClock.adjust("23 seconds")
    assert.isUndefined(late.pollUnsafe())
    yield* TestClock.adjust("1 second")
    assert.deepInclude(yield* Fiber.join(late), { exit: "ingest", message: "not logged in" })
  })
)

it.effect("a proof waits, logs each new reason, and ends before the deadline of its stage with the last one", () =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const tools = {
      settings: liveSettings(),
      log: { write: (level: string, text: string) => Effect.sync(() => void log.push(`${level} ${text}`)) }
    }
    const request = { command: "start", skipLive: false } as never
    let looks = 0
    const wait = (look: () => Look) =>
      Effect.flip(
        untilHeld(
          tools,
          "tickd",
          request,
          Effect.sync(() => (looks++, look()))
        )
      )
    const slow = yield* Effect.forkChild(wait(() => unmet("ingest", looks < 20 ? "first" : "second")))
    yield* TestClock.adjust("43 seconds")
    assert.isUndefined(slow.pollUnsafe())
    yield* TestClock.adjust("1 second")
    const error = yield* Fiber.join(slow)
    assert.deepInclude(error, { exit: "ingest", message: "second" })
    assert.deepStrictEqual(log, ["INFO Stage tickd waits: first", "INFO Stage tickd waits: second"])
    looks = 0
    assert.deepInclude(yield* wait(() => hopeless("ingest", "refused")), { message: "refused" })
    assert.strictEqual(looks, 1)
  })
)
