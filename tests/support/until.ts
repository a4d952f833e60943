import { Effect } from "effect"

/** Waits for a real process: checks every 10 ms until `holds`, and dies with `what` after a time limit. */
export const until = Effect.fnUntraced(function* (what: string, holds: () => boolean, withinMs = 15_000) {
  for (let waitedMs = 0; !holds(); waitedMs += 10) {
    if (waitedMs >= withinMs) throw new Error(`${what} has not come`)
    yield* Effect.sleep(10)
  }
})

/** The same for a condition that a server must be asked for. */
export const untilAnswer = Effect.fnUntraced(function* (what: string, ask: () => Promise<boolean>, withinMs = 15_000) {
  for (let waitedMs = 0; !(yield* Effect.promise(ask)); waitedMs += 20) {
    if (waitedMs >= withinMs) throw new Error(`${what} has not come`)
    yield* Effect.sleep(20)
  }
})
