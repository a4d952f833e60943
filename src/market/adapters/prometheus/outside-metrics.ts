import type { StoreReading } from "../../ports/broker-store.ts"
import type { Add, AddMetric } from "./metric-parts.ts"

/** Read beside the line; undefined: not read, so that an alert on it does not fire. */
export interface Outside {
  readonly store?: () => Promise<StoreReading | undefined>
  /** Ends of the certificates of NATS, epoch milliseconds. */
  readonly certificates?:
    | (() => Promise<ReadonlyArray<{ readonly certificate: string; readonly endMs: number }> | undefined>)
    | undefined
  /** End of the last day that the trading calendar knows, epoch milliseconds. */
  readonly calendarEndMs?: number
}

/** Metrics of what runs out: the broker's store, certificates and the calendar. */
export const addOutsideMetrics = (metric: AddMetric, { calendarEndMs, certificates, store }: Outside): void => {
  const ofStore =
    (read: (of: StoreReading, add: Add) => void) =>
    async (add: Add): Promise<void> => {
      const reading = await store?.()
      if (reading !== undefined) read(reading, add)
    }
  metric(
    "md_broker_store_bytes",
    ofStore(({ account }, add) => {
      if (account !== undefined) add(account.used, { store: "account" })
    })
  )
  metric(
    "md_broker_store_limit_bytes",
    ofStore(({ account }, add) => {
      if (account?.limit !== undefined) add(account.limit, { store: "account" })
    })
  )
  metric(
    "md_stream_bytes",
    ofStore(({ streams }, add) => {
      for (const { stream, used } of streams) add(used, { stream })
    })
  )
  metric(
    "md_stream_limit_bytes",
    ofStore(({ streams }, add) => {
      for (const { limit, stream } of streams) if (limit !== undefined) add(limit, { stream })
    })
  )
  metric(
    "md_broker_disk_bytes",
    ofStore(({ disk }, add) => {
      if (disk !== undefined) add(disk.size, { of: "total" })
      if (disk !== undefined) add(disk.free, { of: "free" })
    })
  )
  metric("md_nats_certificate_expiry_timestamp_seconds", async (add) => {
    for (const { certificate, endMs } of (await certificates?.()) ?? []) add(endMs / 1000, { certificate })
  })
  metric("md_calendar_end_timestamp_seconds", (add) => {
    if (calendarEndMs !== undefined) add(calendarEndMs / 1000, {})
  })
}
