/** What the codes of a trading daemon mean, for the reference page. */
export const tradingMeanings = {
  INVALID_ORDER: {
    en: "the fields of the order do not fit together, as a limit order without `limit_price`",
    zh: "委托的字段互相矛盾，例如限价单没有 `limit_price`"
  },
  GATE_CLOSED: {
    en: "kill switch, breaker, reconciliation, lost updates, a stopped strategy or a quarantined symbol; `findings` has every reason",
    zh: "总开关、熔断、对账未完成、更新流中断、策略已停或证券被隔离；`findings` 列出全部原因"
  },
  ORDER_REFUSED: {
    en: "a check of the gate refuses the order; `findings` has every reason",
    zh: "风控检查拒绝该委托；`findings` 列出全部原因"
  },
  FAT_FINGER: {
    en: "only fat-finger thresholds refuse the order; `findings` has every reason",
    zh: "仅因超过乌龙指阈值而拒绝；`findings` 列出全部原因"
  },
  ID_IN_USE: {
    en: "the `client_order_id` belongs to another order: use another id, or a `nonce`",
    zh: "该 `client_order_id` 属于另一笔委托：换一个编号，或使用 `nonce`"
  },
  NO_SUCH_ORDER: { en: "the book has no order of this id", zh: "账本中没有这个编号的委托" },
  NOT_POSSIBLE: {
    en: "the order, the difference or the gate is not in a state for it; the message says which",
    zh: "委托、差异或闸门当前的状态不允许；说明中写明原因"
  },
  UNAVAILABLE: {
    en: "the venue rejects the keys, too many orders wait, or a part of the daemon does not answer; nothing was sent",
    zh: "交易场所拒绝密钥、等待的委托过多，或守护进程的某部分不应答；什么都没有发出"
  },
  STORE_UNAVAILABLE: {
    en: "the book of orders does not answer, is full or is damaged; nothing was done",
    zh: "委托账本不应答、已满或损坏；什么都没有做"
  },
  STATE_UNREACHABLE: {
    en: "the record of the kill switch or of a breaker cannot be read or written now; the gate is closed until it can",
    zh: "总开关或熔断器的记录暂时无法读写；恢复之前闸门保持关闭"
  },
  STATE_MISSING: {
    en: "there is no record: find out who removed it, then use `initialise`",
    zh: "没有记录：先查明是谁删除的，再执行 `initialise`"
  },
  STATE_UNREADABLE: { en: "this version cannot read the record", zh: "当前版本读不懂该记录" },
  STATE_CONFLICT: {
    en: "others changed the record at the same time: read it, then try again",
    zh: "记录同时被他人修改：读取后再试"
  },
  ALREADY_ENGAGED: { en: "the kill switch is engaged already", zh: "总开关已经按下" },
  NOT_ENGAGED: { en: "the kill switch is not engaged", zh: "总开关没有按下" },
  NOT_TRIPPED: { en: "only a tripped breaker can be reset", zh: "只有已触发的熔断器才能复位" },
  ALREADY_INITIALISED: { en: "every record exists; nothing was changed", zh: "记录均已存在，未作改动" },
  OPERATOR_MISSING: {
    en: "a command that opens or changes something needs `operator` or `by`",
    zh: "放开或修改类指令必须带 `operator` 或 `by`"
  },
  REASON_TOO_SHORT: { en: "`reason` has fewer than 20 characters", zh: "`reason` 少于 20 个字符" },
  CAUSE_HOLDS: {
    en: "the cause of the trip still holds: remove it, or set `acknowledged`",
    zh: "触发原因仍然存在：先消除，或设置 `acknowledged`"
  },
  NOT_JOURNALED: {
    en: "the journal cannot be written, and nothing opens without its row",
    zh: "日志写不进；没有日志行就不放开"
  },
  ENTRIES_OPEN: {
    en: "engage the kill switch first: new orders could open what is being closed",
    zh: "先按下总开关：否则新委托会重新开仓"
  },
  NOT_CONFIRMED: {
    en: "`confirmation` is not the text that `flatten-text` gives for the positions of this moment",
    zh: "`confirmation` 与 `flatten-text` 针对当前持仓给出的文字不一致"
  },
  RECONCILIATION_FAILED: {
    en: "the run did not reach its end; what it found before is booked, and the gate keeps its state",
    zh: "对账未能完成；此前发现的内容已入账，闸门状态不变"
  },
  NO_SUCH_ORPHAN: { en: "no order of this broker id waits for a release", zh: "没有该编号的外部委托等待解除" },
  STRATEGY_NOT_STOPPED: { en: "the throttle has not stopped this strategy", zh: "该策略没有被限流停止" },
  LIMITS_CHANGED: {
    en: "the limits have another `version` than the request names: read them again",
    zh: "限额版本与请求中的 `version` 不同：请重新读取"
  },
  NOTHING_TO_CHANGE: { en: "the request names no field to change", zh: "请求没有指明要修改的字段" },
  NOT_LIVE: {
    en: "the daemon runs dry: set `TRADE_MODE=live` and start it again",
    zh: "守护进程以模拟方式运行：设置 `TRADE_MODE=live` 后重新启动"
  },
  WRONG_DAY: { en: "`day` is not the present trading day; see `mode`", zh: "`day` 不是当前交易日，见 `mode`" },
  NOT_ARMED: { en: "live trading is not armed; nothing was changed", zh: "实盘没有启用，未作改动" }
} as const
