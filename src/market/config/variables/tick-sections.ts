// Variables of contracts, subscriptions, and the way of a tick into its stream.
import { variableSection } from "../../../platform/process/variable.ts"

export const contractSection = variableSection({
  title: { en: "Contracts and subscriptions", zh: "合约与订阅" },
  page: "operations/contracts.md",
  isInExample: true,
  variables: {
    TICKD_INSTRUMENTS: {
      en: "Wanted instruments with commas between.",
      zh: "要订阅的合约，用逗号分隔。",
      derived: { en: "every contract of the lists", zh: "合约表中的全部合约" },
      example: "rb2701,IF2612"
    },
    TICKD_CONTRACTS: {
      en: "Contract files with commas between; they also give the exchanges; docker compose sets it.",
      zh: "合约文件，用逗号分隔，也给出交易所；docker compose 会设置。",
      example: "/opt/ctp/contracts.json"
    },
    TICKD_CONTRACTS_KEEP_DAYS: {
      en: "Number of contract lists, one per trading day, that are kept in TICKD_STATE_DIR/contracts.",
      zh: "TICKD_STATE_DIR/contracts 中保留的合约表份数，每个交易日一份。",
      preset: "30",
      unit: "days"
    },
    CTP_TD_LIBRARY: {
      en: "The vendor's thosttraderapi_se.so: contracts are also read from the trader front.",
      zh: "厂商库 thosttraderapi_se.so：设置后也从交易前置读取合约。",
      example: "/opt/ctp/thosttraderapi_se.so"
    },
    CTP_PRIMARY_TD_ADDRESS: {
      en: "Addresses of the trader front, tcp:// or ssl://; required with CTP_TD_LIBRARY.",
      zh: "交易前置地址，tcp:// 或 ssl://；设置 CTP_TD_LIBRARY 时必填。",
      example: "tcp://front.example:41205",
      aliases: ["CTP_TD_ADDRESS"]
    },
    CTP_PRIMARY_APP_ID: {
      en: "Id of the client program at the trader front, at most 32 bytes; needs an auth code.",
      zh: "交易前置的客户端标识，最多 32 字节；须与授权码同时设置。",
      aliases: ["CTP_APP_ID"]
    },
    CTP_PRIMARY_AUTH_CODE: {
      en: "Auth code at the trader front, at most 16 bytes; needs an app id.",
      zh: "交易前置的授权码，最多 16 字节；须与客户端标识同时设置。",
      secret: "value",
      aliases: ["CTP_AUTH_CODE"]
    },
    CTP_PRIMARY_AUTH_CODE_FILE: {
      en: "File that holds the auth code.",
      zh: "存放授权码的文件。",
      example: "/opt/ctp/auth-code",
      credential: "CTP_PRIMARY_AUTH_CODE",
      aliases: ["CTP_AUTH_CODE_FILE"]
    },
    CTP_TD_LIST_TIMEOUT_MS: {
      en: "Longest wait for the first row of the list and between two rows.",
      zh: "等待合约表首行以及相邻两行的最长时间。",
      preset: "30000",
      unit: "ms"
    },
    SUBSCRIBE_PRIORITY: {
      en: "Instruments that are subscribed first, in this order; * and ? are allowed.",
      zh: "按此顺序优先订阅的合约，可用 * 和 ?。",
      example: "IF2612,rb*"
    },
    RATE_LIMIT_SUBSCRIBE_PER_SECOND: {
      en: "Instruments subscribed at a front within any second; halved while the front does not keep up.",
      zh: "任一秒内向前置订阅的合约数；前置跟不上时自动减半。",
      preset: "1000",
      unit: "instruments"
    },
    SUBSCRIBE_RATE_LIMIT_MAX_REQUESTS: {
      en: "Instruments that clients may name in requests within the window; unsubscriptions count separately.",
      zh: "窗口内客户端请求可涉及的合约数；订阅与退订分别计数。",
      preset: "50000",
      unit: "instruments"
    },
    SUBSCRIBE_RATE_LIMIT_WINDOW_SECONDS: {
      en: "Length of that window.",
      zh: "该窗口的长度。",
      preset: "2",
      unit: "s"
    }
  }
})

