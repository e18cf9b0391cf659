# 门户网站：所有页面共用的文字、公众使用的页面。

portal-name = 正名
portal-tagline = 品牌侵权投诉举报
portal-nav = 主导航
portal-nav-follow = 查询进度
portal-nav-marks = 近似商标
portal-nav-cases = 工作台
portal-nav-own-cases = 我的案件
portal-nav-sign-in = 登录
portal-nav-privacy = 个人信息保护
portal-skip = 跳到正文
portal-demo = 演示系统：所有人员、案件和商标均为虚构，请勿填写真实个人信息。
portal-foot = 正名：品牌侵权投诉、举报与调解。标有“未核实”的内容，其依据尚未与公布的法律文本核对，以公布的文本为准。
portal-signed-in-as = 已登录：
portal-sign-out = 退出登录
portal-error-prefix = 错误：
portal-summary = 有内容需要更正
portal-back = 返回
portal-continue = 继续
portal-cancel = 取消
portal-change = 修改
portal-optional = （选填）
portal-not-provided = 未填写
portal-yes = 是
portal-no = 否
portal-to-start = 回到首页

# 日期、期限、法律依据
portal-date = { $year }年{ $month }月{ $day }日
portal-date-of-week = { $date }（{ $weekday }）
portal-weekday-1 = 周一
portal-weekday-2 = 周二
portal-weekday-3 = 周三
portal-weekday-4 = 周四
portal-weekday-5 = 周五
portal-weekday-6 = 周六
portal-weekday-7 = 周日
portal-moment = { $date } { $time }
portal-left-working-days = { $count ->
    [0] 最后一天
   *[other] 还剩 { $count } 个工作日
}
portal-left-days = { $count ->
    [0] 最后一天
   *[other] 还剩 { $count } 天
}
portal-left-hours = { $count ->
    [0] 不到 1 小时
   *[other] 还剩 { $count } 小时
}
portal-overdue-hours = 已逾期 { $count } 小时
portal-overdue = 已逾期 { $count } 天
portal-law = 《{ $title }》{ $place }
portal-clock-suspended = 期限中止
portal-clock-met = 期限内已结束
portal-clock-over = 期限届满前已结束
portal-clock-met-late = 超过期限后结束
portal-clock-cancelled = 不再适用
portal-clock-expired = 期限已届满
portal-due-by = 截止日期：
portal-waits-until = 等待期，不早于该日届满：
portal-promise = 服务承诺，不是法定期限
portal-provisional = 暂定：该年放假安排尚未公布
portal-provisional-right = 暂定：该年放假安排尚未公布，公布前本系统不作逾期处理
portal-count = 这一期限怎样计算
portal-count-days = 日期
portal-count-reason = 说明
portal-count-counted = 计入
portal-count-run = { $from }至{ $to }
portal-count-one = 第 { $count } 天
portal-count-many = 第 { $from } 至 { $to } 天
portal-count-not = 不计入
portal-count-start-day = 起算当日
portal-count-working-day = 工作日
portal-count-make-up-working-day = 调休上班日
portal-count-assumed-working-day = 放假安排尚未公布，暂按工作日
portal-count-weekend = 周末
portal-count-statutory-holiday = 法定节假日
portal-count-calendar-day = 自然日
portal-count-hours = 按小时计算
portal-count-suspended = 期限中止
portal-count-rolled-over = 依法顺延
portal-count-resumption-day = 恢复计算，当日届满
portal-no-periods = 目前没有期限。
portal-chart-summary = 时间轴：{ $count } 个期限和办理事项
portal-chart-events = 办理事项
portal-chart-now = 现在

