import { Clock, Effect, Result } from "effect"
import { readConsumers } from "../../../client/consumer-registry.ts"
import { maskAccount } from "../../../kernel/instrument/account-mask.ts"
import { connectNats } from "../../../platform/nats/connect.ts"
import { connectionOf, tickIdentity } from "../../../platform/nats/nats-settings.ts"
import { isAddress, readBacklogs, shownSource } from "../../adapters/drill/metrics-source.ts"
import type { DrillSettings } from "../../config/drill-variables.ts"
import { judgeBacklogs } from "../../domain/drill/backlog-series.ts"
import type { StageNote } from "../../domain/drill/drill-journal.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { Feed } from "../../domain/runbook-words.ts"
import { DaemonControl } from "../../ports/daemon-control.ts"

/** A metric of the new feed appears with the next scrape; a consumer may need a moment after a switch. */
const patienceMs = 40_000
const pauseMs = 1_000

type Checked = Result.Result<StageNote, string>

const asFault = ({ message }: { readonly message: string }) => Effect.succeed<Checked>(Result.fail(message))

/** The backlogs in the metrics of `DRILL_METRICS_SOURCE`. */
const inMetrics = (drill: DrillSettings, source: string, feed: string): Effect.Effect<Checked> =>
  readBacklogs(source).pipe(
    Effect.map((all): Checked => {
      const { backlogThreshold: threshold, expectAccount: account } = drill
      return judgeBacklogs(all, { feed, account, threshold }).pipe(
        Result.map((meant) => ({
          source: shownSource(source),
          feed,
          series: meant.length,
          largest_backlog: Math.max(...meant.map(({ messages }) => messages)),
          threshold
        })),
        Result.mapError((why) => `DRILL_METRICS_SOURCE ${shownSource(source)} ${why}`)
      )
    }),
    Effect.catch(asFault)
  )

/** The durable consumers of the stream itself, and the daemon's word for the feed and account. */
const onStream = (
  settings: LiveSettings,
  drill: DrillSettings,
  feed: string
): Effect.Effect<Checked, never, DaemonControl> =>
  Effect.gen(function* () {
    const { natsUrl, variables } = settings
    const { backlogThreshold: threshold, expectAccount: account } = drill
    const { failover, sessions } = yield* (yield* DaemonControl).status
    const active = failover?.active ?? "primary"
    if (active !== feed) return Result.fail(`the active feed is ${active}, not ${feed}`)
    const masked = sessions.find((session) => session.feed === active)?.account ?? "none"
    if (account !== undefined && masked !== account && masked !== maskAccount(account)) {
      return Result.fail(`the account of ${feed} is ${masked}, not ${maskAccount(account)}`)
    }
    const stream = variables["TICK_STREAM"] ?? "MD_TICKS"
    const connection = yield* Effect.acquireRelease(
      connectNats({
        ...connectionOf(tickIdentity(variables), { url: natsUrl, name: "tickd live drill consumers" }),
        reconnect: false
      }),
      (opened) => Effect.promise(() => opened.close().catch(() => undefined))
    )
    const { durables } = yield* readConsumers(connection, stream)
    const behind = durables.filter(({ backlog }) => backlog > threshold)
    if (behind.length > 0) {
      const named = behind.map(({ backlog, name }) => `${name} ${backlog}`).join(", ")
      return Result.fail(`consumers are behind by more than ${threshold}: ${named}; run 'tickd consumers'`)
    }
    return Result.succeed({
      source: `durable consumers of ${stream}`,
      feed,
      series: durables.length,
      largest_backlog: Math.max(0, ...durables.map(({ backlog }) => backlog)),
      threshold
    })
  }).pipe(Effect.scoped, Effect.catch(asFault))

/**
 * Waits until the backlog of every consumer of the expected feed is within the threshold. A file is read once; other
 * sources are read again for a while. Fails with the last reason.
 */
export const checkConsumers = (
  settings: LiveSettings,
  drill: DrillSettings,
  feed: Feed
): Effect.Effect<StageNote, string, DaemonControl> =>
  Effect.gen(function* () {
    const { metricsSource: source } = drill
    const expected = drill.expectFeed ?? feed
    const look: Effect.Effect<Checked, never, DaemonControl> =
      source === undefined ? onStream(settings, drill, expected) : inMetrics(drill, source, expected)
    const untilMs = (yield* Clock.currentTimeMillis) + patienceMs
    const isFixed = source !== undefined && !isAddress(source)
    while (true) {
      const checked = yield* look
      if (Result.isSuccess(checked)) return checked.success
      if (isFixed || (yield* Clock.currentTimeMillis) >= untilMs) return yield* Effect.fail(checked.failure)
      yield* Effect.sleep(pauseMs)
    }
  })
