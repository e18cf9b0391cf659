# 操作未能完成的原因：门户网站与接口共用。键为 "error-" 加上小写、以连字符分隔的代码。

# 通用
error-not-found = 没有找到，或者您无权查看。
error-unauthenticated = 请先登录。
error-forbidden = 您没有权限进行这项操作。
error-rate-limited = 操作过于频繁，请在 { $seconds } 秒后再试。
error-busy = 系统正忙，请稍后再试。
error-no-intake-organisation = 目前还不能提交：尚未设置接收投诉、举报的机关。没有保存任何内容。
error-search-unavailable = 目前无法检索近似商标：检索服务器没有响应。提交和办理不受影响，请稍后再试。
error-internal = 系统出现故障，没有保存任何内容。
error-bad-user-input = 请求中的内容无法使用。

# 办理程序
error-event-not-available = 案件目前所处的阶段不能进行这项操作。
error-role-required = 您在本案中的身份不能进行这项操作。
error-excluded = 您应当回避本案。
error-requirement-not-met = 办理程序规定的条件尚未满足。
error-separation-of-duties = 您在本案中担任过的角色与此角色不得由同一人担任。
error-two-officers-needed = 此项须由不少于两名承办人员办理，请先增加承办人员。
error-superior-needed = 此项只能由上级机关办理。
error-document-needed = 须先制作的文书尚未制作。
error-no-branch = 根据本案现有情况，这项操作无法进行。
error-missing-field = 请填写此项。
error-invalid-field = 填写的内容不符合要求。
error-unknown-field = 此项不在需要填写的范围内。
error-mode-not-allowed = 这类事项不能以这种方式提出。
error-clock-not-running = 该期限已届满或者不再计算，不能延长。
error-extension-exhausted = 该期限不能再次延长。
error-definition-mismatch = 案件与其办理程序不一致，请联系管理员。
error-state-not-migratable = 该状态在程序的另一版本中没有对应。
error-clock-not-migratable = 该期限在程序的另一版本中没有对应。
error-stale-version = 案件已有变动，现为第 { $current } 版。请查看最新情况后再操作。
error-idempotency-conflict = 这个幂等键已用于另一项请求。

# 填写的内容
error-invalid-idempotency-key = 幂等键应为 16 至 128 个可见的 ASCII 字符，不含空格。
error-unknown-procedure = 没有这项办理程序，或者它现在不能使用。
error-invalid-name = 名称应为 1 至 200 个字符。
error-name-unsearchable = 名称须含有文字、字母或者数字：只有符号的名称无法按名称检索。
error-invalid-threshold = 相似度下限应在 0.3 至 1 之间。
error-mark-or-name = 请给出登记的商标或者名称，二者只给其一。
error-too-many-watches = 每个账号最多监测 200 个名称，请先取消不再需要的。
error-unknown-offence = 没有该罪名，可用：counterfeit_goods、counterfeit_services、sale、labels。
error-sum-out-of-range = 金额应在 0 至一百亿元之间。
error-invalid-group = 类似群应为四位数字，前两位为类别（01 至 45）。
error-invalid-goods = 商品和服务应为 1 至 45 的类别或者四位数字的类似群。
error-invalid-fame = 知名度应为 0 至 100。
error-invalid-class = 商品和服务类别应为 1 至 45。
error-too-long = 内容过长或条目过多。
error-purpose-of-another-case = 此类案件没有调解，不能以调解为由查看。请按实际用途选择。
error-unknown-purpose = 使用目的不在规定的范围内。
error-not-owed = 该项不属于应当告知的事项。
error-way-not-open = 不能采用该方式告知，或者受送达人未同意该方式。
error-day-not-possible = 日期应当在制作之日至今天之间。
error-way-missing = 请选择告知、送达方式。
error-password-wrong = 现在的密码不正确。
error-password-too-short = 密码太短。
error-password-too-long = 密码太长。
error-password-too-uniform = 密码须含小写字母、大写字母、数字、其他字符中的三种。
error-password-guessable = 密码容易猜到：不能包含用户名，也不能只有一个字符反复出现。
error-password-unchanged = 新密码不能与现在的密码相同。
error-password-not-repeated = 两次输入的新密码不一致。
error-bad-reference = 回执或者记录编号最多40个字母、数字或者连字符。
error-erasure-reason = 请选择删除原因。
error-case-still-open = 案件办结后才能删除个人信息。
error-fields-not-an-object = 填写的内容应为 JSON 对象。
error-page-size = 数量应为 1 至 100：用 first（可加 after）；能从末尾读取的列表也可以改用 last（可加 before）。
error-page-backwards = 按期限排列时不能从末尾读取。
error-cursor = 分页位置无效。
error-too-many-ids = 一次最多查询 100 个编号。

