// What passes by itself must not end a daemon, and what a person must change must not be waited for in silence: each
// cause of docs/reference/causes.md is raised before and after its part has worked, with real errors, in the real
// tree.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Cause as EffectCause, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type MarketParts, marketTree } from "../../../../../actors/market/supervision-tree.ts"
import { SupervisorEvents, SupervisorGaveUp } from "../../../../../actors/runtime/supervisor.ts"
import { type Body, runTree } from "../../../../../actors/runtime/tree.ts"
import { makeAckedPublisher } from "../../../../../src/market/adapters/jetstream/acked-publisher.ts"
import type { OpenLink } from "../../../../../src/market/adapters/jetstream/link.ts"
import { LinkError } from "../../../../../src/market/adapters/jetstream/publish-errors.ts"
import { SpoolError } from "../../../../../src/market/adapters/spool/spool-error.ts"
import { ConfigError } from "../../../../../src/market/config/config-error.ts"
import { FeedWorkerError } from "../../../../../src/market/domain/feed/feed-worker-error.ts"
import { type Cause, causes, makeVerdict, type Part } from "../../../../../src/market/layers/causes/causes.ts"
import { afterOf, causesPage } from "../../../../../src/market/layers/causes/causes-page.ts"
import { makeWaiting, type Waiting } from "../../../../../src/market/layers/causes/waiting.ts"
import { noteWaiting } from "../../../../../src/market/layers/causes/waiting-streams.ts"
import { contractFailure } from "../../../../../src/market/layers/contracts/contract-failure.ts"
import { ContractCatalogueError } from "../../../../../src/market/ports/contract-catalogue.ts"
import { CalendarError } from "../../../../../src/market/ports/trading-calendar.ts"
import { TelemetryError } from "../../../../../src/platform/http/telemetry-server.ts"
import { NatsConnectError } from "../../../../../src/platform/nats/connect.ts"
import {
  NatsServerError,
  NatsServerExited,
  NatsServerSilent
} from "../../../../../src/platform/nats/embedded-server.ts"
import { FindNatsServerError } from "../../../../../src/platform/nats/find-nats-server.ts"
import { JetStreamTrouble } from "../../../../../src/platform/nats/jetstream-trouble.ts"
import { exitCodeOf, UserError } from "../../../../../src/platform/process/user-error.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"

const message = "the sentence of this cause"

/** The error that carries the code where it comes from. */
const errorOf = ({ code, part, start }: Cause): unknown => {
  const given = { code, message } as never
  switch (part) {
    case "telemetry":
      return new TelemetryError(given)
    case "nats-server":
      if (code.startsWith("NATS_SERVER_NOT") || code === "NATS_SERVER_UNUSABLE") return new FindNatsServerError(given)
      if (code === "NATS_SERVER_EXITED") return new NatsServerExited({ code, message, exitCode: 1, signal: null })
      if (code === "NATS_SERVER_SILENT") return new NatsServerSilent({ code, message, pid: 1, silentMs: 1 })
      return new NatsServerError(given)
    case "tick stream":
    case "side stream":
      // The worst case: no later attempt succeeds before an operator changes something.
      return new LinkError({ code, message, retryable: false })
    case "control plane":
      return new JetStreamTrouble(given)
    case "feed worker":
      return new FeedWorkerError({ code, message, fatal: true } as never)
    case "spool":
      return new SpoolError(given)
    case "configuration":
      if (code.startsWith("CONFIG_")) return new ConfigError(given)
      return new UserError({ code, message, exitCode: Number(start) })
    case "contract file":
      return contractFailure(new ContractCatalogueError({ code, message, source: "list.csv" } as never))
    case "calendar":
      return new UserError({ code, message, exitCode: 78 })
    default:
      return new UserError({ code, message, exitCode: 78 })
  }
}

const stayUp: Body = (ready) => Effect.andThen(ready, Effect.never)

/** Fails `times` times, before or after it served, and works from then on. */
const failing = (error: unknown, moment: "start" | "after", times: number) => {
  let left = times
  let lives = 0
  const body: Body = (ready) =>
    Effect.gen(function* () {
      lives++
      if (moment === "after" && lives === 1) {
        yield* ready
        yield* Effect.sleep(1000)
      }
      if (left-- > 0) return yield* Effect.fail(error)
      yield* ready
      return yield* Effect.never
    })
  return { body, lives: () => lives }
}

