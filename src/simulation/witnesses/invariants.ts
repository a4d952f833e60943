import type { ProcessRun } from "../process-run.ts"
import { bounds, contractCount, feedNames } from "../world/scale.ts"
import type { World } from "../world/world.ts"
import { SeqSet } from "./seq-set.ts"
import type { StoredTicks } from "./stored-ticks.ts"

/**
 * A session that streams for this long has been acknowledged in full, or has reported that it was not. Milliseconds.
 */
const settleMs = bounds.subscribeTimeoutMs + 2500

/** Limit for any event: a late doorbell and the mailbox. Milliseconds. */
const newsMs = 4000

/** Invariants of any moment. Cheap: checked twice a simulated second. Returns the number of checks. */
export const lookNow = (world: World, nowMs: number, complain: (sentence: string) => void): number => {
  const { stored } = world
  if (stored.twice > 0) complain(`${stored.twice} ticks are stored twice`)
  world.order.look(nowMs)
  const life = world.life()
  lookAtWriter(world, nowMs)
  if (life === undefined) return 2
  const { ever } = stored.of(life.number)
  let checks = 0
  for (const [feed, ledger] of life.ledgers.entries()) {
    const everStored = (ever[feed] as SeqSet).size
    const name = feedNames[feed]
    const integrity = ledger.snapshot()
    if (!integrity.balanced) complain(`the ledger of ${name} does not balance: ${JSON.stringify(integrity)}`)
    if (integrity.published > everStored) {
      complain(`${name} counts ${integrity.published} ticks as published, the stream has stored ${everStored}`)
    }
    life.gaps.lookAtGivenUp(feed, ledger.droppedByOverflow + ledger.conflated, nowMs)
    if (life.gaps.holesReported(feed) !== ledger.holes) {
      complain(
        `${name} has ${ledger.holes} ticks missing in its numbers, gap records report ${life.gaps.holesReported(feed)}`
      )
    }
    const session = life.sessions[feed]
    session?.look(nowMs)
    checks += 5
    const front = life.fronts[feed]
    if (session !== undefined && front !== undefined && session.streamingMs(nowMs) > settleMs) {
      checks++
      // Actions of the front within the last seconds may be on their way, or wait in the ring behind ticks.
      const isKnown = front.isRead && nowMs - front.changedMs > newsMs
      if (isKnown && front.linked && front.subscribed.size !== contractCount) {
        complain(
          `${name} has been streaming for ${session.streamingMs(nowMs)} ms with ${front.subscribed.size} of ${contractCount} contracts subscribed`
        )
      }
    }
  }
  life.silence.look(nowMs)
  life.pair?.switches.look(
    feedNames.map((feed) => {
      const session = life.registry.actor(`session-${feed}`)
      // A feed of a cold pair that is off keeps the last state of its session.
      return session === undefined || session.state === "stopped" ? "" : String(session.context["role"] ?? "")
    })
  )
  return checks + 2 + lookAtReadiness(life, complain)
}

/** Which daemon writes the stream, and which could. */
const lookAtWriter = ({ broker, rival, writers, ...world }: World, nowMs: number): void => {
  const life = world.life()
  const isHeld = life !== undefined && life.fence.epoch() !== undefined && life.fence.lost() === undefined
  writers.look(
    {
      isWritten: isHeld || rival.isWriting,
      isHealthy: life?.isLinkAlive() === true,
      isReachable: broker.isReachable
    },
    nowMs
  )
}

/** `/readyz` has a reason whenever something is missing, and none when nothing is. One healthy feed has every tick. */
const lookAtReadiness = (life: ProcessRun, complain: (sentence: string) => void): number => {
  const reasons = life.reasons()
  const daemon = life.registry.actor("daemon")?.state ?? "booting"
  const meant = life.sessions.filter((_, feed) => !life.isHeld(feed))
  const missing = meant.every(({ state }) => state !== "streaming" && state !== "resting")
  const shouldSay = missing || life.publisher().link !== "up" || daemon === "draining" || daemon === "stopped"
  if (shouldSay && reasons.length === 0) complain(`the daemon is ready while something is missing: ${daemon}`)
  if (!shouldSay && daemon !== "booting" && reasons.length > 0) {
    complain(`the daemon is not ready although nothing is missing: ${reasons.join(", ")}`)
  }
  return 2
}