# 首页
portal-start-title = 发现冒牌，在这里投诉举报
portal-start-lead = 买到假冒、仿冒品牌的商品，或者发现“傍名牌”的违法线索，可以在线提交，并随时查询办理进度。
portal-start-consumers = 消费者和知情人
portal-start-right-holders = 权利人
portal-start-disputants = 化解纠纷
portal-start-businesses = 经营者
portal-start-offices = 办案机关
portal-start-more = 查询
portal-start-none = 目前没有可以提交的事项：尚未设置受理部门。
portal-start-follow = 用编号和回执查询办理进度、收到的文书，或者撤回、答复。
portal-start-marks = 输入名称，看它与哪些注册商标近似。
portal-start-published = 抽查摇号、行政处罚、失信名单等依法公开的文书，任何人可以查阅。
portal-start-need = 请准备
portal-start-need-goods = 商品上使用的名称和被仿冒的品牌
portal-start-need-trader = 经营者的名称、地址或者网店链接
portal-start-need-proof = 小票、订单、照片等依据的说明
portal-start-time = 不需要注册或者登录，大约需要 10 分钟。可以中途离开，已填写的内容会保存在草稿中。
portal-start-other = 其他途径
portal-start-other-text = 也可以拨打 12315 热线，或者到市场监督管理部门的受理窗口提出。

# 开始填写
portal-begin-on-behalf = 您是代他人登记：表单中的“您”指投诉、举报、申请的人。完成后请把编号和回执交给该人。
portal-begin = 开始填写
portal-begin-steps = 需要填写的内容
portal-begin-draft = 草稿在本浏览器中保留 { $days } 天；请勿在公用电脑上留下草稿。
portal-begin-resume = 您有一份没有提交的草稿。
portal-begin-resume-link = 查看已填写的内容
portal-begin-discard = 删除草稿
portal-mode = 提交方式
portal-mode-missing = 请选择提交方式
portal-mode-named = 实名
portal-mode-named-hint = 承办单位可以看到您的身份，并将结果告知您。
portal-mode-confidential = 实名并保密
portal-mode-confidential-hint = 身份信息单独保管，工作人员须说明用途方可查看，每次查看都有记录。
portal-mode-anonymous = 匿名
portal-mode-anonymous-hint = 不询问您的身份，请不要在内容和材料中写出自己是谁。无法另行通知您，结果只能用回执查询；回执遗失后无法找回。

# 表单
portal-form-choose = 请选择
portal-office-deserted = { $name }（尚无账号）
portal-form-no-choices = 目前没有可选的对象。
portal-form-year = 年
portal-form-month = 月
portal-form-day = 日
portal-form-yuan = 元
portal-form-limit = 最多 { $max } 个字。
portal-problem-enter = 请填写“{ $label }”
portal-problem-select = 请选择“{ $label }”
portal-problem-too-long = “{ $label }”最多 { $max } 个字
portal-problem-range = “{ $label }”应当在 { $min } 到 { $max } 之间
portal-problem-money = “{ $label }”应当是金额，例如 128.50
portal-problem-number = “{ $label }”应当是整数
portal-problem-future = “{ $label }”不能晚于今天
portal-problem-over = “{ $label }”不能早于今天
portal-problem-not-later = “{ $label }”应当晚于今天：有期限以该日为届满日
portal-problem-named = “{ $label }”：{ $why }
portal-problem-date = “{ $label }”应当是真实的日期，例如 2026 年 4 月 15 日
portal-problem-phone = “{ $label }”应当是电话号码，例如 13800000000
portal-problem-mail = “{ $label }”应当是邮箱地址，例如 name@example.com
portal-problem-malformed = “{ $label }”中有不能使用的字符
portal-problem-event-not-available = 案件目前的状态下不能进行这一操作
portal-problem-role-required = 您在本案中没有进行这一操作的角色
portal-problem-excluded = 您已回避本案
portal-problem-requirement-not-met = 条件尚未满足
portal-problem-separation-of-duties = 您在本案中担任过的角色与此角色不得由同一人担任
portal-problem-two-officers-needed = 此项须由不少于两名承办人员办理，请先增加承办人员
portal-problem-superior-needed = 此项只能由上级机关办理
portal-problem-document-needed = 须先制作的文书尚未制作
portal-problem-no-branch = 按照填写的内容，这一操作不适用
portal-problem-missing-field = 有必填内容没有填写
portal-problem-invalid-field = 有内容不符合要求
portal-problem-unknown-field = 有不属于本表单的内容
portal-problem-mode-not-allowed = 不能以这种方式提交
portal-problem-clock-not-running = 相关期限已届满或者不再计算，不能延长
portal-problem-extension-exhausted = 期限不能再次延长
portal-problem-definition-mismatch = 案件与办理流程不一致，请联系管理员

