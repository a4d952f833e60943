import { Effect } from "effect"
import { liveSettingsOf } from "../../ops/config/live-settings.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import type { LiveSettings } from "../../ops/domain/live-settings.ts"
import type { UserError } from "../../platform/process/user-error.ts"
import { variables as declared } from "../env/variables.ts"
import { type RunbookEnvironment, runbookEnvironment, withPreferredFeed } from "./runbook-environment.ts"
import type { AskedRun } from "./runbook-flags.ts"

export interface Prepared {
  readonly request: LiveRequest
  readonly settings: LiveSettings
  readonly environment: RunbookEnvironment
}

/** Reads what the run is made from. Nothing has been touched when it fails. */
export const prepareRun = Effect.fnUntraced(function* (
  { hasConfig, request: asked }: AskedRun,
  env: Readonly<Record<string, string | undefined>>
): Effect.fn.Return<Prepared, UserError> {
  const environment = yield* Effect.try({
    try: () => runbookEnvironment(asked, env),
    catch: (cause) => cause as UserError
  })
  const { request, variables } = withPreferredFeed(asked, hasConfig, environment.variables)
  const settings = yield* liveSettingsOf(variables, { declared, logDir: request.logDir })
  return { request, settings, environment }
})
