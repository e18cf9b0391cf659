# Why something was not done: shared by the portal and the API. The key is "error-" and the code in lower case with hyphens.

# General
error-not-found = Not found, or not open to you.
error-unauthenticated = Please sign in first.
error-forbidden = You may not do this.
error-rate-limited = Too many requests. Please try again in { $seconds } s.
error-busy = The service is busy. Please try again shortly.
error-no-intake-organisation = Nothing can be filed here yet: no authority has been set up to take filings in. Nothing was saved.
error-search-unavailable = Similar marks cannot be looked for at the moment: the search server does not answer. Filing and handling cases go on; try again later.
error-internal = Something went wrong on our side. Nothing was saved.
error-bad-user-input = Part of the request cannot be used.

# Procedure
error-event-not-available = This step is not possible at the present stage of the case.
error-role-required = Your role in this case does not allow this step.
error-excluded = You are excluded from this case.
error-requirement-not-met = A condition of the procedure is not met yet.
error-separation-of-duties = You have had another role in this case that this one may not be combined with.
error-two-officers-needed = This needs two officers who hold the case; one more must be named first.
error-superior-needed = This is for the superior organisation alone.
error-document-needed = A document that must exist first has not been made yet.
error-no-branch = The facts of this case do not allow this step.
error-missing-field = Please answer this.
error-invalid-field = This answer does not fit.
error-unknown-field = This was not asked.
error-mode-not-allowed = This cannot be filed in this way.
error-clock-not-running = This period has ended or no longer runs, so it cannot be extended.
error-extension-exhausted = This time limit cannot be extended again.
error-definition-mismatch = The case does not fit its procedure. Please tell the administrator.
error-state-not-migratable = This state has no place in the other version of the procedure.
error-clock-not-migratable = This time limit has no place in the other version of the procedure.
error-stale-version = The case has changed and is at version { $current } now. Look at it again before you go on.
error-idempotency-conflict = This idempotency key was used for another request.

# Answers
error-invalid-idempotency-key = An idempotency key has 16 to 128 visible ASCII characters without spaces.
error-unknown-procedure = There is no such procedure, or it is not in force now.
error-invalid-name = A name has 1 to 200 characters.
error-name-unsearchable = A name needs a letter, a digit or a character: signs alone cannot be searched by name.
error-invalid-threshold = A threshold lies between 0.3 and 1.
error-mark-or-name = Give a mark of the register or a name, and not both.
error-too-many-watches = An account keeps at most 200 watches. End one that is no longer needed.
error-unknown-offence = There is no such offence: counterfeit_goods, counterfeit_services, sale and labels are known.
error-sum-out-of-range = A sum lies between 0 and ten billion yuan.
error-invalid-group = Similar groups have four digits, of which the first two are a class (01 to 45).
error-invalid-goods = Goods and services are classes from 1 to 45 or similar groups of four digits.
error-invalid-fame = Fame runs from 0 to 100.
error-invalid-class = Classes of goods and services run from 1 to 45.
error-too-long = Too long, or too many entries.
error-purpose-of-another-case = There is nothing to mediate in a case of this kind. Choose what you need the name for here.
error-unknown-purpose = This purpose is not one of those provided for.
error-not-owed = This is not owed to anybody: no rule asks that it be told.
error-way-not-open = It cannot be told in this way, or the receiver has not agreed to it.
error-day-not-possible = The day lies between the one on which it was made and today.
error-way-missing = Choose how it was told.
error-password-wrong = The present password is not right.
error-password-too-short = The password is too short.
error-password-too-long = The password is too long.
error-password-too-uniform = The password needs three of: lower case, upper case, digits, other characters.
error-password-guessable = The password is easy to guess: it may not contain your sign-in name or be one character over and over.
error-password-unchanged = The new password is the present one.
error-password-not-repeated = The new password is not the same both times.
error-bad-reference = The number of a receipt has at most 40 letters, digits and hyphens.
error-erasure-reason = Choose why the data are erased.
error-case-still-open = Personal data can be erased only after the case is closed.
error-fields-not-an-object = The answers must be a JSON object.
error-page-size = The number asked for is from 1 to 100: first (with or without after), or, for lists that can be read from the end, last (with or without before).
error-page-backwards = A list by deadline cannot be read from its end.
error-cursor = This is not a place in the list.
error-too-many-ids = At most 100 ids can be asked for at once.

