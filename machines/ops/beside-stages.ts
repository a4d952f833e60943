/** The states of both machines in which no stage is carried out. */
export const besideStages: ReadonlySet<string> = new Set([
  "arriving",
  "locking",
  "recovering",
  "observing",
  "pausing",
  "restoring",
  "recording",
  "ending",
  "rolledBack",
  "rollbackFailed",
  "failed",
  "interrupted",
  "refused",
  "succeeded",
  "noSession"
])
