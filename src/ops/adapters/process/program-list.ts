import type { LiveSettings } from "../../domain/live-settings.ts"
import type { Part } from "../../ports/program-host.ts"
import type { Program } from "./program-spec.ts"
import { alertmanager } from "./programs/alertmanager.ts"
import { explainAlertmanager } from "./programs/alertmanager-config.ts"
import { isServedHere } from "./programs/listen-address.ts"
import { natsProgram } from "./programs/nats-program.ts"
import { explainPrometheus, prometheus } from "./programs/prometheus.ts"
import { pushgateway } from "./programs/pushgateway.ts"
import { tickdProgram } from "./programs/tickd-program.ts"

/** The programs of each part, in the sequence of a start. The console is no program of this version. */
const programs: Readonly<Record<Part, ReadonlyArray<Program>>> = {
  nats: [{ name: "nats-server", make: natsProgram }],
  tickd: [{ name: "tickd", make: tickdProgram }],
  // Prometheus asks the Pushgateway. Alertmanager is last, because a start goes on without it.
  monitoring: [
    { name: "pushgateway", make: pushgateway },
    // A rule file that it refuses ends it some 100 ms after it listens.
    { name: "prometheus", make: prometheus, watchMs: 1000, explain: explainPrometheus },
    { name: "alertmanager", make: alertmanager, explain: explainAlertmanager }
  ],
  console: []
}

/** The programs of a part that the runbooks start and stop. */
export const programsOf = (part: Part, { alertmanagerUrl, managed }: LiveSettings): ReadonlyArray<Program> => {
  if (part !== "tickd" && !managed[part]) return []
  const isHere = alertmanagerUrl !== undefined && isServedHere(alertmanagerUrl)
  return programs[part].filter(({ name }) => name !== "alertmanager" || isHere)
}
