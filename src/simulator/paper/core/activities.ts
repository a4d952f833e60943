import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import { activityId, activityView } from "./ledger.ts"
import { malformed, type Refusal } from "./refusal.ts"
import type { VenueState } from "./venue-state.ts"

export interface ActivityQuery {
  readonly after?: InstantNs | undefined
  readonly until?: InstantNs | undefined
  readonly direction: "asc" | "desc"
  readonly pageSize: number
  /** The id of the last row of the page before. */
  readonly pageToken?: string | undefined
  readonly orderId?: string | undefined
}

/** The fill ledger. An execution that was undone is not listed. */
export const listActivities = (state: VenueState, query: ActivityQuery) => {
  const rows = state.ledger.executions()
  const ascending = query.direction === "asc"
  const found: Array<ReturnType<typeof activityView>> = []
  let isBehind = query.pageToken === undefined
  for (let n = 0; n < rows.length && found.length < query.pageSize; n++) {
    const row = rows[ascending ? n : rows.length - 1 - n]
    if (row === undefined) continue
    if (!isBehind) {
      isBehind = activityId(row) === query.pageToken
      continue
    }
    if (row.undone === true) continue
    if (query.after !== undefined && row.at <= query.after) continue
    if (query.until !== undefined && row.at >= query.until) continue
    if (query.orderId !== undefined && row.orderId !== query.orderId) continue
    found.push(activityView(row))
  }
  return isBehind ? found : (malformed("page_token is not an activity of this account") as Refusal)
}
