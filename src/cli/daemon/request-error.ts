import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import {
  type ControlQuestion,
  type ControlRequestError,
  findInstances,
  requestFault
} from "../../platform/nats/control-request.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"

/** What to do when no daemon of the name answers. */
export const absentRemedy = "name it with --instance, or start it with 'npm run -s tickd -- run'"

const wrongUse: ReadonlySet<string> = new Set(["WRONG_USE", "SEVERAL_DAEMONS"])
/** Refusals because of the request; all others are because of the daemon's state. */
const wrongRequest: ReadonlySet<string> = new Set([
  "MALFORMED_REQUEST",
  "REQUEST_TOO_LARGE",
  "TOO_MANY_SYMBOLS",
  "NOTHING_ASKED",
  "DUPLICATE_REQUEST_ID",
  "INVALID_ORDER",
  "ID_IN_USE",
  "NO_SUCH_ORDER",
  "NO_SUCH_ORPHAN",
  "NOTHING_TO_CHANGE",
  "LIMITS_CHANGED",
  "OPERATOR_MISSING",
  "REASON_TOO_SHORT",
  "STRATEGY_NOT_STOPPED",
  "WRONG_DAY"
])
/** The gate judged the order, and refused it. */
const checkFailed: ReadonlySet<string> = new Set(["GATE_CLOSED", "ORDER_REFUSED", "FAT_FINGER"])
const exitOfCode = (code: string): number => {
  if (wrongUse.has(code)) return exitCodes.wrongUse
  if (checkFailed.has(code)) return exitCodes.checkFailed
  if (code.startsWith("UNKNOWN_") || wrongRequest.has(code)) return exitCodes.badInput
  return code === "INTERNAL" ? exitCodes.gaveUp : exitCodes.unavailable
}

/** The same failure with the exit code of a verb. */
export const asUserError = ({ code, message }: Pick<ControlRequestError, "code" | "message">): UserError =>
  new UserError({ code, message, exitCode: exitOfCode(code) })

export const requestError = (
  cause: unknown,
  question: Omit<ControlQuestion, "absentRemedy"> & { readonly bytes: number }
): UserError => asUserError(requestFault(cause, { ...question, absentRemedy }))

/** Names of the daemons that answer on this server. */
export const findDaemons = (connection: NatsConnection): Effect.Effect<ReadonlyArray<string>, UserError> =>
  Effect.mapError(findInstances(connection, absentRemedy), asUserError)
