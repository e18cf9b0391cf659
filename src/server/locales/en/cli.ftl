# What the commands print.

cli-check-done = { $files ->
    [one] { $files } file
   *[other] { $files } files
  }: { $errors ->
    [one] { $errors } error
   *[other] { $errors } errors
  }, { $warnings ->
    [one] { $warnings } warning
   *[other] { $warnings } warnings
  }.
cli-check-explored = { $procedure } version { $version }: { $states } states, { $steps } steps explored
cli-check-bounded = {" "}(not all: the bound was reached)
cli-check-one-followed = {" "}(of several open { $subcases } one was followed)
cli-check-played = { $scenarios ->
    [one] { $scenarios } scenario
   *[other] { $scenarios } scenarios
  } played: { $failed ->
    [one] { $failed } fault
   *[other] { $failed } faults
  }.
cli-check-covered = { $procedure } version { $version }: { $taken } of { $transitions } transitions taken, { $expired } of { $clocks } clocks expired

# Deadlines
cli-deadline-ends = ends at: { $at }
cli-deadline-strict = last day before rolling: { $date }
cli-deadline-provisional = provisional: the holidays of a year that it reaches into are not published, so Monday to Friday were taken for working days
cli-deadline-suspended = no due date: the clock stands still, with { $amount } { $unit } left
cli-deadline-basis = { $period } by { $basis }
cli-deadline-not-in-force = note: { $key } is in force only { $range }
cli-deadline-reads-working = note: { $key } means working days by so few days; calendar days were counted, as asked
cli-weekday-1 = Mon
cli-weekday-2 = Tue
cli-weekday-3 = Wed
cli-weekday-4 = Thu
cli-weekday-5 = Fri
cli-weekday-6 = Sat
cli-weekday-7 = Sun
cli-day-start-day = starting day
cli-day-working-day = working day
cli-day-make-up-working-day = made-up working day
cli-day-assumed-working-day = taken for a working day
cli-day-weekend = weekend
cli-day-statutory-holiday = statutory holiday
cli-day-calendar-day = calendar day
cli-day-hours = hours
cli-day-suspended = suspended
cli-day-rolled-over = moved on
cli-day-resumption-day = day of resumption

# Instruments
cli-law-rules = 日: { $days }; { $roll } ({ $basis })
cli-law-days-calendar = calendar days
cli-law-days-working = working days
cli-law-days-working-at-most = working days up to { $most }, calendar days above
cli-law-days-working-values = working days for { $values }, calendar days otherwise
cli-law-roll-statutory-holiday = a last day on a statutory holiday moves to the day after it
cli-law-roll-rest-day = a last day on a day of rest moves to the next working day
cli-law-roll-none = the last day never moves

# Marks
cli-marks-imported = { $entered ->
    [one] { $entered } mark
   *[other] { $entered } marks
  } entered, { $updated } updated, { $unchanged } as before, { $skipped ->
    [one] { $skipped } fault
   *[other] { $skipped } faults
  } left out.
cli-marks-faults = { $faults ->
    [one] { $faults } fault in the rows, nothing was imported: mend it, or leave the row
   *[other] { $faults } faults in the rows, nothing was imported: mend them, or leave the rows
  } out with --skip-bad
cli-marks-empty = it holds no marks: write one name a line, or rows under a header, or name its form with --format
cli-marks-entering = entering { $marks ->
    [one] { $marks } mark
   *[other] { $marks } marks
  }
cli-marks-none = No registered mark resembles it.
cli-reindexed = The indexes were made anew: { $marks } marks, { $names } names in cases.
cli-marks-wordless = { $marks ->
    [one] { $marks } mark without words, such as a figure or a sound, was
   *[other] { $marks } marks without words, such as figures and sounds, were
  } passed over.

# Accounts
cli-user-added = account { $login } was made
cli-user-reset = { $login } has a new password; all sessions of the account were ended
cli-user-disabled = account { $login } is disabled; all its sessions were ended
cli-user-granted = { $login } has the role
cli-user-enabled = account { $login } can sign in again
cli-user-revoked = { $login } no longer has the role
cli-refused-invalid-login = a sign-in name has 2 to 64 lower-case letters, digits, dots, hyphens or underscores
cli-refused-login-taken = this sign-in name is taken: choose another, or set a new password with `user reset`
cli-refused-last-administrator = this is the only administrator who can sign in: make another one first
cli-refused-invalid-mail = this is no mail address: write it as name@example.cn
cli-refused-unknown-organisation-kind = no procedure knows this kind of organisation: market_regulation, market_station, consumer_association, mediation_body, police, procuratorate or court
cli-refused-invalid-division = the code of a division has six digits (GB/T 2260), for example 420100
cli-refused-password-too-short = the password is too short: see `password.min_length`
cli-refused-password-too-long = the password has more than 1,024 bytes
cli-refused-password-too-uniform = the password needs three of lower case, upper case, digits and signs
cli-refused-password-guessable = the password contains the sign-in name or repeats one character
cli-refused-invalid-organisation-key = the key of an organisation has 2 to 64 lower-case letters, digits or hyphens
cli-refused-organisation-taken = there is an organisation with this key already
cli-refused-unknown-organisation = there is no organisation with this key
cli-refused-invalid-name = a name has 1 to 200 characters
cli-refused-not-utf8 = the line is not UTF-8
cli-refused-internal = the search index or another part failed; if the service is running, stop it and try again

