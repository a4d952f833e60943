import { bounds, contractCount, feedNames } from "./scale.ts"
import type { SeqSet } from "./seq-set.ts"
import type { World } from "./world.ts"

/** Streaming for this long, a session has been acknowledged in full, or has said that it was not. Milliseconds. */
const settleMs = bounds.subscribeTimeoutMs + 2500

/** A late doorbell and the mailbox: longer than that no news may take. Milliseconds. */
const newsMs = 4000

/** What must hold at any moment. Cheap: it is asked twice a simulated second. Returns how many things it looked at. */
export const lookNow = (world: World, nowMs: number, complain: (sentence: string) => void): number => {
  const { stored } = world
  let checks = 0
  for (const [feed, book] of world.books.entries()) {
    const name = feedNames[feed]
    const account = book.snapshot()
    if (!account.balanced) complain(`the ledger of ${name} does not balance: ${JSON.stringify(account)}`)
    if (account.published > (stored.everStored[feed] as number)) {
      complain(
        `${name} counts ${account.published} ticks as published, the stream has stored ${stored.everStored[feed]}`
      )
    }
    if (world.gaps.holesTold(feed) !== book.holes) {
      complain(`${name} has ${book.holes} ticks missing in its numbers, gap records tell ${world.gaps.holesTold(feed)}`)
    }
    const session = world.sessions[feed]
    session?.look(nowMs)
    checks += 4
    const front = world.fronts[feed]
    if (session !== undefined && front !== undefined && session.streamingMs(nowMs) > settleMs) {
      checks++
      // What the front did within the last seconds may still be on its way, or wait in the ring behind ticks.
      const isKnown = front.isRead && nowMs - front.changedMs > newsMs
      if (isKnown && front.linked && front.subscribed.size !== contractCount) {
        complain(
          `${name} has been streaming for ${session.streamingMs(nowMs)} ms with ${front.subscribed.size} of ${contractCount} contracts subscribed`
        )
      }
    }
  }
  if (stored.twice > 0) complain(`${stored.twice} ticks are stored twice`)
  if (stored.overtaken > 0 && world.publisher().reordered === 0) {
    complain(
      `${stored.overtaken} ticks are stored behind a younger one of their contract, and the publisher does not say so`
    )
  }
  world.silence.look(nowMs)
  return checks + 2 + lookAtReadiness(world, complain)
}

/** `/readyz` names a reason whenever something is missing, and none when nothing is. */
const lookAtReadiness = (world: World, complain: (sentence: string) => void): number => {
  const reasons = world.reasons()
  const daemon = world.registry.actor("daemon")?.state ?? "booting"
  const missing = world.sessions.some(({ state }) => state !== "streaming" && state !== "resting")
  const shouldSay = missing || world.publisher().link !== "up" || daemon === "draining" || daemon === "stopped"
  if (shouldSay && reasons.length === 0) complain(`the daemon is ready while something is missing: ${daemon}`)
  if (!shouldSay && daemon !== "booting" && reasons.length > 0) {
    complain(`the daemon is not ready although nothing is missing: ${reasons.join(", ")}`)
  }
  return 2
}

/** What must hold when nothing has gone wrong for a while: the daemon is whole again by itself. */
export const lookAtRest = (world: World, nowMs: number, complain: (sentence: string) => void): number => {
  const isClosed = world.hours.market.phaseAt(nowMs) === "closed"
  // The account waits for the operator with a session that nobody looks at before the market opens.
  const isWaiting = isClosed && world.sessions.some(({ state }) => state === "rejected" || state === "failed")
  for (const [at, session] of world.sessions.entries()) {
    const front = world.fronts[at]
    if (isClosed) continue
    if (session.state !== "streaming")
      complain(`session ${feedNames[at]} is ${session.state} although nothing has been wrong for a while`)
    else if (front?.subscribed.size !== contractCount) {
      complain(`session ${feedNames[at]} streams ${front?.subscribed.size} of ${contractCount} contracts at rest`)
    }
  }
  const { link, retained } = world.publisher()
  if (link !== "up") complain(`the link to the broker is ${link} at rest`)
  if (retained > contractCount * feedNames.length) complain(`${retained} ticks are unconfirmed at rest`)
  const daemon = world.registry.actor("daemon")
  if (!isWaiting && daemon?.state !== "ready")
    complain(`the daemon is ${daemon?.state} at rest: ${JSON.stringify(daemon?.context["reasons"])}`)
  const { expected, told } = world.gone()
  if (expected !== told)
    complain(`${expected} confirmed ticks are gone with their store, the publisher tells of ${told}`)
  if (!isWaiting && world.reasons().length > 0)
    complain(`the daemon is not ready at rest: ${world.reasons().join(", ")}`)
  const counted = feedNames.reduce((sum, _, feed) => sum + world.gaps.counts(feed).gone, 0)
  if (counted !== told) complain(`${told} ticks are gone with their store, gap records tell ${counted}`)
  const { waiting, dropped } = world.gaps.outbox
  if (dropped > 0) complain(`${dropped} events of the account were dropped`)
  const untold = world.gaps.untold()
  if (waiting === 0 && untold.length > 0) complain(`gap records reached no store: ${untold.join(", ")}`)
  return world.sessions.length * 2 + 8
}

/** What must hold once the tree has stopped. `calm`: it was stopped at rest, so nothing may be lost by it. */
export const lookAtEnd = (world: World, calm: boolean, complain: (sentence: string) => void): number => {
  let checks = 0
  for (const [feed, book] of world.books.entries()) {
    const name = feedNames[feed]
    const account = book.snapshot()
    if (!account.balanced) complain(`the ledger of ${name} does not balance after the stop: ${JSON.stringify(account)}`)
    if (account.inFlightTotal !== 0)
      complain(
        `${account.inFlightTotal} ticks of ${name} are still in flight after the stop: ${JSON.stringify(account.inFlight)}`
      )
    checks += 4
    const { lost } = world.gaps.counts(feed)
    const missing = book.missing(true)
    if (lost < missing || (calm && lost !== missing)) {
      complain(`${missing} ticks of ${name} are in no message, gap records tell ${lost}`)
    }
    const { expected, told } = world.gone()
    const present = (expected === told ? world.stored.present : world.stored.ever)[feed] as SeqSet
    const unaccounted = world.gaps.unaccounted(feed, account.received, present, expected === told)
    if (unaccounted > account.duplicate) {
      complain(
        `${unaccounted} ticks of ${name} are in no store, not set aside and in no gap record; only ${account.duplicate} were repetitions`
      )
    }
    if (!calm) continue
    const dropped = account.dropped.shutdown ?? 0
    if (dropped > 0) complain(`a stop at rest dropped ${dropped} ticks of ${name}`)
    if (account.published !== stored(world, feed)) {
      complain(`${name} counts ${account.published} ticks as published, the stream has stored ${stored(world, feed)}`)
    }
    checks += 2
  }
  return checks
}

const stored = (world: World, feed: number): number => world.stored.everStored[feed] as number
