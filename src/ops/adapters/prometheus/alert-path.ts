import { Effect, Layer } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import type { Metric } from "../../../kernel/metric.ts"
import { runbookMetrics } from "../../domain/metrics/runbook-metrics.ts"
import { AlertPath, AlertPathError, type SmokeSeries } from "../../ports/alert-path.ts"

const answerMs = 5000
const declared: Readonly<Record<string, Metric>> = runbookMetrics
/** Where Prometheus does not say it: the interval of `deploy/prometheus/prometheus.yml`. */
const usualScrapeMs = 15_000

const base = (url: string) => url.replace(/\/+$/, "")

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** A duration as Prometheus prints it, such as `1m30s`; undefined for another form. */
const durationMs = (text: string): number | undefined => {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (unitMs[unit] ?? 0), 0)
}

/** Asks one of the two programs; an answer that is not 2xx is a fault. */
const ask = (name: string, flag: string, url: string, init?: RequestInit) =>
  Effect.tryPromise({
    try: async (signal) => {
      const answered = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
      const response = await fetch(url, { ...init, signal: answered })
      const text = await response.text()
      if (!response.ok) throw new Error(`it answered ${response.status}: ${text.trim().slice(0, 200)}`)
      // A proxy or another program takes any request, and keeps no value.
      if ((response.headers.get("content-type") ?? "").includes("html")) throw new Error("what answers is a web page")
      return text
    },
    catch: (cause) =>
      new AlertPathError({
        message: `${name} at ${new URL(url).origin} failed (${errorText(cause)}): start it with 'deploy/operations/start_monitoring_stack', or correct ${flag}.`
      })
  })

interface QueryAnswer {
  readonly data: { readonly result: ReadonlyArray<{ readonly value: readonly [number, string] }> }
}
interface TargetsAnswer {
  readonly data: {
    readonly activeTargets: ReadonlyArray<{ readonly scrapeUrl: string; readonly scrapeInterval?: string }>
  }
}

/** What `read` takes from an answer of Prometheus; another form is a fault. */
const parsed = <Answer, A>(text: string, read: (answer: Answer) => A) =>
  Effect.try({
    try: () => read(JSON.parse(text) as Answer),
    catch: () =>
      new AlertPathError({
        message: `What answers is not Prometheus: ${JSON.stringify(text.slice(0, 80))}. Correct --prometheus-url.`
      })
  })

const selector = ({ instance, job }: SmokeSeries) => `{job=${JSON.stringify(job)},instance=${JSON.stringify(instance)}}`

/** The path over a real Pushgateway and a real Prometheus. */
export const alertPath = (pushgatewayUrl: string, prometheusUrl: string): Layer.Layer<AlertPath> => {
  const prometheus = (path: string) => ask("Prometheus", "--prometheus-url", `${base(prometheusUrl)}/api/v1/${path}`)
  const gateway = (path: string, init?: RequestInit) =>
    ask("The Pushgateway", "--pushgateway-url", `${base(pushgatewayUrl)}${path}`, init)
  return Layer.succeed(AlertPath, {
    push: Effect.fnUntraced(function* (series, value) {
      const { instance, job, metric } = series
      const group = `/metrics/job/${encodeURIComponent(job)}/instance/${encodeURIComponent(instance)}`
      // The gateway refuses a second group of a metric with another type.
      const before = yield* gateway("/metrics")
      const type = new RegExp(`^# TYPE ${metric} (\\w+)$`, "m").exec(before)?.[1] ?? "gauge"
      const help = declared[metric] === undefined ? "" : `# HELP ${metric} ${declared[metric].en}\n`
      yield* gateway(group, { method: "PUT", body: `${help}# TYPE ${metric} ${type}\n${metric} ${value}\n` })
      // The gateway keeps the time of the newest push of each group, by its own clock, and Prometheus scrapes it too.
      const kept = yield* gateway("/metrics")
      const line = kept
        .split("\n")
        .find(
          (one) => one.startsWith("push_time_seconds{") && one.includes(`job="${job}"`) && one.includes(`"${instance}"`)
        )
      const mark = Number(line?.split(" ").at(-1))
      return Number.isFinite(mark) ? mark : undefined
    }),
    read: Effect.fnUntraced(function* (series, mark) {
      const labels = selector(series)
      const since = mark === undefined ? "" : ` and on (job, instance) (push_time_seconds${labels} >= ${mark - 0.001})`
      const text = yield* prometheus(`query?query=${encodeURIComponent(`${series.metric}${labels}${since}`)}`)
      return yield* parsed(text, ({ data }: QueryAnswer) => {
        const value = data.result[0]?.value[1]
        return value === undefined ? undefined : Number(value)
      })
    }),
    scrapeIntervalMs: Effect.gen(function* () {
      const { host } = new URL(pushgatewayUrl)
      const text = yield* prometheus("targets?state=active")
      return yield* parsed(text, ({ data }: TargetsAnswer) => {
        const own = data.activeTargets.find(({ scrapeUrl }) => new URL(scrapeUrl).host === host)
        return durationMs(own?.scrapeInterval ?? "") ?? usualScrapeMs
      })
    })
  })
}
