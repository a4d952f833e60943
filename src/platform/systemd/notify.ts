import { errorText } from "../../kernel/error-text.ts"
import { openUnixDatagram } from "./unix-datagram.ts"

/**
 * Reports the state of this process to the service manager. Never throws and never waits: a report must not fail the
 * service.
 */
export interface ServiceNotifier {
  /** Assignments of one datagram: `READY=1`, `STATUS=…`, `STOPPING=1`, `WATCHDOG=1`. */
  readonly send: (...assignments: ReadonlyArray<string>) => void
  readonly close: () => void
}

/**
 * sd_notify(3) to `socket`, from this process itself, so that the unit needs `NotifyAccess=main` only. A failure is
 * reported once; later reports are still sent.
 */
export const serviceNotifier = (options: {
  readonly socket: string
  readonly onTrouble: (message: string) => void
  /** Opens the socket; replaced in tests. */
  readonly open?: typeof openUnixDatagram
}): ServiceNotifier => {
  let reported = false
  const trouble = (cause: unknown) => {
    if (reported) return
    reported = true
    options.onTrouble(
      `The service manager cannot receive tickd's state (${errorText(cause)}): run the unit with Type=exec and without WatchdogSec.`
    )
  }
  let datagram: ReturnType<typeof openUnixDatagram> | undefined
  try {
    datagram = (options.open ?? openUnixDatagram)(options.socket)
  } catch (cause) {
    trouble(cause)
  }
  return {
    send: (...assignments) => {
      try {
        datagram?.send(assignments.join("\n"))
      } catch (cause) {
        trouble(cause)
      }
    },
    close: () => datagram?.close()
  }
}
