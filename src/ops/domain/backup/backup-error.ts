import { Schema } from "effect"
import type { Bilingual } from "../../../kernel/bilingual.ts"

interface BackupFault extends Bilingual {
  readonly exit: 1 | 65 | 69 | 78
}

/** Every fault of `tickd backup` with its exit code; docs/operations/backup.md has the same rows. */
export const backupFaults = {
  BACKUP_BEHIND: { exit: 1, en: "the living state has more than the backup", zh: "现有状态比备份新" },
  BACKUP_DAMAGED: {
    exit: 1,
    en: "a file of the backup is missing, cut or changed",
    zh: "备份中有文件缺失、截断或被改动"
  },
  BACKUP_NOT_FOUND: { exit: 65, en: "the folder holds no backup", zh: "该目录中没有备份" },
  BACKUP_FORMAT_NEWER: {
    exit: 65,
    en: "a later version wrote the backup in a form that this one does not know",
    zh: "备份由更新的版本写入，本版本不认识其格式"
  },
  BACKUP_OTHER_INSTANCE: { exit: 65, en: "the backup is of another instance", zh: "备份属于另一个实例" },
  BACKUP_TARGET_HOLDS: { exit: 65, en: "the target holds other records", zh: "目标处已有其他记录" },
  BACKUP_DAEMON_RUNS: { exit: 69, en: "a daemon uses the target", zh: "目标正被守护进程使用" },
  BACKUP_BUSY: { exit: 69, en: "another backup or runbook is in progress", zh: "另一个备份或 runbook 正在进行" },
  BACKUP_UNREADABLE: { exit: 69, en: "a file that is to be read cannot be read", zh: "有文件无法读取" },
  BACKUP_NOT_WRITTEN: {
    exit: 69,
    en: "a file cannot be written, for example because the disk is full",
    zh: "有文件无法写入，例如磁盘已满"
  },
  BACKUP_STREAM: { exit: 69, en: "JetStream refuses a step", zh: "JetStream 拒绝某一步" },
  BACKUP_CONFIG: { exit: 78, en: "a variable is wrong", zh: "变量有误" }
} as const satisfies Readonly<Record<string, BackupFault>>

export type BackupFaultCode = keyof typeof backupFaults

/** A backup or a restore that cannot go on. `message`: one sentence with the fix. */
export class BackupError extends Schema.TaggedError<BackupError>()("BackupError", {
  code: Schema.Literals(Object.keys(backupFaults) as ReadonlyArray<BackupFaultCode>),
  message: Schema.String
}) {}
