/** At most `restartsMax` restarts within `periodMs`. */
export interface RestartLimit {
  readonly restartsMax: number
  readonly periodMs: number
}

/** A restart exactly `periodMs` old still counts. Source: Erlang/OTP supervisor.erl, `add_restart/1`, `inPeriod/3`. */
export const admitRestart = (history: ReadonlyArray<number>, nowMs: number, limit: RestartLimit) => {
  const recent = [nowMs, ...history].filter((restartMs) => nowMs <= restartMs + limit.periodMs)
  return { admitted: recent.length <= limit.restartsMax, history: recent } as const
}