/** The ticks' link over a stream in memory, whose opening fails with the cause. */
const tickStream = (waiting: Waiting, error: unknown, moment: "start" | "after", times: number) =>
  Effect.gen(function* () {
    const stream = new FakeStream()
    let left = times
    let opened = 0
    const openLink: OpenLink = (events) =>
      Effect.suspend(() => {
        opened++
        const fails = moment === "start" || opened > 1
        return fails && left-- > 0 ? Effect.fail(error as LinkError) : stream.open(events)
      })
    const publisher = yield* makeAckedPublisher({
      connect: Effect.never,
      stream: {},
      onStored: () => undefined,
      endsAtStart: waiting.verdict.endsAtStart,
      onEvent: (event) => noteWaiting(waiting, { type: "publisher", event }),
      openLink
    })
    const breaks = Effect.andThen(
      Effect.sleep(1000),
      Effect.sync(() => stream.breakAll(0))
    )
    const body: Body = (ready) =>
      Effect.andThen(ready, Effect.raceFirst(publisher.run, Effect.andThen(breaks, Effect.never)))
    return { body, lives: () => opened }
  })

interface Run {
  readonly exit: Exit.Exit<unknown, unknown> | undefined
  readonly lives: number
  readonly waitsAtEnd: ReadonlyArray<string>
  readonly lines: ReadonlyArray<string>
}

/** A whole tree in which one part fails; a quarter of an hour of it, in virtual time. */
const run = Effect.fnUntraced(function* (cause: Cause, moment: "start" | "after", times: number, alone = false) {
  const clock = yield* Clock.clockWith(Effect.succeed)
  const lines: Array<string> = []
  const log = { write: (_: string, text: string, { event }: { event: string }) => void lines.push(`${event} ${text}`) }
  const waiting = makeWaiting(log, { waits: true, nowMs: () => clock.currentTimeMillisUnsafe() })
  const error = errorOf(cause)
  const part =
    cause.part === "tick stream" ? yield* tickStream(waiting, error, moment, times) : failing(error, moment, times)
  const at = (name: Part, otherwise: Body = stayUp) => (cause.part === name ? part.body : otherwise)
  const parts: MarketParts = {
    machines: stayUp,
    telemetry: waiting.child("telemetry", at("telemetry"), { atOnce: true }),
    broker: waiting.child("nats-server", at("nats-server"), { atOnce: true }),
    journal: waiting.beside("control plane", at("control plane")),
    natsLink: at("tick stream"),
    control: stayUp,
    publisher: stayUp,
    fronts: [
      {
        feed: "primary",
        worker: (ready) =>
          at("feed worker")(ready).pipe(
            Effect.tapError((failure) => Effect.sync(() => waiting.failed("feed worker", "front-primary", failure)))
          ),
        session: stayUp
      },
      ...(alone ? [] : [{ feed: "backup", worker: stayUp, session: stayUp }])
    ]
  }
  const tree = { children: marketTree(parts), isFatal: waiting.verdict.endsDaemon }
  // Before there is a tree: each step of the start, as in `runDaemonProgram`.
  const step = (name: Part) =>
    cause.part === name && moment === "start" ? Effect.scoped(part.body(Effect.void)) : Effect.void
  const beforeTree = Effect.forEach(
    ["state folder", "calendar", "contract file", "contracts", "ring", "spool"] as const,
    (name) => waiting.until(name, Effect.raceFirst(step(name), Effect.andThen(Effect.sleep(1), Effect.void))),
    { discard: true }
  )
  const daemon = Effect.andThen(beforeTree, runTree(tree, Effect.void)).pipe(
    Effect.mapError((gaveUp): unknown =>
      gaveUp instanceof SupervisorGaveUp && gaveUp.fatal ? (waiting.verdict.end() ?? gaveUp) : gaveUp
    ),
    Effect.provideService(SupervisorEvents, (event) =>
      noteWaiting(waiting, { type: "supervisor", event, byOperator: false })
    )
  )
  const fiber = yield* Effect.forkChild(daemon)
  for (let minute = 0; minute < 15; minute++) yield* TestClock.adjust(60_000)
  const exit = fiber.pollUnsafe()
  yield* Fiber.interrupt(fiber)
  return { exit, lives: part.lives(), waitsAtEnd: waiting.board.list().map(({ code }) => code), lines } satisfies Run
})

const codeOf = (exit: Run["exit"]): number | undefined =>
  exit === undefined || Exit.isSuccess(exit) ? undefined : exitCodeOf(exit.cause)

