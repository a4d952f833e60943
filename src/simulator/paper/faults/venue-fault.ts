import { type Decimal, parseDecimal } from "../../../kernel/decimal.ts"
import { unitsOf } from "../core/amount.ts"
import { bust, correct, liquidate, selfCancel, split } from "../core/operator-acts.ts"
import type { PaperOrder } from "../core/paper-order.ts"
import { malformed, notFound, Refusal } from "../core/refusal.ts"
import type { VenueState } from "../core/venue-state.ts"
import { type BoardFault, boardFaults, type FaultBoard } from "./fault-board.ts"

/** What a command may act on. The transport gives its own part. */
export interface FaultTarget {
  readonly state: VenueState
  readonly board: FaultBoard
  readonly mute: (muted: boolean) => void
  readonly cut: () => void
  readonly shiftClock: (ms: number) => void
}

type Command = Readonly<Record<string, unknown>>
interface VenueFault {
  /** One line: what it does, and its fields. */
  readonly text: string
  readonly run: (target: FaultTarget, command: Command) => Refusal | undefined
}

const text = (command: Command, name: string): string => String(command[name] ?? "")
const countOf = (command: Command): number => (typeof command["count"] === "number" ? command["count"] : 1)
const isOn = (command: Command): boolean => command["on"] !== false

const decimalOf = (command: Command, name: string): Decimal | undefined =>
  command[name] === undefined ? undefined : parseDecimal(String(command[name]))

const orderOf = ({ state }: FaultTarget, command: Command): PaperOrder | Refusal => {
  const id = text(command, "order_id")
  return state.orders.find(id) ?? state.orders.findClientId(id) ?? notFound(`order not found for ${id}`)
}

const standing =
  (name: "partialNext" | "rejectNext" | "lateCancelNext" | "lateReplaceNext" | "immediateNext") =>
  ({ state }: FaultTarget, command: Command): undefined => {
    state.standing[name] = countOf(command)
  }

const pin = ({ state }: FaultTarget, command: Command): Refusal | undefined => {
  const symbol = text(command, "symbol")
  if (state.assets.find(symbol) === undefined) return notFound(`symbol not found: ${symbol}`)
  if (command["on"] === false) state.market.pin(symbol, undefined)
  else {
    const [bid, ask] = [decimalOf(command, "bid"), decimalOf(command, "ask")].map((price) =>
      price === undefined ? undefined : unitsOf(price)
    )
    if (bid === undefined || ask === undefined || bid > ask) return malformed("bid and ask must be prices, bid <= ask")
    state.market.pin(symbol, { bid, ask })
  }
  return undefined
}

const ratesOf = (command: Command) => [command["new_rate"], command["old_rate"] ?? 1].map(Number)

/** Commands that act at once, by name. Together with the faults of the board they are all behaviours of the venue. */
const venueFaults: Readonly<Record<string, VenueFault>> = {
  pin: { text: "hold the quote of symbol at bid and ask; on=false releases it", run: pin },
  halt: {
    text: "halt trading in symbol; on=false resumes it",
    run: ({ state }, command) => void state.market.halt(text(command, "symbol"), isOn(command))
  },
  "partial-next": { text: "the next count executions are partial", run: standing("partialNext") },
  "reject-next": { text: "the next count orders are taken and rejected afterwards", run: standing("rejectNext") },
  "cancel-late": { text: "the next count cancels come after the fill", run: standing("lateCancelNext") },
  "replace-late": { text: "the next count replacements come after the fill", run: standing("lateReplaceNext") },
  "update-first": { text: "updates of the next count orders precede the reply", run: standing("immediateNext") },
  bust: {
    text: "undo execution_id",
    run: ({ state }, command) => bust(state, text(command, "execution_id"))
  },
  correct: {
    text: "change execution_id to qty, price or both",
    run: ({ state }, command) => {
      const [quantity, price] = [decimalOf(command, "qty"), decimalOf(command, "price")]
      return correct(state, text(command, "execution_id"), {
        ...(quantity === undefined ? {} : { quantity }),
        ...(price === undefined ? {} : { price })
      })
    }
  },
  "self-cancel": {
    text: "the venue cancels order_id by itself, with reason",
    run: (target, command) => {
      const order = orderOf(target, command)
      if (order instanceof Refusal) return order
      selfCancel(target.state, order, text(command, "reason") || "CANCELED_BY_VENUE")
      return undefined
    }
  },
  liquidate: {
    text: "the venue closes the position in symbol by an order of its own",
    run: ({ state }, command) => {
      const order = liquidate(state, text(command, "symbol"))
      return order instanceof Refusal ? order : undefined
    }
  },
  split: {
    text: "split symbol, new_rate shares for old_rate",
    run: ({ state }, command) => {
      const [newRate = 0, oldRate = 0] = ratesOf(command)
      if (!(newRate > 0 && oldRate > 0)) return malformed("new_rate and old_rate must be > 0")
      return split(state, text(command, "symbol"), newRate, oldRate)
    }
  },
  "unknown-status": {
    text: "order_id is shown with status, a word that clients do not know; on=false ends it",
    run: (target, command) => {
      const order = orderOf(target, command)
      if (order instanceof Refusal) return order
      if (isOn(command)) order.shownStatus = text(command, "status") || "under_review"
      else delete order.shownStatus
      return undefined
    }
  },
  "equal-timestamps": {
    text: "all orders from now on are submitted at one instant; on=false ends it",
    run: ({ state }, command) => {
      state.standing.frozenSubmission = isOn(command) ? state.clock : undefined
      return undefined
    }
  },
  "block-account": {
    text: "the account is restricted to liquidation; on=false ends it",
    run: ({ state }, command) => {
      state.standing.accountBlocked = isOn(command)
      return undefined
    }
  },
  "reject-keys": {
    text: "requests and new streams are refused (401) as with wrong keys; on=false takes the keys again",
    run: ({ state }, command) => {
      state.standing.keysRejected = isOn(command)
      return undefined
    }
  },
  "stream-mute": {
    text: "the stream stays open and sends no event; on=false ends it",
    run: ({ mute }, command) => {
      mute(isOn(command))
      return undefined
    }
  },
  "stream-cut": {
    text: "end all connections of streams",
    run: ({ cut }) => {
      cut()
      return undefined
    }
  },
  "shift-clock": {
    text: "move the venue's clock on by ms",
    run: ({ shiftClock }, command) => {
      const ms = Number(command["ms"])
      if (!(ms >= 0 && ms <= 40 * 86_400_000)) return malformed("ms must be from 0 to 40 days")
      shiftClock(ms)
      return undefined
    }
  }
}

export const faultNames: ReadonlyArray<string> = [...boardFaults, ...Object.keys(venueFaults)]

const isBoardFault = (name: string): name is BoardFault => boardFaults.some((fault) => fault === name)

/** Runs one command. `undefined`: done. */
export const runFault = (target: FaultTarget, body: unknown): Refusal | undefined => {
  const command = typeof body === "object" && body !== null ? (body as Command) : {}
  const name = text(command, "fault")
  if (isBoardFault(name)) {
    if (typeof command["rate"] === "number") target.board.setRate(name, command["rate"])
    else target.board.set(name, command["on"] === false ? 0 : countOf(command))
    return undefined
  }
  const found = venueFaults[name]
  return found === undefined
    ? malformed(`"${name}" is not a fault: use one of ${faultNames.join(", ")}`)
    : found.run(target, command)
}
