import type { SubscriptionRecord } from "../../src/kernel/instrument/subscription-record.ts"

/** The record of a wanted instrument without any event yet. */
export const subscriptionRecord = (
  subscriptionId: string,
  instrumentId: string,
  over: Partial<SubscriptionRecord> = {}
): SubscriptionRecord => ({
  subscriptionId,
  instrumentId,
  feed: "primary",
  state: "desired",
  createdMs: 0,
  sentMs: undefined,
  acknowledgedMs: undefined,
  refusal: undefined,
  firstTickMs: undefined,
  lastTickMs: undefined,
  ticks: 0,
  doubt: undefined,
  setAside: undefined,
  ...over
})
