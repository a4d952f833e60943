import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import type { RunResult } from "../../ops/domain/run-result.ts"
import type { PushedValues } from "../../ops/ports/metrics-push.ts"
import type { Part } from "../../ops/ports/program-host.ts"
import type { EndedRun } from "../../ops/ports/run-events.ts"
import type { FaultTable, Operator, StackMachine, StackState } from "./stack-machine.ts"

/** `full`: no new bytes; what was allocated before can be written. `readOnly`: nothing can be written or removed. */
export type Disk = "works" | "full" | "readOnly" | "slow"

/** What a run is given: everything that its seed has drawn for it. */
export interface RunDraw {
  readonly request: LiveRequest
  readonly faults: FaultTable
  readonly hasSession: boolean
  readonly stepMs: number
  readonly disk: Disk
  readonly operators: "answer" | "hang"
  readonly alertmanager: "works" | "down" | "hangs"
  readonly observation: "works" | "fails" | "hangs"
  /** Time to take the lock, milliseconds. */
  readonly lockMs: number
  /** After the start, milliseconds. */
  readonly signalMs: number | undefined
  readonly killMs: number | undefined
}

export interface RunOutcome {
  readonly result: RunResult
  readonly exitCode: number
  readonly lines: ReadonlyArray<string>
  readonly isAudited: boolean
}

interface Left {
  readonly state: StackState
  readonly isReady: boolean
  readonly lastEnd: StackMachine["lastEnd"]
}

/** One run of a runbook as a process of its own. */
export class SimRun {
  readonly number: number
  readonly draw: RunDraw
  readonly operator: Operator
  /** Version of the settings that it reads. */
  readonly settings: number
  readonly log: Array<string> = []
  readonly pushed: Array<PushedValues> = []
  readonly events: Array<EndedRun> = []
  /** Ids of the silences of alerts that it was given. */
  readonly silences: Array<string> = []
  /** The run whose journal it has found. */
  found: number | undefined
  /** Its journal was on the disk. */
  isNoted = false
  /** What ran when its own plan began; undefined: it did not begin. */
  before: StackState | undefined
  /** What it has left when it released the lock: another run may change it at once. */
  left: Left | undefined
  /** Parts that have died by themselves since it was killed. */
  readonly lost = new Set<Part>()
  outcome: RunOutcome | undefined
  isKilled = false

  constructor(number: number, draw: RunDraw, settings: number) {
    this.settings = settings
    this.number = number
    this.draw = draw
    const { command } = draw.request
    this.operator = { name: `run-${number}`, command, isOver: false, isUndoing: false }
  }
}
