import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { DrillNotPossible, type Drills } from "../../ports/drills.ts"

const notPossible = (message: string) => new DrillNotPossible({ message })

/** Kills a worker as a fault of the vendor's library would. */
export const crashWorker =
  (
    workerPid: (feed: string) => number,
    kill: (pid: number, signal: "SIGSEGV") => unknown = (pid, signal) => process.kill(pid, signal)
  ): Drills["crash"] =>
  (feed) =>
    Effect.suspend(() => {
      const pid = workerPid(feed)
      // 0 would be the daemon's own process group.
      if (pid <= 0) {
        return Effect.fail(notPossible(`The feed worker of ${feed} is not running: wait for its restart.`))
      }
      return Effect.try({
        try: () => {
          kill(pid, "SIGSEGV")
          return `SIGSEGV was sent to the feed worker of ${feed}, process ${pid}`
        },
        catch: (cause) => {
          const why = errorText(cause)
          return notPossible(
            `The feed worker of ${feed}, process ${pid}, took no signal (${why}): wait for its restart.`
          )
        }
      })
    })

/** Ends the session's connection to any front. `dropLink` is false when there is none. */
export const hangUp =
  (dropLink: (feed: string) => boolean): NonNullable<Drills["disconnect"]> =>
  (feed) =>
    Effect.suspend(() =>
      dropLink(feed)
        ? Effect.succeed(`the connection of ${feed} was cut: its api instance is released and a new one dials`)
        : Effect.fail(notPossible(`The session of ${feed} is not connected: there is nothing to cut.`))
    )

/** Login error of the drill: invalid login, which no daemon may try again by itself. */
const invalidLogin = 3

/** A session that lost its link pauses before it logs in again. */
const loginRejectMsMin = 10_000

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`

/**
 * Drills through the simulated fronts of a demo, one for each feed. `retry` makes the session try again, as the
 * command of an operator does.
 */
export const simulatedDrills = (
  front: (feed: string) => { readonly command: (line: string, onDone?: () => void) => void },
  retry: (feed: string) => void
): Omit<Drills, "crash"> => {
  const allowing = new Map<string, ReturnType<typeof setTimeout>>()
  const rejectLogins = (feed: string, forMs: number): string => {
    front(feed).command(`reject-logins ${invalidLogin}`)
    front(feed).command("drop")
    clearTimeout(allowing.get(feed))
    const timer = setTimeout(() => {
      // Only when the front accepts again: a retry that overtakes the command is refused, and no other follows.
      front(feed).command("reject-logins off", () => retry(feed))
    }, forMs)
    timer.unref()
    allowing.set(feed, timer)
    return `the simulated front closed the connection of ${feed} and refuses its logins with error ${invalidLogin} for ${seconds(forMs)}, then a retry is requested`
  }
  return {
    disconnect: (feed) =>
      Effect.sync(() => {
        front(feed).command("drop")
        return `the simulated front closed the connection of ${feed}`
      }),
    silence: (feed, forMs) =>
      Effect.sync(() => {
        front(feed).command(`silent ${forMs / 1000}`)
        return `the simulated front is silent towards ${feed} for ${seconds(forMs)} and answers nothing`
      }),
    loginReject: (feed, forMs) =>
      forMs < loginRejectMsMin
        ? Effect.fail(
            notPossible(
              `login-reject for ${seconds(forMs)} would be over before the session logs in again: let it last ${seconds(loginRejectMsMin)} or more.`
            )
          )
        : Effect.sync(() => rejectLogins(feed, forMs))
  }
}
