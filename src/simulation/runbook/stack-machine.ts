import { makeMemorySilences } from "../../ops/adapters/memory/memory-silences.ts"
import type { StageName } from "../../ops/domain/plan.ts"
import { type Feed, feeds } from "../../ops/domain/runbook-words.ts"
import { type Part, parts } from "../../ops/ports/program-host.ts"
import type { SimTime } from "../world/virtual-time.ts"

/** Times after the start of tickd, milliseconds: until it answers, and until its feeds are logged in. */
const answersMs = 1_500
const loginMs = 4_000

/** What a step of a stage, or of a rollback, does wrong: in its first `attempts` attempts. */
export interface StepFault {
  readonly kind: "fails" | "hangs" | "unproved" | "answerLost"
  readonly attempts: number
}

/** One running program. `half`: it was begun and is not usable. */
interface SimProgram {
  readonly instance: number
  /** Version of the settings that it runs with. */
  readonly settings: number
  readonly half: boolean
  readonly sinceMs: number
}

/** What runs, as the invariants compare it. */
export interface StackState {
  readonly programs: Readonly<Record<Part, SimProgram | undefined>>
  readonly active: Feed | undefined
  /** The daemon answered: its active feed could be read from outside. */
  readonly isKnown: boolean
  /** Versions of the secrets with which the feeds are logged in. */
  readonly logins: Readonly<Record<Feed, number>>
}

/** Version of the settings, and of the secrets of tickd. */
export interface KeptSettings {
  readonly settings: number
  readonly logins: Readonly<Record<Feed, number>>
}

/** The process of one run of a runbook, as the machine sees it. */
export interface Operator {
  readonly name: string
  /** Dead or over: nothing of it may change anything any more. */
  isOver: boolean
  /** Undoing: in its own rollback, or in that of a run before it. */
  isUndoing: boolean
  readonly command: string
}

/**
 * One machine with the programs of a stack, in virtual time. It outlives every run. What is done to it by a run that
 * does not hold the lock, or is over, is a complaint.
 */
export class StackMachine {
  readonly time: SimTime
  readonly complain: (sentence: string) => void
  readonly note: (what: string, text: string) => void
  programs: Record<Part, SimProgram | undefined>
  active: Feed = "primary"
  logins: Record<Feed, number> = { primary: 1, backup: 1 }
  /** Version of the settings, and of the secrets, that a run reads. */
  settings = 1
  /** Settings of the last start that was proved, which a rollback starts again. */
  snapshot = 1
  holder: Operator | undefined
  /** What each part was started with last, as in the records of a run folder. */
  readonly records = new Map<Part, number>()
  /** What a part ran with before the run that has changed it: kept over a kill. */
  readonly kept = new Map<Part, KeptSettings>()
  /** Those of the Alertmanager of this machine. */
  readonly silences = makeMemorySilences()
  /** When and how tickd was stopped last. */
  lastEnd: { readonly atMs: number; readonly isClean: boolean } | undefined
  private instances = 0

  constructor(options: Pick<StackMachine, "complain" | "note" | "time">) {
    this.time = options.time
    this.complain = options.complain
    this.note = options.note
    this.programs = { nats: undefined, tickd: undefined, monitoring: undefined, console: undefined }
  }

  state(): StackState {
    const { logins, programs } = this
    const active = programs.tickd === undefined ? undefined : this.active
    return { programs: { ...programs }, active, isKnown: this.answers(), logins: { ...logins } }
  }

  isUp(part: Part): boolean {
    return this.programs[part]?.half === false
  }

  /** tickd is asked over NATS. */
  answers(): boolean {
    const { tickd } = this.programs
    return this.isUp("nats") && tickd?.half === false && this.time.nowMs >= tickd.sinceMs + answersMs
  }

  isLoggedIn(): boolean {
    return this.answers() && this.time.nowMs >= (this.programs.tickd?.sinceMs ?? 0) + loginMs
  }

  /** An alert that a drill causes is not delivered now, and one of an outage is. */
  isSilenced(): boolean {
    const isSilent = (alertname: string) =>
      this.silences.isSilent({ alertname, instance: "127.0.0.1:9100", feed: "backup" }, this.time.nowMs)
    return isSilent("MD_Feed_Silent") && !isSilent("MD_No_Feed")
  }

  /** Before each change: only the run that holds the lock, and that is alive, may change anything. */
  touch(by: Operator, what: string): void {
    this.note("machine", `${by.name} ${what}`)
    if (by.isOver) this.complain(`${by.name} is over and does: ${what}`)
    if (this.holder !== by) this.complain(`${by.name} does, without the lock: ${what}`)
  }

  /** Half of a start, or its end. */
  begin(part: Part, { logins, settings }: KeptSettings, half: boolean): void {
    this.programs[part] = { instance: ++this.instances, settings, half, sinceMs: this.time.nowMs }
    this.records.set(part, settings)
    if (part !== "tickd") return
    this.active = "primary"
    this.logins = { ...logins }
  }

  end(part: Part, isClean: boolean): void {
    this.programs[part] = undefined
    if (part === "tickd") this.lastEnd = { atMs: this.time.nowMs, isClean }
  }

  /** A part dies by itself. */
  lose(part: Part): void {
    this.note("FAULT", `${part} dies by itself`)
    this.end(part, false)
  }
}

const partText = ({ programs }: StackState, part: Part): string => {
  const program = programs[part]
  if (program === undefined) return "-"
  return `${program.instance}${program.half ? " half" : ""} (settings ${program.settings})`
}

export const stateText = (state: StackState): string =>
  [
    ...parts.map((part) => `${part} ${partText(state, part)}`),
    `active ${state.active ?? "-"}`,
    `logins ${feeds.map((feed) => state.logins[feed]).join("/")}`
  ].join(", ")

/** By the stage whose first attempts it disturbs. */
export type FaultTable = ReadonlyMap<StageName | "rollback", StepFault>
