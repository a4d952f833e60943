// A contract list is external data: an id with a newline became a command to the worker, or another id.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { mergeContracts } from "../../../../src/kernel/instrument/contract.ts"
import { parseContractFile } from "../../../../src/market/adapters/catalogue/contract-file.ts"
import { makeSubscriptionHandler } from "../../../../src/market/application/subscriptions/subscription-handler.ts"

describe("V11: an id that no front can be asked for", () => {
  it("is set aside by name in a file of any shape, and the other contracts are used", () => {
    const rows = [
      { InstrumentID: "rb2701", ExchangeID: "SHFE", ProductID: "rb" },
      { InstrumentID: "aa\nclose", ExchangeID: "SHFE", ProductID: "aa" },
      { InstrumentID: "a\tb", ExchangeID: "DCE", ProductID: "a" },
      { InstrumentID: "y".repeat(81), ExchangeID: "DCE", ProductID: "y" }
    ]
    const csv = `InstrumentID,ExchangeID,ProductID\nrb2701,SHFE,rb\n"aa\nclose",SHFE,aa\na\tb,DCE,a\n${"y".repeat(81)},DCE,y\n`
    for (const [file, text] of [
      ["list.json", JSON.stringify(rows)],
      ["list.csv", csv]
    ] as const) {
      const list = Result.getOrThrow(parseContractFile(file, new TextEncoder().encode(text)))
      assert.deepStrictEqual(
        list.contracts.map(({ id }) => id),
        ["rb2701"],
        file
      )
      assert.deepStrictEqual([list.rows, list.unusable, list.duplicates], [4, 3, 0])
      assert.deepStrictEqual(list.setAside, [
        String.raw`"aa\nclose": it holds a control character`,
        String.raw`"a\tb": it holds a control character`,
        `"${"y".repeat(60)}…": it is longer than 80 bytes`
      ])
    }
  })

  it("is named for the first ones only, and counted for all", () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ id: `x\u0001${i}`, exchange: "SHFE" as const, product: "x" }))
    const list = mergeContracts(rows)
    assert.deepStrictEqual([list.contracts.length, list.unusable, list.setAside?.length], [0, 50, 20])
  })

  it("is rejected by the subscribe command with its reason, and the others are taken", () => {
    const wanted: Array<string> = []
    const handler = makeSubscriptionHandler({
      feeds: [
        {
          feed: "primary",
          records: () => [],
          want: (ids) => {
            wanted.push(...ids)
            return { changed: ids, unchanged: [] }
          },
          unwant: () => ({ changed: [], unchanged: [] }),
          resubscribe: () => ({ changed: [], unchanged: [] })
        }
      ],
      directory: { seen: () => undefined, contractOf: () => undefined } as never,
      contracts: () => [],
      lastDayOf: () => undefined,
      stalled: () => [],
      admits: () => true,
      nowMs: () => 0
    })
    assert.deepStrictEqual(handler.want(["rb2701", "aa\nclose"]), {
      accepted: ["rb2701"],
      rejected: [{ instrument: "aa\nclose", reason: "Not an instrument: it holds a control character" }]
    })
    assert.deepStrictEqual(wanted, ["rb2701"])
  })
})
