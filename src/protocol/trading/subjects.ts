/** Subject on which the trading daemon `instance` answers the verb `verb`. */
export const tradeControlSubject = (instance: string, verb: string): string => `trade.ctl.${instance}.${verb}`

/**
 * Name of the NATS micro service of trading daemons. Market daemons are `tickd`, so that who looks for the one does not
 * find the other.
 */
export const tradeServiceName = "tickd-trade"
