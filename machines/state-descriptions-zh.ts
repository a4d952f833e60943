/**
 * The meaning of each state in Chinese, by machine and path of the state; in English it is the `description` in the machine.
 */
export const stateDescriptionsZh: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "session-machine": {
    "(any)": "一个行情源的 CTP 会话：从首次连接到停止。",
    link: "会话所处的阶段：连接、登录、订阅、接收行情。",
    "link.connecting": "等待与前置建立连接。",
    "link.awaitingReconnect": "接收行情时与前置断开，由厂商库自行重连。",
    "link.awaitingLogin": "已连接，等待允许发起下一次登录。",
    "link.loggingIn": "已发出登录请求，等待应答。",
    "link.subscribing": "已登录并发出订阅，等待订阅应答或行情。",
    "link.streaming": "正在接收行情。",
    "link.degraded": "已登录，但部分合约缺失、行情中断或读取滞后，正在修复。",
    "link.backingOff": "失败后暂停，随后重试。",
    "link.resting": "已休市，下一交易时段开始前重新连接。",
    "link.rejected": "前置明确拒绝登录：请修正登录凭据，然后执行 `tickd retry`。",
    "link.failed": "连续失败次数达到上限：下一交易时段开始或执行 `tickd retry` 时再试。",
    "link.draining": "正在关闭与前置的连接，随后停止。",
    "link.stopped": "会话已结束。",
    loginGate: "保证两次登录之间的最短间隔。",
    "loginGate.closed": "距上次登录过近，下一次须等待。",
    "loginGate.open": "现在可以登录。",
    "loginGate.removed": "会话已结束，不再登录。",
    role: "本会话在各行情源中的角色，由故障切换决定。",
    "role.active": "本源为当前源。",
    "role.standby": "另一源为当前源。",
    "role.fenced": "发布权已被另一守护进程取得。",
    "role.released": "会话已结束，不再有角色。"
  },
  "publisher-machine": {
    "(any)": "行情从守护进程写入流的状态。",
    spooling: "消息服务器不可用，行情先留在内存，再写入磁盘。",
    connected: "行情到达即写入流。",
    replaying: "消息服务器已恢复，先补发磁盘中的行情，新行情排在其后。",
    blocked: "已连接消息服务器，但其拒收或不确认行情。",
    fenced: "另一守护进程正在写入该流，其退出之前本进程不发布。",
    draining: "正在停止，等待最后的行情得到确认。",
    closed: "发布已结束。"
  },
  "feed-worker-machine": {
    "(any)": "承载一个行情源厂商库的进程。",
    starting: "进程已启动，尚未就绪。",
    running: "进程已就绪。",
    hung: "对厂商库的一次调用没有返回，进程已自行终止。",
    crashed: "进程意外终止。",
    backingOff: "等待监督者安排的重启。",
    stopping: "已要求进程停止。",
    stopped: "没有进程在运行。",
    givenUp: "重启次数过多，监督者已放弃。"
  },
  "market-hours-machine": {
    "(any)": "按交易日历得出的市场阶段。",
    unknown: "阶段未知，正在读取交易日历。",
    preOpen: "即将开盘。",
    auction: "集合竞价。",
    trading: "连续交易。",
    break: "两段交易之间的休息。",
    closed: "已休市。"
  },
  "daemon-machine": {
    "(any)": "守护进程的状态，与 `/readyz` 一致。",
    booting: "正在启动，部分组件尚未就绪。",
    ready: "各组件均正常。",
    degraded: "有组件不可用，原因见 `/readyz`。",
    draining: "正在停止，正在保存最后的行情。",
    stopped: "守护进程已结束。"
  },
  "repair-machine": {
    "(any)": "一个行情源的修复阶梯：行情中断时逐级采取的措施。",
    idle: "无需修复。",
    resubscribing: "正在重新订阅静默的合约。",
    resubscribingBatch: "正在重新订阅静默合约所在的批次。",
    askingLogin: "要求会话重新登录。",
    sessionRepairs: "整个行情源静默，先由会话自行修复。",
    restartingWorker: "正在重启行情工作进程。",
    switchingFeed: "请求切换到另一源。",
    escalated: "修复均无效：请检查前置和到期货公司的线路。"
  },
  "failover-machine": {
    "(any)": "两个行情源中哪一个是当前源。",
    label: "当前源以及切换的状态。",
    "label.beginning": "故障切换启动。",
    "label.startingUp": "守护进程刚启动或市场刚开盘，等待当前源就绪。",
    "label.serving": "当前源正常，或当前不在交易时段。",
    "label.confirmingLoss": "当前源疑似丢失，等待其恢复。",
    "label.troubled": "当前源没有行情，且暂时不能切换。",
    "label.noFeed": "两个行情源均没有行情。",
    "label.requestingSwitch": "开始切换。",
    "label.switching": "等待另一源的第一笔有效行情。",
    "label.awaitingMarket": "非交易时段收到切换请求，等待开盘。",
    "label.rollingBack": "切换未等到行情而结束，旧源仍为当前源。",
    retry: "切换回滚之后的暂停。",
    "retry.open": "可以切换。",
    "retry.paused": "上一次切换已回滚，下一次自动切换须等待。",
    failback: "首选源须持续健康多久才切回。",
    "failback.settled": "首选源为当前源。",
    "failback.settling": "刚切回首选源，须保持健康。",
    "failback.waiting": "另一源为当前源，暂无自动切回。",
    "failback.proving": "首选源已恢复健康，须持续一段时间。",
    "failback.due": "应当切回首选源。"
  }
}
