// The generated block of docs/reference/trading-gate.md: what the gate decides in each state, by the gate itself.
import { parseDecimal } from "../../src/kernel/decimal.ts"
import { instantOfMs } from "../../src/kernel/time/utc-instant.ts"
import type { GateView, Proposal } from "../../src/trading/domain/risk/gate-view.ts"
import { judge } from "../../src/trading/domain/risk/judge.ts"
import { defaultLimits } from "../../src/trading/domain/risk/limits.ts"

const decimal = (text: string) => {
  const value = parseDecimal(text)
  if (value === undefined) throw new Error(`no decimal: ${text}`)
  return value
}
const nowMs = Date.parse("2026-11-30T15:00:00Z")

const quoted = ({ ageMs = 100, taint = "" }) =>
  new Map([["AAPL", { bid: decimal("99.99"), ask: decimal("100.01"), at: instantOfMs(nowMs - ageMs), taint }]])

/** 100 AAPL are held, and everything else lets a small order pass. */
const open: GateView = {
  nowMs,
  exchangeNow: instantOfMs(nowMs),
  arming: { state: "armed" },
  killSwitch: { state: "active" },
  breakers: [{ state: "open" }],
  reconciliation: "open",
  listening: true,
  quarantine: new Map(),
  positions: new Map([
    ["AAPL", { symbol: "AAPL", quantity: decimal("100"), averagePrice: decimal("100"), realized: decimal("0") }]
  ]),
  reservations: [],
  quotes: quoted({}),
  averageDailyVolume: new Map([["AAPL", decimal("1000000")]]),
  accountBlocks: [],
  equity: decimal("1000000"),
  buyingPower: decimal("1000000"),
  limits: defaultLimits,
  recentOrders: [],
  recentExecutions: [],
  stoppedStrategies: new Set(),
  workingPrices: new Map()
}

interface GateState {
  readonly name: string
  readonly en: string
  readonly zh: string
  readonly view: Partial<GateView>
}
const by = { reason: "a reason", by: "ops" }
const cause = "not confirmed"

/** Every state of each part, with the others open. */
export const gateStates: ReadonlyArray<GateState> = [
  { name: "open", en: "everything open", zh: "全部正常", view: {} },
  {
    name: "live, not armed",
    en: "no operator has armed the trading day",
    zh: "操作员没有启用当日（arm）",
    view: { arming: { state: "notArmed", day: "2026-11-30" } }
  },
  {
    name: "kill switch ENGAGED, entries",
    en: "an operator stopped entries",
    zh: "操作员停止开仓",
    view: { killSwitch: { state: "engaged", scope: "entries", ...by } }
  },
  {
    name: "kill switch ENGAGED, all",
    en: "an operator stopped every order",
    zh: "操作员停止所有委托",
    view: { killSwitch: { state: "engaged", scope: "all", ...by } }
  },
  {
    name: "kill switch unknown",
    en: "missing, unreadable or older than its heartbeat",
    zh: "状态缺失、无法读取，或超过心跳时限未确认",
    view: { killSwitch: { state: "unknown", cause } }
  },
  {
    name: "breaker TRIPPED",
    en: "of the account, the strategy or the symbol",
    zh: "账户、策略或证券的熔断",
    view: { breakers: [{ state: "open" }, { state: "tripped", reason: "MANUAL", details: "" }] }
  },
  {
    name: "breaker QUIET_PERIOD",
    en: "300 s after a reset",
    zh: "重置后 300 秒",
    view: { breakers: [{ state: "quietPeriod", secondsLeft: 300 }] }
  },
  {
    name: "breaker unknown",
    en: "missing, unreadable or older than its heartbeat",
    zh: "状态缺失、无法读取，或超过心跳时限未确认",
    view: { breakers: [{ state: "unknown", cause }] }
  },
  {
    name: "breaker missing",
    en: "no breaker is known at all",
    zh: "没有任何已知的熔断器",
    view: { breakers: [] }
  },
  {
    name: "monitor silent",
    en: "no monitor has finished a look for 3 s",
    zh: "监视器 3 秒内没有完成一次检查",
    view: { breakers: [{ state: "open" }, { state: "tripped", reason: "MONITOR_SILENT", details: "" }] }
  },
  {
    name: "reconciliation closed",
    en: "positions are not known",
    zh: "持仓未知",
    view: { reconciliation: "closed" }
  },
  {
    name: "reconciliation reducing",
    en: "the comparison with the venue runs",
    zh: "正在与交易所对账",
    view: { reconciliation: "reducing" }
  },
  { name: "stream down", en: "the venue's updates are not received", zh: "收不到回报流", view: { listening: false } },
  {
    name: "NATS lost",
    en: "neither kill switch nor breakers are confirmed within 3 s",
    zh: "3 秒内无法确认紧急停止与熔断状态",
    view: { killSwitch: { state: "unknown", cause }, breakers: [{ state: "unknown", cause }] }
  },
  {
    name: "symbol quarantined",
    en: "an orphan, or a position that nothing explains",
    zh: "外部委托，或无法解释的持仓差异",
    view: { quarantine: new Map([["AAPL", "a reason"]]) }
  },
  {
    name: "strategy stopped",
    en: "the throttle of repeated executions stopped it",
    zh: "重复成交限制停止了该策略",
    view: { stoppedStrategies: new Set(["alpha"]) }
  },
  {
    name: "symbol on the blacklist",
    en: "a limit",
    zh: "限额设置",
    view: { limits: { ...defaultLimits, blacklist: new Set(["AAPL"]) } }
  },
  {
    name: "price stale",
    en: "the quote is older than 30 s",
    zh: "报价超过 30 秒",
    view: { quotes: quoted({ ageMs: 30_001 }) }
  },
  {
    name: "price tainted",
    en: "a halt, or an open gap record of the instrument",
    zh: "停牌，或该合约有未修复的缺口记录",
    view: { quotes: quoted({ taint: "halted" }) }
  },
  {
    name: "price missing",
    en: "there is no quote",
    zh: "没有报价",
    view: { quotes: new Map() }
  },
  {
    name: "venue's clock unknown",
    en: "it was not read for 5 min",
    zh: "5 分钟未读到交易场所时钟",
    view: { exchangeNow: undefined }
  },
  {
    name: "account blocked",
    en: "the venue has blocked or restricted the account",
    zh: "交易场所限制了账户",
    view: { accountBlocks: ["trading_blocked"] }
  },
  {
    name: "account unknown",
    en: "equity and buying power were not read for 60 s",
    zh: "60 秒未读到权益与购买力",
    view: { accountBlocks: undefined, equity: undefined, buyingPower: undefined }
  }
]

