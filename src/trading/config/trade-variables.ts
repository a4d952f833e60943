import { variableSection, variablesOf } from "../../platform/process/variable.ts"
import { httpSection } from "./http-variables.ts"
import { limitFields, monitorFields, reconciliationFields, tradeFields } from "./trade-environment.ts"

const page = "trading/start.md"

const tradeSection = variableSection({
  title: { en: "Trading (tickd trade)", zh: "交易（tickd trade）" },
  page,
  isInExample: true,
  fields: tradeFields,
  variables: {
    TRADE_MODE: {
      en: "dry: orders are judged and stored, and nothing is sent. live: an armed day sends them.",
      zh: "dry：订单只校验并入库，不发出；live：当日启用（arm）后发出。",
      preset: "dry"
    },
    TRADE_SYMBOLS: {
      en: "Symbols whose quotes are subscribed at all times, with commas.",
      zh: "始终订阅行情的证券代码，逗号分隔。",
      example: "AAPL,MSFT"
    },
    DATABASE_URL: {
      en: "PostgreSQL database of the book.",
      zh: "订单账本所用的 PostgreSQL 数据库。",
      derived: { en: "SQLite in TICKD_STATE_DIR/trade", zh: "TICKD_STATE_DIR/trade 中的 SQLite" },
      secret: "url"
    },
    DATABASE_URL_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/database-url",
      credential: "DATABASE_URL"
    },
    APCA_API_KEY_ID: { en: "Key id of Alpaca.", zh: "Alpaca 的密钥编号。", secret: "account" },
    APCA_API_KEY_ID_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/alpaca-key-id",
      credential: "APCA_API_KEY_ID"
    },
    APCA_API_SECRET_KEY: {
      en: "Secret key of Alpaca; prefer a file.",
      zh: "Alpaca 的密钥；建议改用文件。",
      secret: "value"
    },
    APCA_API_SECRET_KEY_FILE: {
      en: "File that holds it; read for each request.",
      zh: "存放该值的文件；每次请求时读取。",
      example: "/etc/tickd/alpaca-secret-key",
      credential: "APCA_API_SECRET_KEY"
    },
    APCA_API_BASE_URL: {
      en: "Trading API. Alpaca's live host needs TRADE_MODE=live and live keys.",
      zh: "交易接口。Alpaca 的实盘主机要求 TRADE_MODE=live 与实盘密钥。",
      preset: "https://paper-api.alpaca.markets"
    },
    APCA_API_DATA_URL: {
      en: "Market data API over REST.",
      zh: "行情 REST 接口。",
      derived: {
        en: "https://data.alpaca.markets with a host of Alpaca, else APCA_API_BASE_URL",
        zh: "Alpaca 主机用 https://data.alpaca.markets，否则同 APCA_API_BASE_URL"
      }
    },
    TRADE_QUOTES_URL: {
      en: "Market data WebSocket, without the feed.",
      zh: "行情 WebSocket 地址，不含 feed。",
      derived: {
        en: "wss://stream.data.alpaca.markets with a host of Alpaca, else that of the data API",
        zh: "Alpaca 主机用 wss://stream.data.alpaca.markets，否则同行情接口"
      }
    },
    TRADE_QUOTES_FEED: { en: "Feed of the quotes: iex, sip, delayed_sip, test.", zh: "报价来源。", preset: "iex" },
    TRADE_BARS_FEED: { en: "Feed of daily bars: iex, sip.", zh: "日线来源。", preset: "sip" },
    TRADE_MARKET_ENV_FILE: {
      en: "reader.env of the market whose gap records taint prices. Omit: no entries in contracts of CTP.",
      zh: "行情的 reader.env，其缺口记录使价格不可用；不设置则 CTP 合约不得开仓。",
      example: "/etc/tickd/nats/reader.env"
    },
    TRADE_METRICS_HOST: {
      en: "Address on which /metrics, /healthz, /readyz and /status of tickd trade are served.",
      zh: "提供 tickd trade 的 /metrics、/healthz、/readyz、/status 的地址。",
      preset: "127.0.0.1"
    },
    TRADE_METRICS_PORT: { en: "Port for these; 0: any free one.", zh: "其端口；0 为任意空闲端口。", preset: "9110" },
    TRADE_STREAM_REPLICAS: {
      en: "Copies of the safety states and of TRADE_EVENTS in a cluster: 1 or 3.",
      zh: "集群中安全状态与 TRADE_EVENTS 的副本数：1 或 3。",
      preset: "1"
    }
  }
})

