import { variableSection } from "../../platform/process/variable.ts"
import { NotifyEnvironment } from "./notify-variables.ts"

/** What is said about the variables of `tickd notify`. */
export const notifySection = variableSection({
  title: { en: "Notifications", zh: "告警通知" },
  page: "operations/notify.md",
  isInExample: true,
  fields: NotifyEnvironment.fields,
  variables: {
    TICKD_NOTIFY_SLACK_URL: {
      en: "Webhook of Slack; its token is in the URL.",
      zh: "Slack 的 webhook 地址，令牌在地址中。",
      secret: "value"
    },
    TICKD_NOTIFY_SLACK_URL_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/slack-url",
      credential: "TICKD_NOTIFY_SLACK_URL"
    },
    TICKD_NOTIFY_DINGTALK_URL: {
      en: "Webhook of DingTalk; its token is in the URL.",
      zh: "钉钉的 webhook 地址，令牌在地址中。",
      secret: "value"
    },
    TICKD_NOTIFY_DINGTALK_URL_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/dingtalk-url",
      credential: "TICKD_NOTIFY_DINGTALK_URL"
    },
    TICKD_NOTIFY_DINGTALK_SECRET: {
      en: "Key of the signature for DingTalk.",
      zh: "钉钉的签名密钥。",
      secret: "value"
    },
    TICKD_NOTIFY_DINGTALK_SECRET_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/dingtalk-secret",
      credential: "TICKD_NOTIFY_DINGTALK_SECRET"
    },
    TICKD_NOTIFY_WECOM_URL: {
      en: "Webhook of WeCom; its token is in the URL.",
      zh: "企业微信的 webhook 地址，令牌在地址中。",
      secret: "value"
    },
    TICKD_NOTIFY_WECOM_URL_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/wecom-url",
      credential: "TICKD_NOTIFY_WECOM_URL"
    },
    TICKD_NOTIFY_FEISHU_URL: {
      en: "Webhook of Feishu; its token is in the URL.",
      zh: "飞书的 webhook 地址，令牌在地址中。",
      secret: "value"
    },
    TICKD_NOTIFY_FEISHU_URL_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/feishu-url",
      credential: "TICKD_NOTIFY_FEISHU_URL"
    },
    TICKD_NOTIFY_FEISHU_SECRET: {
      en: "Key of the signature for Feishu.",
      zh: "飞书的签名密钥。",
      secret: "value"
    },
    TICKD_NOTIFY_FEISHU_SECRET_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/feishu-secret",
      credential: "TICKD_NOTIFY_FEISHU_SECRET"
    },
    TICKD_NOTIFY_WEBHOOK_URL: {
      en: "Webhook of a receiver of your own; its token is in the URL.",
      zh: "自有接收端的 webhook 地址，令牌在地址中。",
      secret: "value"
    },
    TICKD_NOTIFY_WEBHOOK_URL_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/webhook-url",
      credential: "TICKD_NOTIFY_WEBHOOK_URL"
    },
    TICKD_NOTIFY_WEBHOOK_SECRET: {
      en: "Key of the signature for a receiver of your own.",
      zh: "自有接收端的签名密钥。",
      secret: "value"
    },
    TICKD_NOTIFY_WEBHOOK_SECRET_FILE: {
      en: "File that holds it.",
      zh: "存放该值的文件。",
      example: "/etc/tickd/webhook-secret",
      credential: "TICKD_NOTIFY_WEBHOOK_SECRET"
    },
    TICKD_NOTIFY_MAIL_TO: {
      en: "Recipients of mail, with commas.",
      zh: "邮件收件人，用逗号分隔。",
      example: "ops@example.cn"
    },
    TICKD_NOTIFY_MAIL_FROM: {
      en: "Sender of mail.",
      zh: "邮件发件人。",
      derived: { en: "the first recipient", zh: "第一个收件人" }
    },
    TICKD_NOTIFY_SENDMAIL: {
      en: "Program that takes mail on stdin.",
      zh: "从标准输入接收邮件的程序。",
      preset: "/usr/sbin/sendmail"
    },
    TICKD_NOTIFY_TO: {
      en: "Channels of a notification that names none, with commas.",
      zh: "未指定通道时使用的通道，用逗号分隔。",
      derived: { en: "each configured one", zh: "所有已配置的通道" },
      example: "dingtalk,mail"
    },
    TICKD_NOTIFY_LANG: {
      en: "Language of notifications, en or zh.",
      zh: "通知的语言：en 或 zh。",
      preset: "en"
    },
    TICKD_NOTIFY_RUNBOOK: {
      en: "URL or path of the runbook that notifications link to.",
      zh: "通知中手册的地址或路径。",
      preset: "docs/reference/runbook-codes.md"
    },
    TICKD_NOTIFY_PROFILE: {
      en: "Profile that notifications name.",
      zh: "通知中显示的环境。",
      preset: "live"
    },
    TICKD_NOTIFY_DEADLINE_MS: {
      en: "Longest time of a notification with all its attempts.",
      zh: "一次通知（含重试）的最长时间。",
      preset: "10000",
      unit: "ms"
    },
    TICKD_NOTIFY_TIMEOUT_MS: {
      en: "Longest time of one attempt.",
      zh: "单次尝试的最长时间。",
      preset: "3000",
      unit: "ms"
    },
    TICKD_NOTIFY_ATTEMPTS: {
      en: "Largest number of attempts for a channel.",
      zh: "每个通道最多尝试的次数。",
      preset: "3"
    },
    TICKD_NOTIFY_DEDUPE_SECONDS: {
      en: "Time in which the same marker of an instance is sent once, 0 = each time.",
      zh: "同一实例的同一标记在此时间内只发一次，0 表示每次都发。",
      preset: "300",
      unit: "s"
    },
    TICKD_NOTIFY_PER_MINUTE: {
      en: "Largest number of notifications for a channel within any minute.",
      zh: "每个通道任意一分钟内的通知上限。",
      preset: "15"
    },
    SESSION_WINDOW: {
      en: "Session that notifications name: day, night or none.",
      zh: "通知中的交易时段：day、night 或 none。",
      derived: { en: "by the time of the exchanges", zh: "按北京时间判断" }
    }
  }
})
