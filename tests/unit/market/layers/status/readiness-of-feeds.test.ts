// A daemon that reports ready while no feed is up misleads its operators: one healthy feed is ready, none is not.
import { assert, it } from "@effect/vitest"
import { DaemonStates } from "../../../../../actors/market/daemon-states.ts"
import { reasonsNotReady } from "../../../../../src/market/layers/status/readiness.ts"

const reasons = (held: Readonly<Record<string, boolean>>) =>
  reasonsNotReady({
    publisher: () => ({ link: "up" }),
    states: new DaemonStates(),
    fronts: ["primary", "backup"].map((feed) => ({ feed, isHeld: () => held[feed] === true }))
  })

it("names the session of a cold pair that is missing, and not the one that is held back", () => {
  assert.deepStrictEqual(reasons({ backup: true }), ["session primary not started"])
})

it("is not ready between the stop of one cold feed and the start of the other", () => {
  assert.deepStrictEqual(reasons({ primary: true, backup: true }), [
    "no feed is up: a switch stops one before the other starts"
  ])
})
