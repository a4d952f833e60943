/** A piece of work that has begun. Its end exports it; a span that never ends is never sent. */
export interface OpenSpan {
  /** `failure`: what went wrong, one sentence; undefined: it succeeded. A second end has no effect. */
  readonly end: (endMs: number, failure?: string) => void
}

/** Takes spans of rare work, never of a tick. No call waits or throws. Times are epoch milliseconds. */
export interface SpanExport {
  readonly open: (span: {
    readonly name: string
    readonly parent?: OpenSpan | undefined
    readonly startMs: number
    readonly attributes: Readonly<Record<string, string | number | boolean>>
  }) => OpenSpan
  /** Spans that no collector took. */
  readonly dropped: () => number
}
