import { readTick } from "../client/read-any-tick.ts"
import { formatOf } from "../protocol/market/tick/tick-format.ts"
import { renderTick } from "./tail.ts"

const decoder = new TextDecoder()

/** One message as JSON on one line: as it is when it is text, and what it says when it is binary. */
export const jsonOf = (subject: string, data: Uint8Array): string => {
  const format = formatOf(data)
  if (format === "json" || format === undefined) return decoder.decode(data)
  const read = readTick(data)
  return JSON.stringify("tick" in read ? read.tick : { subject, format, bytes: data.length, unread: read.reason })
}

/** One message for people. What is no tick is shown as it is, since tail is for looking at what is there. */
export const lineOf = (subject: string, data: Uint8Array, nowMs: number): string => {
  const read = readTick(data)
  if ("tick" in read) return renderTick(read.tick, nowMs)
  const format = formatOf(data)
  const binary = format !== "json" && format !== undefined
  return `${subject} ${binary ? `(${data.length} bytes: ${read.reason})` : decoder.decode(data)}`
}
