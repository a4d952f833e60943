// A transition that no test takes is an unchecked promise: every one of them is taken in the interpreter.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { machineCatalogue } from "../../../machines/catalogue.ts"
import type { FailoverContext } from "../../../machines/market/failover-events.ts"
import { type SessionContext, sessionLink, sessionRole } from "../../../machines/market/session-events.ts"
import { listTransitions, stateNodesOf } from "../../../machines/transition-list.ts"
import { transitionPage } from "../../../machines/transition-page.ts"
import { marketPhases } from "../../../src/kernel/calendar/market-phase.ts"
import { everyPart, planOf } from "../../../src/ops/domain/plan.ts"
import { type WalkOptions, walkMachine } from "../../support/machine-walk.ts"

const roleEvents = new Set(["MADE_ACTIVE", "MADE_STANDBY", "FENCED_OFF"])

/** One stage that only looks, one that changes something: each with two attempts. */
const shortPlan = planOf({ command: "start", skipLive: false }, everyPart)
  .filter(({ name }) => name === "validate" || name === "nats")
  .map((stage) => ({ ...stage, attemptsMax: 2 }))
const drillPlan = planOf({ command: "drill", skipLive: false }, everyPart)
const runDeadlines = { lockMs: 1, recoverMs: 1, observeMs: 1, pauseMs: 1, restoreMs: 1, recordMs: 1 }
const runEvents = [
  { type: "LOCK_TAKEN" },
  { type: "LOCK_REFUSED", why: "held", held: true },
  { type: "RECOVERED" },
  { type: "RECOVERY_FAILED", why: "no answer" },
  { type: "STATE_OBSERVED" },
  { type: "OBSERVATION_FAILED", why: "no answer" },
  { type: "STATE_RESTORED" },
  { type: "RESTORE_FAILED", why: "no answer" },
  { type: "RUN_RECORDED" },
  { type: "RECORD_FAILED", why: "disk full" },
  { type: "INTERRUPTED", exit: "interrupted" }
]
const stageEvents = (stage: string, attempt: number) => [
  { type: "STAGE_PROVED", stage, attempt, changed: true, facts: {} },
  { type: "STAGE_FAILED", stage, attempt, why: "no", exit: "preflight" },
  { type: "SESSION_MISSED", stage, attempt, why: "holiday" }
]
const abstractRun: WalkOptions["abstract"] = (context) => {
  const { attempt, index, outcome, rollback } = context
  return [attempt, index, outcome, rollback]
}

const orderWalk = {
  resume: "new",
  silence: { baseMs: 1, capMs: 1 },
  lookup: { baseMs: 1, capMs: 1 },
  graceMs: 1,
  answerMs: 1,
  seed: 1
}

