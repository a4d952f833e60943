import type { StatusMessage } from "../../../protocol/market/status.ts"
import type { Feed } from "../../domain/runbook-words.ts"

/** Why a drill is refused. `canForce`: the daemon itself could still switch. */
export interface DrillRefusal {
  readonly why: string
  readonly canForce: boolean
}

/** What is wrong with the feed that is to take over, by the daemon's status; undefined: it is healthy. */
const feedFault = (status: StatusMessage, feed: Feed): string | undefined => {
  const session = status.sessions.find((one) => one.feed === feed)
  if (session === undefined) return `the ${feed} feed has no session`
  const trouble = status.feeds?.troubled.find((text) => text.includes(feed))
  if (trouble !== undefined) return `the ${feed} feed is in trouble: ${trouble}`
  // A cold feed has no login until the switch.
  if (status.failover?.mode === "cold") return undefined
  const { acknowledged, missing, rejected, wanted } = session.subscriptions
  if (session.role !== "standby") return `the ${feed} feed is ${session.role ?? "alone"}, not standby`
  if (session.state !== "streaming") return `the ${feed} feed is ${session.state}, not streaming`
  const open = missing ?? wanted - acknowledged - rejected
  return open > 0 || wanted === 0 ? `the ${feed} feed has ${acknowledged} of ${wanted} subscriptions` : undefined
}

/** Every reason of the daemon's status against a drill, those that nothing can force first. */
export const statusRefusals = (status: StatusMessage): ReadonlyArray<DrillRefusal> => {
  const { failover } = status
  if (failover === undefined) {
    return [{ why: "the daemon has one feed: set CTP_BACKUP_* and start it again", canForce: false }]
  }
  const refusals: Array<DrillRefusal> = []
  if (failover.switching_to !== null) {
    refusals.push({ why: `a switch to ${failover.switching_to} is under way: wait for it`, canForce: false })
  }
  if (failover.active !== "primary") {
    refusals.push({ why: `the active feed is ${failover.active}: run --failback first`, canForce: false })
  }
  if (failover.held) {
    refusals.push({ why: "switches are held: run `tickd failover-release`", canForce: true })
  }
  const fault = failover.active === "primary" ? feedFault(status, "backup") : undefined
  return fault === undefined ? refusals : [...refusals, { why: `${fault}: see \`tickd status\``, canForce: true }]
}
