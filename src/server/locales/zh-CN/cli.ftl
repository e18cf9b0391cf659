# 命令行的输出。

cli-check-done = 共 { $files } 个文件：{ $errors } 处错误，{ $warnings } 处警告。
cli-check-explored = { $procedure } 第 { $version } 版：已穷举 { $states } 个状态、{ $steps } 个步骤
cli-check-bounded = （达到上限，未能全部穷举）
cli-check-one-followed = （{ $subcases } 同时存在多个时只跟踪一个）
cli-check-played = 已演练 { $scenarios } 个情景：{ $failed } 处不符。
cli-check-covered = { $procedure } 第 { $version } 版：{ $transitions } 个流转中走到 { $taken } 个，{ $clocks } 个期限中到期 { $expired } 个

# 期限
cli-deadline-ends = 届满时刻：{ $at }
cli-deadline-strict = 顺延前的最后一日：{ $date }
cli-deadline-provisional = 暂定：涉及年份的放假安排尚未公布，周一至周五视为工作日
cli-deadline-suspended = 没有届满日：期限中止，剩余 { $amount } { $unit }
cli-deadline-basis = { $period }，依据 { $basis }
cli-deadline-not-in-force = 提示：{ $key } 的有效期为 { $range }
cli-deadline-reads-working = 提示：{ $key } 中这样短的“日”是指工作日；已按要求以自然日计算
cli-weekday-1 = 周一
cli-weekday-2 = 周二
cli-weekday-3 = 周三
cli-weekday-4 = 周四
cli-weekday-5 = 周五
cli-weekday-6 = 周六
cli-weekday-7 = 周日
cli-day-start-day = 开始当日
cli-day-working-day = 工作日
cli-day-make-up-working-day = 调休上班
cli-day-assumed-working-day = 视为工作日
cli-day-weekend = 周末
cli-day-statutory-holiday = 法定节假日
cli-day-calendar-day = 自然日
cli-day-hours = 小时
cli-day-suspended = 中止
cli-day-rolled-over = 顺延
cli-day-resumption-day = 恢复计算日

# 法律文件
cli-law-rules = “日”：{ $days }；{ $roll }（{ $basis }）
cli-law-days-calendar = 自然日
cli-law-days-working = 工作日
cli-law-days-working-at-most = { $most } 日以内为工作日，超过的为自然日
cli-law-days-working-values = { $values } 日为工作日，其他为自然日
cli-law-roll-statutory-holiday = 最后一日是法定节假日的，以假期结束的次日为届满日
cli-law-roll-rest-day = 最后一日是休息日的，顺延至下一个工作日
cli-law-roll-none = 最后一日不顺延

# 商标
cli-marks-imported = 录入 { $entered } 件商标，更新 { $updated } 件，{ $unchanged } 件未变，略去 { $skipped } 处错误。
cli-marks-entering = 正在录入 { $marks } 件商标
cli-marks-faults = 各行中共 { $faults } 处错误，未录入任何商标：请改正，或者用 --skip-bad 略去有错误的行
cli-marks-empty = 其中没有商标：请每行写一个名称，或者在表头下逐行填写，或者用 --format 指明文件格式
cli-marks-none = 没有与之近似的注册商标。
cli-reindexed = 索引已重建：{ $marks } 件商标，案件中的名称 { $names } 个。
cli-marks-wordless = 略过 { $marks } 件没有文字的商标（图形、声音等）。

# 账号
cli-user-added = 已建立账号 { $login }
cli-user-reset = { $login } 已设新密码，该账号的全部会话已结束
cli-user-disabled = 账号 { $login } 已停用，其全部会话已结束
cli-user-granted = { $login } 已获得该角色
cli-user-enabled = 账号 { $login } 可以重新登录
cli-user-revoked = { $login } 不再具有该角色
cli-refused-invalid-login = 登录名为 2 至 64 个小写字母、数字、点、连字符或下划线
cli-refused-login-taken = 登录名已被使用：请另选，或者用 `user reset` 设新密码
cli-refused-last-administrator = 这是唯一能够登录的管理员：请先建立另一名管理员
cli-refused-invalid-mail = 不是电子邮箱地址：请写成 name@example.cn
cli-refused-unknown-organisation-kind = 没有程序认识这类机构：market_regulation、market_station、consumer_association、mediation_body、police、procuratorate 或者 court
cli-refused-invalid-division = 行政区划代码为六位数字（GB/T 2260），例如 420100
cli-refused-password-too-short = 密码太短：见 `password.min_length`
cli-refused-password-too-long = 密码超过 1024 字节
cli-refused-password-too-uniform = 密码须含小写字母、大写字母、数字、符号中的三种
cli-refused-password-guessable = 密码含有登录名，或者只重复一个字符
cli-refused-invalid-organisation-key = 机构代号为 2 至 64 个小写字母、数字或连字符
cli-refused-organisation-taken = 已有使用此代号的机构
cli-refused-unknown-organisation = 没有使用此代号的机构
cli-refused-invalid-name = 名称为 1 至 200 个字符
cli-refused-not-utf8 = 该行不是 UTF-8
cli-refused-internal = 检索索引或者其他部分出错；如果服务正在运行，请停止后再试

