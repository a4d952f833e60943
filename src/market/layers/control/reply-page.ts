import { replyBytesMax } from "../../../protocol/control/control.ts"

/** Room for the fields beside the list, and for the headers of the message. */
const otherBytes = 2000

/** Bytes of a list's item on the wire, with the comma behind it. */
export const bytesOf = (item: unknown): number => Buffer.byteLength(JSON.stringify(item)) + 1

/** How many of the items fit into a reply beside `takenBytes` of other things. */
export const fitting = (items: ReadonlyArray<unknown>, takenBytes = 0): number => {
  let left = replyBytesMax - otherBytes - takenBytes
  if (bytesOf(items) <= left) return items.length
  for (const [at, item] of items.entries()) {
    left -= bytesOf(item)
    if (left < 0) return at
  }
  return items.length
}

/**
 * One page of a list: what stands behind the cursor, at most `limit` items and no more than a message carries.
 * `isBehind` says it of one item; undefined: from the beginning. A cursor names a place and not an item, so an item
 * that is removed or added between two pages shifts nothing: an item that stays is listed exactly once. `next`: the
 * cursor of the page after this one, null behind the last.
 */
export const pageOf = <A, B>(
  items: ReadonlyArray<A>,
  options: {
    readonly isBehind: ((item: A) => boolean) | undefined
    readonly limit: number
    readonly show: (item: A) => B
    readonly cursorOf: (item: A) => string
  }
): { readonly page: ReadonlyArray<B>; readonly next: string | null } => {
  const { cursorOf, isBehind, limit, show } = options
  const found = isBehind === undefined ? 0 : items.findIndex(isBehind)
  const from = found < 0 ? items.length : found
  const shown = items.slice(from, from + limit).map(show)
  const page = shown.slice(0, Math.max(1, fitting(shown)))
  const last = items[from + page.length - 1]
  return { page, next: last !== undefined && from + page.length < items.length ? cursorOf(last) : null }
}
