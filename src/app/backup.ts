import { join, resolve } from "node:path"
import { Clock, Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { endWith, Invocation, present } from "../cli/invocation.ts"
import { jsonFlag, shownDefault } from "../cli/terminal/flags.ts"
import { aligned, count } from "../cli/terminal/layout.ts"
import { closeConnection } from "../client/connection.ts"
import type { OpenedBackup } from "../ops/adapters/backup/read-backup.ts"
import { pushBackup } from "../ops/adapters/pushgateway/push-backup.ts"
import { readBackupSettings } from "../ops/config/backup-variables.ts"
import { liveSettingsOf } from "../ops/config/live-settings.ts"
import { BackupError, backupFaults } from "../ops/domain/backup/backup-error.ts"
import type { BackupItem } from "../ops/domain/backup/manifest.ts"
import { backupName, type CreatedBackup, createBackup } from "../ops/layers/backup/create-backup.ts"
import type { RestoreStep } from "../ops/layers/backup/plan-restore.ts"
import { restoreBackup } from "../ops/layers/backup/restore-backup.ts"
import { type Lack, lacksOf, verifiedBackup } from "../ops/layers/backup/verify-backup.ts"
import { connectNats } from "../platform/nats/connect.ts"
import { connectionOf, tickIdentity } from "../platform/nats/nats-settings.ts"
import { checkFormat } from "../platform/process/state-format.ts"
import { UserError } from "../platform/process/user-error.ts"
import { envFileFlag, openEnvFile } from "./env/env-file-flag.ts"
import { mergedWith } from "./env/environment.ts"
import { variables as declared } from "./env/variables.ts"

const folderArgument = Argument.String("folder").pipe(Argument.withDescription("Folder of the backup"))
const logDirFlag = Flag.String("log-dir").pipe(shownDefault("Folder of the runbooks' logs", "logs/runbooks"))
const envFile = envFileFlag.pipe(Flag.optional)
const withoutStreams = Flag.Boolean("without-streams").pipe(
  Flag.withDescription("Leave the streams out; NATS is not needed"),
  Flag.withDefault(false)
)

interface Given {
  readonly envFile: Option.Option<string>
  readonly logDir: string
  readonly withoutStreams: boolean
}

/** The machine that a verb works on: the variables of its daemon, and a connection unless streams are left out. */
const machineOf = Effect.fnUntraced(function* (given: Given) {
  const { env: own } = yield* Invocation
  const env = Option.isNone(given.envFile) ? own : mergedWith(own, yield* openEnvFile(given.envFile.value))
  const settings = yield* liveSettingsOf(env, { declared, logDir: given.logDir })
  const connection = given.withoutStreams
    ? undefined
    : yield* Effect.acquireRelease(
        connectNats({
          ...connectionOf(tickIdentity(env), { url: settings.natsUrl, name: "tickd backup" }),
          reconnect: false
        }),
        closeConnection
      )
  return {
    env,
    settings,
    connection,
    folders: { state: settings.stateDir, run: settings.runDir, logs: settings.logDir }
  }
})

const asUserError = ({ code, message }: BackupError) =>
  new UserError({ code, message, exitCode: backupFaults[code].exit })

/** Runs a verb with its connection; a fault of the backup gets its exit code. */
const verb = <A, E, R>(body: Effect.Effect<A, E | BackupError, R>) =>
  Effect.scoped(body).pipe(Effect.mapError((error) => (error instanceof BackupError ? asUserError(error) : error)))

const sizeOf = ({ bytes, chain, stream }: BackupItem): string => {
  if (stream !== undefined) return `${count(stream.records)} records, ${stream.first} to ${stream.last}`
  if (chain !== undefined) return `${count(chain.entries)} entries, head ${chain.head.slice(0, 12)}`
  return `${count(bytes)} bytes`
}

const itemLines = (items: ReadonlyArray<BackupItem>) => aligned(items.map((item) => [item.path, sizeOf(item)]))

const brokenChains = (items: ReadonlyArray<BackupItem>): ReadonlyArray<string> =>
  items.flatMap(({ chain, path }) =>
    chain === undefined || chain.broken_line === null
      ? []
      : [`WARNING: ${path} was not intact at line ${chain.broken_line} when it was copied: see 'tickd audit --verify'`]
  )

const createdText = ({ deleted, folder, manifest }: CreatedBackup): string =>
  [
    ...itemLines(manifest.items),
    ...manifest.streams_absent.map((name) => `streams/${name}.jsonl  left out`),
    ...brokenChains(manifest.items),
    ...deleted.map((path) => `deleted ${path}`),
    `BACKUP=OK ${folder}`,
    `${count(manifest.items.length)} items, ${count(manifest.items.reduce((sum, { bytes }) => sum + bytes, 0))} bytes, instance ${manifest.instance}, tickd ${manifest.tickd}, state format ${manifest.state_format}`,
    "Not in it:",
    ...manifest.left_out.map(({ what, why }) => `  ${what}: ${why}`)
  ].join("\n")

/** What fires when a job has no backup for two days. */
const alertOf = { backup: "MD_Backup_Overdue", "trade-backup": "TRADE_Backup_Overdue" } as const

const create = Command.make(
  "create",
  {
    out: Flag.String("out").pipe(
      Flag.withDescription(
        "Folder of this backup (default: a new one in TICKD_BACKUP_DIR, where the oldest are deleted)"
      ),
      Flag.optional
    ),
    envFile,
    logDir: logDirFlag,
    withoutStreams,
    verify: Flag.Boolean("verify").pipe(
      Flag.withDescription(
        "Read the backup back, then push its time to PUSHGATEWAY_URL (MD_Backup_Overdue, TRADE_Backup_Overdue)"
      ),
      Flag.withDefault(false)
    ),
    job: Flag.Literals("job", ["backup", "trade-backup"]).pipe(
      shownDefault("Job of that time at the Pushgateway: trade-backup on the state folder of tickd trade", "backup")
    ),
    json: jsonFlag
  },
  ({ job, json, out, verify: isVerified, ...given }) =>
    verb(
      Effect.gen(function* () {
        const { connection, env, folders, settings } = yield* machineOf(given)
        const { folder, keep } = yield* readBackupSettings(env)
        yield* checkFormat({ folder: folders.state, what: "state folder", setting: "TICKD_STATE_DIR" })
        const nowMs = yield* Clock.currentTimeMillis
        const { instance } = settings
        const created = yield* createBackup({
          folders,
          instance,
          folder: Option.match(out, {
            onNone: () => join(folder, backupName(instance, nowMs)),
            onSome: (path) => resolve(path)
          }),
          keep: Option.isNone(out) ? keep : undefined,
          nowMs,
          connection
        })
        if (isVerified) yield* verifiedBackup(created.folder)
        const next = () => `tickd backup verify ${created.folder}`
        yield* present(json, created, createdText, isVerified ? undefined : next)
        if (brokenChains(created.manifest.items).length > 0) return yield* endWith(backupFaults.BACKUP_DAMAGED.exit)
        if (!isVerified) return
        yield* pushBackup(settings.pushgatewayUrl, job, nowMs).pipe(
          Effect.catch((why) =>
            Console.error(
              `The backup is made and read back, but the Pushgateway ${settings.pushgatewayUrl} did not take its time (${why}): start it, or correct PUSHGATEWAY_URL. Until the next backup ${alertOf[job]} counts this one as absent.`
            )
          )
        )
      })
    )
).pipe(
  Command.withDescription(
    "Copy audit, integrity streams, contracts, snapshots and logs of runbooks into one folder, while the daemon runs"
  )
)

const headText = ({ folder, manifest }: OpenedBackup): string =>
  `${folder}: made ${manifest.created} on ${manifest.host}, instance ${manifest.instance}, tickd ${manifest.tickd}, state format ${manifest.state_format}`

const verify = Command.make(
  "verify",
  {
    folder: folderArgument,
    against: Flag.Boolean("against").pipe(
      Flag.withDescription("Compare with the living state too; exit code 1 when the backup lacks something"),
      Flag.withDefault(false)
    ),
    envFile,
    logDir: logDirFlag,
    withoutStreams,
    json: jsonFlag
  },
  ({ against, folder, json, ...given }) =>
    verb(
      Effect.gen(function* () {
        const backup = yield* verifiedBackup(resolve(folder))
        let lacks: ReadonlyArray<Lack> = []
        if (against) {
          const { connection, folders } = yield* machineOf(given)
          lacks = yield* lacksOf(backup, folders, connection)
        }
        const { manifest } = backup
        yield* present(json, { folder: backup.folder, id: backup.id, manifest, lacks: against ? lacks : null }, () =>
          [
            headText(backup),
            ...itemLines(manifest.items),
            ...brokenChains(manifest.items),
            "VERIFY=OK",
            ...(against ? [lacks.length === 0 ? "It lacks nothing" : "It lacks:"] : []),
            ...aligned(lacks.map(({ path, what }) => [`  ${path}`, what]))
          ].join("\n")
        )
        if (lacks.length > 0) {
          return yield* new BackupError({
            code: "BACKUP_BEHIND",
            message: `The living state has more than the backup (${lacks.map(({ path, what }) => `${path}: ${what}`).join("; ")}): make another one with 'tickd backup create'.`
          })
        }
      })
    )
).pipe(Command.withDescription("Read all of a backup: hashes, links of the audit chains, records; changes nothing"))

const words: Readonly<Record<RestoreStep["action"], readonly [did: string, would: string]>> = {
  restore: ["restored", "would be restored"],
  aside: ["restored, the file there was moved away", "would be restored, the file there would be moved away"],
  keep: ["left as it is", "would be left as it is"],
  skip: ["left out", "would be left out"],
  conflict: ["refused", "would be refused"]
}

const stepLines = (steps: ReadonlyArray<RestoreStep>, dryRun: boolean) =>
  aligned(
    steps.map(({ action, found, item }) => [
      item.path,
      words[action][dryRun ? 1 : 0],
      [sizeOf(item), ...(found === "" ? [] : [found])].join("; ")
    ])
  )

const restore = Command.make(
  "restore",
  {
    folder: folderArgument,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Print what would be restored, and write nothing"),
      Flag.withDefault(false)
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Move files that hold something else away first; a stream is never replaced"),
      Flag.withDefault(false)
    ),
    envFile,
    logDir: logDirFlag,
    withoutStreams,
    json: jsonFlag
  },
  ({ dryRun, folder, force, json, ...given }) =>
    verb(
      Effect.gen(function* () {
        const backup = yield* verifiedBackup(resolve(folder))
        const { connection, env, folders, settings } = yield* machineOf(given)
        const { instance } = settings
        if (backup.manifest.instance !== instance) {
          return yield* new BackupError({
            code: "BACKUP_OTHER_INSTANCE",
            message: `The backup ${backup.folder} is of instance ${backup.manifest.instance}, and this is ${instance}: set TICKD_INSTANCE=${backup.manifest.instance}, or name the folder of another backup.`
          })
        }
        yield* checkFormat({ folder: folders.state, what: "state folder", setting: "TICKD_STATE_DIR" })
        yield* checkFormat({ folder: folders.run, what: "run folder", setting: "TICKD_RUN_DIR" })
        const target = {
          folders,
          instance,
          spool: resolve(env["TICK_SPOOL_DIR"] ?? join(folders.state, "spool")),
          connection,
          replicas: env["TICK_STREAM_REPLICAS"] === "3" ? 3 : 1
        }
        const nowMs = yield* Clock.currentTimeMillis
        const steps = yield* restoreBackup(backup, target, { dryRun, force, nowMs })
        const restored = steps.filter(({ action }) => action === "restore" || action === "aside").length
        yield* present(json, { folder: backup.folder, id: backup.id, dry_run: dryRun, restored, steps }, () =>
          [
            headText(backup),
            ...stepLines(steps, dryRun),
            ...(dryRun ? [] : [`RESTORE=OK ${count(restored)} of ${count(steps.length)} items restored`])
          ].join("\n")
        )
        if (!dryRun && !json)
          yield* Console.error("Secrets are in no backup: restore the env file, then 'tickd live start'.")
      })
    )
).pipe(
  Command.withDescription(
    "Put a backup onto an empty host; refuses a target that holds other records, and may be repeated"
  )
)

/** `tickd backup`: docs/operations/backup.md. */
export const command = Command.make("backup").pipe(
  Command.withDescription("Backups of what must not be lost. The daemon goes on while one is made"),
  Command.withSubcommands([create, verify, restore])
)
