import { bounds, contractCount, feedNames, type World } from "./world.ts"

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
    const session = world.sessions[feed]
    session?.look(nowMs)
    checks += 3
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
  return checks + 2
}

/** What must hold when nothing has gone wrong for a while: the daemon is whole again by itself. */
export const lookAtRest = (world: World, complain: (sentence: string) => void): number => {
  for (const [at, session] of world.sessions.entries()) {
    const front = world.fronts[at]
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
  if (daemon?.state !== "ready")
    complain(`the daemon is ${daemon?.state} at rest: ${JSON.stringify(daemon?.context["reasons"])}`)
  const { expected, told } = world.gone()
  if (expected !== told)
    complain(`${expected} confirmed ticks are gone with their store, the publisher tells of ${told}`)
  return world.sessions.length * 2 + 4
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
    checks += 2
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
