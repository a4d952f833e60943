/**
 * Login errors that another attempt does not fix and that may lock the account: stop and report.
 * 3 invalid login, 57 one-time password, 75 forbidden after failures, 131 weak password, 140 and 141 password must be
 * changed, 143 and 144 address refused. Any other error is retried, above all 7 not initialised, 8 front not active
 * (fronts answer it while they restart at noon and before sessions) and 90 try again.
 * Source: error.xml of the API documentation 6.7.8.
 */
export const fatalLoginErrors: ReadonlySet<number> = new Set([3, 57, 75, 131, 140, 141, 143, 144])

/**
 * A request that the library did not send. -1: no link. -2: too many requests are waiting, -3: too many a second;
 * those two pass by themselves, so they cost a pause and not a failure. Source: ReqUserLogin in the API documentation
 * 6.7.8.
 */
export const isFlowControl = (code: number): boolean => code === -2 || code === -3
