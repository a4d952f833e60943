import { hostname, userInfo } from "node:os"

/** The user and machine of this process: `ops@host`. A container's user may have no name. */
export const operatorName = (): string => {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}@${hostname()}`
  }
}
