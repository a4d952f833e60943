/** Bounds of a rendering that all readers of a page share. */
interface SharedPageLimits {
  /** A page is reused for this many times as long as its rendering took: bounds its share of the event loop. */
  readonly reuseFactor: number
  /** No page is older than this. */
  readonly reuseMostMs: number
  /** A rendering that takes longer is not waited for by the next reader. */
  readonly giveUpMs: number
}

/** At most one eleventh of the event loop. No page is older than a second: Prometheus asks every 5 s or less often. */
const sharedPageLimits: SharedPageLimits = { reuseFactor: 10, reuseMostMs: 1000, giveUpMs: 10_000 }

/**
 * Renders a page once for all that ask for it meanwhile and shortly after, so that the number of readers does not delay
 * ticks. A failed rendering is not kept.
 */
export const sharedPage = <Page>(
  render: () => Promise<Page>,
  { giveUpMs, reuseFactor, reuseMostMs }: SharedPageLimits = sharedPageLimits,
  nowMs: () => number = () => performance.now()
): (() => Promise<Page>) => {
  let going: { readonly page: Promise<Page>; readonly startedMs: number } | undefined
  let kept: { readonly page: Page; readonly untilMs: number } | undefined
  const start = async (startedMs: number) => {
    const page = await render()
    const endedMs = nowMs()
    kept = { page, untilMs: endedMs + Math.min(reuseMostMs, reuseFactor * (endedMs - startedMs)) }
    return page
  }
  return () => {
    const askedMs = nowMs()
    if (kept !== undefined && askedMs < kept.untilMs) return Promise.resolve(kept.page)
    if (going !== undefined && askedMs < going.startedMs + giveUpMs) return going.page
    const mine = { page: start(askedMs), startedMs: askedMs }
    const end = () => {
      if (going === mine) going = undefined
    }
    mine.page.then(end, end)
    going = mine
    return mine.page
  }
}
