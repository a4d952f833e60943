/**
 * Variables that are never passed to a vendor's library: its crash may print or store its environment, and a child's
 * environment is readable for every user who may read the child. Names of accounts are included, and the folder of
 * systemd's credentials, in which each secret is a file.
 */
const ownVariable =
  /^(CTP_|NATS_|TICK_|PUSHGATEWAY_|TICKD_NOTIFY_|CREDENTIALS_DIRECTORY$)|PASSWORD|AUTH_CODE|NKEY|SECRET|TOKEN/

/** The environment of a process that hosts a vendor's library. */
export const withoutSecrets = (env: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !ownVariable.test(name)))
