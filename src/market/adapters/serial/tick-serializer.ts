import { makeCompactWriter } from "../../../protocol/market/tick/tick-compact.ts"
import { contentTypes, type TickFormat, type TickSerializer } from "../../../protocol/market/tick/tick-format.ts"
import { makeTickWriter } from "../../../protocol/market/tick/tick-message.ts"
import { makePickleWriter } from "../../../protocol/market/tick/tick-pickle.ts"
import type { RecordNames } from "../../../protocol/market/tick/tick-values.ts"
import { makeMsgpackWriter } from "./tick-msgpack.ts"

const makers: Readonly<Record<TickFormat, (names: RecordNames) => TickSerializer>> = {
  json: (names) => ({ name: "json", contentType: contentTypes.json, write: makeTickWriter(names).write }),
  compact: makeCompactWriter,
  msgpack: makeMsgpackWriter,
  pickle: makePickleWriter
}

/** The writer for a value of `TICK_SERIALIZER`. */
export const makeTickSerializer = (format: TickFormat, names: RecordNames): TickSerializer => makers[format](names)
