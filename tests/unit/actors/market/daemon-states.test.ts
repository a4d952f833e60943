// Readiness, failover and a retry decide by these states: one kept too long, or without its cause, decides wrongly.
import { assert, it } from "@effect/vitest"
import { initialTransition, transition } from "xstate"
import { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import { sessionMachine } from "../../../../machines/market/session-machine.ts"
import { sessionInput } from "../../../support/session-machine-run.ts"

const begins = () => initialTransition(sessionMachine, sessionInput)[0]

it("keeps the begin of a session's state, and resets it with a new machine", () => {
  const states = new DaemonStates()
  const first = begins()
  states.noteSession("primary", { type: "stands", atMs: 1000, begins: true, snapshot: first })
  const { state } = states.sessions.get("primary") ?? assert.fail("no state")
  states.noteSession("primary", { type: "stands", atMs: 2000, begins: false, snapshot: first })
  assert.deepInclude(states.sessions.get("primary"), { state, sinceMs: 1000 })
  states.noteSession("primary", { type: "stands", atMs: 3000, begins: true, snapshot: begins() })
  assert.deepInclude(states.sessions.get("primary"), { state, sinceMs: 3000 })
  assert.isUndefined(states.sessions.get("backup"))
})

it("shows a crash with its error and the attempts before it, and a stop with the last error", () => {
  const states = new DaemonStates()
  const [lost] = transition(sessionMachine, begins(), { type: "FRONT_DISCONNECTED", reason: 0x1001 })
  states.noteSession("primary", { type: "stands", atMs: 1000, begins: false, snapshot: lost })
  const { attempts, cause, lastError } = states.sessions.get("primary") ?? assert.fail("no state")
  states.noteSession("primary", { type: "stopped", atMs: 2000 })
  assert.deepInclude(states.sessions.get("primary"), { state: "stopped", sinceMs: 2000, attempts, cause, lastError })
  states.noteSession("primary", { type: "crashed", atMs: 3000, error: "mailbox overflowed" })
  assert.deepInclude(states.sessions.get("primary"), {
    state: "crashed",
    sinceMs: 3000,
    attempts,
    lastError: "mailbox overflowed"
  })
})