const walks: Record<string, WalkOptions> = {
  "session-machine": {
    input: {
      feed: "primary",
      connectTimeoutMs: 1,
      loginTimeoutMs: 1,
      subscribeTimeoutMs: 1,
      healthyAfterMs: 1,
      loginSpacingMs: 1,
      loginWaitMs: 0,
      repairTimeoutMs: 1,
      drainTimeoutMs: 1,
      maxRetries: 2,
      coverageMin: 1,
      backoff: { baseMs: 1, capMs: 1 },
      seed: 1
    },
    events: [
      { type: "FRONT_CONNECTED" },
      { type: "FRONT_DISCONNECTED", reason: 0x1001 },
      { type: "LOGGED_IN", tradingDay: "20261123" },
      { type: "LOGIN_REFUSED", errorId: 3, message: "no" },
      { type: "LOGIN_REFUSED", errorId: 8, message: "later" },
      { type: "LOGGED_OUT" },
      { type: "REQUEST_NOT_SENT", request: "login", code: -1 },
      { type: "REQUEST_NOT_SENT", request: "login", code: -2 },
      { type: "ALL_ACKNOWLEDGED", acknowledged: 9, wanted: 10 },
      { type: "ALL_ACKNOWLEDGED", acknowledged: 10, wanted: 10 },
      { type: "COVERAGE_COUNTED", acknowledged: 5, wanted: 10 },
      { type: "TICKS_ARRIVED" },
      { type: "FEED_SILENT", silentMs: 30_000 },
      { type: "FEED_LAGGED", waiting: 9000 },
      { type: "FEED_CAUGHT_UP" },
      { type: "PHASE_CHANGED", phase: "closed" },
      { type: "PHASE_CHANGED", phase: "preOpen" },
      { type: "RETRY_ASKED" },
      { type: "RELOGIN_ASKED" },
      { type: "STOP_ASKED" },
      { type: "MADE_ACTIVE" },
      { type: "MADE_STANDBY" },
      { type: "FENCED_OFF" }
    ],
    abstract: (context) => {
      const c = context as unknown as SessionContext
      return [
        c.connected,
        c.loggedIn,
        c.frontLate,
        c.released,
        Math.min(c.attempts, 3),
        Math.min(c.requestError, 2),
        c.throttled,
        Math.min(c.repairs, 2),
        c.acknowledged > 0,
        c.acknowledged < c.wanted,
        c.silent,
        c.lagging,
        c.phase
      ]
    },
    worthTrying: ({ value, context }, event) => {
      const link = sessionLink(value)
      const { silent, lagging, repairs, connected, attempts, requestError } = context as SessionContext
      // Regions are connected by the gate and the end only, so roles are walked from one state of the link.
      if (roleEvents.has(event.type)) return link === "connecting" && attempts === 0
      if (sessionRole(value) !== "active") return event.type === "STOP_ASKED" && !connected
      // One trouble at a time, and no fact twice: anything else multiplies states without a new transition.
      const served = link === "streaming" || link === "degraded"
      if (event.type === "RELOGIN_ASKED")
        return served && !silent && !lagging && repairs + attempts + requestError === 0
      if (event.type === "FEED_LAGGED") return served && !silent && !lagging && repairs === 0
      if (event.type === "FEED_SILENT") return served && !lagging
      if (event.type === "COVERAGE_COUNTED") return link === "subscribing" && !silent
      if (event.type === "FRONT_CONNECTED") return !connected
      if (event.type === "RETRY_ASKED" && link === "backingOff") return attempts === 1 && !silent && repairs === 0
      if (event.type === "PHASE_CHANGED") return attempts === 0 || attempts === 3
      if (event.type === "STOP_ASKED") return attempts === 0
      return true
    }
  },
  "publisher-machine": {
    input: { alarmAfterMs: 1, drainTimeoutMs: 1 },
    events: [
      { type: "LINK_UP" },
      { type: "LINK_DOWN", code: "NATS_CLOSED", message: "closed" },
      { type: "PUBLISH_REFUSED", code: "STREAM_FULL", description: "maximum bytes exceeded" },
      { type: "ACKS_OVERDUE", oldestMs: 6000 },
      { type: "ACKS_CAUGHT_UP" },
      { type: "STORE_LOST", gone: 3 },
      { type: "FENCED", message: "taken over" },
      { type: "TAKEN_BACK" },
      { type: "SPOOL_ENGAGED" },
      { type: "SPOOL_EMPTIED" },
      { type: "DRAIN_ASKED" },
      { type: "DRAIN_ENDED", left: 0 },
      { type: "DRAIN_ENDED", left: 7 }
    ],
    abstract: ({ spooled }) => spooled
  },
  "feed-worker-machine": {
    input: { feed: "primary", startTimeoutMs: 1, restartGraceMs: 1, stopTimeoutMs: 1 },
    events: [
      { type: "WORKER_STARTED" },
      { type: "WORKER_READY", pid: 7 },
      { type: "WORKER_HUNG", message: "Release did not return" },
      { type: "WORKER_DIED", code: "WORKER_DIED", message: "SIGSEGV" },
      { type: "RESTART_SCHEDULED", inMs: 200 },
      { type: "STOP_ASKED" },
      { type: "WORKER_ENDED" },
      { type: "GIVEN_UP" }
    ],
    abstract: () => null
  },
  "market-hours-machine": {
    input: { lookAgainMs: 1 },
    events: [
      ...marketPhases.map((phase) => ({ type: "PHASE_CHANGED", phase, leftMs: 60_000, certain: true })),
      { type: "PHASE_CHANGED", phase: "trading", leftMs: 60_000, certain: false }
    ],
    abstract: ({ certain }) => certain
  },
  "repair-machine": {
    input: {
      feed: "primary",
      instrumentMs: 1,
      batchMs: 1,
      loginMs: 1,
      sessionMs: 1,
      workerMs: 1,
      switchMs: 1,
      againMs: 1
    },
    events: [
      { type: "INSTRUMENTS_STALLED", stalled: 1, severe: false },
      { type: "INSTRUMENTS_STALLED", stalled: 3, severe: true },
      { type: "FEED_SILENT", silentMs: 1300 },
      { type: "TICKS_BACK" },
      { type: "TRADING_ENDED" },
      { type: "SESSION_LOST" },
      { type: "RUNG_REFUSED", why: "no budget left" }
    ],
    abstract: ({ severe, wholeFeed }) => [severe, wholeFeed]
  },
  "failover-machine": {
    input: {
      mode: "hot",
      feeds: ["primary", "backup"],
      preferred: "primary",
      active: "primary",
      movedBy: undefined,
      held: false,
      startMs: 1,
      lostMs: 1,
      commitMs: 1,
      failbackMs: 1,
      failbackCapMs: 1,
      retry: { baseMs: 1, capMs: 1 }
    },
    events: [
      { type: "FEED_CHANGED", feed: "primary", live: true, silent: false },
      { type: "FEED_CHANGED", feed: "primary", live: false, silent: false },
      { type: "FEED_CHANGED", feed: "backup", live: true, silent: false },
      { type: "FEED_CHANGED", feed: "backup", live: false, silent: false },
      { type: "PHASE_CHANGED", phase: "trading" },
      { type: "PHASE_CHANGED", phase: "break" },
      { type: "TICK_ARRIVED", feed: "primary" },
      { type: "TICK_ARRIVED", feed: "backup" },
      { type: "SWITCH_ASKED", id: "1", to: "primary", cause: "manual", force: false },
      { type: "SWITCH_ASKED", id: "2", to: "backup", cause: "manual", force: false },
      { type: "SWITCH_ASKED", id: "3", to: "backup", cause: "manual", force: true },
      { type: "HOLD_ASKED" },
      { type: "RELEASE_ASKED" }
    ],
    abstract: (context) => {
      const c = context as unknown as FailoverContext
      return [
        c.facts["primary"]?.live,
        c.facts["backup"]?.live,
        c.trading,
        c.active,
        c.movedBy,
        c.held,
        c.pausing,
        c.pending?.to,
        c.pending?.cause,
        c.failbackDue
      ]
    },
    // A hold is reported once, and no fact is reported twice.
    worthTrying: ({ context }, event) => {
      const c = context as FailoverContext
      const { held, live, phase, feed } = event as { held?: boolean; live?: boolean; phase?: string; feed?: string }
      if (event.type === "FEED_CHANGED") return (c.facts[feed ?? ""]?.live ?? false) !== live
      if (event.type === "PHASE_CHANGED") return c.trading !== (phase === "trading")
      if (event.type === "HOLD_ASKED") return !c.held && c.active === "primary" && c.pending === undefined
      if (event.type === "RELEASE_ASKED") return c.held
      return held === undefined
    }
  },
  "daemon-machine": {
    input: { bootTimeoutMs: 1, alarmAfterMs: 1, drainTimeoutMs: 1 },
    events: [
      { type: "REASONS_CHANGED", reasons: [] },
      { type: "REASONS_CHANGED", reasons: ["broker link down"] },
      { type: "STOP_ASKED" },
      { type: "TREE_STOPPED" }
    ],
    abstract: () => null
  },
  "runbook-machine": {
    input: { ...runDeadlines, command: "start", stages: shortPlan },
    events: [...runEvents, ...shortPlan.flatMap(({ name }) => [1, 2].flatMap((attempt) => stageEvents(name, attempt)))],
    abstract: abstractRun
  },
  "drill-machine": {
    input: { ...runDeadlines, command: "drill", stages: drillPlan },
    events: [...runEvents, ...drillPlan.flatMap(({ name }) => stageEvents(name, 1))],
    abstract: abstractRun
  },
  "order-machine": {
    input: orderWalk,
    events: [
      "ACCEPTED",
      "REFUSED",
      "OUTCOME_UNKNOWN",
      "FOUND",
      "NOT_FOUND",
      "LOOKUP_FAILED",
      "NEWS",
      "ENDED",
      "CANCEL_ASKED",
      "CANCEL_TAKEN",
      "CANCEL_REFUSED",
      "REPLACE_ASKED",
      "REPLACE_TAKEN",
      "REPLACE_REFUSED",
      "STOP_ASKED"
    ]
      .map((type): { type: string } => ({ type }))
      .concat([{ type: "RATE_LIMITED", retryAfterMs: 1 } as { type: string }]),
    abstract: ({ graceOver, cancelWanted }) => [graceOver, cancelWanted]
  }
}

