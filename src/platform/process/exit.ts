import { isatty } from "node:tty"
import { Deferred, Effect } from "effect"
import { exitCodes } from "./user-error.ts"

/** What a running daemon lends to the end of the process. */
export interface Draining {
  readonly deadlineMs: number
  /** Children whose stop has begun and not ended, the one that the others wait for last. */
  readonly stillStopping: () => ReadonlyArray<string>
  /** Writes to the daemon's log. */
  readonly log: (message: string, event: string, level?: "WARNING" | "ERROR") => void
}

/** What `Shutdown` needs of the process. */
export interface Host {
  readonly exit: (code: number) => void
  readonly say: (line: string) => void
  /** Runs `then` after a time, without keeping the process alive for it. */
  readonly later: (ms: number, then: () => void) => void
}

/** Ctrl-C under npm is two signals: the terminal's own to the whole group, and npm's, which passes on what it got. */
const echoMs = 1000

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/**
 * How the process ends: a first signal, a fault that nobody caught, or a root that gave up asks for a drain; a drain that
 * outlasts its deadline and a second signal end the process at once. Exit codes: docs/SUPERVISION.md.
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

  constructor(host: Host) {
    this.host = host
  }

  /** Succeeds when the process shall end: whatever runs drains then. */
  get asked(): Effect.Effect<void> {
    return Deferred.await(this.drainAsked)
  }

  /** From now on there is something to drain. */
  guard(draining: Draining): void {
    this.draining = draining
    if (this.begun) this.arm()
  }

  /** A drain begins, whoever asked for it. */
  begin(): void {
    this.begun = true
    this.arm()
  }

  /** Somebody asks for a drain. */
  ask(): void {
    this.begin()
    Deferred.doneUnsafe(this.drainAsked, Effect.void)
  }

  /** A second signal ends the process. The same one again within a second is no second one, see `echoMs`. */
  onSignal(signal: NodeJS.Signals, atMs: number): void {
    const { first } = this
    if (first === undefined) {
      this.first = { signal, atMs }
      return this.ask()
    }
    if (signal !== first.signal || atMs - first.atMs > echoMs) this.host.exit(exitCodes.secondSignal)
  }

  /**
   * The terminal is gone (SIGHUP). A daemon without one goes on, as nohup wants it: Node takes back the SIG_IGN that
   * nohup sets. Not counted as a signal: the shell and the kernel may both send it.
   */
  onHangup(hasTerminal: boolean): void {
    if (hasTerminal) return this.ask()
    const message = "SIGHUP is ignored: this process has no terminal; SIGTERM ends it"
    this.draining?.log(message, "hangup_ignored", "WARNING")
  }

  /** A signal that other programs open their log files anew for, and whose usual action would end this one without a drain. */
  onIgnored(signal: NodeJS.Signals): void {
    this.draining?.log(`${signal} is ignored: SIGTERM ends this process`, "signal_ignored", "WARNING")
  }

  /**
   * stdout cannot be written. The reader of a verb's output has gone (`| head`): it has what it wanted, the verb ends.
   * Any other error is kept for the exit code. Output is nothing that a running daemon or demo ends for.
   */
  onOutputError(error: Error & { readonly code?: string }): void {
    if (this.draining !== undefined) return
    if (error.code !== "EPIPE") this.outputError ??= error
    this.ask()
  }

  /** An exception or a rejection that nobody caught: the process is not to be trusted any more, what it holds still is. */
  onFault(kind: "uncaughtException" | "unhandledRejection", error: unknown): void {
    // What a broken process goes on to throw while it drains says nothing new.
    if (this.faulted) return
    this.faulted = true
    const message = `a bug of tickd, please report it: ${kind}: ${textOf(error)}`
    if (this.draining === undefined) {
      this.host.say(`tickd: ${message}`)
      return this.host.exit(exitCodes.gaveUp)
    }
    this.draining.log(message, "unhandled_fault")
    this.ask()
  }

  /** A daemon or a demo ran, and not a verb that prints. */
  get hasDrained(): boolean {
    return this.draining !== undefined
  }

  /** The exit code of a program that would end with `code`. */
  codeOf(code: number): number {
    if (this.faulted) return exitCodes.gaveUp
    return this.outputError === undefined ? code : exitCodes.unavailable
  }

  /** The last sentence of a process that did not do all of its work although no verb failed, for who started it. */
  get lastSentence(): string | undefined {
    if (this.faulted) return "drained and ended because of a bug: see unhandled_fault in its log"
    if (this.outputError === undefined) return undefined
    return `what was printed is not whole: stdout cannot be written (${this.outputError.message}); make room where it goes [OUTPUT_FAILED]`
  }

  private arm(): void {
    const { draining } = this
    if (this.armed || draining === undefined) return
    this.armed = true
    this.host.later(draining.deadlineMs, () => {
      const alive = draining.stillStopping()
      const who = alive.length === 0 ? "no child, but the process" : alive.join(", ")
      const message = `The drain did not end within ${draining.deadlineMs} ms, still alive: ${who}; what was not confirmed may not be stored. Raise TICKD_SHUTDOWN_DEADLINE_MS or see its log lines.`
      draining.log(message, "shutdown_deadline")
      this.host.say(`tickd: ${message} [SHUTDOWN_DEADLINE]`)
      this.host.exit(exitCodes.gaveUp)
    })
  }
}

/** The `Shutdown` of this process: its signals and its faults. */
export const watchProcess = (): Shutdown => {
  const leave = new Shutdown({
    exit: (code) => process.exit(code),
    say: (line) => void process.stderr.write(`${line}\n`),
    later: (ms, then) => void setTimeout(then, ms).unref()
  })
  // SIGQUIT: Ctrl-\ of a terminal, and what some images name as their stop signal.
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const)
    process.on(signal, () => leave.onSignal(signal, performance.now()))
  // Asked now: a terminal that is gone is none any more.
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd))
  process.on("SIGHUP", () => leave.onHangup(hasTerminal))
  // SIGUSR1 would open Node's debugger on a port.
  for (const signal of ["SIGUSR1", "SIGUSR2"] as const) process.on(signal, () => leave.onIgnored(signal))
  process.stdout.on("error", (error) => leave.onOutputError(error))
  // Nothing is left to say it to.
  process.stderr.on("error", () => undefined)
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(kind, (error: unknown) => leave.onFault(kind, error))
  }
  return leave
}
