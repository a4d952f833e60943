import type { WaitReports } from "../../../../actors/market/lasting-child.ts"
import { errorText } from "../../../kernel/error-text.ts"
import { TokenBucket } from "../../../kernel/limits/token-bucket.ts"
import type { DaemonLog } from "../log/daemon-log.ts"

/** One part of the daemon that does not work now and is tried again. */
export interface Waiting {
  readonly part: string
  /** Ticks do not flow without it. */
  readonly blocks: boolean
  readonly code: string
  readonly message: string
  readonly sinceMs: number
  readonly attempts: number
}

/** The sentence is repeated this often while a part waits. */
const repeatMs = 60_000

const codeOf = (error: unknown): string => {
  const { code, _tag } = (typeof error === "object" && error !== null ? error : {}) as {
    readonly code?: unknown
    readonly _tag?: unknown
  }
  return typeof code === "string" ? code : typeof _tag === "string" ? _tag : "FAILED"
}

interface Entry extends Waiting {
  /** The lines of each code: causes that alternate are written once a minute each. */
  readonly lines: Map<string, TokenBucket>
}

/**
 * What the daemon waits for: `/readyz`, `/status` and `md_waiting` read it, and the log gets each sentence at once and
 * then once a minute. A part is entered by its first failure and leaves when it works.
 */
export class WaitBoard {
  private readonly entries = new Map<string, Entry>()
  private readonly log: Pick<DaemonLog, "write">
  private readonly nowMs: () => number

  constructor(log: Pick<DaemonLog, "write">, nowMs: () => number) {
    this.log = log
    this.nowMs = nowMs
  }

  /** An attempt of `part` failed. Another code is another sentence, and is written at once. */
  failed(part: string, error: unknown, options: { readonly blocks: boolean; readonly inMs?: number }): void {
    const nowMs = this.nowMs()
    const before = this.entries.get(part)
    const code = codeOf(error)
    const message = errorText(error)
    const attempts = (before?.attempts ?? 0) + 1
    const sinceMs = before?.sinceMs ?? nowMs
    const lines = before?.lines ?? new Map<string, TokenBucket>()
    this.entries.set(part, { part, blocks: options.blocks, code, message, sinceMs, attempts, lines })
    const line = lines.get(code) ?? new TokenBucket({ burst: 1, regainMs: repeatMs, nowMs })
    lines.set(code, line)
    if (!line.take(nowMs)) return
    this.log.write("ERROR", `${part} waits: ${message}`, {
      event: "waiting",
      part,
      code,
      attempts,
      waited_ms: Math.round(nowMs - sinceMs),
      ...(options.inMs !== undefined && { retry_ms: options.inMs })
    })
  }

  /** `part` works. */
  worked(part: string): void {
    const entry = this.entries.get(part)
    if (entry === undefined) return
    this.entries.delete(part)
    const waitedMs = Math.round(this.nowMs() - entry.sinceMs)
    this.log.write("INFO", `${part} works after ${Math.round(waitedMs / 1000)} s and ${entry.attempts} attempts`, {
      event: "waiting_over",
      part,
      code: entry.code,
      attempts: entry.attempts,
      waited_ms: waitedMs
    })
  }

  /** `part` was stopped on purpose: nothing is waited for. */
  drop(part: string): void {
    this.entries.delete(part)
  }

  /** The reports of one part. */
  of(part: string, options: { readonly blocks: boolean; readonly onWorked?: () => void }): WaitReports {
    return {
      failed: (error, inMs) => this.failed(part, error, { blocks: options.blocks, inMs }),
      worked: () => {
        this.worked(part)
        options.onWorked?.()
      }
    }
  }

  list(): ReadonlyArray<Waiting> {
    return [...this.entries.values()]
  }
}