# 程序包
error-already-published = 该提议已经发布。
error-already-running = 目录中的程序包就是正在运行的版本，无需提议。
error-defective-workflows = 程序包有错误，或者与现有案件不再相符；问题逐项列出。
error-note-missing = 请说明改动内容和理由。
error-no-workflows-dir = 服务运行内置的程序包：未设置 workflows_dir。
error-same-person = 提议人不得自行发布。

value-wrong-type = 内容的类型不正确。
value-too-long = 最多填写 { $max } 个字。
value-out-of-range = 应在 { $min } 至 { $max } 之间。
value-not-an-option = 请在给出的选项中选择。
value-future = 日期不能晚于今天。
value-over = 日期不能早于今天。
value-office-own = 须为本机关。
value-office-below = 须为本机关的下级机关。
value-office-own-or-below = 须为本机关或者其下级机关。
value-office-other = 须为本机关以外的机关。
value-office-provincial = 须为省级以上的组织。
named-excluded = 此处指定的人员应当回避本案。
named-separation-of-duties = 此处指定的人员在本案中担任过的角色与此角色不得由同一人担任。
value-not-later = 日期应当晚于今天：有期限以该日为届满日。
value-not-drawn = 与种子计算的结果不一致；此项由系统计算，请勿填写。
value-malformed = 格式不正确。

# 移送文件
error-transfer-truncated = 文件不完整：签名缺失或者残缺。请对方重新发送。
error-transfer-file-missing = 请选择收到的文件，或者粘贴其全部文本。
error-transfer-unreadable = 这不是本系统的移送文件。
error-transfer-algorithm = 文件不是用 Ed25519 签名的。
error-transfer-altered = 签名与文件不符：文件被改动，或者在传输中损坏。请对方重新发送。
error-transfer-no-such-key = 本机关没有信任此指纹的密钥。可用 `transfer keys` 列出已信任的密钥。
error-transfer-unknown-key = 本机关尚未信任签署此文件的密钥。请系统管理员通过其他途径与发送方核对指纹后予以信任（命令 transfer trust）。
error-transfer-revoked-key = 此密钥已被撤销，不再有效。请发送方用新密钥签署。
error-transfer-own-key = 这是本系统内机关自己的密钥。
error-transfer-too-new = 文件由更新版本的程序生成。请先升级本系统。
error-transfer-for-another = 此文件是发给其他机关的。
error-transfer-unknown-procedure = 本系统没有案件所适用的程序版本。请先在此发布同一程序包。
error-transfer-unknown-case = 此文件所涉案件不在本系统。请先导入移送案件的文件。
error-transfer-replayed = 此案件已由另一文件导入。之后的进展请用事件文件发送。
error-transfer-item-missing = 随文件移送的材料缺失。请将其按发送方给定的名称放在同一目录。
error-transfer-item-altered = 随文件移送的材料与发送时不一致：哈希值不同。请对方重新发送。
error-transfer-not-a-party = 签署机关与本系统内的此案件无关。
error-transfer-no-key = 本系统没有受移送机关的可信密钥。请系统管理员先取得其公钥（对方的命令 transfer key），核对后予以信任（命令 transfer trust）。
error-transfer-case-is-here = 案件就在签署机关（本机关），尚未移送。请先在程序中办理移送。
error-transfer-case-closed = 案件已办结，没有可以继续办理的事项。
error-transfer-nothing-new = 没有对方尚不知道的新进展。
error-invalid-public-key = 这不是 `transfer key` 输出的机关公钥。
error-unknown-organisation = 没有使用此代号的机构。
error-no-such-act = 案件在当前阶段没有这一步骤，或者不由您办理。可以办理的事项见 `availableEvents`。
error-which-event = 案件在当前阶段有几种办理方式。请用 `event` 指明 `availableEvents` 中的一种。
