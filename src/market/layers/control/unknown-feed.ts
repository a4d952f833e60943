import { ControlError } from "../../../protocol/control/control.ts"

/** `UNKNOWN_FEED`, when a feed is named that the daemon does not have; undefined: none is named, or it has it. */
export const unknownFeed = (
  instance: string,
  feeds: ReadonlyArray<string>,
  feed: string | undefined
): ControlError | undefined =>
  feed === undefined || feeds.includes(feed)
    ? undefined
    : new ControlError({
        code: "UNKNOWN_FEED",
        message: `${instance} has no feed ${JSON.stringify(feed)}: it has ${feeds.join(", ")}.`
      })
