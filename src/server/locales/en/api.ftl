# Fixed names of the API: entries and roles in the history of a case that belong to no procedure.

api-event-opened = Filed
api-event-clock-warned = Reminder of a time limit
api-event-clock-expired = Time limit passed
api-event-clocks-recomputed = Time limits computed again after a change of the law or its calendar
api-role-clock = Clock of the service
api-role-filer = Filer
api-role-unknown = Unknown role
api-competence-several = { " " }({ $reason }: { $law })
api-competence-not-given = The place was not given.
api-competence-too-rough = Only the city or province of the place is known, not the district.
api-competence-elsewhere = This installation has no office there.

# Mails about watched names.
api-alerts-subject = { $count ->
    [one] 1 new alert for the names you watch
   *[other] { $count } new alerts for the names you watch
}
api-alerts-lead = Hello: names that resemble those you watch were found.
api-alerts-line = - “{ $name }”: { $count }
api-alerts-where = Sign in to see them: { $url } . Likeness is a search result, not a finding of infringement. If you need no more alerts, end the watch on the same page.