/** Invariants after a while without faults: the daemon has recovered by itself. */
export const lookAtRest = (world: World, nowMs: number, complain: (sentence: string) => void): number => {
  const life = world.life()
  if (life === undefined) {
    complain("no daemon runs at rest")
    return 1
  }
  const isClosed = world.hours.market.phaseAt(nowMs) === "closed"
  // With a session that waits for an operator, the integrity waits too: no operator acts before the market opens.
  const isWaiting = isClosed && life.sessions.some(({ state }) => state === "rejected" || state === "failed")
  for (const [at, session] of life.sessions.entries()) {
    const front = life.fronts[at]
    if (isClosed || life.isHeld(at)) continue
    if (session.state !== "streaming")
      complain(`session ${feedNames[at]} is ${session.state} although nothing has been wrong for a while`)
    else if (front?.subscribed.size !== contractCount) {
      complain(`session ${feedNames[at]} streams ${front?.subscribed.size} of ${contractCount} contracts at rest`)
    }
  }
  const failover = life.registry.actor("failover")
  if (life.pair !== undefined && world.hours.market.phaseAt(nowMs) === "trading" && failover?.state !== "serving") {
    complain(`the failover is ${failover?.state} at rest: ${JSON.stringify(failover?.context)}`)
  }
  const { link, retained } = life.publisher()
  const spool = life.spool?.spoolCounts()
  if (
    spool !== undefined &&
    (spool.engaged || spool.ticks > contractCount * feedNames.length || spool.trouble !== undefined)
  ) {
    complain(`the spool is not empty at rest: ${JSON.stringify(spool)}`)
  }
  if (link !== "up") complain(`the link to the broker is ${link} at rest`)
  if (retained > contractCount * feedNames.length) complain(`${retained} ticks are unconfirmed at rest`)
  const daemon = life.registry.actor("daemon")
  if (!isWaiting && daemon?.state !== "ready")
    complain(`the daemon is ${daemon?.state} at rest: ${JSON.stringify(daemon?.context["reasons"])}`)
  const { expected, recovered, reported } = life.gone()
  if (expected !== reported)
    complain(`${expected} confirmed ticks are gone with their store, the publisher reports ${reported}`)
  if (!isWaiting && life.reasons().length > 0) complain(`the daemon is not ready at rest: ${life.reasons().join(", ")}`)
  const counted = feedNames.reduce((sum, _, feed) => sum + life.gaps.counts(feed).gone, 0)
  if (counted !== reported - recovered)
    complain(`${reported - recovered} ticks of this run are gone with their store, gap records report ${counted}`)
  const { waiting, dropped } = life.gaps.outbox
  if (dropped > 0) complain(`${dropped} events of the integrity were dropped`)
  const untold = life.gaps.untold()
  if (waiting === 0 && untold.length > 0) complain(`gap records reached no store: ${untold.join(", ")}`)
  return life.sessions.length * 2 + 8
}

/** Invariants after the end of a tree. `calm`: it was stopped at rest, so nothing may be lost. */
export const lookAtEnd = (options: {
  readonly life: ProcessRun
  readonly stored: StoredTicks
  /** Ticks of this run with a record on the disk, by feed. */
  readonly onDisk: ReadonlyArray<SeqSet>
  readonly calm: boolean
  readonly complain: (sentence: string) => void
}): number => {
  const { life, calm, complain } = options
  const { present, ever } = options.stored.of(life.number)
  let checks = 0
  for (const [feed, ledger] of life.ledgers.entries()) {
    const name = feedNames[feed]
    const integrity = ledger.snapshot()
    const onDisk = options.onDisk[feed] ?? new SeqSet()
    if (!integrity.balanced)
      complain(`the ledger of ${name} does not balance after the stop: ${JSON.stringify(integrity)}`)
    if (integrity.inFlightTotal !== 0)
      complain(
        `${integrity.inFlightTotal} ticks of ${name} are still in flight after the stop: ${JSON.stringify(integrity.inFlight)}`
      )
    if (integrity.spooled > onDisk.size)
      complain(`${name} counts ${integrity.spooled} ticks as left in the spool, the disk has ${onDisk.size}`)
    checks += 5
    const { lost } = life.gaps.counts(feed)
    const missing = ledger.missing(true)
    if (lost < missing || (calm && lost !== missing)) {
      complain(`${missing} ticks of ${name} are in no message, gap records report ${lost}`)
    }
    const { expected, reported } = life.gone()
    const storeIsTold = expected === reported
    const unaccounted = life.gaps.unaccounted({
      feed,
      received: integrity.received,
      stored: (storeIsTold ? present : ever)[feed] as SeqSet,
      onDisk,
      storeIsTold,
      later: []
    })
    if (unaccounted > integrity.duplicate + life.gaps.aside(feed, integrity)) {
      complain(
        `${unaccounted} ticks of ${name} are in no store, not on the disk, not set aside and in no gap record; only ${integrity.duplicate} were repetitions`
      )
    }
    if (!calm) continue
    const dropped = integrity.dropped.shutdown ?? 0
    if (dropped > 0) complain(`a stop at rest dropped ${dropped} ticks of ${name}`)
    const everStored = (ever[feed] as SeqSet).size
    if (integrity.published !== everStored) {
      complain(`${name} counts ${integrity.published} ticks as published, the stream has stored ${everStored}`)
    }
    checks += 2
  }
  return checks
}
