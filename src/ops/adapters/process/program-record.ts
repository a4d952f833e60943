import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { isAlive } from "../../../platform/nats/server-process.ts"

/** Keeps the specification of a program. Its fields are those of `ProgramSpec`. */
const KeptSpec = Schema.Struct({
  name: Schema.String,
  command: Schema.String,
  args: Schema.Array(Schema.String),
  debugArgs: Schema.Array(Schema.String),
  environment: Schema.Record(Schema.String, Schema.String),
  folders: Schema.Array(Schema.String),
  files: Schema.Array(
    Schema.Struct({
      path: Schema.String,
      text: Schema.String,
      mode: Schema.Int,
      isMeasured: Schema.optionalKey(Schema.Boolean)
    })
  ),
  listens: Schema.Array(Schema.Struct({ host: Schema.String, port: Schema.Int })),
  stopSignal: Schema.Literals(["SIGTERM", "SIGINT", "SIGUSR2"]),
  graceMs: Schema.Int,
  cleanExits: Schema.Array(Schema.Int),
  takesSecrets: Schema.Boolean
})

/** What is kept of a start: enough to repeat it. `hash` is that of the specification and its secrets. */
export const KeptStart = Schema.Struct({ spec: KeptSpec, hash: Schema.String, workingDir: Schema.String })
export type KeptStart = typeof KeptStart.Type

/**
 * The record of a program, written by the shell that waits for it. A process is this program while its id, its start
 * in clock ticks and the boot of the machine are those of the record.
 */
const ProgramRecord = Schema.Struct({
  pid: Schema.Int,
  ticks: Schema.String,
  boot: Schema.String,
  startedAt: Schema.String,
  argv: Schema.Array(Schema.String),
  logPath: Schema.String,
  start: KeptStart
})
export type ProgramRecord = typeof ProgramRecord.Type

const decodeRecord = Schema.decodeUnknownOption(Schema.fromJsonString(ProgramRecord))

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/** Id of the machine's current boot. Source: random(4), /proc/sys/kernel/random/boot_id. */
export const bootId = (): string => textOf("/proc/sys/kernel/random/boot_id").trim()

const recordPath = (runDir: string, name: string): string => join(runDir, `${name}.json`)

/** Undefined: there is no record, or it cannot be read as one. */
export const readRecord = (runDir: string, name: string): ProgramRecord | undefined =>
  Option.getOrUndefined(decodeRecord(textOf(recordPath(runDir, name))))

export const isRunning = ({ boot, pid, ticks }: ProgramRecord): boolean => boot === bootId() && isAlive(pid, ticks)

/** The exit code of a program that has ended; undefined: not kept, because its shell was killed. */
export const exitOf = (runDir: string, name: string, { pid, ticks }: ProgramRecord): number | undefined => {
  const [endedPid, endedTicks, code] = textOf(join(runDir, `${name}.exit`))
    .trim()
    .split(" ")
  return endedPid === String(pid) && endedTicks === ticks && code !== undefined ? Number(code) : undefined
}

/** Identifies settings. What a specification measures on the machine, such as the size of a disk, does not count. */
export const hashOf = (spec: KeptStart["spec"], secrets: ReadonlyMap<string, string>): string => {
  const files = spec.files.filter(({ isMeasured }) => isMeasured !== true)
  const text = JSON.stringify([{ ...spec, files }, spec.takesSecrets ? [...secrets].sort() : []])
  return createHash("sha256").update(text).digest("hex").slice(0, 12)
}
