import type { PolicyCase } from "./run-fault.ts"

/** Small, so that a long outage fills it within seconds. */
const smallQueue = { TICK_QUEUE_MAXSIZE: "4000" }

/** The spool is first, because it is the default. The others show what each policy drops when there is no room left. */
export const policies: ReadonlyArray<PolicyCase> = [
  { name: "spool", env: { ...smallQueue, TICK_SPOOL_MAX_MB: "256" } },
  { name: "drop-newest", env: { ...smallQueue, TICK_SPOOL_MAX_MB: "0", TICK_OVERFLOW_POLICY: "drop-newest" } },
  { name: "drop-oldest", env: { ...smallQueue, TICK_SPOOL_MAX_MB: "0", TICK_OVERFLOW_POLICY: "drop-oldest" } },
  { name: "conflate", env: { ...smallQueue, TICK_SPOOL_MAX_MB: "0", TICK_OVERFLOW_POLICY: "conflate" } }
]
