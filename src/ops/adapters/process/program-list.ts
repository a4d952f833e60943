import type { LiveSettings } from "../../domain/live-settings.ts"
import type { Part } from "../../ports/program-host.ts"
import type { Program } from "./program-spec.ts"
import { natsProgram } from "./programs/nats-program.ts"
import { prometheus } from "./programs/prometheus.ts"
import { pushgateway } from "./programs/pushgateway.ts"
import { tickdProgram } from "./programs/tickd-program.ts"

/** The programs of each part, in the sequence of a start. The console is no program of this version. */
const programs: Readonly<Record<Part, ReadonlyArray<Program>>> = {
  nats: [{ name: "nats-server", make: natsProgram }],
  tickd: [{ name: "tickd", make: tickdProgram }],
  // Prometheus last: it asks the others.
  monitoring: [
    { name: "pushgateway", make: pushgateway },
    { name: "prometheus", make: prometheus }
  ],
  console: []
}

/** The programs of a part that the runbooks start and stop. */
export const programsOf = (part: Part, { managed }: LiveSettings): ReadonlyArray<Program> =>
  part === "tickd" || managed[part] ? programs[part] : []
