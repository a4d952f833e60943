/** How full the broker's store is, in bytes. What the server does not let this user read is left out. */
export interface StoreReading {
  /** Of all streams of this account, on disk. */
  readonly account?: { readonly used: number; readonly limit: number | undefined }
  readonly streams: ReadonlyArray<{
    readonly stream: string
    readonly used: number
    readonly limit: number | undefined
  }>
  /** Of the store's disk, where it is on this host. */
  readonly disk?: { readonly size: number; readonly free: number }
}
