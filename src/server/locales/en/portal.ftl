# Portal: texts of all pages, and the pages for the public.

portal-name = Zhengming
portal-tagline = Brand complaints and reports
portal-nav = Main navigation
portal-nav-follow = Follow a case
portal-nav-marks = Similar marks
portal-nav-cases = Work list
portal-nav-own-cases = My cases
portal-nav-sign-in = Sign in
portal-nav-privacy = Personal data
portal-skip = Skip to content
portal-demo = Demonstration: all people, cases and marks are invented. Do not enter real personal data.
portal-foot = Zhengming: complaints, reports and mediation about imitated brands. What is marked as unverified or not checked has not been compared with the published text of the law, which decides.
portal-signed-in-as = Signed in:
portal-sign-out = Sign out
portal-error-prefix = { "Error: " }
portal-summary = There is a problem
portal-back = Back
portal-continue = Continue
portal-cancel = Cancel
portal-change = Change
portal-optional = (optional)
portal-not-provided = Not provided
portal-yes = Yes
portal-no = No
portal-to-start = To the start page

# Dates, periods, legal basis
portal-date = { $day } { $month ->
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
} { $year }
portal-date-of-week = { $weekday } { $date }
portal-weekday-1 = Mon
portal-weekday-2 = Tue
portal-weekday-3 = Wed
portal-weekday-4 = Thu
portal-weekday-5 = Fri
portal-weekday-6 = Sat
portal-weekday-7 = Sun
portal-moment = { $date }, { $time }
portal-left-working-days = { $count ->
    [0] last day
    [one] 1 working day left
   *[other] { $count } working days left
}
portal-left-days = { $count ->
    [0] last day
    [one] 1 day left
   *[other] { $count } days left
}
portal-left-hours = { $count ->
    [0] less than 1 hour left
    [one] 1 hour left
   *[other] { $count } hours left
}
portal-overdue-hours = { $count ->
    [one] overdue by 1 hour
   *[other] overdue by { $count } hours
}
portal-overdue = { $count ->
    [one] overdue by 1 day
   *[other] overdue by { $count } days
}
portal-law = { $title }, { $place }
portal-clock-suspended = suspended
portal-clock-met = ended in time
portal-clock-over = ended before the period was over
portal-clock-met-late = ended late
portal-clock-cancelled = no longer applies
portal-clock-expired = period is over
portal-due-by = Due by
portal-waits-until = Waiting period: not before the end of
portal-promise = service promise, not a statutory period
portal-provisional = provisional: that year's holidays are not published yet
portal-provisional-right = provisional: that year's holidays are not published yet, and nothing lapses here before they are
portal-count = How this deadline is counted
portal-count-days = Days
portal-count-reason = Why
portal-count-counted = Counted
portal-count-run = { $from } to { $to }
portal-count-one = day { $count }
portal-count-many = days { $from } to { $to }
portal-count-not = not counted
portal-count-start-day = the day it starts on
portal-count-working-day = working days
portal-count-make-up-working-day = made-up working day
portal-count-assumed-working-day = holidays not published yet, taken for working days
portal-count-weekend = weekend
portal-count-statutory-holiday = statutory holiday
portal-count-calendar-day = calendar days
portal-count-hours = counted by the hour
portal-count-suspended = the clock stood still
portal-count-rolled-over = moved on by law
portal-count-resumption-day = the clock went on and ended on this day
portal-no-periods = No period runs at the moment.
portal-chart-summary = { $count ->
    [one] Time line: 1 period, and what was done
   *[other] Time line: { $count } periods, and what was done
}
portal-chart-events = What was done
portal-chart-now = now

