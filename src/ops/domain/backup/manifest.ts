import { Schema } from "effect"
import type { Bilingual } from "../../../kernel/bilingual.ts"

// What a backup is: a folder with a copy of each file, one file of records for each stream, `manifest.json`, and
// `SHA256SUMS`, which `sha256sum -c` reads.

/** Form of the manifest, `MAJOR.MINOR`: another major version is refused, a minor one only adds. */
export const backupFormat = "1.0"
export const manifestName = "manifest.json"
export const sumsName = "SHA256SUMS"

/**
 * Kinds of items. `grows`: lines are only appended, so that a copy may be the beginning of the living file; its last
 * line is whole.
 */
export const itemKinds = {
  audit: { grows: true },
  reserve: { grows: false },
  contracts: { grows: false },
  incidents: { grows: false },
  snapshots: { grows: false },
  "run-log": { grows: true },
  drill: { grows: false },
  orders: { grows: false },
  stream: { grows: false }
} as const
export type ItemKind = keyof typeof itemKinds

const sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
/** No part begins with a dot, so that no path leads out of its folder. */
export const itemPath = /^(state|run|logs|streams)(\/[A-Za-z0-9_][\w.+-]*){1,3}$/

const BackupItem = Schema.Struct({
  /** Below the backup, with `/`. */
  path: Schema.String.check(Schema.isPattern(itemPath)),
  kind: Schema.Literals(Object.keys(itemKinds) as ReadonlyArray<ItemKind>),
  bytes: count,
  sha256,
  /** Of an audit: intact entries and hash of the last one. `broken_line`: the chain was broken there when copied. */
  chain: Schema.optionalKey(Schema.Struct({ entries: count, head: sha256, broken_line: Schema.NullOr(count) })),
  /** Of a stream. `created`: when its server made it. `missing`: sequence numbers between that hold nothing. */
  stream: Schema.optionalKey(
    Schema.Struct({
      name: Schema.String.check(Schema.isPattern(/^[A-Z0-9_]+$/)),
      created: Schema.String,
      records: count,
      first: count,
      last: count,
      missing: count
    })
  )
})
export type BackupItem = typeof BackupItem.Type

/** `manifest.json`. Times are ISO, UTC. */
export const BackupManifest = Schema.Struct({
  format: Schema.String.check(Schema.isPattern(/^\d+\.\d+$/)),
  /** Format of the state folder that was copied. */
  state_format: Schema.String,
  /** Version that made the backup. */
  tickd: Schema.String,
  instance: Schema.String,
  host: Schema.String,
  created: Schema.String,
  items: Schema.Array(BackupItem),
  /** Streams that the server does not have, or all of them with `--without-streams`. */
  streams_absent: Schema.Array(Schema.String),
  left_out: Schema.Array(Schema.Struct({ what: Schema.String, why: Schema.String }))
})
export type BackupManifest = typeof BackupManifest.Type

/** What no backup holds, and what brings it back. */
export const leftOut: ReadonlyArray<{ readonly what: Bilingual; readonly why: Bilingual }> = [
  {
    what: { en: "secrets and env files", zh: "密码与 env 文件" },
    why: {
      en: "restore them from your secret store: tickd env runtime",
      zh: "从密钥库恢复：tickd env runtime"
    }
  },
  {
    what: { en: "the ticks", zh: "行情" },
    why: {
      en: "their size: mirror the stream, or use nats stream backup",
      zh: "体积过大：使用流镜像或 nats stream backup"
    }
  },
  {
    what: { en: "the spool", zh: "spool" },
    why: {
      en: "its place is in the stream: start the daemon until md_spool_ticks is 0",
      zh: "其内容属于流：启动守护进程直到 md_spool_ticks 为 0"
    }
  },
  {
    what: { en: "MD_EVENTS, md_state and md_epoch", zh: "MD_EVENTS、md_state、md_epoch" },
    why: {
      en: "the history of 8 days, and what a start writes anew; commands are in the audit",
      zh: "8 天的历史，以及启动时会重新写入的内容；指令都在审计中"
    }
  },
  {
    what: { en: "TRADE_EVENTS, and the states of kill switch and breakers", zh: "TRADE_EVENTS 与紧急停止、熔断的状态" },
    why: {
      en: "orders are in the book and commands in the audit; an operator creates the states: tickd trading initialise",
      zh: "委托在账本中，指令在审计中；状态由操作员创建：tickd trading initialise"
    }
  },
  {
    what: { en: "the tokens of the HTTP API", zh: "HTTP 接口的令牌" },
    why: { en: "make new ones: tickd token create", zh: "重新创建：tickd token create" }
  },
  {
    what: { en: "the journal and process records in the run folder", zh: "run 目录中的执行记录与进程记录" },
    why: { en: "they describe what runs on that machine", zh: "它们描述那台机器上正在运行的程序" }
  },
  {
    what: { en: "a book of orders in PostgreSQL", zh: "PostgreSQL 中的订单账本" },
    why: { en: "use pg_dump or the server's own backup", zh: "使用 pg_dump 或服务器自身的备份" }
  },
  {
    what: { en: "data of Prometheus and Pushgateway", zh: "Prometheus 与 Pushgateway 的数据" },
    why: { en: "use their own backups", zh: "使用其自带的备份方式" }
  }
]
