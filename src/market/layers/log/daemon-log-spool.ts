import type { SpoolEvent } from "../../ports/tick-spool.ts"

interface Line {
  readonly level: "INFO" | "WARNING" | "ERROR"
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>> & { readonly event: string }
}

/** The line of the log about a change of the spool. */
export const spoolLine = (event: SpoolEvent): Line => {
  switch (event.type) {
    case "engaged":
      return {
        level: "WARNING",
        message: "the broker is away or slow: ticks go to the spool on disk",
        fields: { event: "spool_engaged", retained: event.retained }
      }
    case "emptied":
      return {
        level: "INFO",
        message: "the stream holds everything that was spooled",
        fields: { event: "spool_emptied" }
      }
    case "recovered":
      return {
        level: event.cutBytes > 0 ? "WARNING" : "INFO",
        message: `the spool holds ${event.ticks} ticks of an earlier run${event.cutBytes > 0 ? `; ${event.cutBytes} bytes behind the last whole record were cut` : ""}`,
        fields: { event: "spool_recovered", ticks: event.ticks, bytes: event.bytes, cut_bytes: event.cutBytes }
      }
    case "trouble":
      return { level: "ERROR", message: event.message, fields: { event: "spool_trouble", code: event.code } }
    case "repaired":
      return { level: "INFO", message: "the spool can be written again", fields: { event: "spool_mended" } }
    case "setAside":
      return {
        level: "ERROR",
        message: `${event.ticks} ticks that an earlier run left in the spool are not sent, because ${event.by} has written the stream since and may have stored them: they are kept in ${event.folder} as ${event.files.join(", ")}; compare them with the stream if you need each one, then delete them.`,
        fields: { event: "spool_set_aside", ticks: event.ticks, files: event.files, by: event.by }
      }
    case "dropped":
      return {
        level: "ERROR",
        message: `the spool gave up ${event.ticks} ticks because ${event.why === "full" ? "it is full" : "they cannot be read"}`,
        fields: { event: "spool_dropped", ticks: event.ticks, why: event.why }
      }
  }
}
