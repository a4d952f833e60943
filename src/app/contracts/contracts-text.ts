import { aligned, count } from "../../cli/terminal/layout.ts"
import type { Contract } from "../../kernel/instrument/contract.ts"
import type { ContractChange, ContractDiff } from "../../kernel/instrument/contract-diff.ts"
import { diffCounts } from "../../kernel/instrument/contract-diff.ts"
import { kindOf } from "../../kernel/instrument/contract-filter.ts"
import { isLive } from "../../kernel/instrument/contract-life.ts"

/** One contract for scripts; what the list did not give is null. */
export const contractRecord = (contract: Contract, tradingDay: number) => ({
  id: contract.id,
  exchange: contract.exchange,
  kind: kindOf(contract),
  product: contract.product,
  price_tick: contract.priceTick ?? null,
  multiplier: contract.multiplier ?? null,
  expire_date: contract.expireDate ?? null,
  name: contract.name ?? null,
  expired: !isLive(contract, tradingDay)
})

const text = (value: string | number | undefined) => (value === undefined ? "-" : String(value))
const heads = ["CONTRACT", "EXCHANGE", "KIND", "PRODUCT", "TICK", "MULTIPLIER", "LAST DAY", "NAME"]

const rowOf = (contract: Contract): ReadonlyArray<string> => [
  contract.id,
  contract.exchange,
  kindOf(contract),
  contract.product,
  text(contract.priceTick),
  text(contract.multiplier),
  text(contract.expireDate),
  contract.name ?? ""
]

/** The contracts that `tickd contracts list` found. */
export interface ContractListing {
  readonly tradingDay: number
  /** `trader, contracts.csv`: where the list is from. */
  readonly source: string
  readonly shown: ReadonlyArray<Contract>
  /** Contracts that pass the filter, shown or not, without those that are expired and were not asked for. */
  readonly matching: number
  readonly expired: number
  readonly total: number
}

export const renderListing = (listing: ContractListing): string => {
  const { shown, matching, expired, total, tradingDay, source } = listing
  const cut = matching > shown.length ? `, ${count(shown.length)} shown (--limit)` : ""
  const hidden = expired > 0 ? `; ${count(expired)} expired ones are not shown (--expired)` : ""
  return [
    ...(shown.length === 0 ? [] : aligned([heads, ...shown.map(rowOf)], [4, 5])),
    `${count(matching)} of ${count(total)} contracts match${cut}${hidden}; trading day ${tradingDay}, from ${source}`
  ].join("\n")
}

export const listingRecord = ({ tradingDay, source, shown, matching, expired, total }: ContractListing) => ({
  trading_day: tradingDay,
  source,
  total,
  matching,
  expired,
  contracts: shown.map((contract) => contractRecord(contract, tradingDay))
})

export const renderContract = (contract: Contract, tradingDay: number, source: string): string => {
  const lines: ReadonlyArray<readonly [string, string]> = [
    ["exchange", contract.exchange],
    ["kind", kindOf(contract)],
    ["product", contract.product],
    ["name", text(contract.name)],
    ["price tick", text(contract.priceTick)],
    ["multiplier", text(contract.multiplier)],
    ["last day", `${text(contract.expireDate)}${isLive(contract, tradingDay) ? "" : "  EXPIRED"}`],
    ["list", `trading day ${tradingDay}, from ${source}`]
  ]
  return [contract.id, ...lines.map(([name, value]) => `  ${name.padEnd(11)} ${value}`)].join("\n")
}

const fieldNames = { exchange: "exchange", priceTick: "price tick", multiplier: "multiplier" } as const

const changeLine = ({ id, exchange, field, before, after }: ContractChange) =>
  `~ ${id}.${exchange}  ${fieldNames[field]} ${before} -> ${after}`

/** At most `limit` lines of each part. Changes come first: they are what breaks a strategy. */
export const renderDiff = (diff: ContractDiff, from: number, to: number, limit: number): string => {
  const part = <A>(all: ReadonlyArray<A>, line: (one: A) => string): ReadonlyArray<string> => [
    ...all.slice(0, limit).map(line),
    ...(all.length > limit ? [`  and ${count(all.length - limit)} more (--limit)`] : [])
  ]
  return [
    `${from} -> ${to}: ${diffCounts(diff)}`,
    ...part(diff.changed, changeLine),
    ...part(diff.listed, ({ id, exchange }) => `+ ${id}.${exchange}`),
    ...part(diff.expired, ({ id, exchange, expireDate }) => `- ${id}.${exchange}  last day ${text(expireDate)}`)
  ].join("\n")
}

export const diffRecord = (diff: ContractDiff) => ({
  listed: diff.listed.map(({ id, exchange }) => ({ id, exchange })),
  expired: diff.expired.map(({ id, exchange, expireDate }) => ({ id, exchange, expire_date: expireDate ?? null })),
  changed: diff.changed.map(({ field, ...change }) => ({ ...change, field: fieldNames[field].replace(" ", "_") }))
})
