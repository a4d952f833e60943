import type { SpoolDrop, SpoolEvent, SpoolFsync, SpoolMark, SpoolOverflow } from "../../ports/tick-spool.ts"
import type { CursorFile } from "./cursor-file.ts"
import type { Segment, SpoolIdentity } from "./segment.ts"
import type { SpoolFiles } from "./spool-files.ts"

export interface FileSpoolOptions {
  readonly files: SpoolFiles
  readonly folder: string
  readonly identity: SpoolIdentity
  /** Names the folder if it is new; unset: chance does. */
  readonly newId?: string
  readonly maxBytes: number
  readonly fsync: SpoolFsync
  readonly overflow: SpoolOverflow
  readonly onEvent: (event: SpoolEvent) => void
  /** Frames were given up for good, by the bound or by damage. */
  readonly onDropped: (drop: SpoolDrop) => void
}

/** What an earlier run left. Positions are explained at `segmentName`. */
export interface SpoolLeft {
  readonly id: string | undefined
  readonly segments: Array<Segment>
  readonly cursor: CursorFile
  /** First frame that is not known to be stored. */
  readonly position: number
  /** Where the next segment begins. */
  readonly nextBase: number
  readonly ticks: number
  readonly cutBytes: number
  readonly mark: SpoolMark | undefined
}
