/**
 * The kill switch as it is kept, shared by all hosts. Times are epoch milliseconds. The field names of the reference
 * are those of the wire (`src/protocol/trading`).
 */
export interface KillSwitch {
  readonly state: "active" | "engaged"
  readonly scope: "entries" | "all"
  readonly reason: string
  readonly changedBy: string
  readonly changedAtMs: number
  /** Engagements on `day`, the exchange's trading day. */
  readonly engagementsToday: number
  readonly day: string
}

/** Who changes a safety state, when and why. `reason` has been checked by the command. */
export interface SafetyAct {
  readonly by: string
  readonly reason: string
  readonly atMs: number
  /** The exchange's trading day. */
  readonly day: string
}

/** Why a command has no effect; the reference answers 400 with these. */
export interface SafetyRefusal {
  readonly refused: "ALREADY_ENGAGED" | "NOT_ENGAGED" | "NOT_TRIPPED" | "ALREADY_INITIALISED"
  readonly message: string
}

export const isRefusal = <A extends object>(result: A | SafetyRefusal): result is SafetyRefusal => "refused" in result

/** Only an operator creates the state: a program that finds none keeps the gate closed. */
export const initialKillSwitch = (act: SafetyAct): KillSwitch => ({
  state: "active",
  scope: "entries",
  reason: act.reason,
  changedBy: act.by,
  changedAtMs: act.atMs,
  engagementsToday: 0,
  day: act.day
})

export const engage = (now: KillSwitch, act: SafetyAct, scope: KillSwitch["scope"]): KillSwitch | SafetyRefusal => {
  // From entries to all is a change; from all to entries would loosen it, which only a disengagement may do.
  if (now.state === "engaged" && (now.scope === "all" || scope === "entries")) {
    return {
      refused: "ALREADY_ENGAGED",
      message: `the kill switch is engaged for ${now.scope} since ${now.changedBy} did so: ${now.reason}`
    }
  }
  return {
    state: "engaged",
    scope,
    reason: act.reason,
    changedBy: act.by,
    changedAtMs: act.atMs,
    engagementsToday: (act.day === now.day ? now.engagementsToday : 0) + 1,
    day: act.day
  }
}

export const disengage = (now: KillSwitch, act: SafetyAct): KillSwitch | SafetyRefusal =>
  now.state === "active"
    ? { refused: "NOT_ENGAGED", message: "the kill switch is not engaged" }
    : {
        ...now,
        state: "active",
        reason: act.reason,
        changedBy: act.by,
        changedAtMs: act.atMs,
        engagementsToday: act.day === now.day ? now.engagementsToday : 0,
        day: act.day
      }