/** An entry adds to the position, an exit reduces it. */
export const gateProposals = {
  entry: "buy",
  exit: "sell"
} as const

const proposalOf = (side: "buy" | "sell", reduceOnly: boolean): Proposal => ({
  clientOrderId: "c1",
  payloadHash: "h1",
  request: {
    symbol: "AAPL",
    side,
    quantity: decimal("10"),
    type: "market",
    timeInForce: "day",
    strategyId: "alpha"
  },
  reduceOnly
})

/** `passes`, or the codes that refuse. */
export const gateCell = (state: Partial<GateView>, kind: keyof typeof gateProposals, reduceOnly = false): string => {
  const { allowed, findings, kind: judged } = judge({ ...open, ...state }, proposalOf(gateProposals[kind], reduceOnly))
  if (judged !== kind) throw new Error(`the ${kind} of the grid was judged as an ${judged}`)
  const codes = findings.filter(({ outcome }) => outcome === "refuse").map(({ code }) => `\`${code}\``)
  return allowed ? "passes" : codes.join(" ")
}

const heads = {
  en: ["state", "meaning", "entry", "exit", "cancel"],
  zh: ["状态", "含义", "开仓", "平仓", "撤单"]
} as const

const block = (language: "en" | "zh"): string => {
  const words = (cell: string) => (cell !== "passes" ? cell : language === "en" ? "passes" : "放行")
  const rows = gateStates.map(({ name, view, ...meaning }) => {
    const cells = [gateCell(view, "entry"), gateCell(view, "exit"), "passes"].map(words)
    return `| ${[name, meaning[language], ...cells].join(" | ")} |`
  })
  return [`| ${heads[language].join(" | ")} |`, "|---|---|---|---|---|", ...rows].join("\n")
}

/** The page with its generated blocks renewed; what stands around them stays. */
export const tradingGatePage = (page: string): string =>
  (["en", "zh"] as const).reduce((text, language) => {
    const [begin, end] = [`<!-- gate ${language}: begin -->`, `<!-- gate ${language}: end -->`]
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from < 0 || to < from) throw new Error(`docs/reference/trading-gate.md has no block ${begin}`)
    return `${text.slice(0, from + begin.length)}\n\n${block(language)}\n\n${text.slice(to)}`
  }, page)
