import { Schema } from "effect"
import { bucketStream, type StreamShape } from "../control/stream-shape.ts"

/** KV bucket with the kill switch, the breakers and the monitor's sign of life, shared by all hosts. */
export const safetyBucketName = "trade_safety"
export const killSwitchKey = "kill_switch"
export const monitorKey = "monitor"
export const accountBreakerKey = "breaker.account"

/** Every byte that a KV key may not have is `=` and two hex digits: `BRK.B` is `BRK=2EB`. */
const keyToken = (id: string): string =>
  [...new TextEncoder().encode(id)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[A-Za-z0-9_-]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`
    })
    .join("")
export const strategyBreakerKey = (strategyId: string): string => `breaker.strategy.${keyToken(strategyId)}`
export const symbolBreakerKey = (symbol: string): string => `breaker.symbol.${keyToken(symbol)}`

const subjectHead = `$KV.${safetyBucketName}.`
export const safetySubject = (key: string): string => `${subjectHead}${key}`

/** Events of the safety states, e.g. `trade.safety.tripped`. */
export const safetyEventSubject = (type: string): string => `trade.safety.${type}`

const bytesMax = 8 * 1024 * 1024

/** One value of each key, for ever: a tripped breaker does not expire. */
export const safetyBucketShape = (replicas: number): StreamShape => ({
  name: bucketStream(safetyBucketName),
  subjects: [`${subjectHead}>`],
  storage: "file",
  retention: "limits",
  discard: "new",
  max_age: 0,
  num_replicas: replicas,
  max_bytes: bytesMax,
  max_msgs: -1,
  max_msgs_per_subject: 1,
  allow_direct: true
})

const Time = Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Day = Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\d$/))

/**
 * The kill switch. Field names are the reference's; `scope`, `day` and `version` are not in it. `engaged_*` are null
 * while it is ACTIVE, `disengaged_*` while it is ENGAGED. Times are RFC 3339 in UTC. `day`: the trading day of
 * `engagement_count_today`.
 */
export const KillSwitchRecord = Schema.Struct({
  version: Schema.Literal(1),
  state: Schema.Literals(["ACTIVE", "ENGAGED"]),
  scope: Schema.Literals(["entries", "all"]),
  engaged_at: Schema.NullOr(Time),
  engaged_by: Schema.NullOr(Schema.String),
  engagement_reason: Schema.NullOr(Schema.String),
  disengaged_at: Schema.NullOr(Time),
  disengaged_by: Schema.NullOr(Schema.String),
  disengagement_reason: Schema.NullOr(Schema.String),
  engagement_count_today: Count,
  day: Day
})
export type KillSwitchRecord = typeof KillSwitchRecord.Type

/**
 * One breaker. Field names are the reference's; `day` and `version` are not in it. QUIET_PERIOD is kept until the next
 * change: its end is read from `reset_at`.
 */
export const BreakerRecord = Schema.Struct({
  version: Schema.Literal(1),
  state: Schema.Literals(["OPEN", "TRIPPED", "QUIET_PERIOD"]),
  tripped_at: Schema.NullOr(Time),
  trip_reason: Schema.NullOr(Schema.String),
  trip_details: Schema.String,
  reset_at: Schema.NullOr(Time),
  reset_by: Schema.String,
  trip_count_today: Count,
  day: Day
})
export type BreakerRecord = typeof BreakerRecord.Type

/**
 * The monitor's sign of life: written after each complete look. Identity: `run`, one run of one process; `look` grows
 * with each write. `renewed` is of the writer's own clock and for people: a reader measures on its own clock how long
 * ago the record changed, and clocks are never compared.
 */
export const MonitorRecord = Schema.Struct({
  version: Schema.Literal(1),
  run: Schema.String,
  look: Count,
  host: Schema.String,
  pid: Schema.Int,
  renewed: Time
})
export type MonitorRecord = typeof MonitorRecord.Type
