/**
 * Acknowledgements of JetStream, parsed by hand: one arrives for each tick, and a parsed object would cost more than
 * the publish. Source: nats-server, `JSPubAckResponse`; `{"stream":"S","seq":7}` or
 * `{"error":{…},"stream":"S","seq":0}`.
 */
const quote = 0x22
const seqKey = [0x73, 0x65, 0x71, quote, 0x3a] // seq":

/** The stream sequence of the stored message; 0 for everything that is not a plain success. */
export const storedSeq = (data: Uint8Array): number => {
  // {"error… is the first key of a refusal; a success begins with "stream"
  if (data.length < 10 || data[0] !== 0x7b || data[2] === 0x65) return 0
  for (let at = 1; at + seqKey.length < data.length; at++) {
    if (data[at] !== quote) continue
    let same = 0
    while (same < seqKey.length && data[at + 1 + same] === seqKey[same]) same++
    if (same < seqKey.length) continue
    let digit = at + 1 + seqKey.length
    while (data[digit] === 0x20) digit++
    let seq = 0
    for (let byte = data[digit]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = data[++digit]) {
      seq = seq * 10 + (byte - 0x30)
    }
    return seq
  }
  return 0
}

/** Content of a reply that is not a success. `errCode` 0: the server gave none (`status` 503: no responders). */
export interface AckRefusal {
  readonly status: number
  readonly errCode: number
  readonly description: string
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined

/**
 * Parses a refusal. Refusals are rare, so clarity matters more than speed. `status` is the code of the header block,
 * 0 without one.
 */
export const readRefusal = (data: Uint8Array, status: number): AckRefusal => {
  if (data.length === 0) {
    return { status, errCode: 0, description: status === 503 ? "no responders" : `status ${status}` }
  }
  try {
    const error = field(JSON.parse(new TextDecoder().decode(data)), "error")
    const code = field(error, "code")
    const errCode = field(error, "err_code")
    const description = field(error, "description")
    if (typeof code === "number") {
      return {
        status: code,
        errCode: typeof errCode === "number" ? errCode : 0,
        description: typeof description === "string" ? description : "no description"
      }
    }
  } catch {
    // reported below: an unreadable reply proves nothing about the message
  }
  return { status, errCode: 0, description: "the reply is not a JetStream acknowledgement" }
}

/** Slot number behind the last dot of a reply subject; -1: it has none. */
export const slotOf = (subject: string, prefixLength: number): number => {
  if (subject.length <= prefixLength) return -1
  let slot = 0
  for (let at = prefixLength; at < subject.length; at++) {
    const digit = subject.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return -1
    slot = slot * 10 + digit
  }
  return slot
}
