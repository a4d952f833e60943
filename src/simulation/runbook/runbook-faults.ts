/** The kinds of faults, by the name of the report. */
export const runbookFaultKinds = [
  "stage_fails",
  "stage_hangs",
  "stage_unproved",
  "stage_answerLost",
  "rollback_fails",
  "rollback_hangs",
  "signal",
  "killed",
  "disk_full",
  "disk_readOnly",
  "disk_slow",
  "lock_slow",
  "observation_fails",
  "observation_hangs",
  "operators_hang",
  "alertmanager_down",
  "alertmanager_hangs",
  "no_session",
  "second_operator",
  "part_died",
  "settings_edited"
] as const
export type RunbookFaultKind = (typeof runbookFaultKinds)[number]
