import type { Option } from "effect"

/** Which daemon is meant, and where its NATS server is. */
export interface DaemonTarget {
  readonly server: Option.Option<string>
  readonly instance: Option.Option<string>
}