# Verification
cli-verify-chains = chains: { $cases } cases, { $events } events, { $payloads } payloads, { $erased } lawfully erased, { $audit } audit entries
cli-verify-replays = replay: { $cases } cases, { $agreed } events lead to their recorded state
cli-verify-skipped = replay skipped in { $number } from its first erased event on: { $events }
cli-verify-outside = From inside nobody can see that the whole database was replaced by an older or another consistent one, that chains were computed anew throughout, or that the newest audit entries were cut off. Note this head of the audit log down somewhere else and look for it next time: { $head }
cli-verify-sound = Every chain holds, every case stands where its events lead, and numbers, erasures, documents, notices, assignments, links and timers are those that the events made. Documents say what they were sealed with. Not compared: what notices say inside, who filed, parties, and accounts.
cli-verify-altered = Something was altered: see the lines above.

# Backup
cli-backup-done = { $tables } tables, { $rows } rows.
cli-backup-keys = note: who filed lies in the backup sealed; what cases tell of other people, and mails, are plain text: keep it as closed as the database. The keys in { $directory } are not in it, so that nobody reads filers, receipts or drafts with it; keep a copy of them elsewhere, without them the service does not start, all receipts become void and nobody can say who filed
cli-restore-done = { $tables } tables, { $rows } rows restored; the search index was made anew.
cli-restore-keys = note: put the keys of the old installation into { $directory } before you serve; with other keys the service does not start

# Doctor
cli-doctor-directory-missing = { $path } does not exist yet; the first start makes it
cli-doctor-directory-file = { $path } is not a directory: name another with --data-dir
cli-doctor-directory-open = { $path } can be read by others on this machine: chmod 700 { $path }
cli-doctor-directory-good = { $path }, readable by its owner alone
cli-doctor-keys-none = none yet; the first start makes them
cli-doctor-keys-lost = { $path } is missing although there is a database: put it back from your copy; the service does not start without it
cli-doctor-keys-foreign = { $path } holds other keys than those that the database was made with: put the right ones in their place; the service does not start with these
cli-doctor-keys-good = { $path }
cli-doctor-database-none = { $path } does not exist yet; the first start makes it
cli-doctor-database-good = { $engine } answers, keeps what it acknowledges, and takes writes
cli-doctor-database-close = the database did not close cleanly
cli-doctor-migrations-good = { $applied } applied, none pending
cli-doctor-migrations-pending = pending, the next start applies them: { $names }
cli-doctor-intake-good = { $organisation } takes filings in
cli-doctor-intake-none = no organisation takes filings in, so nothing can be filed: `zhengming user add LOGIN --role administrator --organisation KEY --organisation-name NAME` makes one (kind market_regulation, nothing above it)
cli-doctor-cases-kept = personal data of { $cases } cases are kept though they closed more than { $days } days ago: the heads of the handling offices delete them on the pages of the cases
cli-doctor-jobs-good = nothing is stuck
cli-doctor-jobs-mails = nothing is stuck; { $mails } mails were refused by the mail server for good, because of their receiver or text
cli-doctor-jobs-stuck = { $dead } effects and { $parked } timers failed again and again and were given up: mend the cause and start the service anew, which tries them again
cli-doctor-clock-back = the clock says { $now }, but the database has an entry of { $last }: set the clock
cli-doctor-clock-good = { $now }
cli-doctor-workflows-good = { $procedures } procedures; holidays known up to { $last }
cli-doctor-workflows-running = a service started now goes on with the pack of { $since }
cli-doctor-calendar-over = { $procedures } procedures; holidays are known only up to { $last }, so all deadlines are provisional and no right of a party lapses: add the year to calendar/cn
cli-doctor-calendar-ends = { $procedures } procedures; holidays are known only up to { $last }: add the next year to calendar/cn
cli-doctor-disk-full = only { $mebibytes } MiB free: make room before the database stops
cli-doctor-disk-nearly = { $mebibytes } MiB free
cli-doctor-disk-good = { $mebibytes } MiB free
cli-doctor-mail-spool = mails are not sent but written to { $path }; set `mail.transport = "smtp"` to send them
cli-doctor-mail-good = { $server } can be reached
cli-doctor-mail-refuses = { $server } takes no mail: { $reason }
cli-doctor-mail-unreachable = { $server } cannot be reached: correct `mail.host` and `mail.port`, or open the way
cli-simulate-progress = { $done } of { $of } authorities are through
cli-keys-accepted = the keys in { $path } are those of this installation now; every receipt made before is void; drafts, and who filed the cases so far, are unreadable
cli-keys-same = the keys in { $path } are those that the data were made with; nothing was changed

# Transfer files
cli-transfer-trusted = files signed with { $key } count from now on
cli-transfer-revoked = (revoked)
cli-transfer-taken-over = the case is here as { $number }
cli-transfer-known = this file was taken in before: the case is here as { $number }
cli-transfer-events = { $performed } events performed, { $known } known before
cli-transfer-event-refused = `{ $event }` cannot happen here: { $why }. It and what follows it were not performed

# The demo
cli-demo-people = demo: organisations and accounts
cli-demo-planning = demo: cases are planned
cli-demo-playing = demo: step { $done } of { $of }
cli-demo-indexing = demo: names are indexed
cli-demo-made = demo: { $cases } cases; logins, also in { $file }:
cli-demo-found = demo: found; logins in { $file }
