/** Position of a message, as the server writes it into the reply subject. */
export interface Delivery {
  readonly streamSequence: number
  /** 1, 2, 3, … for this consumer: a hole means that a message was lost on the way. */
  readonly consumerSequence: number
  /** Messages of the stream that this consumer has still to receive. */
  readonly pending: number
}

/**
 * Parses `$JS.ACK.STREAM.CONSUMER.DELIVERIES.SSEQ.CSEQ.TIME.PENDING`, or the longer form with domain and account
 * before the stream; undefined for any other subject.
 */
export const parseDelivery = (reply: string | undefined): Delivery | undefined => {
  if (reply === undefined || !reply.startsWith("$JS.ACK.")) return undefined
  const tokens = reply.split(".")
  const shift = tokens.length >= 11 ? 2 : 0
  const streamSequence = Number(tokens[5 + shift])
  const consumerSequence = Number(tokens[6 + shift])
  const pending = Number(tokens[8 + shift])
  return Number.isInteger(streamSequence) && Number.isInteger(consumerSequence) && Number.isInteger(pending)
    ? { streamSequence, consumerSequence, pending }
    : undefined
}
