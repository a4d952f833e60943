/** Subject on which the trading daemon `instance` answers the verb `verb`. */
export const tradeControlSubject = (instance: string, verb: string): string => `trade.ctl.${instance}.${verb}`