export const tickSection = variableSection({
  title: { en: "Ticks: stream and queue", zh: "行情：流与队列" },
  page: "operations/overflow.md",
  isInExample: true,
  variables: {
    TICK_SERIALIZER: { en: "Form of the messages: json, compact, msgpack, pickle.", zh: "消息格式。", preset: "json" },
    TICK_STREAM: { en: "Name of the JetStream stream.", zh: "JetStream 流的名称。", preset: "MD_TICKS" },
    TICK_SUBJECT_TEMPLATE: {
      en: "Subject of a tick.",
      zh: "行情消息的主题模板。",
      preset: "md.tick.{exchange}.{product}.{instrument}"
    },
    TICK_STREAM_REPLICAS: {
      en: "Copies of each tick, 1 or 3; 3 needs a cluster.",
      zh: "每笔行情的副本数，1 或 3；3 需要集群。",
      preset: "1"
    },
    TICK_STREAM_MAX_AGE_HOURS: {
      en: "How long the stream keeps ticks.",
      zh: "流保留行情的时间。",
      preset: "120",
      unit: "hours"
    },
    TICK_STREAM_MAX_BYTES: {
      en: "Largest size of the stream; its oldest ticks are removed.",
      zh: "流的最大字节数；超出时删除最旧的行情。",
      derived: {
        en: "an embedded server: what its disk allows; else unlimited",
        zh: "内嵌服务器：磁盘允许的大小；否则不限"
      },
      unit: "bytes"
    },
    TICK_QUEUE_MAXSIZE: {
      en: "Bound of the queue between the feeds and the publisher.",
      zh: "行情源与发布者之间队列的上限。",
      preset: "50000",
      unit: "ticks"
    },
    TICK_WINDOW: {
      en: "Bound of the messages that NATS has not yet confirmed.",
      zh: "尚未得到 NATS 确认的消息上限。",
      preset: "2048",
      unit: "ticks"
    },
    TICK_OVERFLOW_POLICY: {
      en: "What is dropped when the queue is full: drop-newest, drop-oldest, conflate.",
      zh: "队列满时放弃什么：drop-newest、drop-oldest、conflate。",
      preset: "drop-newest"
    },
    TICK_REPLAY: {
      en: "1: the front replays a recording; ticks are checked against the recording's own time.",
      zh: "1：前置重放录制；行情按录制自身的时间检查。",
      preset: "0"
    },
    TICK_TAKE_OVER: {
      en: "1: take the stream from a running writer at every start, as run --take-over; do not keep it set.",
      zh: "1：每次启动都接管该流，如同 run --take-over；不要长期设置。",
      preset: "0"
    }
  }
})

export const spoolSection = variableSection({
  title: { en: "The spool on disk", zh: "落盘缓冲" },
  page: "operations/spool.md",
  isInExample: true,
  variables: {
    TICK_SPOOL_DIR: {
      en: "Folder for ticks while NATS is away or slow.",
      zh: "NATS 不可用或变慢时存放行情的目录。",
      derived: { en: "TICKD_STATE_DIR/spool", zh: "TICKD_STATE_DIR/spool" },
      example: ".state/spool"
    },
    TICK_SPOOL_MAX_MB: {
      en: "Bound of the spool; 0 disables it.",
      zh: "缓冲上限；0 为停用。",
      preset: "1024",
      unit: "MiB"
    },
    TICK_SPOOL_FSYNC: {
      en: "When it is forced to disk: never, interval (once a second), always (before a batch counts as accepted).",
      zh: "何时强制写盘：never、interval（每秒一次）、always（写盘后才算接收）。",
      preset: "interval"
    },
    TICK_SPOOL_AFTER_MS: {
      en: "Time without progress before ticks go to the spool.",
      zh: "多久没有进展后行情转入缓冲。",
      preset: "500",
      unit: "ms"
    }
  }
})
