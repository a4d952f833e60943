import type { SpoolDrop, SpoolEvent, SpoolFsync, SpoolMark, SpoolOverflow } from "../../ports/tick-spool.ts"
import type { CursorFile } from "./cursor-file.ts"
import type { Segment, SpoolIdentity } from "./segment.ts"
import type { SpoolFiles } from "./spool-files.ts"

export interface FileSpoolOptions {
  readonly files: SpoolFiles
  readonly folder: string
  readonly identity: SpoolIdentity
  /** Id of a new folder. Omit for a random one. */
  readonly newId?: string
  readonly maxBytes: number
  readonly fsync: SpoolFsync
  readonly overflow: SpoolOverflow
  readonly onEvent: (event: SpoolEvent) => void
  /** Frames were dropped for good, because of the size limit or damage. */
  readonly onDropped: (drop: SpoolDrop) => void
}

/** What a previous run left. Positions are explained at `segmentName`. */
export interface SpoolLeft {
  readonly id: string | undefined
  readonly segments: Array<Segment>
  readonly cursor: CursorFile
  /** First frame that is not known to be stored. */
  readonly position: number
  /** Start of the next segment. */
  readonly nextBase: number
  readonly ticks: number
  readonly cutBytes: number
  readonly mark: SpoolMark | undefined
}
