import { Clock, Effect } from "effect"
import { type RepairEvent, type RepairInput, repairMachine } from "../../machines/market/repair-machine.ts"
import type {
  RepairHandler,
  RepairRecord,
  RepairResult,
  RepairRung
} from "../../src/market/application/subscriptions/repair-handler.ts"
import { type Performers, runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"

/** Interval of the feed check, milliseconds: a silence of 1.2 s is reported within 1.5 s. */
const lookEveryMs = 100

export interface RepairActorOptions {
  readonly input: RepairInput
  readonly registry: Registry
  readonly handler: RepairHandler
  /** Requests a new login from the session. */
  readonly askLogin: () => void
  /** False when there is no worker to restart. */
  readonly restartWorker: () => boolean
  /**
   * Requests a switch to the other feed; returns the refusal, or undefined when it was requested. Omit with a single
   * feed.
   */
  readonly switchFeed?: () => string | undefined
  /** Called with each finished rung, and with each escalation when it begins. */
  readonly onRecord?: (record: RepairRecord) => void
}

const rungs: Readonly<Record<string, RepairRung>> = {
  resubscribing: "instrument",
  resubscribingBatch: "batch",
  askingLogin: "login",
  sessionRepairs: "session",
  restartingWorker: "worker",
  switchingFeed: "feed",
  escalated: "escalation"
}

const resultOf = (event: string): RepairResult => {
  if (event === "TICKS_BACK") return "recovered"
  if (event === "RUNG_REFUSED") return "refused"
  return event.startsWith("xstate.after.") ? "timed_out" : "over"
}

/**
 * Checks one feed ten times a second and interprets the repair machine: what stalls is repaired rung by rung, each
 * within its budget and with a record, until ticks arrive again or the fault is escalated to an operator.
 */
export const runRepair = Effect.fnUntraced(function* (options: RepairActorOptions) {
  const { handler, input, registry } = options
  const { feed } = input
  let tell: (event: RepairEvent) => void = () => undefined
  const began = { atMs: 0 }

  /** `act` returns why the rung is not possible. */
  const climb = (rung: RepairRung, act: () => string | undefined | void) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const why = handler.spend(rung, nowMs) ? act() : `no budget left for rung ${rung}`
      if (typeof why === "string") tell({ type: "RUNG_REFUSED", why })
    })
  const escalate = Effect.suspend(() => {
    handler.escalations++
    const names = handler.stalled()
    const what = handler.isSilent()
      ? `feed ${feed} is silent`
      : `${names.length} instruments of feed ${feed} are silent (${names.slice(0, 5).join(", ")})`
    return Effect.logError(
      `REPAIR ESCALATED: ${what} in trading hours, and no repair helped: check the front and the network to the broker`
    ).pipe(Effect.annotateLogs({ event: "repair_escalated", feed, stalled: names.length }))
  })
  const performers: Performers<typeof repairMachine> = {
    resubscribeInstruments: () => climb("instrument", () => handler.resubscribeInstruments()),
    resubscribeBatches: () => climb("batch", () => handler.resubscribeBatches()),
    askLogin: () => climb("login", options.askLogin),
    restartWorker: () => climb("worker", () => (options.restartWorker() ? undefined : "no feed worker runs")),
    switchFeed: () => climb("feed", options.switchFeed ?? (() => "there is no other feed")),
    escalate: () => escalate
  }
  const record = (from: string, event: string, why: string | undefined, atMs: number) => {
    const rung = rungs[from]
    if (rung === undefined) return
    const result = resultOf(event)
    options.onRecord?.(handler.note(rung, began.atMs, atMs, result, result === "refused" ? why : undefined))
  }

  const look = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(lookEveryMs)
      const nowMs = yield* Clock.currentTimeMillis
      for (const fact of handler.look(nowMs)) tell(fact)
    }
  })
  yield* runMachineActor(repairMachine, {
    actor: `repair-${feed}`,
    input,
    registry,
    stoppedAs: "stopped",
    contextOf: ({ context }) => ({
      stalled: context.stalled,
      severe: context.severe,
      wholeFeed: context.wholeFeed,
      escalations: context.escalations,
      lastRefusal: context.lastRefusal
    }),
    performers,
    onTransition: ({ atMs, event, from, to, snapshot }) => {
      if (from === to) return
      record(from, event.type, snapshot.context.lastRefusal, atMs)
      began.atMs = atMs
      if (to === "idle" && from !== "") handler.clear()
    },
    onMailbox: (offer) => {
      tell = offer
    },
    beside: look
  })
})