# 验证
cli-verify-chains = 哈希链：{ $cases } 件案件，{ $events } 个事件，{ $payloads } 份内容，{ $erased } 份已依法删除，{ $audit } 条审计记录
cli-verify-replays = 重放：{ $cases } 件案件，{ $agreed } 个事件与所记录的状态一致
cli-verify-skipped = { $number } 自第一个已删除内容的事件起未重放：{ $events }
cli-verify-outside = 整个数据库被换成较早的或者另一个自身一致的数据库、各链被全部重算，或者最新的审计记录被截去，从内部无法看出。请把审计记录的链头抄存在别处，下次核对：{ $head }
cli-verify-sound = 各哈希链完整，各案件与其事件所至的状态一致，编号、删除、文书、通知、经办、关联和期限提醒均由事件产生；文书内容与其印章一致。未比对：通知的内文、提交人、当事人和账号。
cli-verify-altered = 发现改动：见以上各行。

# 备份
cli-backup-done = { $tables } 张表，{ $rows } 行。
cli-backup-keys = 提示：备份内提交人的身份信息已加密；案件涉及的其他人员信息和邮件为明文，请与数据库同等保密。{ $directory } 中的密钥不在备份内，以免身份信息、回执、草稿随备份失窃被利用；请另行保存，没有密钥服务无法启动，所有回执失效，提交人身份无法读出
cli-restore-done = 已恢复 { $tables } 张表，{ $rows } 行；检索索引已重建。
cli-restore-keys = 提示：启动服务前请把原有密钥放入 { $directory }；密钥不同则服务不会启动

# 体检
cli-doctor-directory-missing = { $path } 尚不存在，首次启动时建立
cli-doctor-directory-file = { $path } 不是目录：请用 --data-dir 指定其他目录
cli-doctor-directory-open = 本机其他用户可以读取 { $path }：请执行 chmod 700 { $path }
cli-doctor-directory-good = { $path }，仅所有者可读
cli-doctor-keys-none = 尚无，首次启动时生成
cli-doctor-keys-lost = 数据库已存在，但缺少 { $path }：请从备份放回；没有它，服务不会启动
cli-doctor-keys-foreign = { $path } 中的密钥不是建立该数据库时所用的密钥：请放回正确的密钥；用这些密钥，服务不会启动
cli-doctor-keys-good = { $path }
cli-doctor-database-none = { $path } 尚不存在，首次启动时建立
cli-doctor-database-good = { $engine } 有应答，已确认的写入不会丢失，可以写入
cli-doctor-database-close = 数据库未正常关闭
cli-doctor-migrations-good = 已执行 { $applied } 项，没有待执行的
cli-doctor-migrations-pending = 待执行，下次启动时执行：{ $names }
cli-doctor-intake-good = 由{ $organisation }接收投诉、举报
cli-doctor-intake-none = 没有接收投诉、举报的机关，因此无法提交：用 `zhengming user add 登录名 --role administrator --organisation 代号 --organisation-name 名称` 建立（类别 market_regulation，没有上级机关）
cli-doctor-cases-kept = { $cases } 件案件办结已超过 { $days } 天，仍存有个人信息：请承办单位负责人在案件页面删除
cli-doctor-jobs-good = 没有停滞的任务
cli-doctor-jobs-mails = 没有卡住的任务；{ $mails } 封邮件因收件地址或者内容被邮件服务器永久拒收
cli-doctor-jobs-stuck = { $dead } 项后续动作和 { $parked } 个定时器多次失败，已停止重试；排除原因后重新启动服务即再试
cli-doctor-clock-back = 时钟为 { $now }，而数据库已有 { $last } 的记录：请校准时钟
cli-doctor-clock-good = { $now }
cli-doctor-workflows-good = { $procedures } 个程序；放假安排已知至 { $last }
cli-doctor-workflows-running = 现在启动的服务沿用 { $since } 的程序包
cli-doctor-calendar-over = { $procedures } 个程序；放假安排仅知至 { $last }，所有期限均为暂定，当事人的期限不作逾期处理：请在 calendar/cn 补充年份
cli-doctor-calendar-ends = { $procedures } 个程序；放假安排仅知至 { $last }：请在 calendar/cn 补充下一年
cli-doctor-disk-full = 仅剩 { $mebibytes } MiB：请先腾出空间
cli-doctor-disk-nearly = 剩余 { $mebibytes } MiB
cli-doctor-disk-good = 剩余 { $mebibytes } MiB
cli-doctor-mail-spool = 邮件不发送，只写入 { $path }；要发送请设 `mail.transport = "smtp"`
cli-doctor-mail-good = 可以连接 { $server }
cli-doctor-mail-refuses = { $server } 不接收邮件：{ $reason }
cli-doctor-mail-unreachable = 无法连接 { $server }：请改正 `mail.host` 和 `mail.port`，或者开通网络
cli-simulate-progress = 已完成 { $done } 个机构，共 { $of } 个
cli-keys-accepted = 今后使用 { $path } 中的密钥；此前发出的回执全部失效，草稿和此前案件的提交人身份无法再读取
cli-keys-same = { $path } 中的密钥就是建立这些数据时所用的密钥，没有改动

# 移送文件
cli-transfer-trusted = 今后承认用 { $key } 签署的文件
cli-transfer-revoked = （已撤销）
cli-transfer-taken-over = 案件已导入，本系统编号 { $number }
cli-transfer-known = 此文件此前已导入：案件编号 { $number }
cli-transfer-events = 执行 { $performed } 个事件，{ $known } 个此前已有
cli-transfer-event-refused = `{ $event }` 不能在此发生：{ $why }。该事件及其后的事件均未执行

# 演示数据
cli-demo-people = 演示：正在建立机构和账号
cli-demo-planning = 演示：正在安排案件
cli-demo-playing = 演示：第 { $done } 步，共 { $of } 步
cli-demo-indexing = 演示：正在编制名称索引
cli-demo-made = 演示：案件 { $cases } 件；登录信息（另存于 { $file }）：
cli-demo-found = 演示：已有数据；登录信息见 { $file }
