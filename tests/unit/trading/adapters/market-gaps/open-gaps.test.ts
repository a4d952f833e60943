// A daemon that was killed leaves its gaps open in the stream: they must end with later news of the feed, and nothing
// else may end one.
import { assert, describe, it } from "@effect/vitest"
import type { CertificateMessage } from "../../../../../src/protocol/market/certificate-message.ts"
import type { GapMessage } from "../../../../../src/protocol/market/gap-message.ts"
import { isContract, OpenGaps } from "../../../../../src/trading/adapters/market-gaps/open-gaps.ts"

const bytes = (message: unknown) =>
  new TextEncoder().encode(typeof message === "string" ? message : JSON.stringify(message))
const gap = (more: Partial<GapMessage> = {}): GapMessage => ({
  version: 1,
  id: `${more.feed ?? "primary"}-${more.cause ?? "session_down"}-${more.from ?? 1000}`,
  feed: "primary",
  instrument: null,
  cause: "session_down",
  state: "open",
  from: 1000,
  to: null,
  count: null,
  seqs: null,
  ...more
})
const certificate = (last: number | null, feed = "primary"): CertificateMessage => ({
  version: 1,
  instance: "md",
  feed,
  trading_day: "20261130",
  session: "day",
  issued: 9000,
  complete: true,
  incomplete_because: [],
  received: 1,
  published: 1,
  duplicate: 0,
  quarantined: 0,
  conflated: 0,
  dropped: 0,
  instruments: 1,
  first: last,
  last,
  longest_silence_ms: 0,
  longest_silence_symbol: null,
  gaps: [],
  instrument_parts: 0
})
const after = (...messages: ReadonlyArray<GapMessage | CertificateMessage | string>) => {
  const gaps = new OpenGaps()
  for (const message of messages) {
    const isCertificate = typeof message === "object" && "issued" in message
    gaps.add(isCertificate ? "md.certificate.20261130.day" : "md.gap.primary", bytes(message))
  }
  return (symbol = "cu2501") => gaps.problem(symbol) !== undefined
}

describe("the open gaps", () => {
  it("taint contracts of CTP exchanges in any case of letters, and no US ticker", () => {
    for (const code of ["rb2410", "RB2410", "TA501", "cu2110C43000", "m2109-P-3850", "SP a2501&a2505"]) {
      assert.isTrue(isContract(code), code)
      assert.isTrue(after(gap())(code), code)
    }
    for (const ticker of ["AAPL", "BRK.B", "F", "GOOGL", "BF.A"]) assert.isFalse(after(gap())(ticker), ticker)
  })

  it("of one instrument taint it and its combinations only", () => {
    const isTainted = after(gap({ instrument: "a2501" }))
    assert.deepStrictEqual(
      ["a2501", "A2501", "SP a2501&a2505", "a2505", "cu2501"].map((code) => isTainted(code)),
      [true, true, true, false, false]
    )
  })

  it("end when they are closed or covered, and a gap of another cause or feed does not end them", () => {
    assert.isFalse(after(gap(), gap({ state: "closed", to: 2000 }))())
    assert.isFalse(after(gap(), gap({ covered_by: "backup" }))())
    assert.isTrue(after(gap(), gap({ covered_by: "backup" }), gap())())
    assert.isTrue(after(gap(), gap({ cause: "ring_overrun", state: "closed", from: 1500, to: 2000 }))())
    assert.isTrue(after(gap(), gap({ feed: "backup", state: "closed", from: 1500, to: 2000 }))())
  })

  it("of a killed daemon end with its next run, with the next gap of the kind, and with ticks that came after", () => {
    const later = { from: 5000, state: "closed", to: 6000 } as const
    assert.isFalse(after(gap(), gap({ cause: "daemon_down", ...later }))())
    assert.isTrue(after(gap({ from: 7000 }), gap({ cause: "daemon_down", ...later }))())
    assert.isFalse(after(gap(), gap(later))())
    assert.isFalse(after(gap(), certificate(1001))())
    for (const proof of [certificate(1000), certificate(null), certificate(5000, "backup")]) {
      assert.isTrue(after(gap(), proof)())
    }
    assert.isTrue(after(gap({ instrument: "cu2501" }), certificate(5000))())
  })

  it("are not known after a record that cannot be read", () => {
    const isTainted = after(gap({ state: "closed", to: 2000 }), '{"version":2}')
    assert.deepStrictEqual([isTainted("cu2501"), isTainted("AAPL")], [true, false])
  })
})
