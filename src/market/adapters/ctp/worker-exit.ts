import { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"

const codes = {
  64: ["WORKER_ARGUMENTS", true],
  65: ["LIBRARY_NOT_LOADED", true],
  66: ["VERSION_NOT_SUPPORTED", true],
  67: ["FLOW_FOLDER", true],
  68: ["RING", true],
  70: ["WORKER_HUNG", false]
} as const

/**
 * The end of a worker as an error: its own last sentence when it printed one (docs/reference/ring.md, exit codes),
 * which names the variable to change.
 */
export const workerError = (
  feed: string,
  exit: { readonly code: number | null; readonly signal: string | null },
  lastSentence: string | undefined
): FeedWorkerError => {
  const known = codes[exit.code as keyof typeof codes] as (typeof codes)[64] | undefined
  if (known !== undefined) {
    const [code, fatal] = known
    return new FeedWorkerError({
      code,
      fatal,
      message: lastSentence ?? `The feed worker of ${feed} ended with exit code ${exit.code}: see its log lines.`
    })
  }
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`
  return new FeedWorkerError({
    code: "WORKER_DIED",
    fatal: false,
    message: `The feed worker of ${feed} died with ${how}${lastSentence === undefined ? "" : ` (${lastSentence})`}: it is started again.`
  })
}

/** A running worker that made no progress and was killed. */
export const silentWorkerError = (
  feed: string,
  missing: "heartbeat" | "command",
  silenceMs: number
): FeedWorkerError => {
  const what = missing === "heartbeat" ? "did not answer" : "did not execute a command"
  return new FeedWorkerError({
    code: "WORKER_HUNG",
    fatal: false,
    message: `The feed worker of ${feed} ${what} for ${Math.round(silenceMs / 1000)} s: it was killed and is started again.`
  })
}
