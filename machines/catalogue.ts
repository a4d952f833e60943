import type { AnyStateMachine } from "xstate"
import { daemonMachine } from "./daemon-machine.ts"
import { failoverMachine } from "./failover-machine.ts"
import { feedWorkerMachine } from "./feed-worker-machine.ts"
import { marketHoursMachine } from "./market-hours-machine.ts"
import { publisherMachine } from "./publisher-machine.ts"
import { repairMachine } from "./repair-machine.ts"
import { sessionMachine } from "./session-machine.ts"

/** Every machine of the daemon, by the name of its file. What is not listed here is neither documented nor walked by the tests. */
export const machineCatalogue: Readonly<Record<string, AnyStateMachine>> = {
  "session-machine": sessionMachine,
  "publisher-machine": publisherMachine,
  "feed-worker-machine": feedWorkerMachine,
  "market-hours-machine": marketHoursMachine,
  "daemon-machine": daemonMachine,
  "repair-machine": repairMachine,
  "failover-machine": failoverMachine
}