# 近似商标
portal-likeness-compare = 查看近似商标
portal-likeness-title = 与您填写的名称近似的注册商标
portal-likeness-note = 仅供参考，不是侵权认定：是否容易混淆还要看商品、知名度等情况。
portal-marks-title = 查找近似商标
portal-marks-lead = 输入一个名称，从字形、读音、拼写和构成上与登记的商标比较。
portal-marks-name = 名称
portal-marks-hint = 例如“康帅傅”。
portal-marks-search = 查找
portal-marks-results = 与“{ $name }”近似的商标
portal-marks-missing = 请填写名称
portal-marks-too-long = 名称最多 200 个字
portal-mark-number = 注册号
portal-no-similar = 没有找到近似的商标。
portal-no-similar-note = 只与本系统登记的商标作了比较；没有找到，不表示该名称可以使用，也不影响投诉、举报。
portal-band-identical = 相同
portal-band-high = 高度近似
portal-band-medium = 近似
portal-band-low = 略有相似
portal-band-none = 不相似
portal-reason-identical = 名称相同
portal-reason-alias = 同一品牌的另一名称（{ $detail }）
portal-reason-same-pinyin = 读音相同
portal-reason-fuzzy-pinyin = 读音易混（{ $detail }）
portal-reason-pinyin-of = 一个是另一个的拼音
portal-reason-contains-mark = 包含该商标全部文字
portal-reason-contained-in-mark = 全部文字包含在该商标中
portal-reason-reordered = 文字相同，顺序不同
portal-reason-doubled = 仅有重复的字或者字母不同
portal-reason-look-alike = 字形相近（{ $detail }）
portal-reason-component-added = 仅增减部件（{ $detail }）
portal-reason-parted = 把“{ $detail }”拆写成两个字
portal-reason-generic-tail = 其余为通用文字（{ $detail }）
portal-reason-transliteration = 音译对应
portal-reason-look-alike-letters = 用形近的字母替换（{ $detail }）
portal-reason-skeleton = 辅音相同或者相近
portal-reason-edit-distance = 相差 { $detail } 个字符
portal-compare-title = 两个名称对照
portal-compare-lead = 计算机能看出的异同：字形、读音和共同部分。是否容易混淆，由人结合商品、商标知名度和相关公众的注意程度认定。查找商标时还考虑名称在商标库中是否常见，两处的分值可能不同。
portal-compare-name = 发现的名称
portal-compare-mark = 商标
portal-compare-go = 对照
portal-compare-link = 与该名称对照
portal-compare-aligned = 逐段对照
portal-compare-reasons = 异同
portal-compare-missing = 请填写两个名称。
portal-compare-nothing = 其中一个名称没有可比较的内容。
portal-compare-same = 相同
portal-compare-written-otherwise = 写法不同，视为相同
portal-compare-folded = 比较时写作：{ $name }（不分大小写、全半角、简繁体，不计标点）
portal-compare-extra = 仅一方有
portal-compare-not-compared = 未比较
portal-mark-goods = 商品/服务
portal-mark-fame = 知名度（0—100）
portal-compare-goods = 商品和服务（选填）
portal-compare-goods-hint = 尼斯分类的类别（1—45）和《类似商品和服务区分表》的类似群（四位数字），如 25、2501。
portal-compare-goods-wrong = 商品和服务请填写 1 至 45 的类别或者四位数字的类似群，如 25、2501。
portal-aspect-goods = 商品/服务
portal-goods-same-group = 同属类似群 { $detail }：一般认定为类似
portal-goods-same-class = 同属第 { $detail } 类，类似群不同或者未填：是否类似，按功能、用途、销售渠道和消费对象认定
portal-goods-apart = 类别不同：一般不类似，个案可以例外
portal-goods-unknown = 未填，无法比较
portal-aspect-form = 形
portal-aspect-sound = 音
portal-aspect-meaning = 义
portal-aspect-whole = 整体

# 核对与提交
portal-check-title = 核对后提交
portal-declare-title = 提交之前
portal-declare = 提交即表示您确认以上内容真实。故意提供虚假材料的，须承担法律责任。
portal-declare-anonymous = 匿名提交后，只有回执能够查询进度。请在下一页保存回执。
portal-send = 提交

