import { Effect } from "effect"
import { makeCtpFront } from "../../adapters/ctp/ctp-front.ts"
import { TickLedger } from "../../application/intake/ledger.ts"
import type { Config } from "../../config/config.ts"
import type { FrontProfile } from "../../config/front-profiles.ts"
import type { DaemonLog } from "../log/daemon-log.ts"

/** One feed from its front to its ring, and the ledger that its ticks are counted in. The ring belongs to the scope. */
export const makeFeedLine = Effect.fnUntraced(function* (options: {
  readonly config: Config["ctp"]
  /** The login of this feed. */
  readonly profile: FrontProfile
  /** Path of `tickd-feed-worker`. */
  readonly workerBinary: string
  /** Environment of the feed workers, without secrets; undefined: that of this process. */
  readonly workerEnv?: Readonly<Record<string, string | undefined>> | undefined
  readonly log: DaemonLog
}) {
  const { config, profile, log } = options
  const { feed } = profile
  const ctp = yield* makeCtpFront({
    feed,
    binary: options.workerBinary,
    library: config.library,
    flowDir: `${config.flowDir}/${feed}`,
    fronts: profile.addresses,
    production: config.production,
    brokerId: profile.brokerId,
    userId: profile.userId,
    password: () =>
      profile.password.reveal((sentence) =>
        log.write("WARNING", `${sentence} The login goes on with the password that was read before.`, {
          event: "password_not_read",
          feed
        })
      ),
    onLine: (line, folded) =>
      log.write(folded > 1 ? "WARNING" : "INFO", line, { event: "worker_line", feed, count: folded }),
    env: options.workerEnv,
    onControl: (event) => log.control(feed, event)
  })
  return { feed, ctp, ledger: new TickLedger(feed, ctp.ringCounts) }
})
