import { hostname } from "node:os"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { endWith, Invocation } from "../cli/invocation.ts"
import { shownDefault } from "../cli/terminal/flags.ts"
import { alertPath } from "../ops/adapters/prometheus/alert-path.ts"
import { alertSmoke } from "../ops/application/alert/alert-smoke.ts"
import type { RunbookMetric } from "../ops/domain/metrics/runbook-metrics.ts"
import { UserError } from "../platform/process/user-error.ts"

/** Exit codes of the reference service's script. */
const smokeExits = { notObserved: 2, pathFailed: 3 } as const

const addressFlag = (name: string, variable: string, preset: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(`Address (default: ${variable}, else ${preset})`),
    Flag.filter(
      (url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol),
      () => `an address such as ${preset}`
    ),
    Flag.optional
  )

/** Whose alert the smoke test raises. */
const smokeMetric: RunbookMetric = "md_runbook_exit_code"

const pushgatewayPreset = "http://127.0.0.1:9091"
const prometheusPreset = "http://127.0.0.1:9090"

const smoke = Command.make(
  "smoke",
  {
    pushgatewayUrl: addressFlag("pushgateway-url", "PUSHGATEWAY_URL", pushgatewayPreset),
    prometheusUrl: addressFlag("prometheus-url", "PROMETHEUS_URL", prometheusPreset),
    metric: Flag.String("metric").pipe(
      shownDefault("Metric to push", smokeMetric),
      Flag.filter(
        (name) => /^[A-Za-z_:][\w:]{0,199}$/.test(name),
        () => "the name of a metric: letters, digits, _ and :"
      )
    ),
    value: Flag.Finite("value").pipe(shownDefault("Value to push", 9)),
    resetValue: Flag.Finite("reset-value").pipe(shownDefault("Value to push at the end, whatever happened", 0)),
    waitSeconds: Flag.Finite("wait-seconds").pipe(
      shownDefault("Time to wait for the value, and for one scrape more, seconds", 5),
      Flag.filter(
        (seconds) => seconds >= 0 && seconds <= 600,
        () => "a number from 0 to 600"
      )
    )
  },
  ({ metric, prometheusUrl, pushgatewayUrl, resetValue, value, waitSeconds }) =>
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const gateway = Option.getOrElse(pushgatewayUrl, () => env["PUSHGATEWAY_URL"] || pushgatewayPreset)
      const prometheus = Option.getOrElse(prometheusUrl, () => env["PROMETHEUS_URL"] || prometheusPreset)
      const series = { metric, job: "alert_smoke", instance: hostname() }
      const { isThere, observed } = yield* alertSmoke(series, { value, resetValue, waitMs: waitSeconds * 1000 }).pipe(
        Effect.provide(alertPath(gateway, prometheus)),
        Effect.mapError(
          ({ message }) => new UserError({ code: "ALERT_PATH_FAILED", message, exitCode: smokeExits.pathFailed })
        )
      )
      yield* Console.log(JSON.stringify({ ...series, observed: Option.getOrNull(observed), prometheus }))
      if (isThere) return
      yield* Console.error(
        `tickd: Prometheus has ${Option.match(observed, { onNone: () => "no value", onSome: (other) => `the value ${other}` })} of ${metric}, not ${value}: look at its target pushgateway in ${prometheus}/api/v1/targets.`
      )
      yield* endWith(smokeExits.notObserved)
    })
).pipe(
  Command.withDescription(
    "Push a metric and see it in Prometheus, then reset it. Exit code 0: it is there; 2: missing or different; 3: a program does not answer"
  )
)

/** `tickd alert`: the way of a metric to the alerts. */
export const command = Command.make("alert").pipe(
  Command.withDescription("Prove that a pushed metric reaches Prometheus"),
  Command.withSubcommands([smoke])
)
