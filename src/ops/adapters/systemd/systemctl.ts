import { Effect } from "effect"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type CommandError, CommandRunner } from "../../ports/command-runner.ts"
import { RuntimeError } from "../../ports/runtime.ts"

/** Milliseconds. A question is answered at once, or systemd has a fault of its own. */
const askMs = 5_000
/** A start or a reset is only queued. */
const queueMs = 10_000
/** Beyond TimeoutStopSec of every unit of `deploy/systemd`, so that systemd itself says how the stop went. */
const stopMs = 120_000
/** Of the journal, in the sentence about a unit that ended. */
const shownLines = "3"

const properties = [
  "Id",
  "LoadState",
  "ActiveState",
  "SubState",
  "MainPID",
  "InvocationID",
  "Result",
  "ExecMainStatus",
  "NeedDaemonReload",
  "EnvironmentFiles"
]

/** What systemd says about a unit. Source: org.freedesktop.systemd1(5). */
export interface UnitState {
  readonly unit: string
  /** `loaded`, `not-found`, `masked`, `bad-setting`, … */
  readonly load: string
  /** `active`, `activating`, `reloading`, `deactivating`, `inactive`, `failed`. */
  readonly active: string
  /** `running`, `auto-restart`, … */
  readonly sub: string
  readonly pid: string
  /** A new one for each start, also for a restart by systemd itself. */
  readonly invocation: string
  /** `success`, or why the last run ended. */
  readonly result: string
  readonly exitStatus: string
  readonly needsReload: boolean
  readonly environmentFiles: ReadonlyArray<string>
}

/** One unit for each block of `systemctl show`, in the sequence in which they were asked for. */
const unitStatesIn = (text: string, units: ReadonlyArray<string>): ReadonlyArray<UnitState> => {
  const blocks = text.trim().split(/\n\s*\n/)
  return units.map((unit, at) => {
    const lines = (blocks[at] ?? "").split("\n").map((line) => {
      const end = line.indexOf("=")
      return [line.slice(0, end), line.slice(end + 1)] as const
    })
    const of = (name: string) => lines.find(([own]) => own === name)?.[1] ?? ""
    return {
      unit,
      load: of("LoadState"),
      active: of("ActiveState"),
      sub: of("SubState"),
      pid: of("MainPID"),
      invocation: of("InvocationID"),
      result: of("Result"),
      exitStatus: of("ExecMainStatus"),
      needsReload: of("NeedDaemonReload") === "yes",
      environmentFiles: lines
        .filter(([name, value]) => name === "EnvironmentFiles" && value !== "")
        .map(([, value]) => value.replace(/ \(ignore_errors=(?:yes|no)\)$/, ""))
    }
  })
}

/** Something of the unit runs, or will by itself. */
export const unitRuns = ({ active }: UnitState): boolean =>
  active !== "inactive" && active !== "failed" && active !== ""

const denied = /interactive authentication required|access denied|permission denied|not authorized/i

const notBooted = /not been booted with systemd|failed to connect to bus/i

const asRuntimeError = ({ lastWords, message, reason }: CommandError) => {
  if (reason === "missing" || notBooted.test(lastWords)) {
    return new RuntimeError({ message: `systemd does not run this machine: choose another --runtime (${message}).` })
  }
  const fix = denied.test(lastWords)
    ? "run the runbook as root, or let this user manage units by a polkit rule for org.freedesktop.systemd1.manage-units"
    : "see 'journalctl -xe'"
  return new RuntimeError({ message: `${message}; ${fix}.` })
}

/** The command lines of this adapter, each with its own deadline. */
export const makeSystemctl = Effect.fnUntraced(function* ({ variables }: Pick<LiveSettings, "variables">) {
  const { run } = yield* CommandRunner
  // Messages are compared and shown, so that they are in one language, without colours and without a pager.
  const environment = { PATH: variables["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", SYSTEMD_COLORS: "0" }
  const command = (program: string, args: ReadonlyArray<string>, timeoutMs: number) =>
    run({ program, args, environment, timeoutMs }).pipe(Effect.mapError(asRuntimeError))
  const systemctl = (args: ReadonlyArray<string>, timeoutMs: number) =>
    command("systemctl", ["--no-ask-password", "--no-pager", ...args], timeoutMs)
  return {
    show: (units: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<UnitState>, RuntimeError> =>
      units.length === 0
        ? Effect.succeed([])
        : Effect.map(systemctl(["show", `--property=${properties.join(",")}`, "--", ...units], askMs), (text) =>
            unitStatesIn(text, units)
          ),
    /** Forgets the starts of the last minutes: their limit is against a unit that ends again and again by itself. */
    resetFailed: (unit: string) => Effect.ignore(systemctl(["reset-failed", "--", unit], queueMs)),
    start: (unit: string) => Effect.asVoid(systemctl(["start", "--no-block", "--", unit], queueMs)),
    stop: (unit: string) => Effect.asVoid(systemctl(["stop", "--", unit], stopMs)),
    lastLines: (unit: string): Effect.Effect<string> =>
      command("journalctl", ["--no-pager", "--output=cat", "--lines", shownLines, "--unit", unit], askMs).pipe(
        Effect.map((text) => text.trim().split("\n").join(" | ").slice(-600) || "it printed nothing"),
        Effect.catch(({ message }) => Effect.succeed(message))
      )
  }
})
