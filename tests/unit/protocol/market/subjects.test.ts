// Consumers subscribe by subject: two contracts on one subject, or a subject that NATS refuses, is a lost tick.
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { exchanges } from "../../../../src/kernel/instrument/exchange.ts"
import { parseInstrumentCode } from "../../../../src/kernel/instrument/instrument-code.ts"
import { InstrumentDirectory } from "../../../../src/kernel/instrument/instrument-directory.ts"
import { escapeToken, unescapeToken } from "../../../../src/protocol/control/subject-token.ts"
import { makeTickSubjects } from "../../../../src/protocol/market/subjects.ts"
import { catalogueJson, extents } from "../../../support/recordings.ts"

/**
 * Cases of each property: an hour of a market has more texts than an example list, and this many take under a second.
 */
const runs = 10_000

const subjects = Result.getOrThrow(makeTickSubjects())
/** The characters that NATS allows in one token of a published subject, and that are printable everywhere. */
const safe = /^[A-Za-z0-9_%-]+$/

const CodeUnits = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff })))
const CodePoints = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0x10ffff })))
const Ascii = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0x7f })))

const roundTrips = (text: string): void => {
  const token = escapeToken(text)
  assert.match(token, safe)
  assert.strictEqual(unescapeToken(token), text)
}

describe("escapeToken", () => {
  it("leaves ordinary ids as they are and escapes the rest", () => {
    for (const id of ["rb2410", "m2109-P-3850", "IF_x", "-"]) assert.strictEqual(escapeToken(id), id)
    assert.strictEqual(escapeToken("SP a2501&a2505"), "SP%20a2501%26a2505")
    assert.strictEqual(escapeToken("a.b*c>d%e"), "a%2Eb%2Ac%3Ed%25e")
    assert.strictEqual(escapeToken("螺\n"), "%E8%9E%BA%0A")
    assert.strictEqual(escapeToken(""), "%")
    assert.strictEqual(escapeToken("\ud800"), "%ED%A0%80")
  })

  it("agrees with encodeURIComponent where both escape", () => {
    for (const text of ["é", "€", "螺纹钢", "😀", " &%", "\u007f"])
      assert.strictEqual(escapeToken(text), encodeURIComponent(text))
  })

  it.prop(
    "comes back from any UTF-16 text, lone surrogates included",
    { units: CodeUnits },
    ({ units }) => roundTrips(String.fromCharCode(...units)),
    { arbitrary: { runs } }
  )
  it.prop(
    "comes back from any code points",
    { points: CodePoints },
    ({ points }) => roundTrips(String.fromCodePoint(...points)),
    { arbitrary: { runs } }
  )
  it.prop("comes back from any ASCII", { codes: Ascii }, ({ codes }) => roundTrips(String.fromCharCode(...codes)), {
    arbitrary: { runs }
  })

  it("writes each string in one way only", () => {
    for (const token of [
      "",
      "a b",
      "é",
      "%2",
      "%zz",
      "%2e",
      "%41",
      "%C0%80",
      "%E8%9E",
      "%F5%80%80%80",
      "%80",
      "a%",
      "%%",
      "rb.2410",
      "%ED%A0%BD%ED%B8%80"
    ]) {
      assert.isUndefined(unescapeToken(token), token)
    }
  })
})

/** Codes as the exchanges write them, with any letters, digits, strikes and legs. */
const Code = Schema.Struct({
  letters: Schema.String.check(Schema.isPattern(/^[A-Za-z]{1,4}$/)),
  digits: Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 9999 })),
  strike: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999_999_999 })),
  form: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 })),
  exchange: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: exchanges.length - 1 }))
})
const codeOf = ({ letters, digits, strike, form }: typeof Code.Type): string => {
  const month = `${letters}${digits}`
  const forms = [
    month,
    `${month}C${strike}`,
    `${month}-P-${strike}`,
    `${month}-MS-C-${strike}`,
    `${month}MSP${strike}.5`,
    `${month}TAS`,
    `${month}F`,
    `${letters}efp`,
    `SPC ${month}&${month}-C-${strike}`
  ]
  return forms[form] as string
}

describe("from code to subject and back", () => {
  const readsBack = (id: string, exchange: number): void => {
    const instrument = new InstrumentDirectory().resolve(id, exchange)
    if (instrument === undefined) return assert.strictEqual(id, "")
    assert.deepStrictEqual(subjects.parse(subjects.subjectOf(instrument)), {
      exchange: exchanges[exchange] as string,
      product: parseInstrumentCode(id)?.product ?? "other",
      instrument: id
    })
  }
  const options = { arbitrary: { runs } }
  it.prop(
    "holds for every form of code",
    { code: Code },
    ({ code }) => {
      const id = codeOf(code)
      assert.strictEqual(parseInstrumentCode(id)?.product, code.letters, id)
      readsBack(id, code.exchange)
    },
    options
  )
  it.prop(
    "holds for any text",
    { units: CodeUnits },
    ({ units }) => readsBack(String.fromCharCode(...units), 3),
    options
  )
})

