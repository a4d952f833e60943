// The variables that the verb prints are what a client needs: with them an order is filled, and the end counts it.
import { afterEach, assert, it } from "@effect/vitest"
import { endCommands, startTickd } from "../../support/cli-process.ts"
import { waitUntil } from "../../support/trading/paper-world.ts"

afterEach(endCommands)

it("prints the variables of a client, serves, and counts at the end of stdin", async () => {
  const venue = startTickd(
    ["paper", "--port", "0", "--json", "--always-open", "--until-stdin-ends"],
    {},
    { stdin: "pipe" }
  )
  const [line] = await venue.printed(/\{"event":"listening".*\}/)
  const { variables } = JSON.parse(line) as { readonly variables: Readonly<Record<string, string>> }
  const headers = {
    "APCA-API-KEY-ID": variables["APCA_API_KEY_ID"] ?? "",
    "APCA-API-SECRET-KEY": variables["APCA_API_SECRET_KEY"] ?? ""
  }
  const orders = `${variables["APCA_API_BASE_URL"]}/v2/orders`
  const body = JSON.stringify({ symbol: "AAPL", qty: "1", side: "buy", type: "market", time_in_force: "day" })
  const { id } = (await (await fetch(orders, { method: "POST", headers, body })).json()) as { readonly id: string }
  await waitUntil("the fill", async () => {
    const order = (await (await fetch(`${orders}/${id}`, { headers })).json()) as { readonly status: string }
    return order.status === "filled"
  })
  venue.child.stdin?.end()
  const { code, stdout } = await venue.ended
  assert.strictEqual(code, 0)
  assert.match(stdout, /"event":"finished","counts":\{.*"orders":1,"open":0,"executions":1/)
})
