import { Effect } from "effect"
import { type ControlErrorOf, refuse } from "../../../protocol/control/control.ts"

/** Fails when the request names a feed that the daemon does not have. */
export const knownFeed = (
  instance: string,
  feeds: ReadonlyArray<string>,
  feed: string | undefined
): Effect.Effect<void, ControlErrorOf<"UNKNOWN_FEED">> =>
  feed === undefined || feeds.includes(feed)
    ? Effect.void
    : refuse("UNKNOWN_FEED", `${instance} has no feed ${JSON.stringify(feed)}: it has ${feeds.join(", ")}.`)