# Start page
portal-start-title = Found a fake brand? Tell us here
portal-start-lead = If you bought goods under an imitated brand, or saw somebody trade under one, file online and follow what happens.
portal-start-consumers = For consumers and witnesses
portal-start-right-holders = For right holders
portal-start-disputants = To settle a dispute
portal-start-businesses = For businesses
portal-start-offices = For offices
portal-start-more = Look up
portal-start-none = Nothing can be filed here yet: no office has been set up to take it.
portal-start-follow = With your number and receipt: progress, documents, withdrawing or answering.
portal-start-marks = Enter a name and see which registered marks it resembles.
portal-start-published = Draws for inspection, penalties, listings: documents that anybody may read.
portal-start-need = What you need
portal-start-need-goods = the name on the goods and the brand that is imitated
portal-start-need-trader = the trader's name and address, or a link to the shop
portal-start-need-proof = what you have as evidence: receipt, order, photographs
portal-start-time = You need no account. It takes about 10 minutes. You can leave and come back: what you have entered is kept as a draft.
portal-start-other = Other ways
portal-start-other-text = You can also call the 12315 hotline or go to the service window of a market regulation authority.

# Beginning
portal-begin-on-behalf = You are registering this for somebody else: “you” in the form means the person who complains, reports or applies. Give them the number and the receipt afterwards.
portal-begin = Start now
portal-begin-steps = What you will be asked
portal-begin-draft = { $days ->
    [one] The draft stays in this browser for 1 day. Do not leave one on a shared computer.
   *[other] The draft stays in this browser for { $days } days. Do not leave one on a shared computer.
}
portal-begin-resume = You have a draft that was not sent.
portal-begin-resume-link = See what you have entered
portal-begin-discard = Discard the draft
portal-mode = How you file
portal-mode-missing = Select how you file
portal-mode-named = Named
portal-mode-named-hint = The handling office sees who you are and tells you the result.
portal-mode-confidential = Named, kept confidential
portal-mode-confidential-hint = Your identity is kept apart. Staff have to state a purpose to see it, and every look is recorded.
portal-mode-anonymous = Anonymous
portal-mode-anonymous-hint = We do not ask who you are; do not say it in your text or material. We cannot contact you: only the receipt opens the case and shows the result, and a lost receipt cannot be replaced.

# Forms
portal-form-choose = Please select
portal-office-deserted = { $name } (no accounts yet)
portal-form-no-choices = There is nobody to choose from.
portal-form-year = Year
portal-form-month = Month
portal-form-day = Day
portal-form-yuan = yuan
portal-form-limit = At most { $max } characters.
portal-problem-enter = Enter “{ $label }”
portal-problem-select = Select an answer to “{ $label }”
portal-problem-too-long = “{ $label }” must have { $max } characters or fewer
portal-problem-range = “{ $label }” must be between { $min } and { $max }
portal-problem-money = “{ $label }” must be an amount, like 128.50
portal-problem-number = “{ $label }” must be a whole number
portal-problem-future = “{ $label }” must not be after today
portal-problem-over = “{ $label }” must not be before today
portal-problem-not-later = “{ $label }” must be after today: a period ends on it
portal-problem-named = “{ $label }”: { $why }
portal-problem-date = “{ $label }” must be a real date, like 15 4 2026
portal-problem-phone = “{ $label }” must be a telephone number, like 13800000000
portal-problem-mail = “{ $label }” must be an e-mail address, like name@example.com
portal-problem-malformed = “{ $label }” contains characters that cannot be used
portal-problem-event-not-available = This is not possible in the present state of the case
portal-problem-role-required = You have no role in this case that may do this
portal-problem-excluded = You are barred from this case
portal-problem-requirement-not-met = A condition is not met yet
portal-problem-separation-of-duties = You have had another role in this case that this one may not be combined with
portal-problem-two-officers-needed = This needs two officers who hold the case; one more must be named first
portal-problem-superior-needed = This is for the superior organisation alone
portal-problem-document-needed = A document that must exist first has not been made yet
portal-problem-no-branch = With these answers this does not apply
portal-problem-missing-field = A required answer is missing
portal-problem-invalid-field = An answer does not fit
portal-problem-unknown-field = An answer does not belong to this form
portal-problem-mode-not-allowed = It cannot be filed this way
portal-problem-clock-not-running = The period concerned has ended or no longer runs, so it cannot be extended
portal-problem-extension-exhausted = The period cannot be extended again
portal-problem-definition-mismatch = Case and procedure do not fit; please tell the administrator

