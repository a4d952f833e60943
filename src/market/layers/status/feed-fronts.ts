import { monotonicMs } from "../../../platform/process/clock.ts"
import { connectedPeers } from "../../../platform/process/connected-peers.ts"
import { makePolled } from "../../../platform/process/polled.ts"
import type { FeedLine } from "../feeds/feed-line.ts"

/** A machine with many connections has a long table, and a front changes with a login only. */
const everyMs = 4000
/** The library closes one connection before it opens the next; more would be a series for each. */
const frontsMax = 2

/**
 * The front that each feed is connected to. The vendor's library chooses among the addresses and does not say
 * which.
 */
export const feedFronts = (feeds: ReadonlyArray<Pick<FeedLine, "feed" | "ctp">>) =>
  makePolled({
    ask: async () => {
      const found = await Promise.all(
        feeds.map(async ({ ctp, feed }) =>
          (await connectedPeers(ctp.workerPid())).slice(0, frontsMax).map((front) => ({ feed, front }))
        )
      )
      return found.flat()
    },
    everyMs,
    monotonicMs
  })
