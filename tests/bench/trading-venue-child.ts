// The simulated venue as a process of its own: prints its address, and ends with stdin. It takes any number of orders.
import { BigDecimal } from "effect"
import { startPaperServer } from "../../src/simulator/paper/paper-server.ts"

const server = await startPaperServer({
  seed: 7,
  port: 0,
  keys: { keyId: "bench", secret: "bench" },
  hours: "always",
  cash: BigDecimal.fromBigInt(10n ** 12n),
  ratePerMinute: 1_000_000_000,
  symbols: [{ symbol: "AAPL" }]
})
console.log(JSON.stringify({ url: server.url }))
process.stdin.resume().once("end", () => void server.close())