# Similar marks
portal-likeness-compare = Show similar marks
portal-likeness-title = Registered marks like the name that you entered
portal-likeness-note = For information only, not a finding of infringement: goods, fame and other facts count as well.
portal-marks-title = Find similar marks
portal-marks-lead = Enter a name to compare it with the register by look, sound, spelling and composition.
portal-marks-name = Name
portal-marks-hint = For example 康帅傅.
portal-marks-search = Search
portal-marks-results = Marks like “{ $name }”
portal-marks-missing = Enter a name
portal-marks-too-long = The name must have 200 characters or fewer
portal-mark-number = Registration number
portal-no-similar = No similar marks were found.
portal-no-similar-note = Only the marks in this register were compared. That none was found does not mean that the name may be used, and you can complain or report all the same.
portal-band-identical = identical
portal-band-high = very similar
portal-band-medium = similar
portal-band-low = slightly similar
portal-band-none = not similar
portal-reason-identical = the same name
portal-reason-alias = another name of the same brand ({ $detail })
portal-reason-same-pinyin = the same sound
portal-reason-fuzzy-pinyin = sounds that are easily confused ({ $detail })
portal-reason-pinyin-of = one is the pinyin of the other
portal-reason-contains-mark = contains the whole mark
portal-reason-contained-in-mark = is contained in the mark
portal-reason-reordered = the same characters or words in another order
portal-reason-doubled = differs only in repeated characters or letters
portal-reason-look-alike = a character that looks like the mark's ({ $detail })
portal-reason-component-added = the same but for one component ({ $detail })
portal-reason-parted = writes “{ $detail }” as two characters
portal-reason-generic-tail = beyond that only generic words ({ $detail })
portal-reason-transliteration = the sound of one in the writing of the other
portal-reason-look-alike-letters = letters that look alike ({ $detail })
portal-reason-skeleton = the same or like consonants
portal-reason-edit-distance = characters that differ: { $detail }
portal-compare-title = Two names side by side
portal-compare-lead = What a computer can see of two names: how they look and sound, and what they share. Whether they can be confused is for a person to find, by the goods, the fame of the mark and the attention of buyers. A search also weighs how common a name is in the register, so its score may differ.
portal-compare-name = The name found
portal-compare-mark = The mark
portal-compare-go = Compare
portal-compare-link = Compare with the name
portal-compare-aligned = Piece by piece
portal-compare-reasons = What is alike and what differs
portal-compare-missing = Please enter both names.
portal-compare-nothing = One of the names holds nothing that could be compared.
portal-compare-same = the same
portal-compare-written-otherwise = written otherwise, taken as the same
portal-compare-folded = Compared as { $name }: case, width, accents, traditional characters and punctuation do not count
portal-compare-extra = only in one of them
portal-compare-not-compared = not compared
portal-mark-goods = Goods and services
portal-mark-fame = Fame (0–100)
portal-compare-goods = Goods and services (optional)
portal-compare-goods-hint = Classes of the Nice Classification (1–45) and similar groups of the office's table (four digits), for example 25, 2501.
portal-compare-goods-wrong = Goods and services are classes from 1 to 45 or similar groups of four digits, for example 25, 2501.
portal-aspect-goods = Goods and services
portal-goods-same-group = Both in similar group { $detail }: as a rule similar
portal-goods-same-class = Both in class { $detail }; the similar groups differ or were not given. Whether the goods are similar depends on their function, use, sales channels and buyers
portal-goods-apart = Different classes: as a rule not similar, but a case may be an exception
portal-goods-unknown = Not given, so not compared
portal-aspect-form = Look (形)
portal-aspect-sound = Sound (音)
portal-aspect-meaning = Meaning (义)
portal-aspect-whole = As a whole (整体)

# Checking and sending
portal-check-title = Check your answers
portal-declare-title = Before you send
portal-declare = By sending you confirm that what you have told us is true. Whoever knowingly gives false material answers for it in law.
portal-declare-anonymous = After an anonymous filing only the receipt opens the case. Save it on the next page.
portal-send = Send

