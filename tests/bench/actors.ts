// What a machine costs: a control event through the interpreter, and an actor that only waits.
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Effect, Fiber, Queue } from "effect"
import { type Performers, runMachine, runMachineActor } from "../../actors/runtime/machine-actor.ts"
import { Registry } from "../../actors/runtime/registry.ts"
import { type SessionEvent, sessionLink } from "../../machines/market/session-events.ts"
import { sessionMachine } from "../../machines/market/session-machine.ts"
import { sessionInput } from "../support/session-machine-run.ts"
import type { Measured, Suite } from "./suite.ts"

/** A reconnect for the machine: eight events, eight changes of state, five timers set and cancelled. */
const cycle: ReadonlyArray<SessionEvent> = [
  { type: "FRONT_CONNECTED" },
  { type: "xstate.after.loginSpacing.session.loginGate.closed" } as never,
  { type: "LOGGED_IN", tradingDay: "20261123" },
  { type: "ALL_ACKNOWLEDGED", acknowledged: 10, wanted: 10 },
  { type: "FEED_LAGGED", waiting: 9000 },
  { type: "FEED_CAUGHT_UP" },
  { type: "RETRY_ASKED" },
  { type: "FRONT_DISCONNECTED", reason: 0x1001 }
]

/** A loss in a storm: only counted. */
const loss: SessionEvent = { type: "FRONT_DISCONNECTED", reason: 0x2003 }

const nothing = () => Effect.void
const performers: Performers<typeof sessionMachine> = {
  requestLogin: nothing,
  subscribeWanted: nothing,
  redialFront: nothing,
  releaseFront: nothing,
  closeFront: nothing,
  reportRejected: nothing,
  reportFailed: nothing,
  reportRole: nothing
}

const input = { ...sessionInput, loginSpacingMs: 3_600_000 }

/** Microseconds for an event through mailbox, machine and performers, and the states passed. */
const throughInterpreter = async (events: ReadonlyArray<SessionEvent>, count: number) => {
  const states = new Set<string>()
  const program = Effect.gen(function* () {
    const mailbox = yield* Queue.unbounded<SessionEvent>()
    for (let index = 0; index < count; index++) {
      Queue.offerUnsafe(mailbox, events[index % events.length] as SessionEvent)
    }
    // Stopped before a connect, the machine is done with its last event.
    Queue.offerUnsafe(mailbox, loss)
    Queue.offerUnsafe(mailbox, { type: "STOP_ASKED" })
    yield* runMachine(sessionMachine, {
      input,
      mailbox,
      perform: () => Effect.void,
      onTransition: ({ snapshot }) => void states.add((snapshot.value as { link: string }).link)
    })
  })
  const started = performance.now()
  await Effect.runPromise(program)
  return { us: ((performance.now() - started) * 1000) / count, states: states.size }
}

/** Collects garbage on any machine: a heap full of unused objects would prove nothing. */
const collect = (): void => {
  setFlagsFromString("--expose-gc")
  ;(runInNewContext("gc") as () => void)()
}

const heap = () => {
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes of a waiting actor: fibers, mailbox, snapshot, timer and its row in the registry, averaged over `count`. */
const parked = async (count: number) => {
  const registry = new Registry()
  const before = heap()
  const fibers = Array.from({ length: count }, (_, index) =>
    Effect.runFork(
      runMachineActor(sessionMachine, {
        actor: `session-${index}`,
        input,
        registry,
        performers,
        nameOf: sessionLink,
        stoppedAs: "stopped",
        contextOf: ({ context: { attempts, phase } }) => ({ attempts, phase })
      })
    )
  )
  await new Promise((resolve) => setTimeout(resolve, 50))
  const bytes = (heap() - before) / count
  await Effect.runPromise(Fiber.interruptAll(fibers))
  return bytes
}

const measure = async (count: number) => {
  await throughInterpreter(cycle, 4000)
  const reconnect = await throughInterpreter(cycle, count)
  const storm = await throughInterpreter([{ type: "FRONT_CONNECTED" }, loss], count)
  const parkedBytes = await parked(count >= 40_000 ? 2000 : 500)
  return {
    rows: [
      ["a transition through the interpreter", `${reconnect.us.toFixed(1)} µs (limit 30)`],
      ["states of the session on the way", String(reconnect.states)],
      ["an event of a storm", `${storm.us.toFixed(1)} µs`],
      ["700 disconnects a second, of a core", `${((storm.us * 1400) / 10_000).toFixed(1)} % (limit 5)`],
      ["a parked actor", `${Math.round(parkedBytes)} bytes (limit 10,240)`]
    ],
    figures: {
      actors_transition_us: Number(reconnect.us.toFixed(1)),
      actors_storm_event_us: Number(storm.us.toFixed(1)),
      actors_storm_core_percent: Number(((storm.us * 1400) / 10_000).toFixed(1)),
      actors_parked_bytes: Math.round(parkedBytes)
    }
  } satisfies Measured
}

export const suite: Suite = {
  name: "actors",
  about: "a machine's transition through the interpreter, and the memory of an actor that waits",
  run: () => Effect.promise(() => measure(40_000))
}
