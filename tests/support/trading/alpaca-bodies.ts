// Bodies in the shape that Alpaca documents, with every field that an order has.
const orderFields = {
  id: "61e69015-8549-4bfd-b9c3-01e75843f47d",
  client_order_id: "eb9e2aaa-f71a-4f51-b5b4-52a6c565dad4",
  created_at: "2026-11-30T15:00:00.123456789Z",
  updated_at: "2026-11-30T15:00:01.5Z",
  submitted_at: "2026-11-30T15:00:00.2Z",
  filled_at: null,
  expired_at: null,
  expires_at: "2026-11-30T21:00:00Z",
  canceled_at: null,
  failed_at: null,
  replaced_at: null,
  replaced_by: null,
  replaces: null,
  asset_id: "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415",
  symbol: "AAPL",
  asset_class: "us_equity",
  notional: null,
  qty: "15",
  filled_qty: "0",
  filled_avg_price: null,
  order_class: "",
  order_type: "limit",
  type: "limit",
  side: "buy",
  position_intent: "buy_to_open",
  time_in_force: "day",
  limit_price: "107.5",
  stop_price: null,
  status: "new",
  extended_hours: false,
  legs: null,
  trail_percent: null,
  trail_price: null,
  hwm: null,
  subtag: null,
  source: null
}

export const orderBody = (fields: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ ...orderFields, ...fields })

export const updateBody = (
  data: Readonly<Record<string, unknown>>,
  order: Readonly<Record<string, unknown>> = {}
): string =>
  JSON.stringify({
    stream: "trade_updates",
    data: { event: "new", timestamp: "2026-11-30T10:00:01.5-05:00", ...data, order: { ...orderFields, ...order } }
  })

export const fillData = {
  event: "fill",
  execution_id: "2f63ea93-423d-4169-b3f6-3fdafc10c418",
  price: "107.41",
  qty: "15",
  position_qty: "15",
  timestamp: "2026-11-30T10:00:02.000000001-05:00"
}

export const accountFields = {
  id: "e6fe16f3-64a4-4921-8928-cadf02f92f98",
  account_number: "PA1",
  status: "ACTIVE",
  currency: "USD",
  cash: "-23140.2",
  portfolio_value: "103820.56",
  equity: "103820.56",
  last_equity: "103529.24",
  long_market_value: "126960.76",
  short_market_value: "0",
  buying_power: "262113.632",
  multiplier: "4",
  trading_blocked: false,
  transfers_blocked: false,
  account_blocked: false,
  trade_suspended_by_user: false,
  shorting_enabled: true,
  created_at: "2019-06-12T22:47:07.99658Z"
}

export const positionFields = {
  asset_id: "904837e3-3b76-47ec-b432-046db621571b",
  symbol: "AAPL",
  exchange: "NASDAQ",
  asset_class: "us_equity",
  avg_entry_price: "100.123456789123",
  qty: "5",
  qty_available: "4",
  side: "long",
  market_value: "600.0",
  cost_basis: "500.0",
  current_price: "120.0",
  lastday_price: "119.0"
}

export const fillRow = (at: number) => ({
  id: `20261130100002000::${at.toString(16).padStart(8, "0")}-423d-4169-b3f6-3fdafc10c418`,
  activity_type: "FILL",
  transaction_time: "2026-11-30T15:00:02Z",
  type: "partial_fill",
  price: "107.41",
  qty: "1",
  side: "buy",
  symbol: "AAPL",
  leaves_qty: "14",
  order_id: orderFields.id,
  cum_qty: "1",
  order_status: "partially_filled"
})

export const quoteFrame =
  '[{"T":"q","S":"AAPL","bx":"V","bp":189.99,"bs":300,"ax":"V","ap":190.01,"as":200,"c":["R"],"z":"C","t":"2026-11-30T15:00:00.000000001Z"}]'
