# Publishing of procedures
portal-nav-workflows = Procedures
portal-workflows-title = Procedures
portal-workflows-lead = A case is handled by the version that is in force on the day of its filing. A later version changes no case that is there.
portal-workflows-running = What runs
portal-workflows-pack = Pack
portal-workflows-since = Since
portal-workflows-way = How it is replaced
portal-workflows-built-in = It is built into the program; set workflows_dir to replace it
portal-workflows-two-persons = One person proposes, another publishes
portal-workflows-signal = The signal SIGHUP lets the pack in the folder run; or one person proposes and another publishes
portal-workflows-versions = Versions of the procedures
portal-workflows-procedure = Procedure
portal-workflows-version = Version
portal-workflows-filed = For filings
portal-workflows-today = Today
portal-workflows-from = from { $date }
portal-workflows-to = up to { $date }
portal-workflows-always = of any day
portal-workflows-current = in force
portal-workflows-ended = no longer in force (still governs what was filed before)
portal-workflows-not-yet = not yet in force
portal-workflows-rejected = The pack in the folder has errors
portal-workflows-rejected-note = Looked at { $time }. The pack that ran goes on.
portal-workflows-proposals = Waiting to be published
portal-workflows-no-proposals = Nothing is proposed.
portal-workflows-by-signal = by a signal
portal-workflows-no-change = It says the same as the pack that runs.
portal-workflows-unreadable = The proposed pack cannot be read, so it cannot be published.
portal-workflows-lines = { $added } lines added, { $removed } removed
portal-workflows-mine = You proposed it, so somebody else has to publish it.
portal-workflows-publish = Publish
portal-workflows-publish-note = Go through the changes first. It runs at once, and new filings are handled by it.
portal-workflows-published = Published. The new pack runs now.
portal-workflows-proposed = Proposed. It runs once another person publishes it.
portal-workflows-propose = Propose the pack in the folder
portal-workflows-propose-button = Check and propose
portal-workflows-note = What changes, and why
portal-workflows-note-hint = At most 500 characters. The files in the folder are checked first; the proposal does not follow the folder after that.

# The audit trail
portal-nav-audit = Audit trail
portal-audit-title = Audit trail
portal-audit-by-case = Number of a case
portal-audit-lead = Sign-ins, roles given, identities shown, personal data erased and the like, the newest first. Entries are only ever added; whoever reads this page leaves one as well.
portal-audit-none = No entries.
portal-audit-what = What
portal-audit-object = To what
portal-audit-who = Who
portal-audit-at = When
portal-audit-outcome = Outcome
portal-audit-allowed = done
portal-audit-denied = refused
portal-audit-failed = failed
portal-audit-nobody = the service, its command line, or nobody signed in
portal-audit-role-granted = Role given: { $name }
portal-audit-role-revoked = Role taken back: { $name }
portal-audit-of-account = Account …{ $name }
portal-audit-of-audit = Audit trail
portal-audit-of-case = Case …{ $name }
portal-audit-of-keys = Keys of the installation …{ $name }
portal-audit-of-mark = Mark …{ $name }
portal-audit-of-organisation = Organisation …{ $name }
portal-audit-of-pack = Pack …{ $name }
portal-audit-of-peer-key = Key of another office …{ $name }
portal-audit-of-register = Register of marks
portal-audit-of-session = Session …{ $name }
portal-audit-of-workflows = Procedures
portal-audit-account-administer = Accounts managed
portal-audit-account-create = Account made
portal-audit-account-disable = Account disabled
portal-audit-account-enable = Account enabled
portal-audit-account-reset = Password reset
portal-audit-account-password = Own password changed
portal-audit-audit-read = Audit trail read
portal-audit-case-event = Step of a case
portal-audit-case-message = Message sent
portal-audit-case-read = Case read
portal-audit-identity-disclose = Filer's identity shown
portal-audit-keys-accept = Keys of the installation accepted
portal-audit-notice-told = Telling or service recorded
portal-audit-organisation-create = Organisation made
portal-audit-person-erase = Personal data erased
portal-audit-register-import = Marks imported
portal-audit-register-keep = Mark entered
portal-audit-session-close = Signed out
portal-audit-session-open = Signed in
portal-audit-transfer-events = What another office did was read
portal-audit-transfer-revoke = Key of another office revoked
portal-audit-transfer-take-over = Case taken over from another office
portal-audit-transfer-trust = Key of another office trusted
portal-audit-transfer-write = Transfer file written
portal-audit-workflows-propose = Pack proposed
portal-audit-workflows-publish = Pack published

# How deadlines are counted
portal-law-title = How deadlines are counted
portal-law-lead = Deadlines here are counted by these rules and by the holiday notices of the State Council. Anybody can count them again.
portal-law-year = Working days of { $year }
portal-law-unpublished = The holidays of this year are not published yet: Monday to Friday are taken for working days until they are.
portal-law-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
portal-law-weekday-1 = Mo
portal-law-weekday-2 = Tu
portal-law-weekday-3 = We
portal-law-weekday-4 = Th
portal-law-weekday-5 = Fr
portal-law-weekday-6 = Sa
portal-law-weekday-7 = Su
portal-law-holiday = off
portal-law-made-up = work
portal-law-instruments = Laws, regulations, rules and judicial interpretations
portal-law-instrument = Title
portal-law-in-force = In force
portal-law-means = What 日 (day) means
portal-law-roll = Last day
portal-law-days-calendar = calendar days
portal-law-days-working = working days
portal-law-days-at-most = working days up to { $most }, calendar days above
portal-law-days-values = working days for { $what }, calendar days otherwise
portal-law-roll-statutory-holiday = a last day on a statutory holiday moves to the day after it
portal-law-roll-rest-day = a last day on a day of rest moves to the next working day
portal-law-roll-none = the last day never moves
