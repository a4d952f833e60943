import { resolve } from "node:path"
import { Effect, Schema } from "effect"
import { variableSection } from "../../platform/process/variable.ts"
import { BackupError } from "../domain/backup/backup-error.ts"

const keep = Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 1000 }))

/** Variables of `tickd backup`, docs/operations/backup.md. */
const BackupEnvironment = Schema.Struct({
  TICKD_BACKUP_DIR: Schema.optionalKey(Schema.String),
  TICKD_BACKUP_KEEP: Schema.optionalKey(keep)
})

/** What is said about the variables of backups. */
export const backupSection = variableSection({
  title: { en: "Backup", zh: "备份" },
  page: "operations/backup.md",
  isInExample: true,
  fields: BackupEnvironment.fields,
  variables: {
    TICKD_BACKUP_DIR: {
      en: "Folder in which tickd backup create makes its folders.",
      zh: "tickd backup create 存放备份的目录。",
      preset: "backups"
    },
    TICKD_BACKUP_KEEP: {
      en: "Number of backups that are kept there for each instance; the oldest are deleted.",
      zh: "该目录中每个实例保留的备份份数，超出时删除最旧的。",
      preset: "14"
    }
  }
})

export interface BackupSettings {
  /** Absolute. */
  readonly folder: string
  readonly keep: number
}

const decode = Schema.decodeUnknownEffect(BackupEnvironment)

/** Reads the variables; an empty one counts as not set. */
export const readBackupSettings = (env: Readonly<Record<string, string | undefined>>) => {
  const set = (name: string): string => env[name]?.trim() ?? ""
  const given = Object.fromEntries(
    Object.keys(BackupEnvironment.fields).flatMap((name) => (set(name) === "" ? [] : [[name, set(name)]]))
  )
  return Effect.mapBoth(decode(given), {
    onSuccess: (read): BackupSettings => ({
      folder: resolve(read.TICKD_BACKUP_DIR ?? "backups"),
      keep: read.TICKD_BACKUP_KEEP ?? 14
    }),
    onFailure: () =>
      new BackupError({
        code: "BACKUP_CONFIG",
        message: `TICKD_BACKUP_KEEP is ${JSON.stringify(set("TICKD_BACKUP_KEEP"))}: set a whole number from 1 to 1000.`
      })
  })
}
