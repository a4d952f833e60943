/** How the programs of a machine are run. */
export const runtimeNames = ["process", "systemd", "compose"] as const
export type RuntimeName = (typeof runtimeNames)[number]

/** The programs of a stack as units of systemd or services of a compose file, each with its own name there. */
export const stackServices = ["nats", "tickd", "pushgateway", "prometheus", "alertmanager"] as const
export type StackService = (typeof stackServices)[number]
