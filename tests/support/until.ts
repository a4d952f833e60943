import { Effect } from "effect"

/** Waits for a real process: looks every 10 ms until `holds`, and dies with `what` when that takes too long. */
export const until = Effect.fnUntraced(function* (what: string, holds: () => boolean, withinMs = 15_000) {
  for (let waitedMs = 0; !holds(); waitedMs += 10) {
    if (waitedMs >= withinMs) throw new Error(`${what} has not come`)
    yield* Effect.sleep(10)
  }
})

/** The same for what must be asked of a server. */
export const untilAnswer = Effect.fnUntraced(function* (what: string, ask: () => Promise<boolean>, withinMs = 15_000) {
  for (let waitedMs = 0; !(yield* Effect.promise(ask)); waitedMs += 20) {
    if (waitedMs >= withinMs) throw new Error(`${what} has not come`)
    yield* Effect.sleep(20)
  }
})
