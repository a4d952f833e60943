import { Effect } from "effect"
import { liveSettingsOf, managedPartsOf } from "../../ops/config/live-settings.ts"
import { runbookExits } from "../../ops/domain/exit-codes.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import type { LiveSettings } from "../../ops/domain/live-settings.ts"
import { checkFormat } from "../../platform/process/state-format.ts"
import { UserError } from "../../platform/process/user-error.ts"
import type { Variables } from "../env/environment.ts"
import { variables as declared } from "../env/variables.ts"
import { type RunbookEnvironment, runbookEnvironment, withPreferredFeed } from "./runbook-environment.ts"
import type { AskedRun } from "./runbook-flags.ts"

export interface Prepared {
  readonly request: LiveRequest
  readonly settings: LiveSettings
  readonly environment: RunbookEnvironment
}

const environmentOf = (request: LiveRequest, env: Variables) =>
  Effect.try({ try: () => runbookEnvironment(request, env), catch: (cause) => cause as UserError })

/** The parts of a plan that is only shown or rehearsed: its env file is needed where it is named. */
export const managedOf = (request: LiveRequest, env: Variables) =>
  // A look needs no file that is only implied.
  environmentOf({ ...request, command: "status" }, env).pipe(
    Effect.flatMap(({ variables }) => managedPartsOf(variables))
  )

/**
 * Refuses folders of another major format. A command that starts no program leaves the state folder alone, and a look
 * or a mock leaves both alone. A rollback starts another program, and checks the format that that one knows.
 */
const checkFolders = Effect.fnUntraced(function* (
  { command, mock }: LiveRequest,
  { runDir, stateDir }: LiveSettings
): Effect.fn.Return<void, UserError> {
  if (mock || command === "status") return
  yield* checkFormat({ folder: runDir, what: "run folder", setting: "TICKD_RUN_DIR" })
  if (command !== "start" && command !== "restart") return
  yield* checkFormat({ folder: stateDir, what: "state folder", setting: "TICKD_STATE_DIR" })
})

/** Reads what the run is made from. Nothing has been touched when it fails. */
export const prepareRun = Effect.fnUntraced(function* (
  { hasConfig, request: asked }: AskedRun,
  env: Variables
): Effect.fn.Return<Prepared, UserError> {
  const environment = yield* environmentOf(asked, env)
  const { request, variables } = withPreferredFeed(asked, hasConfig, environment.variables)
  const settings = yield* liveSettingsOf(variables, { declared, logDir: request.logDir })
  yield* checkFolders(request, settings).pipe(
    Effect.mapError(({ code, message }) => new UserError({ code, message, exitCode: runbookExits.configuration.code }))
  )
  return { request, settings, environment }
})
