import { switchCauses, switchKinds, switchResults } from "../../../protocol/market/failover.ts"
import { dropPlaces, quarantineReasons } from "../../application/intake/ledger.ts"
import { rateLimits } from "../../application/subscriptions/rate-hits.ts"

/** Every value that a label of a metric can have, so that each has a series before its first event. */
export const metricBounds = {
  reasons: quarantineReasons.filter((reason) => reason !== "none"),
  places: dropPlaces,
  limits: rateLimits,
  switches: { kinds: switchKinds, causes: switchCauses, results: switchResults }
}
