import { folded, paintOf } from "../terminal/layout.ts"
import type { Screen } from "../terminal/screen.ts"

/**
 * `summary.json` of a run, with the field names of the reference service's tool. `coverage`: acknowledged of what was
 * requested.
 */
export interface FeedSummary {
  readonly contracts_source: string
  readonly contract_file: string
  readonly output_dir: string
  readonly total_symbols: number
  readonly session_window: string
  readonly config_profile: string
  readonly accepted_count: number
  readonly rejected_count: number
  readonly skipped_count: number
  readonly already_active_count: number
  readonly processed_symbols: number
  readonly coverage: number
  readonly coverage_threshold: number
  readonly coverage_met: boolean
  readonly duration_seconds: number
  readonly dry_run: boolean
  /** A signal ended the run: the counts are those of that moment, before what it had added was unsubscribed again. */
  readonly interrupted: boolean
  readonly accepted_symbols: ReadonlyArray<string>
  readonly rejected_items: ReadonlyArray<{ readonly symbol: string; readonly reason: string; readonly note: string }>
  readonly skipped_symbols: ReadonlyArray<string>
  readonly batches: number
}

/** The summary as an operator reads it: rejections, then the verdict. */
export const renderFeed = (summary: FeedSummary, screen: Screen): string => {
  const paint = paintOf(screen)
  const share = `${(summary.coverage * 100).toFixed(2)} % of ${summary.total_symbols}`
  const head = summary.dry_run
    ? `dry run: ${summary.total_symbols} contracts would be subscribed, ${summary.already_active_count} are already, ${summary.skipped_count} are left out`
    : `${summary.coverage_met ? paint.good("coverage met") : paint.bad("COVERAGE NOT MET")}: ${share}  accepted ${summary.accepted_count}  already ${summary.already_active_count}  rejected ${summary.rejected_count}  left out ${summary.skipped_count}  in ${summary.duration_seconds.toFixed(1)} s, ${summary.batches} batches`
  const rejected = summary.rejected_items.slice(0, 20).map(({ reason, symbol }) => `${symbol}: ${reason}`)
  return [...rejected, head, `files: ${summary.output_dir}`].map((line) => folded(line, screen, 2)).join("\n")
}