/** Inputs that lead to other transitions than those of the walk: one walk must take what the others miss. */
const otherInputs: Readonly<Record<string, ReadonlyArray<object>>> = {
  "failover-machine": [{ mode: "cold" }],
  "runbook-machine": [{ stages: shortPlan.slice(0, 1) }],
  "order-machine": [{ resume: "unsure" }, { resume: "working" }]
}

describe("every transition is taken by the interpreter", () => {
  for (const [name, machine] of Object.entries(machineCatalogue)) {
    it.effect(
      name,
      () =>
        Effect.gen(function* () {
          const options = walks[name] as WalkOptions
          const walk = yield* walkMachine(machine, options)
          const covered = new Set(walk.covered)
          for (const other of otherInputs[name] ?? []) {
            const more = yield* walkMachine(machine, { ...options, input: { ...options.input, ...other } })
            for (const key of more.covered) covered.add(key)
          }
          console.log(
            `${name} transitions: covered ${covered.size} of ${walk.transitions} (${walk.paths} paths, ${walk.states} states)`
          )
          assert.deepStrictEqual(
            walk.missed.filter((key) => !covered.has(key)),
            []
          )
          assert.strictEqual(covered.size, walk.transitions)
        }),
      180_000
    )
  }
})

describe("charts", () => {
  // A state that waits for an event only can be held forever by a lost event, so each of them is listed here.
  const waitsForFacts = new Set([
    "session-machine link.awaitingLogin",
    "session-machine link.resting",
    "session-machine link.rejected",
    "session-machine link.failed",
    "session-machine link.streaming",
    "session-machine loginGate.open",
    "session-machine role.active",
    "session-machine role.standby",
    "session-machine role.fenced",
    "publisher-machine connected",
    "publisher-machine replaying",
    "feed-worker-machine running",
    "feed-worker-machine stopped",
    "feed-worker-machine givenUp",
    "daemon-machine ready",
    "repair-machine idle",
    "failover-machine label.serving",
    "failover-machine label.troubled",
    "failover-machine label.noFeed",
    "failover-machine label.awaitingMarket",
    "failover-machine retry.open",
    "failover-machine failback.settled",
    "failover-machine failback.waiting",
    "failover-machine failback.due"
  ])

  it("every state has an exit, and every wait a timeout", () => {
    for (const [name, machine] of Object.entries(machineCatalogue)) {
      const transitions = listTransitions(machine)
      const ancestors = (path: string) => [path, path.split(".")[0], "(any)"]
      for (const node of stateNodesOf(machine)) {
        if (node.type !== "atomic") continue
        const path = node.path.join(".")
        const exits = transitions.filter(({ state, target }) => ancestors(path).includes(state) && target !== "")
        assert.isAbove(exits.length, 0, `${name} ${path} has no exit`)
        // Left in the same step, in any case.
        if (node.always?.some(({ guard }) => guard === undefined) === true) continue
        const timed = [...node.transitions.keys()].some((type) => type.startsWith("xstate.after."))
        if (!waitsForFacts.has(`${name} ${path}`)) assert.isTrue(timed, `${name} ${path} waits without a timeout`)
      }
    }
  })

  it("machines/transitions.md agrees with the machines", () => {
    const page = readFileSync(new URL("../../../machines/transitions.md", import.meta.url), "utf8")
    assert.strictEqual(page, transitionPage(), "stale: run 'node deploy/dev/generate-transitions.ts'")
  })
})