# 回执
portal-done-title = 已提交
portal-number = 编号
portal-receipt = 回执
portal-receipt-hint = 提交后显示的 20 位字母和数字，分隔符可以不填。
portal-receipt-warning = 请现在保存编号和回执。回执只在本页显示，遗失后无法找回。
portal-receipt-keep = 可以抄写、截图或者打印本页。查询进度、补充材料、答复，以及投诉和请求的撤回，都需要编号和回执；请不要告诉他人。
portal-receipt-hand-over = 请当面、电话或者以书面把编号和回执告知委托登记的人，不要自己留存：凭这两项可以查询、补充材料、答复和撤回。
portal-receipt-handed-over = 已告知，打开案件
portal-receipt-saved = 我已保存，去查询进度
portal-next-title = 接下来
portal-next-text = 正在计算的期限：

# 查询进度
portal-follow-title = 查询进度
portal-follow-lead = 请填写提交后得到的编号和回执。
portal-follow-again = 本次查询已关闭，刚才填写的内容没有提交，仍然保留。请重新输入编号和回执，接着填写。
portal-follow-open = 查询
portal-follow-missing = 请填写编号和回执
portal-follow-wrong = 编号与回执不符，请核对后重新填写
portal-follow-close = 关闭查询
portal-follow-lives = 本次查询在 { $minutes } 分钟后自动关闭。使用公用电脑时，请在离开前关闭。
portal-followed-title = 办理进度
portal-followed-office = 办理单位：{ $name }
portal-followed-turn = 现在由{ $name }办理
portal-followed-feedback = 办得怎么样？
portal-followed-feedback-link = 反馈办理结果
portal-state-now = 目前状态：
portal-your-steps = 您可以进行的操作

# 登录
portal-sign-in-title = 登录
portal-sign-in-lead = 供市场监管、公安、检察、法院工作人员，调解人员、平台经营者，以及持有账号的其他人使用。忘记密码的，请由管理员重设。
portal-sign-in-again = 登录已过期，刚才填写的内容没有提交，仍然保留。请重新登录，接着填写。
portal-sign-in-public = 提交投诉、举报和查询进度都不需要登录：
portal-login = 用户名
portal-password = 密码
portal-sign-in-missing = 请填写用户名和密码
portal-sign-in-wrong = 用户名或者密码不正确
portal-sign-in-busy = 目前登录的人较多，请稍后再试
portal-sign-in-plain = 只能通过加密连接（https）登录

# 个人信息保护
portal-privacy-title = 个人信息保护
portal-privacy-lead = 只收集办理所必需的信息，只给办理所必需的人看。
portal-privacy-who-title = 谁能看到
portal-privacy-who = 您的身份信息与案件分开保管。举报人的身份不会告知被举报人。工作人员查看身份信息须说明用途，每次查看都有记录。
portal-privacy-keep-title = 保存多久
portal-privacy-drafts = 没有提交的草稿在最后一次修改 { $days } 天后删除。
portal-privacy-cases = { $days ->
    [1095] 案件中的个人信息在办结三年（1095 天）后由承办单位负责人删除。
   *[other] 案件中的个人信息在办结 { $days } 天后由承办单位负责人删除。
}
portal-privacy-cookies-title = 浏览器中保存的内容
portal-privacy-cookies = 本网站只保存草稿、查询、登录和语言所必需的 Cookie，不使用第三方内容，不跟踪访问者。
portal-privacy-rights-title = 您的权利
portal-privacy-rights = 您可以查询、更正自己的信息，案件办结后可以要求删除。请向承办单位提出。

