import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { cureOf, systemCodeOf } from "../../../kernel/system-fault.ts"
import { dayMs, shanghaiDay, shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { operatorName } from "../../../platform/process/operator-name.ts"
import { declareFormat } from "../../../platform/process/state-format.ts"
import type { LiveRequest } from "../../domain/live-flags.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { RunLock, RunLockError } from "../../ports/run-lock.ts"

/** Who holds the lock, beside the lock: the kernel knows the process only. `sinceMs`: epoch milliseconds. */
const Holder = Schema.Struct({
  version: Schema.Literal(1),
  who: Schema.String,
  pid: Schema.Int,
  command: Schema.String,
  sinceMs: Schema.Number
})
type Holder = typeof Holder.Type

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Holder))

/** `14:58:02`, with its date when that is another day. */
const sinceText = (sinceMs: number, nowMs: number): string => {
  const iso = shanghaiIso(sinceMs)
  const clock = iso.slice(11, 19)
  return shanghaiDay(sinceMs) === shanghaiDay(nowMs) ? clock : `${iso.slice(0, 10)} ${clock}`
}

/** The description may be that of a run before the holder: then the kernel's word counts. */
const heldBy = (path: string, locked: FileLocked): string => {
  try {
    const { command, pid, sinceMs, who } = decode(readFileSync(path, "utf8"))
    const isOfHolder = locked.holder === undefined || locked.holder.startsWith(`pid ${pid},`)
    if (isOfHolder && sinceMs < Date.now() + dayMs) {
      return `${who} (pid ${pid}, --${command}) since ${sinceText(sinceMs, Date.now())}`
    }
  } catch {
    // No description yet, or none that can be read.
  }
  return locked.holder ?? "a process that this machine does not show"
}

/** The lock is the kernel's, on a file of the run folder: a run that was killed holds nothing. */
export const runLockFile = ({ runDir }: LiveSettings, { command }: LiveRequest): Layer.Layer<RunLock> =>
  Layer.sync(RunLock, () => {
    const holderPath = join(runDir, "lock.json")
    let taken: { readonly release: () => void } | undefined

    const take = () => {
      makeFolders(runDir, 0o700)
      const lock = takeFileLock(join(runDir, "lock"))
      const holder: Holder = { version: 1, who: operatorName(), pid: process.pid, command, sinceMs: Date.now() }
      try {
        writeFileSync(holderPath, JSON.stringify(holder), { mode: 0o600 })
        declareFormat(runDir)
      } catch {
        // A full disk: the lock holds, and the kernel names its process.
      }
      taken = lock
    }
    const refusal = (cause: unknown) => {
      if (cause instanceof FileLocked) {
        const message = `The lock is held by ${heldBy(holderPath, cause)}: wait for that run, nothing was changed`
        return new RunLockError({ held: true, message })
      }
      const cure = cureOf(cause, "let this user write it, or set TICKD_RUN_DIR")
      const message = `The run folder ${runDir} cannot be written (${systemCodeOf(cause)}): ${cure}; nothing was changed`
      return new RunLockError({ held: false, message })
    }
    const release = () => {
      if (taken === undefined) return
      rmSync(holderPath, { force: true })
      taken.release()
      taken = undefined
    }
    return { take: Effect.try({ try: take, catch: refusal }), release: Effect.sync(release) }
  })
