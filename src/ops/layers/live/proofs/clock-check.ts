import { execFile } from "node:child_process"
import { Clock, Effect } from "effect"
import { openTicks } from "../../../adapters/nats/daemon-connection.ts"
import type { ProofTools } from "./proof-wait.ts"
import { newestOf } from "./subscription-proof.ts"

/** Milliseconds by which this clock may differ from that of the NATS server. */
const warnMs = 1_000
const failMs = 10_000
const waitMs = 1_500

/** What the difference between two clocks means. `halfMs`: half of the time that the comparison took. */
export const clockVerdict = (offMs: number, halfMs: number): { readonly fault?: string; readonly warning?: string } => {
  const certain = Math.max(0, Math.abs(offMs) - halfMs)
  const seconds = (certain / 1000).toFixed(1)
  const text = `The clock of this machine is ${seconds} s ${offMs > 0 ? "ahead of" : "behind"} that of the NATS server: synchronise both (timedatectl set-ntp true)`
  if (certain > failMs) return { fault: text }
  return certain > warnMs ? { warning: text } : {}
}

/** `yes`, `no`, or undefined where systemd does not know. */
const ntpState: Effect.Effect<string | undefined> = Effect.callback((resume) => {
  const options = { timeout: waitMs, encoding: "utf8" as const }
  const child = execFile("timedatectl", ["show", "--property=NTPSynchronized", "--value"], options, (error, stdout) =>
    resume(Effect.succeed(error === null ? stdout.trim() || undefined : undefined))
  )
  return Effect.sync(() => void child.kill())
})

/**
 * Compares this clock with that of the NATS server, which stamps a stream's state. Before the first start there is no
 * stream to ask; the daemon itself compares with the exchanges and is not ready when they differ.
 */
export const checkClock = Effect.fnUntraced(function* ({ log, settings }: ProofTools, stream: string) {
  const synchronised = yield* ntpState
  if (synchronised === "no") {
    yield* log.write("WARN", "The clock of this machine is not synchronised: run 'timedatectl set-ntp true'")
  } else if (synchronised === undefined) {
    yield* log.write("INFO", "Whether the clock is synchronised cannot be known here: timedatectl does not answer")
  }
  const beganMs = yield* Clock.currentTimeMillis
  const server = yield* openTicks(settings).pipe(
    Effect.flatMap((connection) => newestOf(connection, stream)),
    Effect.scoped,
    Effect.timeout(waitMs),
    Effect.catch(() => Effect.undefined)
  )
  if (server === undefined) {
    yield* log.write("INFO", "The clock was compared with nothing: no stream of ticks answers yet")
    return undefined
  }
  const endedMs = yield* Clock.currentTimeMillis
  const halfMs = (endedMs - beganMs) / 2
  const { fault, warning } = clockVerdict(beganMs + halfMs - server.nowMs, halfMs)
  if (warning !== undefined) yield* log.write("WARN", warning)
  return fault
})
