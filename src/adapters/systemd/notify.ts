import { spawn } from "node:child_process"

/** Tells the service manager how this process stands. Never throws and never waits: a service must not fail for its report. */
export interface ServiceNotifier {
  /** Assignments of one datagram: `READY=1`, `STATUS=…`, `STOPPING=1`, `WATCHDOG=1`. */
  readonly send: (...assignments: ReadonlyArray<string>) => void
}

/** A report that takes this long is behind the next one: no more are started meanwhile. */
const outstandingMax = 3

/**
 * sd_notify(3) to `socket`. Node has no Unix datagram socket, so systemd's own `systemd-notify` writes the datagram: a
 * child of a few milliseconds, some a minute. The unit therefore says `NotifyAccess=all`.
 * Trouble is told once; afterwards reports go on being tried.
 */
export const serviceNotifier = (options: {
  readonly socket: string
  readonly onTrouble: (message: string) => void
  /** The program; another one in tests. */
  readonly program?: string
}): ServiceNotifier => {
  let outstanding = 0
  let told = false
  const trouble = (why: string) => {
    outstanding--
    if (told) return
    told = true
    options.onTrouble(
      `The service manager cannot be told how tickd stands (${why}): install systemd-notify, or run the unit with Type=exec and without WatchdogSec.`
    )
  }
  return {
    send: (...assignments) => {
      if (outstanding >= outstandingMax) return
      outstanding++
      const child = spawn(options.program ?? "systemd-notify", assignments, {
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", NOTIFY_SOCKET: options.socket },
        stdio: "ignore"
      })
      child.unref()
      child.once("error", (error) => trouble(error.message))
      child.once("exit", (code, signal) => {
        if (code === 0) outstanding--
        else trouble(`systemd-notify ended with ${signal ?? `exit code ${code}`}`)
      })
    }
  }
}
