import type { StatusMessage } from "../../src/protocol/market/status.ts"

/** The status of a daemon without any event. */
export const statusMessage: StatusMessage = {
  version: 1,
  instance: "x",
  pid: 1,
  ready: true,
  reasons: [],
  uptime_ms: 1,
  restarts: 0,
  ticks_per_second: 0,
  latency_ms: { p50: null, p99: null },
  queue: { depth: 0, capacity: 1, high_water: 0, oldest_ms: 0 },
  broker: {
    link: "up",
    url: "nats://127.0.0.1:4222",
    stream: "MD_TICKS",
    resent: 0,
    errors: 0,
    reconnects: 0,
    foreign_writes: 0,
    oldest_unacked_ms: 0
  },
  ledger: [],
  sessions: [],
  machines: [],
  tree: []
}
