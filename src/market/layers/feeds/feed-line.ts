import { Effect } from "effect"
import type { LoginMemory } from "../../../../actors/market/session-actor.ts"
import { type FeedGate, makeFeedGate } from "../../../../actors/runtime/feed-gate.ts"
import type { Secret } from "../../../kernel/secret.ts"
import { makeCtpFront } from "../../adapters/ctp/ctp-front.ts"
import { TickLedger } from "../../application/intake/ledger.ts"
import type { TickArrivals } from "../../application/intake/tick-arrivals.ts"
import type { Subscriptions } from "../../application/subscriptions/subscriptions.ts"
import type { Config } from "../../config/config.ts"
import type { FrontProfile } from "../../config/ctp-login-variables.ts"
import type { EventBus } from "../events/daemon-events.ts"
import { type FeedRole, makeFeedRole } from "./feed-role.ts"
import { makeAsking } from "./feed-subscriptions.ts"

/** One feed from its front to its ring: what the shared layers wire, in `tickd run` and in the simulation. */
export interface FeedLine extends FeedRole {
  readonly feed: string
  /** Index in the list of feeds: the number that its ticks carry through the line. */
  readonly index: number
  readonly ctp: Effect.Success<ReturnType<typeof makeCtpFront>>
  readonly ledger: TickLedger
  readonly asking: {
    readonly arrivals: TickArrivals
    readonly subscriptions: Subscriptions
    readonly logins: LoginMemory
    /** How long the front may take to answer for what is wanted, milliseconds. */
    readonly timeoutMs: number
  }
  readonly gate: FeedGate
  /** The user that logs in. */
  readonly userId: string
  /** Addresses of its fronts; omit: not shown. */
  readonly addresses?: ReadonlyArray<string>
  /** Of its login: no worker starts before it was read. Omit: there is none to read. */
  readonly password?: Pick<Secret, "problem" | "isFile">
  /** Ticks unread in the ring that are a backlog when they are seen twice in a row. */
  readonly lagTicks: number
  /** Keeps the pauses of feeds and daemons apart. */
  readonly seed: number
}

/** Ticks that the reader drains in one turn of the event loop: more than that unread, twice in a row, is a backlog. */
const lagTicks = 8192

/** A feed of a configuration: over a worker process and shared memory. The ring belongs to the scope. */
export const makeFeedParts = Effect.fnUntraced(function* (options: {
  readonly config: Config
  readonly profile: FrontProfile
  readonly index: number
  /** Path of `tickd-feed-worker`. */
  readonly workerBinary: string
  /** Environment of the feed workers, without secrets; undefined: that of this process. */
  readonly workerEnv?: Readonly<Record<string, string | undefined>> | undefined
  readonly asking: Omit<Parameters<typeof makeAsking>[0], "config" | "feed">
  readonly events: EventBus
}) {
  const { config, profile, index, events } = options
  const { feed, userId, addresses, password } = profile
  const ctp = yield* makeCtpFront({
    feed,
    binary: options.workerBinary,
    library: config.ctp.library,
    flowDir: `${config.ctp.flowDir}/${feed}`,
    fronts: addresses,
    production: config.ctp.production,
    brokerId: profile.brokerId,
    userId,
    password: () => password.reveal((sentence) => events.publish({ type: "passwordNotRead", feed, sentence })),
    onLine: (line, folded) => events.publish({ type: "workerLine", feed, line, folded }),
    env: options.workerEnv,
    onControl: (event) => events.publish({ type: "front", feed, event })
  })
  return {
    feed,
    index,
    ctp,
    ledger: new TickLedger(feed, ctp.ringCounts),
    asking: makeAsking({ ...options.asking, config, feed }),
    gate: makeFeedGate(),
    userId,
    addresses,
    password,
    profile,
    lagTicks,
    // Two feeds that lost their fronts together must not come back in step.
    seed: process.pid + index,
    ...makeFeedRole()
  } satisfies FeedLine & { readonly profile: FrontProfile }
})

/** A feed of a configuration, with what operators reach of it. */
export type FeedParts = Effect.Success<ReturnType<typeof makeFeedParts>>
