import type { SupervisorEvent } from "../../../../actors/runtime/supervisor.ts"
import { startRemedy } from "../../../platform/nats/connect.ts"
import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import type { Waiting } from "./waiting.ts"

/** The same event where the server is a child of this daemon: its remedy is not the operator's to carry out. */
export const ofOwnServer = (event: PublisherEvent): PublisherEvent =>
  event.type === "linkDown"
    ? { ...event, message: event.message.replace(startRemedy, "it is this daemon's own, which starts it again") }
    : event

/** Enters the link of the ticks on the wait board, and takes it off. */
export const noteLink = (waiting: Waiting, event: PublisherEvent): void => {
  if (event.type === "linkUp") waiting.worked("tick stream")
  else if (event.type === "linkDown") waiting.failed("tick stream", "tick stream", event)
  else if (event.type === "refused") {
    const { code, description } = event.refusal
    waiting.failed("tick stream", "tick stream", { code, message: `the stream refuses ticks: ${description}` })
  }
}

/** Takes the worker of a feed off the wait board: it serves, or it is stopped on purpose. `failed` of it comes with its error. */
export const noteWorker = (waiting: Waiting, event: SupervisorEvent): void => {
  if (event.child !== "feed-worker") return
  if (event.type === "ready") waiting.worked("feed worker", event.supervisor)
  else if (event.type === "stopping") waiting.board.drop(event.supervisor)
}

/** The server is away: the link of the ticks reports that, once for all of them. */
const ofTheServer: ReadonlySet<string> = new Set(["NATS_UNREACHABLE", "LINK_LOST"])

/** The same for the streams beside the ticks, each by its name. */
export const sideStreamReports = (waiting: Waiting, log: Pick<DaemonLog, "write">) => ({
  onTrouble: (stream: string, trouble: { readonly code: string; readonly message: string }) => {
    if (!ofTheServer.has(trouble.code)) waiting.failed("side stream", stream, trouble)
  },
  onWorks: (stream: string) => waiting.worked("side stream", stream),
  onDifferent: (stream: string, message: string) =>
    log.write("WARNING", message, { event: "stream_differs", stream, code: "STREAM_MISMATCH" })
})
