/** Why a model file is not used. `damaged`: not what LightGBM writes; `unsupported`: right, and not evaluated here. */
export interface ModelFault {
  readonly kind: "damaged" | "unsupported"
  /** Counts from 1. */
  readonly line: number
  /** The key of the line, or what stands there. */
  readonly name: string
  readonly message: string
}

/** Ends the parsing of a file; it does not leave `parseModel`. */
export class ModelFaultThrown extends Error {
  readonly fault: ModelFault
  constructor(fault: ModelFault) {
    super(fault.message)
    this.fault = fault
  }
}

export const damaged = (line: number, name: string, message: string): never => {
  throw new ModelFaultThrown({ kind: "damaged", line, name, message })
}

export const unsupported = (line: number, name: string, message: string): never => {
  throw new ModelFaultThrown({ kind: "unsupported", line, name, message })
}
