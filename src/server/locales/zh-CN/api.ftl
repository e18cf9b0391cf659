# 接口中的固定名称：案件记录里不属于任何办理程序的事项和身份。

api-event-opened = 登记
api-event-clock-warned = 期限临近提醒
api-event-clock-expired = 期限届满
api-event-clocks-recomputed = 期限重新计算（法律或者工作日安排有变动）
api-role-clock = 系统计时
api-role-filer = 提出人
api-role-unknown = 未知身份
api-competence-several = （{ $reason }：{ $law }）
api-competence-not-given = 没有填写所在地。
api-competence-too-rough = 只知道所在省市，不知道区县。
api-competence-elsewhere = 本系统没有当地的部门。

# 监测名称的邮件提醒。
api-alerts-subject = 您监测的名称有 { $count } 条新提醒
api-alerts-lead = 您好：发现了与您监测的名称近似的名称。
api-alerts-line = · “{ $name }”：{ $count } 条
api-alerts-where = 具体内容请登录查看：{ $url }。近似只是检索结果，不是侵权认定。不再需要提醒的，可在同一页面取消监测。
