import { Clock, Effect } from "effect"
import { runRepair } from "../../../../actors/market/repair-actor.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { Body } from "../../../../actors/runtime/tree.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { type Proof, proofSentence, SessionProof, type Waiting } from "../../application/integrity/session-proof.ts"
import { mainContractsOf } from "../../application/silence/main-contracts.ts"
import type { Staleness } from "../../application/silence/staleness.ts"
import { RepairHandler, type RepairRecord } from "../../application/subscriptions/repair-handler.ts"
import type { Subscriptions } from "../../application/subscriptions/subscriptions.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { makeLatenessLog } from "../log/lateness-log.ts"

/** One feed as health sees it. */
export interface HealthFeed {
  readonly subscriptions: Subscriptions
  readonly staleness: Staleness
  readonly askLogin: () => void
  readonly restartWorker: () => boolean
  readonly switchFeed?: () => string | undefined
}

/** What a status shows of a feed's health. */
export interface HealthCounts {
  /** Acknowledged instruments with a tick in this session. */
  readonly ticking: number
  readonly stalled: number
  /** Main contracts among the stalled ones. */
  readonly stalledMain: number
  readonly silentMs: number
  /** How far the feed's ticks arrive behind the exchanges. */
  readonly lateMs: number
  readonly escalations: number
}

/** How often a session is looked at for what it has shown, milliseconds. */
const proveEveryMs = 100

/** Acknowledged instruments without a tick, and what is known of each. */
const waitingOf = (subscriptions: Subscriptions): ReadonlyArray<Waiting> =>
  subscriptions
    .records()
    .filter(({ state }) => state === "acknowledged")
    .map(({ doubt, instrumentId, setAside }) => ({
      instrumentId,
      why: setAside === undefined ? doubt : `${setAside.ticks} ticks set aside: ${setAside.reason}`
    }))

const sentenceOf = ({ rung, result, stalled, why }: RepairRecord): string => {
  const what = stalled === 0 ? "the silent feed" : `${stalled} silent instruments`
  return `repair of ${what}: rung ${rung} ${result}${why === undefined ? "" : `, ${why}`}`
}

/** The child of the tree that looks for silence and repairs it, feed by feed. */
export const makeHealth = (options: {
  readonly feeds: ReadonlyArray<HealthFeed>
  /** Silence after which a session repairs itself, milliseconds. */
  readonly silenceMs: number
  readonly subscribeTimeoutMs: number
  /** How many globs name instruments that matter most. */
  readonly priorities: number
  readonly directory: InstrumentDirectory
  readonly registry: Registry
  readonly log: Pick<DaemonLog, "write">
  /** Called with each rung that has ended. */
  readonly onRepair?: ((record: RepairRecord) => void) | undefined
}) => {
  const lines = options.feeds.map((feed) => {
    const { staleness, subscriptions } = feed
    return {
      feed,
      staleness,
      proof: new SessionProof(),
      handler: new RepairHandler({ subscriptions, staleness, priorities: options.priorities }),
      lateness: makeLatenessLog(subscriptions.feed, options.log)
    }
  })
  const onRecord = (record: RepairRecord) => {
    options.log.write(record.result === "recovered" ? "INFO" : "WARNING", sentenceOf(record), {
      event: "repair",
      feed: record.feed,
      rung: record.rung,
      result: record.result,
      took_ms: record.endedMs - record.startedMs,
      instruments: record.instruments
    })
    options.onRepair?.(record)
  }
  const logProof = (subscriptions: Subscriptions, proof: Proof) => {
    const { feed } = subscriptions
    const waiting = proof.shows === "waiting" ? waitingOf(subscriptions) : []
    options.log.write(
      waiting.some(({ why }) => why !== undefined) ? "WARNING" : "INFO",
      proofSentence(proof, waiting),
      {
        event: "subscriptions_verified",
        feed,
        shows: proof.shows,
        wanted: proof.wanted,
        acknowledged: proof.acknowledged,
        rejected: proof.rejected,
        ticking: proof.ticking,
        took_ms: proof.tookMs
      }
    )
  }
  const proveSessions = Effect.map(Clock.currentTimeMillis, (nowMs) => {
    for (const { feed, proof, staleness, lateness } of lines) {
      lateness(staleness.last())
      const shown = proof.look(nowMs, staleness.last(), feed.subscriptions.totals())
      if (shown !== undefined) logProof(feed.subscriptions, shown)
    }
  }).pipe(Effect.andThen(Effect.sleep(proveEveryMs)), Effect.forever)
  const body: Body = (ready) =>
    Effect.andThen(
      ready,
      Effect.forEach(
        lines,
        ({ feed, handler }) =>
          runRepair({
            input: {
              feed: handler.feed,
              instrumentMs: 3000,
              batchMs: 5000,
              // A new session asks for everything again before the silent instruments can tick.
              loginMs: 15_000 + options.subscribeTimeoutMs,
              sessionMs: options.silenceMs + 30_000 + options.subscribeTimeoutMs,
              workerMs: 30_000 + options.subscribeTimeoutMs,
              switchMs: 10_000,
              againMs: 600_000
            },
            registry: options.registry,
            handler,
            askLogin: feed.askLogin,
            restartWorker: feed.restartWorker,
            ...(feed.switchFeed === undefined ? {} : { switchFeed: feed.switchFeed }),
            onRecord
          }),
        { concurrency: "unbounded", discard: true }
      )
    ).pipe(Effect.andThen(Effect.never), Effect.raceFirst(proveSessions))
  const lineOf = (feed: string) => lines.find(({ handler }) => handler.feed === feed)
  return {
    body,
    /** Records of the ladders, the oldest first. */
    records: () => lines.flatMap(({ handler }) => handler.records()).sort((a, b) => a.endedMs - b.endedMs),
    /** The instruments of a feed that should tick and do not. */
    stalled: (feed: string, nowMs: number) => {
      const line = lineOf(feed)
      return line?.staleness.last().stalled.map((row) => line.staleness.describe(row, nowMs)) ?? []
    },
    counts: (feed: string): HealthCounts => {
      const line = lineOf(feed)
      const view = line?.staleness.last()
      const { table } = line?.feed.subscriptions ?? {}
      return {
        ticking: view?.ticking ?? 0,
        stalled: view?.stalled.length ?? 0,
        stalledMain:
          view === undefined || table === undefined
            ? 0
            : mainContractsOf(view.stalled, table, options.directory).length,
        silentMs: Math.round(view?.silentMs ?? 0),
        lateMs: Math.round(view?.lateMs ?? 0),
        escalations: line?.handler.escalations ?? 0
      }
    }
  }
}
