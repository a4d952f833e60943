import { Effect } from "effect"
import { connectNats, type NatsConnectError, type NatsConnectionOptions } from "../../../platform/nats/connect.ts"
import { gapMessage, gapSubject } from "../../../protocol/market/gap-message.ts"
import { base64Of, type QuarantineMessage, quarantineSubject } from "../../../protocol/market/quarantine-message.ts"
import { integrityOptions, quarantineOptions, type StreamOptions } from "../../../protocol/market/streams.ts"
import { type AckedPublisher, makeAckedPublisher } from "../../adapters/jetstream/acked-publisher.ts"
import type { OpenLink } from "../../adapters/jetstream/link.ts"
import type { PublisherEvent } from "../../adapters/jetstream/publisher-events.ts"
import { type IntegrityEvent, IntegrityPublisher } from "../../ports/integrity-publisher.ts"
import type { EventBus } from "../events/daemon-events.ts"

const quarantineText = ({ tick }: IntegrityEvent & { type: "quarantined" }): string =>
  JSON.stringify({
    version: 1,
    feed: tick.feed,
    seq: tick.seq,
    reason: tick.reason,
    symbol: tick.instrument,
    recv_ts: tick.receivedMs,
    raw: base64Of(tick.raw)
  } satisfies QuarantineMessage)

/** The trouble that an event of a link means; undefined: the stream works; null: neither. */
const troubleOf = (stream: string, event: PublisherEvent) => {
  switch (event.type) {
    case "linkUp":
      return undefined
    case "linkDown":
      return { code: event.code, message: event.message }
    case "refused": {
      const { code, description } = event.refusal
      return { code, message: `Stream ${stream} refuses an event: ${description}` }
    }
    default:
      return null
  }
}

/** The `IntegrityPublisher` port over JetStream: a stream for what was set aside, and one for gaps and certificates. */
export const makeJetStreamIntegrityPublisher = Effect.fnUntraced(function* (options: {
  readonly connection: (what: string) => NatsConnectionOptions
  readonly replicas?: number | undefined
  /** Succeeds when there is a server at the URL of `connection`; omit: always. */
  readonly whenUp?: Effect.Effect<void, NatsConnectError>
  readonly events: EventBus
  /** Replaces the connections to a real broker: the simulation's. */
  readonly openLink?: ((stream: string) => OpenLink) | undefined
}) {
  const { events } = options
  const open = (stream: StreamOptions & { readonly name: string }) =>
    makeAckedPublisher({
      connect: Effect.andThen(
        options.whenUp ?? Effect.void,
        Effect.suspend(() => connectNats({ ...options.connection(stream.name), reconnect: false }))
      ),
      stream: { ...stream, replicas: options.replicas ?? 1 },
      // The integrity explains the ticks; it never holds them up, whatever its streams lack.
      endsAtStart: () => false,
      onDifferent: (message) => events.publish({ type: "sideStreamDiffers", stream: stream.name, message }),
      window: 256,
      onStored: () => undefined,
      onEvent: (event) => {
        const trouble = troubleOf(stream.name, event)
        if (trouble !== null) events.publish({ type: "sideStream", stream: stream.name, trouble })
      },
      ...(options.openLink === undefined ? {} : { openLink: options.openLink(stream.name) })
    })
  const quarantine = yield* open(quarantineOptions)
  const integrity = yield* open(integrityOptions)
  const publisherOf = (event: IntegrityEvent): AckedPublisher => (event.type === "quarantined" ? quarantine : integrity)
  const publisher = IntegrityPublisher.of({
    hasRoom: (event) => publisherOf(event).room() > 0,
    send: (event) => {
      if (event.type === "quarantined") {
        quarantine.send(quarantineSubject(event.tick.reason), quarantineText(event), 0, 0)
      } else if (event.type === "gap") {
        integrity.send(gapSubject(event.gap.feed), JSON.stringify(gapMessage(event.gap)), 0, 0)
      } else integrity.send(event.subject, event.text, 0, 0)
    },
    drained: Effect.all([quarantine.drained, integrity.drained], { concurrency: 2, discard: true })
  })
  return {
    publisher,
    stored: () => quarantine.counts().stored + integrity.counts().stored,
    /** Both connections, kept for ever. */
    run: Effect.raceFirst(quarantine.run, integrity.run)
  }
})