/** Parts that are not children of the tree: the same rule applies to their later failures. */
const beforeTheTree: ReadonlySet<Part> = new Set([
  "state folder",
  "calendar",
  "contract file",
  "contracts",
  "ring",
  "spool",
  "configuration"
])

describe("a cause before its part has worked once", () => {
  for (const cause of causes) {
    if (cause.part === "configuration") {
      it(`R1: ${cause.code} ends with ${cause.start}`, () => {
        const error = errorOf(cause)
        assert.isTrue(makeVerdict({ waits: true }).endsDaemon(error))
        assert.strictEqual(exitCodeOf(EffectCause.fail(error)), Number(cause.start))
      })
      continue
    }
    const follows = cause.start === "waits" ? "is waited for" : `ends with ${cause.start}`
    it.effect(`R1: ${cause.code} of ${cause.part} ${follows}`, () =>
      Effect.gen(function* () {
        const { exit, lives, lines, waitsAtEnd } = yield* run(cause, "start", 20, cause.start !== "waits")
        if (cause.start !== "waits") {
          assert.strictEqual(codeOf(exit), cause.start)
          assert.strictEqual(lives, 1)
          return
        }
        assert.isUndefined(exit, "the daemon ended")
        assert.isAtLeast(lives, 21)
        assert.deepStrictEqual(waitsAtEnd, [])
        const said = lines.filter((line) => line.startsWith("waiting "))
        // At once, and then once a minute: 20 attempts take some minutes at most.
        assert.isAtLeast(said.length, 1)
        assert.isAtMost(said.length, 12)
        assert.include(said[0], message)
        assert.strictEqual(lines.filter((line) => line.startsWith("waiting_over ")).length, 1)
      })
    )
  }
})

it.effect("R1: a worker that can never start ends no daemon whose other feed brings ticks", () =>
  Effect.gen(function* () {
    const version = causes.find(({ code }) => code === "VERSION_NOT_SUPPORTED") as Cause
    const { exit, lives } = yield* run(version, "start", Number.POSITIVE_INFINITY)
    assert.isUndefined(exit)
    assert.isAtLeast(lives, 25)
  })
)

describe("a cause after its part has worked", () => {
  for (const cause of causes) {
    if (beforeTheTree.has(cause.part)) {
      it(`R1: ${cause.code} of ${cause.part} ends nothing`, () => {
        const verdict = makeVerdict({ waits: true })
        verdict.worked(cause.part)
        assert.isFalse(verdict.endsDaemon(errorOf(cause)))
      })
      continue
    }
    it.effect(`R1: ${cause.code} of ${cause.part} is retried`, () =>
      Effect.gen(function* () {
        const { exit, lives, waitsAtEnd } = yield* run(cause, "after", 20)
        assert.isUndefined(exit, "the daemon ended")
        assert.isAtLeast(lives, 21)
        assert.deepStrictEqual(waitsAtEnd, [])
      })
    )
  }
})

describe("the page of causes", () => {
  it("R1: is what the table says", () => {
    const page = readFileSync(new URL("../../../../../docs/reference/causes.md", import.meta.url), "utf8")
    assert.strictEqual(page, causesPage(), "stale: run 'node deploy/dev/generate-causes.ts'")
    for (const cause of causes) assert.oneOf(afterOf(cause), ["retried", "cannot come"])
  })

  it("R1: has each code once, and every code of the errors that these parts raise", () => {
    const codes = causes.map(({ code }) => code)
    assert.deepStrictEqual(codes, [...new Set(codes)])
    const raised = [
      ...TelemetryError.fields.code.literals,
      ...NatsServerError.fields.code.literals,
      ...FindNatsServerError.fields.code.literals,
      ...NatsConnectError.fields.code.literals,
      ...FeedWorkerError.fields.code.literals,
      ...SpoolError.fields.code.literals,
      ...ConfigError.fields.code.literals,
      ...CalendarError.fields.code.literals,
      ...ContractCatalogueError.fields.code.literals.filter((code) => code.startsWith("CATALOGUE_"))
    ]
    for (const code of raised) assert.include(codes, code)
  })

  it("R1: a person who looks at the start is not made to wait: the demo ends with each cause of its parts", () => {
    for (const cause of causes) {
      const verdict = makeVerdict({ waits: false })
      assert.isTrue(verdict.endsDaemon(errorOf(cause)), cause.code)
      verdict.worked(cause.part)
      assert.isFalse(verdict.endsDaemon(errorOf(cause)), cause.code)
    }
  })
})
