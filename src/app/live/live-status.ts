import { Effect, Layer, Option } from "effect"
import { Command } from "effect/cli"
import { endWith, Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { aligned } from "../../cli/terminal/layout.ts"
import { readLastRun } from "../../ops/adapters/files/last-run.ts"
import { daemonControl } from "../../ops/adapters/nats/daemon-control.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { LiveSettings } from "../../ops/domain/live-settings.ts"
import type { RuntimeName } from "../../ops/domain/runtime-words.ts"
import { programHosts } from "../../ops/layers/live/program-hosts.ts"
import { runtimeOf } from "../../ops/layers/live/runtime-probes.ts"
import { DaemonControl } from "../../ops/ports/daemon-control.ts"
import { type Part, ProgramHost, parts } from "../../ops/ports/program-host.ts"
import { RunLog } from "../../ops/ports/run-log.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { prepareRun } from "./prepare-run.ts"
import { askedRun, runtimeFlag, verbFlags } from "./runbook-flags.ts"

/** What `tickd live status --json` prints. `ok`: tickd runs and answers. Accounts are masked. */
interface LiveStatus {
  readonly ok: boolean
  /** How the programs are run, and why so: `process`, `systemd` or `compose`. */
  readonly runtime: RuntimeName
  readonly runtime_why: string
  readonly parts: ReadonlyArray<{
    readonly part: Part
    readonly runs: boolean
    /** Process ids, units or containers; null: nothing of it runs. */
    readonly instance: string | null
    /** False: an operator starts and stops it. */
    readonly managed: boolean
  }>
  readonly active_feed: string | null
  readonly sessions: ReadonlyArray<{ readonly feed: string; readonly account: string; readonly state: string }>
  /** Why the daemon is not known; empty when it answers. */
  readonly message: string
  readonly last_run: {
    readonly at: string
    readonly action: string
    readonly window: string
    readonly profile: string
    readonly exit_code: number
  } | null
}

const silent = Effect.void
/** A status has no log. */
const noLog = Layer.succeed(RunLog, { write: () => silent, mark: () => silent, follow: () => silent })

/** A daemon that does not answer is part of the status, so that it is not waited for longer. */
const answerMs = 4_000

const lastRunOf = (logDir: string): LiveStatus["last_run"] => {
  const last = readLastRun(logDir)
  if (last === undefined) return null
  const { action, at, exitCode, profile, window } = last
  return { at, action, window, profile, exit_code: exitCode }
}

/** Reads what runs. Changes nothing. */
const readStatus = (settings: LiveSettings, runtime: RuntimeName, why: string) =>
  Effect.gen(function* () {
    const running = yield* (yield* ProgramHost).observe
    const noAnswer = { status: undefined, message: `tickd did not answer within ${answerMs / 1000} s` }
    const { message, status } = yield* (yield* DaemonControl).status.pipe(
      Effect.map((answer) => ({ status: answer, message: "" })),
      Effect.timeoutOrElse({ duration: answerMs, orElse: () => Effect.succeed(noAnswer) }),
      Effect.catch(({ message: why }) => Effect.succeed({ status: undefined, message: why }))
    )
    const reply: LiveStatus = {
      ok: status !== undefined,
      runtime,
      runtime_why: why,
      parts: parts.map((part) => ({
        part,
        runs: running[part] !== undefined,
        instance: running[part] ?? null,
        managed: part === "tickd" || settings.managed[part]
      })),
      active_feed: status === undefined ? null : (status.failover?.active ?? "primary"),
      sessions: (status?.sessions ?? []).map(({ account, feed, state }) => ({ feed, account, state })),
      message,
      last_run: lastRunOf(settings.logDir)
    }
    return reply
  }).pipe(
    Effect.provide(Layer.merge(programHosts[runtime](settings), daemonControl(settings))),
    Effect.provide(noLog),
    Effect.mapError(
      ({ message }) => new UserError({ code: "RUNTIME_UNREADABLE", message, exitCode: runbookExits.preflight.code })
    )
  )

const partText = ({ instance, managed, runs }: LiveStatus["parts"][number]): string => {
  if (runs) return instance ?? "runs"
  return managed ? "does not run" : "not managed by the runbooks"
}

const statusText = ({
  active_feed,
  last_run,
  message,
  parts: rows,
  runtime,
  runtime_why,
  sessions
}: LiveStatus): string =>
  aligned([
    ...rows.map((row) => [row.part, partText(row)]),
    ["runtime", `${runtime}: ${runtime_why}`],
    ["active feed", active_feed ?? `unknown: ${message}`],
    ...sessions.map(({ account, feed, state }) => [`session ${feed}`, `${state}, account ${account}`]),
    [
      "last run",
      last_run === null
        ? "none in the audit"
        : `${last_run.action}, ${last_run.window}, profile ${last_run.profile}, exit code ${last_run.exit_code}, ${last_run.at}`
    ]
  ]).join("\n")

/** `tickd live status` */
export const status = Command.make(
  "status",
  { json: jsonFlag, runtime: runtimeFlag, ...verbFlags("status") },
  ({ json, runtime, ...given }) =>
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const { settings } = yield* prepareRun(yield* askedRun("status", given), env)
      const chosen = yield* runtimeOf(settings, Option.getOrUndefined(runtime))
      const reply = yield* readStatus(settings, chosen.runtime, chosen.why)
      yield* present(json, reply, statusText)
      if (!reply.ok) yield* endWith(runbookExits.tickd.code)
    })
).pipe(
  Command.withDescription(
    "Show what runs on this machine, the active feed and the last run; changes nothing, exit code 2 without a daemon"
  )
)