# Receipt
portal-done-title = Sent
portal-number = Number
portal-receipt = Receipt
portal-receipt-hint = The 20 letters and digits that were shown after sending; you may leave out the hyphens.
portal-receipt-warning = Save the number and the receipt now. The receipt is shown on this page only and cannot be replaced.
portal-receipt-keep = Write them down, take a screenshot or print this page. You need both to follow the case, to add material, to answer, and to withdraw what can be withdrawn. Do not show them to anybody.
portal-receipt-hand-over = Give the number and the receipt to the person for whom you filed, and keep no copy: whoever has both can follow the case, add material, answer and withdraw.
portal-receipt-handed-over = I have passed them on, open the case
portal-receipt-saved = I have saved them, follow the case
portal-next-title = What happens next
portal-next-text = Periods that are running:

# Following
portal-follow-title = Follow a case
portal-follow-lead = Enter the number and the receipt that you got after sending.
portal-follow-again = The look-up has closed. What you wrote was not sent and is kept. Enter the number and the receipt again to go on with it.
portal-follow-open = Open
portal-follow-missing = Enter the number and the receipt
portal-follow-wrong = Number and receipt do not belong together; check both
portal-follow-close = Close the case here
portal-follow-lives = { $minutes ->
    [one] This closes by itself after 1 minute. On a shared computer close it before you leave.
   *[other] This closes by itself after { $minutes } minutes. On a shared computer close it before you leave.
}
portal-followed-title = Progress of case
portal-followed-office = Dealt with by: { $name }
portal-followed-turn = Whose turn it is: { $name }
portal-followed-feedback = How did it go?
portal-followed-feedback-link = Give feedback on the result
portal-state-now = State now:
portal-your-steps = What you can do

# Signing in
portal-sign-in-title = Sign in
portal-sign-in-lead = For staff of market regulation, police, procuratorate and courts, for mediators and platforms, and for others who have an account. An administrator sets a new password where one was forgotten.
portal-sign-in-again = Your sign-in has run out. What you wrote was not sent and is kept. Sign in again to go on with it.
portal-sign-in-public = Filing and following a case need no account:
portal-login = User name
portal-password = Password
portal-sign-in-missing = Enter user name and password
portal-sign-in-wrong = User name or password is wrong
portal-sign-in-busy = Many people are signing in; try again in a moment
portal-sign-in-plain = You can sign in over an encrypted connection (https) only

# Personal data
portal-privacy-title = Personal data
portal-privacy-lead = We ask only for what handling needs, and show it only to those who need it.
portal-privacy-who-title = Who can see it
portal-privacy-who = Your identity is kept apart from the case. A reporter's identity is never told to who is reported. Staff state a purpose before they see an identity, and every look is recorded.
portal-privacy-keep-title = How long it is kept
portal-privacy-drafts = { $days ->
    [one] Drafts that were not sent are deleted 1 day after the last change.
   *[other] Drafts that were not sent are deleted { $days } days after the last change.
}
portal-privacy-cases = { $days ->
    [1095] Personal data of a case are deleted by the head of the handling office three years (1095 days) after it was closed.
    [one] Personal data of a case are deleted by the head of the handling office 1 day after it was closed.
   *[other] Personal data of a case are deleted by the head of the handling office { $days } days after it was closed.
}
portal-privacy-cookies-title = What is kept in your browser
portal-privacy-cookies = Only the cookies that drafts, following, signing in and the language need. There is no third-party content and no tracking.
portal-privacy-rights-title = Your rights
portal-privacy-rights = You can ask for your data, have them corrected, and have them deleted once the case is closed. Turn to the handling office.