describe("subject template", () => {
  const instrument = { index: 3, id: "SP a2501&a2505", exchange: "DCE", product: "a" } as const

  it("writes and reads the default subject", () => {
    assert.strictEqual(subjects.subjectOf(instrument), "md.tick.DCE.a.SP%20a2501%26a2505")
    assert.strictEqual(subjects.subjectOf(instrument), subjects.subjectOf({ ...instrument }))
    assert.deepStrictEqual(subjects.parse("md.tick.DCE.a.SP%20a2501%26a2505"), {
      exchange: "DCE",
      product: "a",
      instrument: "SP a2501&a2505"
    })
    assert.strictEqual(subjects.filter, "md.tick.*.*.*")
    assert.strictEqual(subjects.filterOf({ exchange: "DCE", instrument: "a.1" }), "md.tick.DCE.*.a%2E1")
    for (const other of [
      "md.tick.DCE.a",
      "md.tock.DCE.a.b",
      "md.tick.DCE.a.b.c",
      "md.tick.DCE.a.%zz",
      "md.tick.DCE..b",
      ""
    ])
      assert.isUndefined(subjects.parse(other), other)
  })

  it("keeps apart two instruments that carry the same index", () => {
    const other = { ...instrument, id: "a2501" }
    assert.notStrictEqual(subjects.subjectOf(instrument), subjects.subjectOf(other))
    assert.strictEqual(subjects.subjectOf(instrument), "md.tick.DCE.a.SP%20a2501%26a2505")
  })

  it("takes any order and any literal around", () => {
    const custom = Result.getOrThrow(makeTickSubjects("{instrument}.live.{exchange}"))
    assert.strictEqual(custom.subjectOf(instrument), "SP%20a2501%26a2505.live.DCE")
    assert.deepStrictEqual(custom.parse("a%2E1.live.DCE"), { exchange: "DCE", instrument: "a.1" })
  })

  it("refuses what NATS would refuse, and says what and why", () => {
    const cases: ReadonlyArray<readonly [string, RegExp]> = [
      ["", /token 1 \(""\) is empty/],
      ["md..{instrument}", /token 2 \(""\) is empty/],
      ["md.{instrument}.", /token 3 \(""\) is empty/],
      ["md.*.{instrument}", /token 2 \("\*"\) is a wildcard/],
      ["md.{instrument}.>", /token 3 \(">"\) is a wildcard/],
      [
        "md.{symbol}.{instrument}",
        /"\{symbol\}"\) is an unknown placeholder; use \{exchange\}, \{product\}, \{instrument\}/
      ],
      ["md.{}.{instrument}", /unknown placeholder/],
      ["md.x{exchange}.{instrument}", /mixes text and a placeholder/],
      ["md.{exchange.{instrument}", /mixes text/],
      ["md.tick.{exchange}", /has no \{instrument\}/],
      ["md.{instrument}.{instrument}", /\{instrument\} appears twice/],
      ["m d.{instrument}", /holds a space/],
      ["md\u0000.{instrument}", /control/],
      ["行情.{instrument}", /non-ASCII/],
      ["$SYS.{instrument}", /belongs to the server/]
    ]
    for (const [template, sentence] of cases) {
      const result = makeTickSubjects(template)
      if (!Result.isFailure(result)) return assert.fail(`${JSON.stringify(template)} was taken`)
      assert.strictEqual(result.failure.code, "SUBJECT_TEMPLATE_INVALID")
      assert.strictEqual(result.failure.template, template)
      assert.match(result.failure.message, sentence)
      assert.include(result.failure.message, JSON.stringify(template))
    }
  })
})

describe("subjects of the catalogues", () => {
  it.each(extents)("read back as the row they were written for, no two alike (%s)", (extent) => {
    const read = (name: string) => catalogueJson(extent, name)
    const raw = read("ctp_instruments_2021_xiaoqiyu.json") as ReadonlyArray<Record<string, string>>
    const futures = read("instruments_20251226_homalos.json") as { instruments: Record<string, unknown> }
    const byExchange = read("wondertrader_contracts.json") as Record<string, Record<string, unknown>>
    const ids = new Set([
      ...raw.map((row) => row["InstrumentID"] as string),
      ...Object.keys(futures.instruments),
      ...Object.values(byExchange).flatMap(Object.keys)
    ])
    // These two list products only, so one contract represents each.
    const products = [
      ...Object.values(read("wondertrader_commodities.json") as Record<string, Record<string, unknown>>).flatMap(
        Object.keys
      ),
      ...Object.keys(read("trading_times_homalos.json") as Record<string, unknown>)
    ]
    for (const product of products) ids.add(`${product}2701`)
    const directory = new InstrumentDirectory()
    const seen = new Set<string>()
    for (const id of ids) {
      const instrument = directory.resolve(id, 0)
      if (instrument === undefined) return assert.fail(`${id} is unknown`)
      assert.strictEqual(parseInstrumentCode(id)?.product, instrument.product, id)
      roundTrips(id)
      const subject = subjects.subjectOf(instrument)
      assert.match(subject, /^md\.tick(\.[A-Za-z0-9_%-]+){3}$/)
      assert.deepStrictEqual(subjects.parse(subject), {
        exchange: instrument.exchange,
        product: instrument.product,
        instrument: id
      })
      seen.add(subject)
    }
    assert.strictEqual(seen.size, ids.size)
    assert.strictEqual(ids.size, { slice: 1151, whole: 5569 }[extent])
  })
})
