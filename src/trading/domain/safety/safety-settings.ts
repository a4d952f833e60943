/** Bounds of the safety states. Milliseconds. */
export interface SafetySettings {
  /** A view of the states that was not confirmed for longer is unknown, and unknown is closed. */
  readonly heartbeatMs: number
  /** Entries are refused when no monitor has finished a look for longer. */
  readonly monitorSilentMs: number
  /** A monitor that was never heard by this process counts as silent after this time. */
  readonly monitorStartMs: number
  /** Interval of the monitor's looks. Two in a second, so that a trip is written within a second of its fact. */
  readonly lookEveryMs: number
  /** Orders that an engagement or a trip cancels. */
  readonly cancel: "none" | "entries" | "all"
}

export const defaultSafetySettings: SafetySettings = {
  heartbeatMs: 3000,
  monitorSilentMs: 3000,
  monitorStartMs: 30_000,
  lookEveryMs: 500,
  cancel: "entries"
}
