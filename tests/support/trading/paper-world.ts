import { instantOfMs } from "../../../src/kernel/time/utc-instant.ts"
import { type PaperServerOptions, startPaperServer } from "../../../src/simulator/paper/paper-server.ts"
import { type CaseWorld, venueSymbols } from "./venue-cases.ts"

export const paperKeys = { keyId: "PKTEST", secret: "secret-of-the-test" }

/** A Monday without holiday, at 10:00 in New York. */
export const openMonday = instantOfMs(Date.parse("2026-11-30T15:00:00Z"))

/** A venue for tests: open, with quotes that move only when a test moves them, and whole executions. */
export const startTestVenue = (options: Partial<PaperServerOptions> = {}) =>
  startPaperServer({
    seed: 7,
    port: 0,
    keys: paperKeys,
    start: openMonday,
    partialRate: 0,
    ratePerMinute: 100_000,
    symbols: venueSymbols.map((symbol) => ({ symbol, ...(symbol === "PENNY" ? { price: 5000 } : {}) })),
    ...options
  })

const waitMs = 10
const limitMs = 10_000

/** Waits for a condition of a real server. */
export const waitUntil: CaseWorld["until"] = async (what, condition) => {
  for (let waited = 0; !(await condition()); waited += waitMs) {
    if (waited >= limitMs) throw new Error(`${what} has not come`)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

/**
 * A condition that halts a symbol until the halt is seen. The venue sends a halt once, and the first quote may come
 * over REST before the socket is subscribed.
 */
export const haltedAndSeen = (fault: CaseWorld["fault"], symbol: string, isHalted: () => boolean) => {
  let looks = 0
  return () => {
    if (looks++ % 50 === 0) for (const on of [false, true]) fault("halt", { symbol, on })
    return isHalted()
  }
}

export const paperWorld = (server: Awaited<ReturnType<typeof startTestVenue>>): CaseWorld => {
  const fault: CaseWorld["fault"] = (name, fields = {}) => {
    const refused = server.fault({ fault: name, ...fields })
    if (refused !== undefined) throw new Error(`fault ${name}: ${refused.message}`)
  }
  return { fault, pin: (symbol, bid, ask) => fault("pin", { symbol, bid, ask }), until: waitUntil }
}