# Failures
portal-fault-not-found-title = Page not found
portal-fault-not-found = The address may be wrong, or the page is not open to you. The case may have moved on, so that this step is no longer possible: go back to its page. A case opened with a receipt may have closed by itself: enter number and receipt again at “Follow a case”.
portal-fault-forbidden-title = Not permitted
portal-fault-forbidden = You may not do this.
portal-fault-foreign-title = Not sent
portal-fault-foreign = This form did not come from a page of this site, or the page is too old. Nothing was saved; please go back to the site's own page and send it again.
portal-fault-closed-title = The look-up has closed
portal-fault-closed = Please enter the number and the receipt again.
portal-resume-title = Not sent; your answers are kept
portal-resume-lead = Your sign-in or look-up ran out while you were writing. All that you wrote is still there: go on with the form, look at it, and send it then.
portal-resume-go-on = Go on with the form
portal-account-title = My account
portal-account-name = Name
portal-account-roles = Organisations and roles
portal-account-kind = Kind of account
portal-account-personal = Personal: you can file, and follow what you filed with it. If you work on cases for an organisation, ask its administrator for a role.
portal-account-password = Change your password
portal-account-password-note = Every other sign-in of this account ends when you change it.
portal-account-present = Current password
portal-account-new = New password
portal-account-new-hint = At least { $min } characters, without your user name.
portal-account-again = New password once more
portal-account-change = Change password
portal-account-done = Your password has been changed; other sign-ins of this account have ended.
portal-fault-too-large-title = Too much at once
portal-fault-too-large = Nothing was sent: it is larger than is allowed. Please go back, and shorten it or send it in parts.
portal-fault-malformed-title = Not sent
portal-fault-malformed = What was sent cannot be read. Please go back and try again.
portal-fault-not-set-up-title = Filing is not open yet
portal-fault-not-set-up = No authority has been set up to take filings in. Your draft is kept; please try again later.
portal-fault-rate-limited-title = Too many requests
portal-fault-rate-limited = Nothing was sent this time. Please try again in { $count } { $count ->
    [one] second
   *[other] seconds
}; a draft that was saved before is kept.
portal-fault-internal-title = Something went wrong
portal-fault-internal = The service cannot do this at the moment and nothing was changed. Please try again later.

# Names in cases, watches
portal-reports-title = Find cases with similar names
portal-reports-lead = Enter a mark or a name to find signs, traders, shops, web addresses and names in the text of those cases that you may see.
portal-reports-results = Cases with names like “{ $name }”
portal-reports-count = { $count ->
    [one] { $count } case
   *[other] { $count } cases
}
portal-reports-none = No case that you may see holds a similar name.
portal-name-use-mark = imitated brand
portal-name-use-sign = sign on the goods
portal-name-use-trader = trader
portal-name-use-shop = shop
portal-name-use-web-address = web address
portal-name-use-text = named in the text
portal-name-use-register = new in the register
portal-series = Possible series
portal-series-none = No other case has a similar sign, or the same trader or shop.
portal-series-note = The signs of these cases are very much alike, or their traders or shops are the same. Whether one person is behind them is for the officer to find.
portal-watches-title = Watches and alerts
portal-watches-lead = Watch a name, and you are told here of each new mark of the register and each new case that you may see that resembles it. If your account has a mail address, a mail says that there is something new, at most once a day.
portal-watches-mine = Names that I watch
portal-watches-none = You watch no name yet.
portal-watch-new = Watch another name
portal-watch-threshold = Tell me from this likeness on
portal-watch-medium = possibly confused (60% and more)
portal-watch-high = easily confused (80% and more)
portal-watch-low = some likeness (45% and more)
portal-watch-begin = Watch
portal-watch-cancel = End
portal-watch-cancel-name = End the watch of “{ $name }”
portal-watch-begun = The name is watched from now on and stands under “Names that I watch”. What resembles it is told on this page.
portal-watch-ended = The watch has ended; nothing more is told of that name.
portal-watch-since = since { $date }
portal-alerts = Alerts
portal-alerts-none = No alerts yet.
portal-alert-watched = Resembles “{ $name }”, which you watch

## What is published
portal-published-title = Published documents
portal-published-lead = Documents that the law makes public. What is said of enterprises also stands in the National Enterprise Credit Information Publicity System, which prevails.
portal-published-kinds = Kinds of documents
portal-published-all = All
portal-published-none = No document is published at present.
portal-published-document = Document
portal-published-by = Made by
portal-published-at = Published on
portal-published-on = Published on { $day }
portal-published-back = Back to published documents
