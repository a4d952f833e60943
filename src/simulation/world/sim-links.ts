import { Effect } from "effect"
import type { Outbox } from "../../market/application/publish/outbox.ts"
import type { BrokerLinks } from "../../market/layers/lowest.ts"
import type { OverflowWitness } from "../witnesses/overflow-witness.ts"
import { feedNames } from "./scale.ts"
import type { SimBroker } from "./sim-broker.ts"

/** The way to the simulated broker, with a defect in the publisher and one in its link that can be armed. */
export const makeSimLinks = (options: {
  /** Number of the process. */
  readonly life: number
  readonly broker: SimBroker
  readonly outbox: Outbox
  readonly overflow: OverflowWitness
  /** Running children of the tree. */
  readonly alive: { readonly publisher: boolean }
  readonly complain: (sentence: string) => void
}) => {
  const { alive, broker, complain, life, overflow } = options
  const armed = { publisher: false, link: false }
  const links: BrokerLinks["Service"] = {
    url: () => "",
    isOwnServer: false,
    connection: () => ({ url: "", name: "" }),
    openTicks: (events) =>
      Effect.suspend(() => {
        if (!armed.link) return broker.openTicks(events, life)
        armed.link = false
        return Effect.die(new Error("simulated defect of the link"))
      }),
    openSide: (stream) => (events) => broker.named(stream).open(events, life),
    outbox: options.outbox,
    tap: (publisher) => ({
      ...publisher,
      // An armed defect fires at the next read of `room`: it must not happen between two ticks of one batch.
      room: () => (armed.publisher ? 0 : publisher.room()),
      send: (slab, row, feed) => {
        if (!alive.publisher) complain(`a tick of ${feedNames[feed]} was sent although the publisher's child has ended`)
        overflow.handed(slab, row, feed)
        publisher.send(slab, row, feed)
      },
      awaitRoom: Effect.suspend(() => {
        if (!armed.publisher) return publisher.awaitRoom
        armed.publisher = false
        return Effect.die(new Error("simulated defect of the publisher"))
      })
    })
  }
  return { links, armed }
}
