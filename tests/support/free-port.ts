import { randomInt } from "node:crypto"
import { holdPort } from "./cli-process.ts"

/** Below the ports that the kernel gives to clients, so that no connection takes one before its server listens. */
const from = 12_000
const until = 32_000
const given = new Set<number>()

/** A port of 127.0.0.1 that nothing listens on, and that this process has not given to anyone else. */
export const freePort = async (): Promise<number> => {
  const wanted = randomInt(from, until)
  if (given.has(wanted)) return freePort()
  try {
    const { port, release } = await holdPort(wanted)
    given.add(port)
    await release()
    return port
  } catch {
    return freePort()
  }
}
