// After a reconnect nothing is assumed: the log must show for each session when the front had answered and when
// everything ticked.
import { assert, it } from "vitest"
import { proofSentence, SessionProof } from "../../../../../src/market/application/integrity/session-proof.ts"
import type { StalenessView } from "../../../../../src/market/application/silence/staleness.ts"

const view = (ticking: number, up = true): StalenessView => ({
  up,
  watched: 0,
  ticking,
  stalled: [],
  silentMs: 0,
  lateMs: 0
})
const totals = (acknowledged: number, rejected = 0) => ({ wanted: 10, sent: 0, acknowledged, rejected, missing: 0 })

it("reports once when all have answered and once when all of them tick, in each session anew", () => {
  const proof = new SessionProof()
  assert.isUndefined(proof.look(0, view(0, false), totals(0)))
  for (const loginMs of [1000, 600_000]) {
    assert.isUndefined(proof.look(loginMs, view(0), totals(0)))
    assert.isUndefined(proof.look(loginMs + 500, view(9), totals(9)))
    const answered = proof.look(loginMs + 900, view(7), totals(8, 2))
    assert.deepInclude(answered, { shows: "answered", acknowledged: 8, rejected: 2, ticking: 7, tookMs: 900 })
    assert.isUndefined(proof.look(loginMs + 1000, view(7), totals(8, 2)))
    const ticking = proof.look(loginMs + 1500, view(8), totals(8, 2))
    assert.deepInclude(ticking, { shows: "ticking", ticking: 8, tookMs: 1500 })
    assert.isUndefined(proof.look(loginMs + 90_000, view(3), totals(8, 2)))
    assert.isUndefined(proof.look(loginMs + 100_000, view(0, false), totals(0)))
  }
})

it("reports after a minute how many have not ticked, and nothing later", () => {
  const proof = new SessionProof()
  proof.look(0, view(0), totals(10))
  assert.isUndefined(proof.look(59_900, view(6), totals(10)))
  const waiting = proof.look(60_000, view(6), totals(10))
  assert.deepInclude(waiting, { shows: "waiting", ticking: 6, acknowledged: 10 })
  assert.match(waiting === undefined ? "" : proofSentence(waiting), /^6 of 10 acknowledged .* 60\.0 s after the login/)
  assert.isUndefined(proof.look(61_000, view(10), totals(10)))
})
