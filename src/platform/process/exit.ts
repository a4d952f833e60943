import { isatty } from "node:tty"
import { Deferred, Effect } from "effect"
import { takeEarlySignals } from "./early-signals.ts"
import { exitCodes } from "./user-error.ts"

/** Parts of a running daemon that the end of the process uses. */
export interface Draining {
  readonly deadlineMs: number
  /** Children whose stop has begun and not ended; the one that the others wait for is last. */
  readonly stillStopping: () => ReadonlyArray<string>
  /** Writes to the daemon's log. */
  readonly log: (message: string, event: string, level?: "WARNING" | "ERROR") => void
}

/** Functions of the process that `Shutdown` needs. */
export interface Host {
  readonly exit: (code: number) => void
  readonly say: (line: string) => void
  /** Runs `then` after a time, without keeping the process running for it. */
  readonly later: (ms: number, then: () => void) => void
}

/** Ctrl-C under npm sends two signals: the terminal's to the whole group, and the copy that npm passes on. */
const echoMs = 1000

/** For the records of a program that a defect has ended, milliseconds. */
const defectMs = 5000

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/**
 * How the process ends: a first signal, an uncaught error, or a root supervisor that gave up starts a drain. A drain
 * that exceeds its deadline, or a second signal, ends the process at once. Exit codes: docs/SUPERVISION.md.
 */
export class Shutdown {
  private readonly host: Host
  private readonly drainAsked = Deferred.makeUnsafe<void>()
  private draining: Draining | undefined
  private begun = false
  private armed = false
  private first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined
  private faulted = false
  private outputError: Error | undefined
  private held = false
  private onDefect: ((message: string) => Promise<void>) | undefined

  constructor(host: Host) {
    this.host = host
  }

  /** Succeeds when the process must end; a running program then drains. */
  get asked(): Effect.Effect<void> {
    return Deferred.await(this.drainAsked)
  }

  /** The signal that arrived first; undefined: none did. */
  get signal(): NodeJS.Signals | undefined {
    return this.first?.signal
  }

  /**
   * From now on the work in progress ends by itself: a first signal is a fact for it, a second one is not obeyed, and
   * it goes on when its output is not read. What it has begun to change would stay half-done. `onDefect` records an
   * uncaught error before the process ends because of it.
   */
  hold(onDefect?: (message: string) => Promise<void>): void {
    this.held = true
    this.onDefect = onDefect
  }

  /** From now on there is a daemon to drain. */
  guard(draining: Draining): void {
    this.draining = draining
    if (this.begun) this.arm()
  }

  /** A drain begins, for any reason. */
  begin(): void {
    this.begun = true
    this.arm()
  }

  /** Requests a drain. */
  ask(): void {
    this.begin()
    Deferred.doneUnsafe(this.drainAsked, Effect.void)
  }

  /** A second signal ends the process. A repetition of the same signal within a second does not count, see `echoMs`. */
  onSignal(signal: NodeJS.Signals, atMs: number): void {
    const { first } = this
    if (first === undefined) {
      this.first = { signal, atMs }
      return this.ask()
    }
    if (signal === first.signal && atMs - first.atMs <= echoMs) return
    if (this.held) return this.host.say(`tickd: ${signal} is ignored: what was begun is completed or undone first`)
    this.host.exit(exitCodes.secondSignal)
  }

  /**
   * The terminal is gone (SIGHUP). A daemon without one continues, as with nohup: Node removes the SIG_IGN that nohup
   * sets. Not counted as a signal, because the shell and the kernel may both send it.
   */
  onHangup(hasTerminal: boolean): void {
    if (hasTerminal) return this.ask()
    const message = "SIGHUP is ignored: this process has no terminal; SIGTERM ends it"
    this.draining?.log(message, "hangup_ignored", "WARNING")
  }

