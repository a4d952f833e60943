import type { Part } from "../../ports/program-host.ts"
import type { MakeProgram } from "./program-spec.ts"
import { prometheus } from "./programs/prometheus.ts"
import { pushgateway } from "./programs/pushgateway.ts"

/** The programs of each part, in the sequence of a start. */
export const programsOf: Readonly<Record<Part, ReadonlyArray<MakeProgram>>> = {
  nats: [],
  tickd: [],
  // Prometheus last: it asks the others.
  monitoring: [pushgateway, prometheus],
  console: []
}
