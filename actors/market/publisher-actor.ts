import { Effect } from "effect"
import { type PublisherMachineEvent, publisherMachine } from "../../machines/market/publisher-machine.ts"
import type { PublisherCounts } from "../../src/market/ports/tick-publisher.ts"
import { runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"

export interface PublisherActorOptions {
  readonly registry: Registry
  readonly counts: () => PublisherCounts
  /** Age of the oldest unconfirmed tick that is reported as overdue, milliseconds. */
  readonly ackOverdueMs: number
  readonly alarmAfterMs: number
  readonly drainTimeoutMs: number
  readonly onMailbox: (tell: (event: PublisherMachineEvent) => void) => void
}

const lookEveryMs = 1000

/** Checks the counts each second: the publisher does not report an overdue acknowledgement by itself. */
const watchAcks = Effect.fnUntraced(function* (
  options: PublisherActorOptions,
  offer: (event: PublisherMachineEvent) => void
) {
  // After a restart of this actor the link may be up already, and no event would report it again.
  if (options.counts().link === "up") offer({ type: "LINK_UP" })
  if (options.counts().link === "fenced") offer({ type: "FENCED", message: "another writer has the stream" })
  let errors = options.counts().errors
  let overdue = false
  let troubled = false
  while (true) {
    yield* Effect.sleep(lookEveryMs)
    const counts = options.counts()
    const isOverdue = counts.oldestUnackedMs >= options.ackOverdueMs && counts.link === "up"
    if (isOverdue && !overdue) offer({ type: "ACKS_OVERDUE", oldestMs: Math.round(counts.oldestUnackedMs) })
    overdue = isOverdue
    const isTroubled = isOverdue || counts.errors !== errors
    errors = counts.errors
    // A second without a refusal and without an old tick ends either state.
    if (troubled && !isTroubled && counts.link === "up") offer({ type: "ACKS_CAUGHT_UP" })
    troubled = isTroubled || (troubled && counts.link !== "up")
  }
})

const publisherActor = "publisher"

/** Interprets the publisher machine: shows the state of publishing and reports long outages. */
export const runPublisherActor = Effect.fnUntraced(function* (options: PublisherActorOptions) {
  const report = (event: string, message: string) => Effect.logError(message).pipe(Effect.annotateLogs({ event }))
  let tell: (event: PublisherMachineEvent) => void = () => undefined
  const held = () => `${options.counts().retained} ticks are unconfirmed`
  yield* runMachineActor(publisherMachine, {
    actor: publisherActor,
    input: { alarmAfterMs: options.alarmAfterMs, drainTimeoutMs: options.drainTimeoutMs },
    registry: options.registry,
    stoppedAs: "closed",
    contextOf: ({ context }) => ({
      outages: context.outages,
      storeLost: context.storeLost,
      left: context.left,
      spooled: context.spooled,
      lastProblem: context.lastProblem
    }),
    performers: {
      reportOutage: ({ context }) =>
        report("broker_away", `the broker is still away (${context.lastProblem ?? "never seen"}); ${held()}`),
      reportBlocked: ({ context }) =>
        report("broker_blocked", `publishing is still blocked (${context.lastProblem ?? "unknown"}); ${held()}`),
      reportStoreLost: ({ context }) =>
        report("store_lost_total", `the broker lost ${context.storeLost} confirmed ticks in all`),
      reportFenced: ({ context }) =>
        report("publisher_fenced", `nothing is published (${context.lastProblem}); ${held()}`),
      reportUnfinished: () => report("drain_unfinished", `publishing ended before everything was confirmed; ${held()}`)
    },
    onMailbox: (offer) => {
      tell = offer
      options.onMailbox(offer)
    },
    beside: Effect.suspend(() => watchAcks(options, tell))
  })
})
