import type { SupervisorEvent } from "../../../../actors/runtime/supervisor.ts"
import { startRemedy } from "../../../platform/nats/connect.ts"
import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { DaemonEvent } from "../events/daemon-events.ts"
import type { Waiting } from "./waiting.ts"

/** The same event where the server is a child of this daemon: its remedy is not the operator's to carry out. */
export const ofOwnServer = (event: PublisherEvent): PublisherEvent =>
  event.type === "linkDown"
    ? { ...event, message: event.message.replace(startRemedy, "it is this daemon's own, which starts it again") }
    : event

/** Enters the link of the ticks on the wait board, and takes it off. */
const noteLink = (waiting: Waiting, event: PublisherEvent): void => {
  if (event.type === "linkUp") waiting.worked("tick stream")
  else if (event.type === "linkDown") waiting.failed("tick stream", "tick stream", event)
  else if (event.type === "refused") {
    const { code, description } = event.refusal
    waiting.failed("tick stream", "tick stream", { code, message: `the stream refuses ticks: ${description}` })
  }
}

/** Takes the worker of a feed off the wait board: it serves, or it is stopped on purpose. */
const noteWorker = (waiting: Waiting, event: SupervisorEvent): void => {
  if (event.child !== "feed-worker") return
  if (event.type === "ready") waiting.worked("feed worker", event.supervisor)
  else if (event.type === "stopping") waiting.board.drop(event.supervisor)
}

/** The server is away: the link of the ticks reports that, once for all of them. */
const ofTheServer: ReadonlySet<string> = new Set(["NATS_UNREACHABLE", "LINK_LOST"])

/** What an event means to the wait board. */
export const noteWaiting = (waiting: Waiting, event: DaemonEvent): void => {
  switch (event.type) {
    case "publisher":
      return noteLink(waiting, event.event)
    case "supervisor":
      return noteWorker(waiting, event.event)
    case "workerFailed":
      return waiting.failed("feed worker", `front-${event.feed}`, event.error)
    case "sideStream":
      if (event.trouble === undefined) waiting.worked("side stream", event.stream)
      else if (!ofTheServer.has(event.trouble.code)) waiting.failed("side stream", event.stream, event.trouble)
      return
    default:
      return
  }
}
