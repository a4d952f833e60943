import { Effect, Layer } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type ProvedRun, SnapshotError, Snapshots } from "../../ports/snapshots.ts"
import { credentialsDir, readSecrets, settingsNow } from "./kept-start.ts"
import { runningOf } from "./program-keeper.ts"
import { folderOf, programIn } from "./program-version.ts"
import { contentOf, hashOfContent, newSalt } from "./snapshot-content.ts"
import { readSnapshots, writeSnapshot } from "./snapshot-files.ts"

/**
 * Settings of the daemon that runs: those of now, then those of its start, which differ after a rotation. Empty: none
 * runs that a runbook has started here.
 */
export const runningSettings = ({ runDir }: LiveSettings): ReadonlyArray<string> => {
  const running = runningOf(runDir, "tickd")
  return running === undefined ? [] : [settingsNow(runDir, running), running.start.hash]
}

const keep = (settings: LiveSettings, { atMs, id, request }: ProvedRun) => {
  const { runDir } = settings
  // What the daemon was started with: this run may have left it as it was, with other settings than its own.
  const record = runningOf(runDir, "tickd")
  const folder = record && folderOf(record.start.spec)
  const program = folder === undefined ? undefined : programIn(folder)
  if (record === undefined || program === undefined) return undefined
  const [newest] = readSnapshots(runDir).snapshots
  const { spec, workingDir } = record.start
  const salt = newest?.salt ?? newSalt()
  const content = contentOf(settings, spec.environment, readSecrets(credentialsDir(runDir)), salt)
  const hash = hashOfContent({ ...content, program, workingDir })
  if (newest?.hash === hash) return undefined
  const { command, config, profile, window } = request
  return writeSnapshot(runDir, {
    version: 1,
    atMs,
    run: id,
    command,
    window,
    profile,
    config,
    program,
    workingDir,
    settings: settingsNow(runDir, record),
    ...content,
    salt,
    hash
  })
}

/** Snapshots of the daemon that the process runtime has started, in `run/snapshots`. */
export const keptSnapshots = (settings: LiveSettings): Layer.Layer<Snapshots> =>
  Layer.succeed(Snapshots, {
    keep: (run) =>
      Effect.try({
        try: () => keep(settings, run),
        catch: (cause) =>
          new SnapshotError({
            message: `No snapshot of this run is kept in ${settings.runDir} (${errorText(cause)}): ${cureOf(cause, "let this user write it, or set TICKD_RUN_DIR")}; the next start keeps one.`
          })
      })
  })
