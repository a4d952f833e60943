// A process with a tree of three children that ends like `tickd run`: argument 1 names the fault in it.
import { Cause, Effect, Exit } from "effect"
import { Registry } from "../../actors/runtime/registry.ts"
import { type ChildSpec, SupervisorEvents, supervise } from "../../actors/runtime/supervisor.ts"
import { watchProcess } from "../../src/platform/process/exit.ts"
import { startStallWatchdog } from "../../src/platform/process/stall-watchdog.ts"

const [mode = "well", deadlineMs = "30000"] = process.argv.slice(2)
const say = (line: string) => void process.stdout.write(`${line}\n`)
const leave = watchProcess()
const registry = new Registry()

const child = (id: string, finalizer: Effect.Effect<void> = Effect.void): ChildSpec => ({
  id,
  shutdownMs: "infinity",
  start: (ready) =>
    Effect.andThen(ready, Effect.never).pipe(
      Effect.ensuring(
        Effect.andThen(
          finalizer,
          Effect.sync(() => say(`stop ${id}`))
        )
      )
    )
})

const faults: Record<string, () => void> = {
  exception: () => {
    throw new Error("this is not caught")
  },
  rejection: () => {
    void Promise.reject(new Error("this is not awaited"))
    // Later errors of a broken process are not logged again.
    void Promise.reject(new Error("nor this"))
  },
  stall: () => {
    const endMs = performance.now() + 400
    while (performance.now() < endMs) Math.sqrt(endMs)
  }
}

if (mode === "bare") faults["exception"]?.()
const program = Effect.gen(function* () {
  const watchdog = yield* startStallWatchdog((stallMs) => {
    say(`stall ${Math.round(stallMs)}`)
    say(JSON.stringify(watchdog.counts()))
  })
  leave.guard({
    deadlineMs: Number(deadlineMs),
    stillStopping: () => registry.stopping(),
    log: (message, event) => say(`log ${event}: ${message.split("\n")[0]}`)
  })
  const serving = Effect.sync(() => {
    say("ready")
    const fault = faults[mode]
    if (fault !== undefined) setTimeout(fault, 300)
  })
  const stuck = mode === "stuck" ? Effect.never : Effect.void
  const specs = [child("a"), child("b", stuck), child("c")]
  const options = {
    name: "root",
    strategy: "one_for_one",
    limit: { restartsMax: 1, periodMs: 1000 },
    backoff: { baseMs: 1, capMs: 1 },
    healthyAfterMs: 1000
  } as const
  // A fiber that waits on nothing of the event loop must not let the process end.
  yield* Effect.acquireRelease(
    Effect.sync(() => setInterval(() => undefined, 1000)),
    (timer) => Effect.sync(() => clearInterval(timer))
  )
  yield* Effect.raceFirst(supervise(options, specs, serving), leave.asked)
}).pipe(
  Effect.provideService(SupervisorEvents, (event) => registry.noteSupervisor(event)),
  Effect.scoped
)

const exit = await Effect.runPromiseExit(program)
if (Exit.isFailure(exit)) say(Cause.pretty(exit.cause))
if (leave.lastSentence !== undefined) process.stderr.write(`${leave.lastSentence}\n`)
process.exit(leave.codeOf(Exit.isFailure(exit) ? 1 : 0))
