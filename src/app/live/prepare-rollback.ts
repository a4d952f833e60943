import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { runningSettings } from "../../ops/adapters/process/kept-snapshots.ts"
import { splitVariables } from "../../ops/adapters/process/program-environment.ts"
import { formatKnownIn, programFault, programIn } from "../../ops/adapters/process/program-version.ts"
import { tickdEnvironment } from "../../ops/adapters/process/programs/tickd-program.ts"
import { changedSecrets, contentOf, restoredVariables } from "../../ops/adapters/process/snapshot-content.ts"
import { readSnapshots } from "../../ops/adapters/process/snapshot-files.ts"
import { liveSettingsOf } from "../../ops/config/live-settings.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { LiveSettings } from "../../ops/domain/live-settings.ts"
import type { RuntimeName } from "../../ops/domain/runtime-words.ts"
import {
  changeLines,
  changesBetween,
  rollbackTarget,
  runningSnapshot,
  type Snapshot
} from "../../ops/domain/snapshot/snapshot.ts"
import { checkFormat } from "../../platform/process/state-format.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { shownValue } from "../../platform/process/variable.ts"
import { variables as declared, variableOf } from "../env/variables.ts"
import type { Prepared } from "./prepare-run.ts"
import { withPreferredFeed } from "./runbook-environment.ts"

const refused = (message: string) =>
  new UserError({ code: "ROLLBACK_REFUSED", message, exitCode: runbookExits.configuration.code })

export const shown = (name: string, value: string): string => shownValue(variableOf(name), value)

/** What is kept on this machine. Fails when the folder cannot be read. */
export const readKept = ({ runDir }: LiveSettings) =>
  Effect.try({
    try: () => readSnapshots(runDir),
    catch: (cause) =>
      refused(`The snapshots in ${runDir} cannot be read (${errorText(cause)}): let this user read them`)
  })

/** The present configuration, as a start would keep it. */
const presentContent = (settings: LiveSettings, { program, salt }: Snapshot) => ({
  ...contentOf(settings, tickdEnvironment(settings), splitVariables(settings).secrets, salt),
  program: programIn(settings.projectDir) ?? program,
  salt
})

const choose = (settings: LiveSettings, { profile, to }: Prepared["request"]) =>
  Effect.gen(function* () {
    const { snapshots } = yield* readKept(settings)
    const running = runningSnapshot(snapshots, runningSettings(settings))
    const target = rollbackTarget(to === undefined ? snapshots.filter((each) => each.profile === profile) : snapshots, {
      running,
      to
    })
    if (target === undefined) {
      return yield* refused(
        to === undefined
          ? `No good start before the one that runs now is kept for profile ${profile}: 'tickd live snapshots' lists what is`
          : `Snapshot ${to} is not kept: 'tickd live snapshots' lists what is`
      )
    }
    const { number, workingDir } = target
    if (target.profile !== profile) {
      return yield* refused(`Snapshot ${number} is of profile ${target.profile}: give --profile ${target.profile}`)
    }
    if (workingDir !== process.cwd()) {
      return yield* refused(`Snapshot ${number} was started in ${workingDir}: run the command in that folder`)
    }
    const fault = programFault(target)
    return fault === undefined ? { running, target } : yield* refused(fault)
  })

/** What a run is made from. `notes` are printed first; `isOtherThanFile`: the env file has other settings. */
interface PreparedRollback extends Prepared {
  readonly notes: ReadonlyArray<string>
  readonly isOtherThanFile: boolean
}

/**
 * Gives a rollback the settings and the program of its snapshot, with the present secrets. Every other run, and a mock,
 * is left as it is. Nothing has been touched when it fails.
 */
export const prepareRollback = (
  prepared: Prepared,
  runtime: RuntimeName | undefined
): Effect.Effect<PreparedRollback, UserError> =>
  Effect.gen(function* () {
    const { request, settings } = prepared
    if (request.command !== "rollback" || request.mock) return { ...prepared, notes: [], isOtherThanFile: false }
    if (runtime !== undefined && runtime !== "process") {
      return yield* refused(
        `A rollback needs --runtime process, and this is ${runtime}: bring back the former env file and the former version, then run 'tickd live restart'`
      )
    }
    const { running, target } = yield* choose(settings, request)
    const present = presentContent(settings, target)
    const changes = changeLines(changesBetween(running ?? present, target), shown)
    const restored = restoredVariables(settings, target)
    const read = yield* liveSettingsOf(restored, { declared, logDir: request.logDir })
    const { program } = target
    yield* checkFormat(
      { folder: read.stateDir, what: "state folder", setting: "TICKD_STATE_DIR" },
      { format: formatKnownIn(program.folder), tickd: program.version }
    ).pipe(Effect.catch(({ message }) => refused(message)))
    return {
      environment: prepared.environment,
      request: { ...withPreferredFeed(request, false, restored).request, to: target.number },
      settings: { ...read, runDir: settings.runDir, tickdDir: program.folder },
      notes: [
        `Rollback to snapshot ${target.number}: ${target.command} of ${shanghaiIso(target.atMs)}, tickd ${program.version} in ${program.folder}`,
        ...(changes.length === 0 ? ["Nothing differs from what runs now"] : changes),
        ...changedSecrets(settings, target)
      ],
      isOtherThanFile: changesBetween(present, target).some(({ kind }) => kind !== "secret")
    }
  })
