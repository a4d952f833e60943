import type { Part } from "../../ports/program-host.ts"
import type { MakeProgram } from "./program-spec.ts"

/** The programs of each part, in the sequence of a start. */
export const programsOf: Readonly<Record<Part, ReadonlyArray<MakeProgram>>> = {
  nats: [],
  tickd: [],
  monitoring: [],
  console: []
}