# 出错
portal-fault-not-found-title = 没有找到页面
portal-fault-not-found = 地址可能有误，或者您无权查看。案件可能已有新的进展，这一步不能再办：请返回案件页面查看。用回执打开的查询可能已经自动关闭：请到“查询进度”重新填写编号和回执。
portal-fault-forbidden-title = 无权进行
portal-fault-forbidden = 您没有进行这一操作的权限。
portal-fault-foreign-title = 没有提交
portal-fault-foreign = 这份表单不是从本网站的页面提交的，或者页面已经过期。没有保存任何内容；请回到本网站的页面重新提交。
portal-fault-closed-title = 本次查询已关闭
portal-fault-closed = 请重新输入编号和回执。
portal-resume-title = 没有提交，内容已保留
portal-resume-lead = 您填写期间，登录或者查询已过期。填写的内容都还在；请接着填写，看过之后再提交。
portal-resume-go-on = 接着填写
portal-account-title = 我的账号
portal-account-name = 姓名
portal-account-roles = 单位和角色
portal-account-kind = 账号类型
portal-account-personal = 个人账号：可以提交事项，查看用本账号提交的案件。为单位办理案件的，请单位的管理员授予角色。
portal-account-password = 修改密码
portal-account-password-note = 修改后，这个账号在其他设备上的登录全部失效。
portal-account-present = 现在的密码
portal-account-new = 新密码
portal-account-new-hint = 至少 { $min } 个字符，不能包含用户名。
portal-account-again = 再次输入新密码
portal-account-change = 修改密码
portal-account-done = 密码已修改，其他设备上的登录已失效。
portal-fault-too-large-title = 内容太多
portal-fault-too-large = 没有提交：内容超过了允许的大小。请返回，缩短内容或者分几次提交。
portal-fault-malformed-title = 没有提交
portal-fault-malformed = 无法读取提交的内容。请返回后重试。
portal-fault-not-set-up-title = 尚未开通受理
portal-fault-not-set-up = 尚未设置接收投诉、举报的机关。已填写的草稿仍然保留，请稍后再试。
portal-fault-rate-limited-title = 操作过于频繁
portal-fault-rate-limited = 这次没有提交。请在 { $count } 秒后再试；之前保存的草稿仍然保留。
portal-fault-internal-title = 系统出错
portal-fault-internal = 系统暂时无法处理，没有保存任何更改。请稍后再试。

# 案件中的名称、监测
portal-reports-title = 查找含有近似名称的案件
portal-reports-lead = 输入商标或者名称，查找您有权查看的案件中与之近似的标识、经营者、店铺、网址和举报内容提到的名称。
portal-reports-results = 含有与“{ $name }”近似名称的案件
portal-reports-count = 共 { $count } 件
portal-reports-none = 您有权查看的案件中没有近似的名称。
portal-name-use-mark = 被仿冒的品牌
portal-name-use-sign = 商品上的标识
portal-name-use-trader = 经营者
portal-name-use-shop = 店铺
portal-name-use-web-address = 网址
portal-name-use-text = 内容中提到
portal-name-use-register = 新登记的商标
portal-series = 可能的串案
portal-series-none = 没有发现标识近似或者经营者、店铺相同的其他案件。
portal-series-note = 这些案件的标识与本案高度近似，或者经营者、店铺名称相同；是否属于同一侵权人由办案人员认定。
portal-watches-title = 监测和提醒
portal-watches-lead = 监测一个名称后，有新登记的商标或者您有权查看的新案件与之近似时，会在这里提醒。账号填有邮箱的，有新提醒时会发邮件告知（每天最多一封，不写具体内容）。
portal-watches-mine = 我监测的名称
portal-watches-none = 您还没有监测任何名称。
portal-watch-new = 增加监测
portal-watch-threshold = 提醒的最低相似程度
portal-watch-medium = 可能混淆（60% 以上）
portal-watch-high = 容易混淆（80% 以上）
portal-watch-low = 有所近似（45% 以上）
portal-watch-begin = 开始监测
portal-watch-cancel = 取消监测
portal-watch-cancel-name = 取消监测“{ $name }”
portal-watch-begun = 已开始监测，名称见“我监测的名称”。有新的近似名称时，会在本页提醒。
portal-watch-ended = 已取消监测，不再提醒。
portal-watch-since = { $date }起
portal-alerts = 提醒
portal-alerts-none = 还没有提醒。
portal-alert-watched = 与监测的“{ $name }”近似

## 公示
portal-published-title = 公示信息
portal-published-lead = 依法向社会公开的文书。企业的公示信息同时见国家企业信用信息公示系统，以其为准。
portal-published-kinds = 文书种类
portal-published-all = 全部
portal-published-none = 目前没有公示的文书。
portal-published-document = 文书
portal-published-by = 制作机关
portal-published-at = 公示日期
portal-published-on = 公示日期：{ $day }
portal-published-back = 返回公示信息
