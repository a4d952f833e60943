import { Effect } from "effect"
import { chanceOf } from "../../simulator/paper/core/paper-ids.ts"

/** Chances at each occasion: a reply, an update. */
const rates: Readonly<Record<string, number>> = {
  "reply-lost": 0.02,
  "reply-500": 0.02,
  "reply-duplicate": 0.02,
  "reply-refused": 0.02,
  "reply-html": 0.01,
  "rate-limit": 0.01,
  "update-twice": 0.1,
  "update-drop": 0.04,
  "update-reorder": 0.1,
  "update-late": 0.05
}

/** Commands that act once. */
const acts = ["partial-next", "reject-next", "cancel-late", "replace-late", "update-first"] as const
/** Every so many of them the stream of updates is cut: entries wait for the reconciliation after it. */
const cutEvery = 10

const everyMs = 1500

/** The faults of a demo, from its seed. A command that the venue does not take is the next one's turn. */
export const makeDemoFaults = (url: string, seed: number) => {
  const send = (command: unknown) =>
    Effect.promise(async () => {
      try {
        await fetch(`${url}/sim/faults`, { method: "POST", body: JSON.stringify(command) })
      } catch {
        // The venue starts or stops.
      }
    })
  const all = (rateOf: (rate: number) => number) =>
    Effect.forEach(Object.entries(rates), ([fault, rate]) => send({ fault, rate: rateOf(rate) }), { discard: true })
  return {
    begin: all((rate) => rate),
    /** The venue is itself again: what is held back is sent with the next event. */
    end: all(() => 0),
    /** For ever. */
    act: Effect.gen(function* () {
      for (let turn = 0; ; turn++) {
        yield* Effect.sleep(everyMs)
        const fault =
          turn % cutEvery === cutEvery / 2
            ? "stream-cut"
            : acts[Math.floor(chanceOf(seed, `act:${turn}`) * acts.length)]
        yield* send({ fault, count: 1 })
      }
    }),
    /** How many faults have acted. */
    acted: Effect.promise(async () => {
      try {
        const { acted } = (await (await fetch(`${url}/sim/faults`)).json()) as { acted: Record<string, number> }
        return Object.values(acted).reduce((sum, count) => sum + count, 0)
      } catch {
        return 0
      }
    })
  }
}
