import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schema } from "effect"
import { patternsMeet } from "../../protocol/control/subject-pattern.ts"

const Rules = Schema.Struct({
  allow: Schema.optionalKey(Schema.Array(Schema.String)),
  deny: Schema.optionalKey(Schema.Array(Schema.String))
})
const UserInfo = Schema.fromJsonString(
  Schema.Struct({
    data: Schema.optionalKey(
      Schema.Struct({ permissions: Schema.optionalKey(Schema.Struct({ publish: Schema.optionalKey(Rules) })) })
    )
  })
)
const decode = Schema.decodeUnknownOption(UserInfo)

/**
 * Whether the user of this connection may publish to a subject, according to the server. A user that may not send
 * this request has narrow permissions: false. A server that does not answer has no such API: true.
 */
export const publishRights = (connection: NatsConnection): Effect.Effect<(subject: string) => boolean> =>
  Effect.promise(async () => {
    try {
      const reply = await connection.request("$SYS.REQ.USER.INFO", "", { timeout: 2000, noMux: true })
      const found = decode(reply.string())
      const rules = found._tag === "Some" ? found.value.data?.permissions?.publish : undefined
      const meets = (patterns: ReadonlyArray<string>, subject: string) =>
        patterns.some((pattern) => patternsMeet(pattern, subject))
      return (subject: string) =>
        (rules?.allow === undefined || meets(rules.allow, subject)) && !meets(rules?.deny ?? [], subject)
    } catch (cause) {
      const denied = /permission/i.test(String(cause))
      return () => !denied
    }
  })
