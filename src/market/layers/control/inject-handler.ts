import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { ControlError, type ControlErrorCode } from "../../../protocol/control/control.ts"
import {
  drillMsDefault,
  type Fault,
  faults,
  type InjectReply,
  InjectRequest,
  isFault
} from "../../../protocol/control/inject.ts"
import { type Drill, DrillNotPossible, type Drills } from "../../ports/drills.ts"
import type { Command } from "./command-handler.ts"
import { unknownFeed } from "./unknown-feed.ts"

export interface DrillOptions {
  readonly instance: string
  /** `DRILLS_ENABLED`. */
  readonly enabled: boolean
  readonly feeds: ReadonlyArray<string>
  readonly drills: Drills
  readonly nowMs: () => number
}

const drillOf = (drills: Drills, fault: Fault): Drill | undefined => {
  switch (fault) {
    case "crash":
      return drills.crash
    case "disconnect":
      return drills.disconnect
    case "silence":
      return drills.silence
    case "login-reject":
      return drills.loginReject
  }
}

/** Why a command is not carried out, before anything is done. */
const refusalOf = (options: DrillOptions, command: InjectRequest): ControlError | undefined => {
  const { enabled, feeds, drills, instance } = options
  const refuse = (code: ControlErrorCode, message: string) => new ControlError({ code, message })
  if (!enabled) {
    return refuse(
      "DRILLS_DISABLED",
      `Drills are disabled on ${instance}: start it with DRILLS_ENABLED=true to allow them.`
    )
  }
  if (!isFault(command.fault)) {
    return refuse("UNKNOWN_FAULT", `${JSON.stringify(command.fault)} is no fault: use one of ${faults.join(", ")}.`)
  }
  const unknown = unknownFeed(instance, feeds, command.feed)
  if (unknown !== undefined) return unknown
  if (drillOf(drills, command.fault) === undefined) {
    return refuse(
      "DRILL_NOT_POSSIBLE",
      `${command.fault} cannot be done to a front that is not simulated: use disconnect or crash, or try it in 'tickd demo'.`
    )
  }
  return undefined
}

/** The command `inject`: a drill on a feed of this daemon. Its reply is `InjectReply`. */
export const drillCommand = (options: DrillOptions): Command<typeof InjectRequest> => ({
  verb: "inject",
  schema: InjectRequest,
  refusal: (command) => refusalOf(options, command),
  perform: (command, id) => {
    const drill = drillOf(options.drills, command.fault as Fault) as Drill
    try {
      const done = drill(command.feed, command.for_ms ?? drillMsDefault)
      const reply: InjectReply = {
        version: 1,
        instance: options.instance,
        id,
        fault: command.fault,
        feed: command.feed,
        at: shanghaiIso(options.nowMs()),
        done
      }
      return { reply, told: done }
    } catch (cause) {
      if (!(cause instanceof DrillNotPossible)) throw cause
      throw new ControlError({ code: "DRILL_NOT_POSSIBLE", message: cause.message })
    }
  }
})