const reconciliationSection = variableSection({
  title: { en: "Reconciliation", zh: "对账" },
  page,
  isInExample: true,
  fields: reconciliationFields,
  variables: {
    RECONCILIATION_INTERVAL_SECONDS: { en: "Interval of the runs.", zh: "运行间隔。", preset: "300", unit: "s" },
    RECONCILIATION_TIMEOUT_SECONDS: {
      en: "A run that takes longer fails.",
      zh: "单次运行的时限，超时即失败。",
      preset: "300",
      unit: "s"
    },
    RECONCILIATION_OVERLAP_SECONDS: {
      en: "How far before its mark a run reads again.",
      zh: "从上次标记之前多久开始重读。",
      preset: "60",
      unit: "s"
    },
    RECONCILIATION_SUBMITTED_UNCONFIRMED_GRACE_SECONDS: {
      en: "How long an unconfirmed order may be missing at the venue before it counts as lost.",
      zh: "未确认的订单在场所查不到多久后视为丢失。",
      preset: "300",
      unit: "s"
    }
  }
})

const limitsSection = variableSection({
  title: { en: "Limits of trading, until an operator changes them", zh: "交易限额（操作员修改之前）" },
  page,
  isInExample: true,
  fields: limitFields,
  variables: {
    FAT_FINGER_MAX_NOTIONAL: {
      en: "Largest value of an order.",
      zh: "单笔订单最大金额。",
      preset: "100000",
      unit: "USD"
    },
    FAT_FINGER_MAX_QTY: {
      en: "Largest quantity of an order.",
      zh: "单笔订单最大数量。",
      preset: "10000",
      unit: "shares"
    },
    FAT_FINGER_MAX_ADV_PCT: {
      en: "Largest share of the average daily volume, 0 to 1.",
      zh: "占日均成交量的最大比例，0 到 1。",
      preset: "0.05"
    },
    FAT_FINGER_MAX_PRICE_AGE_SECONDS: {
      en: "An older quote is no price.",
      zh: "更旧的报价不算价格。",
      preset: "30",
      unit: "s"
    },
    TRADE_PRICE_COLLAR_SHARE: {
      en: "Largest distance of a price from the middle of the quote, as a share of it.",
      zh: "价格偏离报价中点的最大比例。",
      preset: "0.05"
    },
    TRADE_POSITION_QUANTITY: {
      en: "Largest position of a symbol.",
      zh: "单只证券的最大持仓。",
      preset: "1000",
      unit: "shares"
    },
    TRADE_POSITION_SHARE: {
      en: "Largest position of a symbol as a share of the equity.",
      zh: "单只证券持仓占权益的最大比例。",
      preset: "0.2"
    },
    TRADE_GROSS_NOTIONAL: {
      en: "Largest sum of all positions.",
      zh: "全部持仓金额之和的上限。",
      preset: "100000",
      unit: "USD"
    },
    TRADE_NET_NOTIONAL: {
      en: "Largest long sum minus short sum.",
      zh: "多空净额的上限。",
      preset: "100000",
      unit: "USD"
    },
    TRADE_LONG_NOTIONAL: { en: "Largest sum of long positions.", zh: "多头金额的上限。", preset: "80000", unit: "USD" },
    TRADE_SHORT_NOTIONAL: {
      en: "Largest sum of short positions.",
      zh: "空头金额的上限。",
      preset: "20000",
      unit: "USD"
    },
    TRADE_BLACKLIST: { en: "Symbols that take no entries, with commas.", zh: "不得开仓的证券，逗号分隔。" },
    TRADE_ORDERS_PER_MINUTE: { en: "Largest number of orders in a minute.", zh: "每分钟最多订单数。", preset: "40" },
    TRADE_REPEATED_EXECUTIONS: {
      en: "Executions of a strategy in one symbol and side within a minute that stop it.",
      zh: "一分钟内同一策略同一证券同方向成交达到此数即停止该策略。",
      preset: "20"
    }
  }
})

const monitorSection = variableSection({
  title: { en: "Post-trade monitor", zh: "交易后监控" },
  page,
  isInExample: true,
  fields: monitorFields,
  variables: {
    TRADE_DAILY_LOSS: {
      en: "A larger loss of the day trips the breaker.",
      zh: "当日亏损超过即熔断。",
      preset: "5000",
      unit: "USD"
    },
    TRADE_DRAWDOWN_SHARE: {
      en: "A larger fall from the day's peak trips the breaker, as a share of it.",
      zh: "自当日高点回撤超过此比例即熔断。",
      preset: "0.1"
    },
    TRADE_DATA_STALE_SECONDS: {
      en: "No quote of a held symbol for longer trips the breaker.",
      zh: "持仓证券无报价超过此时长即熔断。",
      preset: "1800",
      unit: "s"
    },
    TRADE_VENUE_ERRORS: {
      en: "Failed requests in a row that trip the breaker.",
      zh: "连续失败的请求数，达到即熔断。",
      preset: "3"
    },
    TRADE_TRIP_CANCELS: {
      en: "Orders that a trip and the kill switch cancel: none, entries, all.",
      zh: "熔断与紧急停止时撤销的订单：none、entries、all。",
      preset: "entries"
    }
  }
})

/** Every variable of the context trading. */
export const tradeVariables = variablesOf([
  tradeSection,
  httpSection,
  reconciliationSection,
  limitsSection,
  monitorSection
])
