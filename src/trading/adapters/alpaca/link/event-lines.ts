import { textMax } from "../wire/json-text.ts"

/** One part of a stream of server-sent events. */
export type EventPart =
  | { readonly type: "data"; readonly text: string }
  | { readonly type: "comment"; readonly text: string }

/** Cuts the bytes of `text/event-stream` into its parts. Source: WHATWG HTML, server-sent events. */
export class EventLines {
  private rest = ""
  private data: Array<string> = []

  /** Throws when a line or an event is longer than any that is read. */
  push(text: string): ReadonlyArray<EventPart> {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ""
    const parts: Array<EventPart> = []
    for (const line of lines) {
      if (line.startsWith(":")) parts.push({ type: "comment", text: line.slice(1).trim() })
      else if (line === "") {
        if (this.data.length > 0) parts.push({ type: "data", text: this.data.join("\n") })
        this.data = []
      } else if (line.startsWith("data:")) this.data.push(line.slice(5).replace(/^ /, ""))
    }
    const length = this.rest.length + this.data.reduce((sum, one) => sum + one.length, 0)
    if (length > textMax) throw new Error(`an event has more than ${textMax} characters`)
    return parts
  }
}
