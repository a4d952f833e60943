// Names of what tickd keeps in NATS beside the ticks. The stream of ticks is named by TICK_STREAM.

/** Ticks that a check set aside, with the reason. */
export const quarantineStream = "MD_QUARANTINE"
/** Gap records and completeness certificates. */
export const integrityStream = "MD_INTEGRITY"
/** What every machine and supervisor did, and the audit. */
export const eventStreamName = "MD_EVENTS"
/** KV bucket with the newest snapshot of each machine. */
export const stateBucketName = "md_state"
/** KV bucket with the writer's epoch of each stream. */
export const epochBucketName = "md_epoch"
