import { Effect } from "effect"
import { Command } from "effect/cli"
import { tradingCommands } from "../../protocol/trading/commands.ts"
import type { PositionsReply } from "../../protocol/trading/orders.ts"
import { present } from "../invocation.ts"
import { TradeClient } from "./trade-client.ts"
import { askFlags, tableText, withClient } from "./trade-verb.ts"

const headings = ["SYMBOL", "QTY", "AVG PRICE", "PRICE", "UNREALIZED", "REALIZED"]
export const renderPositions = ({ positions }: PositionsReply): string =>
  tableText(
    headings,
    positions.map((one) => [
      one.symbol,
      one.qty,
      one.avg_entry_price,
      one.current_price ?? "-",
      one.unrealized_pl ?? "-",
      one.realized_pl
    ]),
    "no positions",
    [1, 2, 3, 4, 5]
  )

/** `tickd positions`: what the book of a running trading daemon holds. */
export const command = Command.make("positions", askFlags, ({ json }) =>
  Effect.gen(function* () {
    const reply = yield* (yield* TradeClient).ask(tradingCommands.positions, {})
    yield* present(json, reply, renderPositions)
  })
).pipe(withClient, Command.withDescription("Show the positions of the book, with profit and loss in USD"))
