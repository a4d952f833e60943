import { createHash } from "node:crypto"
import { Logger } from "effect"
import { shanghaiIso } from "../kernel/time/shanghai-time.ts"

/** Number of lines that are hashed at once. */
const chunkLines = 256

/** The events of one world, in sequence: always hashed, and kept for display on request. */
export class Trace {
  lines = 0
  private readonly nowMs: () => number
  private readonly show: ((line: string) => void) | undefined
  private readonly hash = createHash("sha256")
  private chunk: Array<string> = []

  constructor(nowMs: () => number, show?: (line: string) => void) {
    this.nowMs = nowMs
    this.show = show
  }

  /** Receives the daemon's log. */
  readonly logger = Logger.make<unknown, void>(({ message, logLevel }) =>
    this.note("log", `${logLevel} ${String(message)}`)
  )

  note(what: string, text: string): void {
    this.lines++
    const nowMs = this.nowMs()
    this.chunk.push(`${nowMs} ${what} ${text}`)
    if (this.chunk.length >= chunkLines) this.flush()
    this.show?.(`${shanghaiIso(nowMs).slice(11, 23)}  ${what.padEnd(10)} ${text}`)
  }

  /** Ends the trace and returns its hash. */
  digest(): string {
    this.flush()
    return this.hash.digest("hex")
  }

  private flush(): void {
    if (this.chunk.length === 0) return
    this.hash.update(`${this.chunk.join("\n")}\n`)
    this.chunk = []
  }
}