  /**
   * A signal that other programs use to reopen their log files. Its default action would end this process without a
   * drain.
   */
  onIgnored(signal: NodeJS.Signals): void {
    this.draining?.log(`${signal} is ignored: SIGTERM ends this process`, "signal_ignored", "WARNING")
  }

  /**
   * stdout cannot be written. When the reader of a verb's output has gone (`| head`), the verb ends normally. Any
   * other error is kept for the exit code. A running daemon or demo never ends because of its output.
   */
  onOutputError(error: Error & { readonly code?: string }): void {
    if (this.draining !== undefined || this.held) return
    if (error.code !== "EPIPE") this.outputError ??= error
    this.ask()
  }

  /** An uncaught exception or rejection: the process state is not reliable any more, but its accepted ticks are. */
  onFault(kind: "uncaughtException" | "unhandledRejection", error: unknown): void {
    // Further errors of a broken process while it drains are not reported.
    if (this.faulted) return
    this.faulted = true
    const message = `a bug of tickd, please report it: ${kind}: ${textOf(error)}`
    if (this.draining === undefined) {
      this.host.say(`tickd: ${message}`)
      const { onDefect } = this
      const end = () => this.host.exit(exitCodes.gaveUp)
      if (onDefect === undefined) return end()
      this.host.later(defectMs, end)
      return void onDefect(message).then(end, end)
    }
    this.draining.log(message, "unhandled_fault")
    this.ask()
  }

  /** A daemon or a demo ran, not a verb that prints. */
  get hasDrained(): boolean {
    return this.draining !== undefined
  }

  /** The exit code of a program that would end with `code`. */
  codeOf(code: number): number {
    if (this.faulted) return exitCodes.gaveUp
    return this.outputError === undefined ? code : exitCodes.unavailable
  }

  /** The last sentence of a process that did not complete its work although no verb failed. */
  get lastSentence(): string | undefined {
    if (this.faulted) return "drained and ended because of a bug: see unhandled_fault in its log"
    if (this.outputError === undefined) return undefined
    return `the output is not complete: stdout cannot be written (${this.outputError.message}); free space at its destination [OUTPUT_FAILED]`
  }

  private arm(): void {
    const { draining } = this
    if (this.armed || draining === undefined) return
    this.armed = true
    this.host.later(draining.deadlineMs, () => {
      const alive = draining.stillStopping()
      const who = alive.length === 0 ? "no child, but the process" : alive.join(", ")
      const message = `The drain did not end within ${draining.deadlineMs} ms, still running: ${who}; unconfirmed ticks may not be stored. Raise TICKD_SHUTDOWN_DEADLINE_MS or see its log lines.`
      draining.log(message, "shutdown_deadline")
      this.host.say(`tickd: ${message} [SHUTDOWN_DEADLINE]`)
      this.host.exit(exitCodes.gaveUp)
    })
  }
}

/** The `Shutdown` of this process, with its signals and uncaught errors. */
export const watchProcess = (): Shutdown => {
  const leave = new Shutdown({
    exit: (code) => process.exit(code),
    say: (line) => void process.stderr.write(`${line}\n`),
    later: (ms, then) => void setTimeout(then, ms).unref()
  })
  // SIGQUIT: Ctrl-\ of a terminal, and the stop signal of some images.
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const)
    process.on(signal, () => leave.onSignal(signal, performance.now()))
  for (const { atMs, signal } of takeEarlySignals()) leave.onSignal(signal, atMs)
  // Checked now: a terminal may have gone since the start.
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd))
  process.on("SIGHUP", () => leave.onHangup(hasTerminal))
  // The default action of SIGUSR1 would open Node's debugger on a port.
  for (const signal of ["SIGUSR1", "SIGUSR2"] as const) process.on(signal, () => leave.onIgnored(signal))
  process.stdout.on("error", (error) => leave.onOutputError(error))
  // stderr is gone, so nothing can be reported.
  process.stderr.on("error", () => undefined)
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(kind, (error: unknown) => leave.onFault(kind, error))
  }
  return leave
}
