/** The exports of `tickd-client/effect`: streams and effects of the user's own `effect`. */
export type { GapMessage } from "../protocol/market/gap-fields.ts"
export type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
export { TickClientError } from "./client-error.ts"
export type { ClientErrorCode } from "./error-code.ts"
export { latest, latestAll } from "./latest.ts"
export type { FeedNotice, ReaderNotice, TickNotice } from "./notice.ts"
export type {
  ConnectionSource,
  EnvironmentSource,
  LatestOptions,
  ServerSource,
  TickSelection,
  TicksFrom,
  TicksOptions
} from "./options.ts"
export { type ReadTick, readStoredTick, type TickDecoder } from "./read-stored-tick.ts"
export type { TickBatch, TickLag } from "./tick-batch.ts"
export { type Ticks, ticks } from "./ticks.ts"
