import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { DaemonLog } from "./daemon-log.ts"

/** The log's lines about the link to the stream of the ticks. */
export const makePublisherLines = (log: Pick<DaemonLog, "write">) => {
  const troubles = new Set<string>()
  /**
   * Every attempt of an outage fails: the first of each cause is a line, and the wait board repeats it once a minute.
   */
  const isNewTrouble = (code: string): boolean => {
    const isNew = !troubles.has(code)
    troubles.add(code)
    return isNew
  }

  return (event: PublisherEvent): void => {
    switch (event.type) {
      case "linkUp":
        troubles.clear()
        return log.write("INFO", "link to the stream is up", { event: "broker_up", retained: event.retained })
      case "linkDown":
        if (!isNewTrouble(event.code)) return
        return log.write("WARNING", event.message, {
          event: "broker_down",
          code: event.code,
          retained: event.retained
        })
      case "refused":
        if (!isNewTrouble(event.refusal.code)) return
        return log.write("ERROR", `the stream refuses ticks: ${event.refusal.description}`, {
          event: "publish_refused",
          code: event.refusal.code,
          retained: event.retained
        })
      case "reconciled":
        return log.write(
          "INFO",
          `the stream holds ${event.found} of the unconfirmed ticks, ${event.toSend} are sent again`,
          { event: "reconciled", found: event.found, to_send: event.toSend }
        )
      case "epochTaken":
        return log.write("INFO", `this daemon is the writer of its stream, epoch ${event.epoch}`, {
          event: "epoch_taken",
          epoch: event.epoch
        })
      case "fenced":
        return log.write("ERROR", event.message, { event: "publisher_fenced", retained: event.retained })
      case "takenBack":
        return log.write("WARNING", event.message, {
          event: "stream_taken_back",
          epoch: event.epoch,
          retained: event.retained
        })
      case "storeLost":
        return log.write(
          "ERROR",
          `the stream came back without ${event.acknowledgedGone} ticks that it had confirmed`,
          { event: "store_lost", lost: event.acknowledgedGone, retained: event.retained }
        )
    }
  }
}
