import { Context, Effect, Exit, Redacted } from "effect"
import { Secret } from "../../../kernel/secret.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import type { VenueEvent } from "../../../simulator/paper/core/event-log.ts"
import { webhookHeaders } from "../../../simulator/paper/wire/webhook.ts"
import { Unreadable } from "../../../trading/adapters/alpaca/wire/fields.ts"
import { readerOf } from "../../../trading/adapters/alpaca/wire/read.ts"
import { tradeUpdate, WireTradeUpdate } from "../../../trading/adapters/alpaca/wire/trade-update.ts"
import { takeWebhook, type WebhookOptions } from "../../../trading/adapters/http/webhook/webhook.ts"
import { TradeActors } from "../../../trading/layers/tree-layer.ts"
import { VenueWatch } from "../../../trading/ports/trade-conditions.ts"
import type { Dice } from "../../faults/dice.ts"
import type { TradeRun, TradeWorld } from "./trade-world.ts"

const secret = "secret-of-the-relay"
const answerMs = 4000
const keptMax = 50

const readWire = readerOf("webhook", WireTradeUpdate)
const read: WebhookOptions["read"] = (text) => {
  const wire = readWire(text)
  return wire instanceof Unreadable ? wire : tradeUpdate(wire, "webhook", text)
}

/** The relay that posts the venue's events to the webhook of the daemon, and the one who imitates it. */
export class SimRelay {
  checks = 0
  private readonly world: TradeWorld
  private readonly dice: Dice
  /** Bodies that were posted, for a replay. */
  private readonly posted: Array<string> = []

  /** `isOn` false: there is no relay, and only forgeries come. */
  constructor(world: TradeWorld, dice: Dice, isOn: boolean) {
    this.world = world
    this.dice = dice
    if (isOn) world.exchange.venue.state.events.listen((event) => this.relay(event))
  }

  /** A fill that the venue has not made, for an order of the book. False: there is no such order. */
  forge(): boolean {
    const { state } = this.world.exchange.venue
    const open = state.orders.allOpen()
    const last = state.events.kept().findLast(({ data }) => open.some(({ id }) => id === data.order.id))
    if (last === undefined) return false
    const { order } = last.data
    const [price, qty] = [order.limit_price ?? "50", order.qty ?? "1"]
    const filled = { ...order, status: "filled", filled_qty: qty, filled_avg_price: price }
    const data = { ...last.data, event: "fill", order: filled, execution_id: "forged", price, qty }
    this.post(JSON.stringify(data), this.dice.pick(["wrong", "none"] as const))
    return true
  }

  /** A body of a while ago, as it was signed then. False: there is none. */
  replay(): boolean {
    if (this.posted.length === 0) return false
    this.post(this.dice.pick(this.posted), "right")
    return true
  }

  private relay({ data }: VenueEvent): void {
    // A few never come, and each takes its own time.
    if (this.dice.next() < 0.1) return
    const body = JSON.stringify(data)
    this.posted.push(body)
    if (this.posted.length > keptMax) this.posted.shift()
    this.world.time.later(this.dice.whole(2, 1500), () => {
      if (this.world.network.state === "up") this.post(body, "right")
    })
  }

  private post(body: string, signature: "right" | "wrong" | "none"): void {
    const run = this.world.run()
    if (run === undefined) return
    const timestamp = String(Math.floor(this.world.time.nowMs / 1000))
    const headers = webhookHeaders(signature === "right" ? secret : "another secret", timestamp, body)
    const asked = takeWebhook(
      optionsOf(run),
      {
        signature: signature === "none" ? undefined : headers["x-alpaca-signature"],
        time: headers["x-tickd-timestamp"],
        timeSignature: headers["x-tickd-signature"]
      },
      new TextEncoder().encode(body)
    )
    const fiber = Effect.runForkWith(run.process.services)(Effect.result(asked))
    fiber.addObserver((exit) => {
      if (!run.process.alive || Exit.hasInterrupts(exit)) return
      this.checks++
      const isTaken = Exit.isSuccess(exit) && exit.value._tag === "Success"
      if (Exit.isFailure(exit)) this.world.complain(`a webhook ended with a defect: ${String(exit.cause)}`)
      else if (isTaken && signature !== "right")
        this.world.complain("a webhook without the signature of the relay was taken")
    })
  }
}

const optionsOf = ({ services }: TradeRun): WebhookOptions => {
  const watch = Context.get(services, VenueWatch)
  const clock = Effect.clockWith((one) => Effect.succeed(one.currentTimeMillisUnsafe()))
  return {
    secret: new Secret(Redacted.value(Redacted.make(secret))),
    unsigned: false,
    now: Effect.map(clock, (ms) => watch.exchangeNow(ms) ?? instantOfMs(ms)),
    read,
    take: Context.get(services, TradeActors).updates.take,
    answerMs
  }
}