# Domain pack
error-already-published = This proposal was published already.
error-already-running = The pack in the folder is the one that runs: there is nothing to propose.
error-defective-workflows = The pack has errors, or no longer fits the cases; the faults are listed.
error-note-missing = Please say what changes and why.
error-no-workflows-dir = The service runs the pack compiled in: workflows_dir is not set.
error-same-person = Whoever proposed a pack may not publish it.

value-wrong-type = A value of another type is wanted.
value-too-long = At most { $max } characters.
value-out-of-range = Between { $min } and { $max }.
value-not-an-option = Please choose one of the options.
value-future = The date must not be later than today.
value-over = The date must not be earlier than today.
value-office-own = The office must be your own.
value-office-below = The office must be one under yours.
value-office-own-or-below = The office must be yours or one under it.
value-office-other = The office must be another than yours.
value-office-provincial = The organisation must be of a province or of the whole country.
named-excluded = Whoever is named here is barred from this case.
named-separation-of-duties = Whoever is named here has had another role in this case that this one may not be combined with.
value-not-later = The date must be later than today: a period ends on it.
value-not-drawn = The seed draws something else; leave this out, it is computed.
value-malformed = The format is not right.

# Transfer files
error-transfer-truncated = The file is cut off: its signature is missing or incomplete. Ask for it again.
error-transfer-file-missing = Choose the file that came, or paste its whole text.
error-transfer-unreadable = This is no transfer file of this service.
error-transfer-algorithm = The file is not signed with Ed25519.
error-transfer-altered = The signature does not fit the file: it was altered, or damaged on its way. Ask for it again.
error-transfer-no-such-key = No key with this fingerprint is trusted here. `transfer keys` lists those that are.
error-transfer-unknown-key = Nobody here trusts the key that signed this file. Compare its fingerprint with the sender by another way, then trust it (`transfer trust`).
error-transfer-revoked-key = This key was revoked and does not count any more. Ask the sender for a file signed with the new one.
error-transfer-own-key = This is the key of an organisation of this installation.
error-transfer-too-new = The file was written by a newer program. Update this one first.
error-transfer-for-another = The file is for another receiver.
error-transfer-unknown-procedure = This installation does not have the version of the procedure under which the case runs. Publish the same domain pack here first.
error-transfer-unknown-case = The case of this file is not here. Take over the file that carries the case first.
error-transfer-replayed = This case is here already, from another file. What happened since comes as an events file.
error-transfer-item-missing = Something that should have come along with the file is missing. Put it into the same directory under the name that the sender gave it.
error-transfer-item-altered = Something that came along with the file is not what was sent: its hash differs. Ask for it again.
error-transfer-not-a-party = The organisation that signed has nothing to do with this case here.
error-transfer-no-key = No key of the receiver is trusted here. Ask it for its public key (`transfer key`) and trust that first.
error-transfer-case-is-here = The case is still with the organisation that signs, which is this one. Hand it over in the procedure first.
error-transfer-case-closed = The case is closed: there is nothing to go on with.
error-transfer-nothing-new = Nothing was done here that the other side does not know.
error-invalid-public-key = This is no public key of an organisation as `transfer key` prints it.
error-unknown-organisation = There is no organisation with this key.
error-no-such-act = The procedure does not know this at the present stage of the case, or it is not for you to do. `availableEvents` lists what can be done.
error-which-event = The procedure knows several ways to do this now. Name one of `availableEvents` as `event`.
