import type { AnyStateMachine } from "xstate"
import { daemonMachine } from "./daemon-machine.ts"
import { failoverMachine } from "./market/failover-machine.ts"
import { feedWorkerMachine } from "./market/feed-worker-machine.ts"
import { marketHoursMachine } from "./market/market-hours-machine.ts"
import { publisherMachine } from "./market/publisher-machine.ts"
import { repairMachine } from "./market/repair-machine.ts"
import { sessionMachine } from "./market/session-machine.ts"
import { drillMachine } from "./ops/drill-machine.ts"
import { runbookMachine } from "./ops/runbook-machine.ts"
import { orderMachine } from "./trading/order-machine.ts"

/** Every machine of the daemon, the runbooks and trading, by the name of its file. Documentation and tests use it. */
export const machineCatalogue: Readonly<Record<string, AnyStateMachine>> = {
  "session-machine": sessionMachine,
  "publisher-machine": publisherMachine,
  "feed-worker-machine": feedWorkerMachine,
  "market-hours-machine": marketHoursMachine,
  "daemon-machine": daemonMachine,
  "repair-machine": repairMachine,
  "failover-machine": failoverMachine,
  "runbook-machine": runbookMachine,
  "drill-machine": drillMachine,
  "order-machine": orderMachine
}
