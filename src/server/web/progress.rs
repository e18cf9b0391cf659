//! Where a case stands, in words and for pictures: steps, periods, history, documents, notices, what can be done.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use time::{Duration, OffsetDateTime};
use zhengming_engine::{
    clock::{ClockState, ClockStatus, DayReason, Duty, TraceDay, Unit, local_date},
    decision::{Available, ProblemCode},
    definition::model::{Definition, FieldKind, Force},
    feedback::Owed,
    form::date,
};

use super::{
    form::complaints,
    page::Words,
    party,
    picture::{Chart, Tick},
    tracker::{Step, appointment, elsewhere, steps, turn},
};
use crate::{
    app::App,
    locale::{Value, text},
    service::{
        case_history::EventView,
        case_view::{CaseDetail, DeadlineView, trace},
        feedback::OpenView,
        numbering::borne,
        wording::{Called, filled, shown, worded},
    },
    store::CaseRow,
};

/// A legal period.
pub(super) struct Period {
    pub(super) title: String,
    /// Last day, or that it is suspended.
    pub(super) due: String,
    /// What is left, or how late it is, or how it ended.
    pub(super) left: String,
    /// `late`, `soon`, `fine`, `paused` or `over`: class of colour and sign.
    pub(super) tone: &'static str,
    pub(super) law: String,
    /// What to say where it rests on a year whose holidays are not published.
    pub(super) provisional: Option<&'static str>,
    /// Whether it is a promise of the service and no rule of law.
    pub(super) promise: bool,
    /// Whether it only has to be over before something may follow.
    pub(super) waits: bool,
    pub(super) running: bool,
    /// Whether its last day is still to come or past and unmet: a period that stands still has none.
    pub(super) dated: bool,
    /// How it came to its last day.
    pub(super) count: Vec<Run>,
}

/// Days of a count that follow each other for the same reason.
pub(super) struct Run {
    /// The day, or the first and the last of them.
    pub(super) days: String,
    pub(super) reason: String,
    /// Which days of the period they are, or that they are none.
    pub(super) counted: String,
}

/// An entry of the history.
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) by: String,
    pub(super) at: String,
    pub(super) to: Option<String>,
}

/// A question and its answer.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) value: String,
}

/// Something that can be done.
pub(super) struct Action {
    pub(super) event: String,
    pub(super) title: String,
    pub(super) hint: Option<String>,
    pub(super) law: Option<String>,
    /// Why it cannot be done now, with the rule behind it.
    pub(super) blocked: Vec<(String, Option<String>)>,
}

/// By which rule something is owed, and what became of it.
pub(super) struct Owing {
    /// The article, or that its ground was not verified.
    pub(super) law: String,
    /// By when it was due and whether it was in time.
    pub(super) due: Option<String>,
    /// `late` or `fine`: class of colour.
    pub(super) tone: &'static str,
    /// How it went and when it counts as received, way by way.
    pub(super) ways: Vec<String>,
    /// The notice or document, where the reader may record how it was told.
    pub(super) telling: Option<String>,
}

/// What is owed and not told yet.
pub(super) struct Debt {
    pub(super) title: String,
    pub(super) law: String,
    pub(super) due: Option<String>,
    pub(super) late: bool,
}

/// A document in a list.
pub(super) struct Paper {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) number: String,
    pub(super) at: String,
    /// Since when everybody may read it, where they may.
    pub(super) published: Option<String>,
    pub(super) owed: Option<Owing>,
}

/// A notice.
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) to: String,
    pub(super) at: String,
    pub(super) owed: Option<Owing>,
    /// It gets to nobody by itself: whoever handles the case tells them.
    pub(super) unreached: bool,
}

/// A case as a page shows it.
pub(super) struct Standing {
    pub(super) number: String,
    pub(super) procedure: String,
    /// The organisation that has it.
    pub(super) office: String,
    pub(super) state: String,
    pub(super) closed: bool,
    /// That personal data were erased, and when: their places in notices and documents are empty.
    pub(super) erased: Option<String>,
    /// What the reader is to it as a party.
    pub(super) own: Option<String>,
    pub(super) filed: String,
    pub(super) steps: Vec<Step>,
    pub(super) periods: Vec<Period>,
    pub(super) chart: Option<Chart>,
    pub(super) fields: Vec<Row>,
    /// When and where people meet next; empty where nothing is fixed or the reader may not know.
    pub(super) appointment: Vec<Row>,
    pub(super) actions: Vec<Action>,
    pub(super) blocked: Vec<Action>,
    /// Whose turn it is; empty where the case waits for nobody here.
    pub(super) turn: String,
    /// What others can do now, each with who: only for those who handle or oversee the case.
    pub(super) elsewhere: Vec<(String, String)>,
    pub(super) history: Vec<Entry>,
    pub(super) papers: Vec<Paper>,
    pub(super) messages: Vec<Message>,
    pub(super) debts: Vec<Debt>,
}

impl Standing {
    /// Draws up a case as its reader may see it.
    pub(super) fn new(app: &App, words: Words, case: &CaseDetail) -> Self {
        let now = app.clock.now();
        let (actions, blocked) = actions(app, words, case)
            .into_iter()
            .partition(|a| a.blocked.is_empty());
        let nearness = |d: &DeadlineView| d.state.due.at().map_or((1, now), |due| (0, due.due_at));
        let mut periods: Vec<_> = case
            .deadlines
            .iter()
            .map(|d| ((urgency(d), nearness(d)), period(app, words, &case.definition, d, now)))
            .collect();
        periods.sort_by_key(|(order, _)| *order);
        Self {
            number: case.case.number.clone(),
            procedure: words.pick(&case.definition.title).to_owned(),
            office: office(app, words, &case.case),
            state: states(words, &case.definition, &case.case.states),
            closed: case.case.closed_at.is_some(),
            erased: case
                .erased_at
                .map(|at| words.with("portal-case-erased", "date", words.day(at))),
            own: party::own(words, case),
            filed: filed(words, &case.case),
            steps: steps(words, case),
            periods: periods.into_iter().map(|(_, period)| period).collect(),
            chart: chart(words, case, now),
            fields: rows(app, words, case, &case.fields),
            appointment: rows(app, words, case, &appointment(case, local_date(now).ok())),
            actions,
            blocked,
            turn: turn(words, case),
            elsewhere: elsewhere(words, case),
            history: history(words, case),
            papers: papers(app, words, case),
            messages: messages(app, words, case),
            debts: case.owes.iter().map(|open| debt(app, words, open)).collect(),
        }
    }

    /// Whether a period runs, stands still or is late.
    pub(super) fn waits(&self) -> bool {
        self.periods.iter().any(|period| period.running)
    }

    /// The period that ends next, of those by whose end something is to be done.
    pub(super) fn next_due(&self) -> Option<&Period> {
        self.periods.iter().find(|period| period.running && !period.waits)
    }

    /// How many periods have ended.
    pub(super) fn ended(&self) -> i64 {
        let ended = self.periods.iter().filter(|period| !period.running);
        i64::try_from(ended.count()).unwrap_or(i64::MAX)
    }
}

/// What the organisation is called that has a case.
fn office(app: &App, words: Words, case: &CaseRow) -> String {
    let organisations = app.organisations();
    let Some(row) = organisations.get(&case.organisation_id) else {
        return String::new();
    };
    words.office(row).to_owned()
}

/// Names of the states that a case is in.
pub(super) fn states(words: Words, definition: &Definition, states: &[String]) -> String {
    let name = |id: &String| {
        let state = definition.state(id).and_then(|ix| definition.at(ix));
        state.map_or_else(|| id.clone(), |state| words.pick(&state.title).to_owned())
    };
    states.iter().map(name).collect::<Vec<_>>().join(" · ")
}

fn urgency(deadline: &DeadlineView) -> u8 {
    match deadline.state.status {
        _ if deadline.overdue => 0,
        ClockStatus::Running => 1,
        ClockStatus::Suspended => 2,
        _ => 3,
    }
}

/// One clock in words.
fn period(app: &App, words: Words, definition: &Definition, deadline: &DeadlineView, now: OffsetDateTime) -> Period {
    let rule = definition.clocks.get(&deadline.clock);
    let state = &deadline.state;
    let (left, tone) = remaining(app, words, deadline, now);
    let waits = rule.is_some_and(|rule| rule.waits);
    let running = deadline.is_pending();
    Period {
        title: rule.map_or_else(|| deadline.clock.clone(), |rule| words.pick(&rule.title).to_owned()),
        due: words.due(state),
        count: count(app, words, state),
        left,
        tone: if waits { patient(tone) } else { tone },
        law: words.law(&app.pack().law, &state.terms.legal_basis),
        provisional: provisional(state),
        promise: rule.is_some_and(|rule| rule.force == Force::Service),
        waits,
        running,
        dated: running && state.due.at().is_some(),
    }
}

/// When it was filed: of what was registered later, the day on which it came.
fn filed(words: Words, case: &CaseRow) -> String {
    if case.filed_at == case.opened_at {
        words.moment(case.filed_at)
    } else {
        words.day(case.filed_at)
    }
}

/// How a clock came to its last day. One that cannot be counted any more is shown without.
fn count(app: &App, words: Words, state: &ClockState) -> Vec<Run> {
    let trace = trace(app, state).unwrap_or_default();
    let by_hours = state.terms.period.unit() == Unit::Hours;
    let mut counted = 0_i64;
    let runs = trace
        .days()
        .chunk_by(|one, next| (one.counted, one.reason) == (next.counted, next.reason));
    let run = |days: &[TraceDay]| {
        let (first, last) = (days.first()?, days.last()?);
        let before = counted;
        if first.counted {
            counted += i64::try_from(days.len()).unwrap_or_default();
        }
        let span = |key: &str, from: Value<'_>, to: Value<'_>| text(words.0, key, &[("from", from), ("to", to)]);
        Some(Run {
            days: if first.date == last.date {
                words.weekday(first.date)
            } else {
                let (from, to) = (words.weekday(first.date), words.weekday(last.date));
                span("portal-count-run", from.into(), to.into())
            },
            reason: words.t(why(first.reason)),
            counted: match counted - before {
                0 => words.t("portal-count-not"),
                _ if by_hours => words.t("portal-count-counted"),
                1 => words.with("portal-count-one", "count", counted),
                _ => span("portal-count-many", (before + 1).into(), counted.into()),
            },
        })
    };
    runs.filter_map(run).collect()
}

/// Why a day was counted or not.
fn why(reason: DayReason) -> &'static str {
    match reason {
        DayReason::StartDay => "portal-count-start-day",
        DayReason::WorkingDay => "portal-count-working-day",
        DayReason::MakeUpWorkingDay => "portal-count-make-up-working-day",
        DayReason::AssumedWorkingDay => "portal-count-assumed-working-day",
        DayReason::Weekend => "portal-count-weekend",
        DayReason::StatutoryHoliday => "portal-count-statutory-holiday",
        DayReason::CalendarDay => "portal-count-calendar-day",
        DayReason::Hours => "portal-count-hours",
        DayReason::Suspended => "portal-count-suspended",
        DayReason::RolledOver => "portal-count-rolled-over",
        DayReason::ResumptionDay => "portal-count-resumption-day",
    }
}

/// The tone of a period that is waited for: that it ends soon hurries nobody.
pub(super) fn patient(tone: &'static str) -> &'static str {
    if tone == "soon" { "fine" } else { tone }
}

/// How much is left of a clock or how late it is, with the tone in which to say it.
pub(super) fn remaining(
    app: &App,
    words: Words,
    deadline: &DeadlineView,
    now: OffsetDateTime,
) -> (String, &'static str) {
    let state = &deadline.state;
    if deadline.overdue {
        let late = state.due.at().map_or(Duration::ZERO, |due| now - due.due_at);
        let said = if state.terms.period.unit() == Unit::Hours && late < Duration::days(3) {
            words.with("portal-overdue-hours", "count", late.whole_hours().max(1))
        } else {
            words.with("portal-overdue", "count", late.whole_days() + 1)
        };
        return (said, "late");
    }
    match state.status {
        ClockStatus::Running | ClockStatus::Suspended => {
            let left = state.remaining(&app.pack().law, now).ok().flatten();
            let days = state.due.at().map(|due| (due.due_at - now).whole_days());
            let paused = state.status == ClockStatus::Suspended;
            let tone = if paused {
                "paused"
            } else if days.is_some_and(|days| days < 3) {
                "soon"
            } else {
                "fine"
            };
            (left.map(|left| words.left(left)).unwrap_or_default(), tone)
        }
        ClockStatus::Met if state.met_late() => (words.t("portal-clock-met-late"), "over"),
        // That a party may do something ends; whether it was done the clock does not know.
        ClockStatus::Met if state.terms.duty == Duty::Party => (words.t("portal-clock-over"), "over"),
        ClockStatus::Met => (words.t("portal-clock-met"), "over"),
        ClockStatus::Cancelled => (words.t("portal-clock-cancelled"), "over"),
        ClockStatus::Expired => (words.t("portal-clock-expired"), "over"),
    }
}

/// The fields in words, in the order of the procedure.
pub(super) fn rows(app: &App, words: Words, case: &CaseDetail, fields: &[(String, Json)]) -> Vec<Row> {
    named_rows(app, words, &case.definition, &case.account_names, fields)
}

/// Fields of a procedure in words; `names` calls accounts by their ids.
pub(super) fn named_rows(
    app: &App,
    words: Words,
    definition: &Definition,
    names: &BTreeMap<String, String>,
    fields: &[(String, Json)],
) -> Vec<Row> {
    let (pack, organisations) = (app.pack(), app.organisations());
    let called = Called::new(&pack, &organisations);
    let row = |(name, value): &(String, Json)| {
        let field = definition.fields.get(name)?;
        let account = match field.kind {
            FieldKind::Account { .. } => value.as_str().and_then(|id| names.get(id)),
            _ => None,
        };
        let told = || answer(words, called, &field.kind, value);
        Some(Row {
            label: words.pick(&field.title).to_owned(),
            value: account.cloned().unwrap_or_else(told),
        })
    };
    fields.iter().filter_map(row).collect()
}

/// An answer in words, days as the language writes them.
pub(super) fn answer(words: Words, called: Called<'_>, kind: &FieldKind, value: &Json) -> String {
    match (kind, date(value)) {
        (FieldKind::Date { .. }, Ok(day)) => words.date(day),
        _ => shown(kind, value, words.0.is_zh(), called),
    }
}

fn actions(app: &App, words: Words, case: &CaseDetail) -> Vec<Action> {
    let action = |available: &Available| {
        let event = case.definition.events.get(&available.event)?;
        let reasons = complaints(words, &case.definition, &available.blocked_by);
        let laws = available
            .blocked_by
            .iter()
            .map(|p| p.law.as_ref().map(|law| words.law(&app.pack().law, law)));
        Some(Action {
            event: available.event.clone(),
            title: words.pick(case.title_of(event)).to_owned(),
            hint: event.hint.as_ref().map(|hint| words.pick(hint).to_owned()),
            law: event.law.as_ref().map(|law| words.law(&app.pack().law, law)),
            blocked: reasons.into_iter().map(|reason| reason.message).zip(laws).collect(),
        })
    };
    // Where no branch fits, it is no step of this case: a single complainant has no representative to change.
    let fits = |event: &&Available| {
        event
            .blocked_by
            .iter()
            .all(|problem| problem.code != ProblemCode::NoBranch)
    };
    case.available.iter().filter(fits).filter_map(action).collect()
}

/// What an event is called; openings and clocks have names of their own, and which clock it was stands beside.
fn event_title(words: Words, definition: &Definition, event: &EventView) -> String {
    if let Some(declared) = definition.events.get(&event.kind) {
        return words.pick(&declared.title).to_owned();
    }
    let title = words.code("portal-event", &event.kind);
    let clock = event.clock.as_ref().and_then(|clock| definition.clocks.get(clock));
    clock.map_or_else(
        || title.clone(),
        |clock| {
            let clock = words.pick(&clock.title).to_owned();
            let args = [("event", title.clone().into()), ("clock", clock.into())];
            text(words.0, "portal-event-of-clock", &args)
        },
    )
}

/// What a party may do does not end on a day that may still move.
fn provisional(state: &ClockState) -> Option<&'static str> {
    let may_move = state.due.at().is_some_and(|due| due.provisional);
    may_move.then_some(match state.terms.duty {
        Duty::Party => "portal-provisional-right",
        Duty::Authority => "portal-provisional",
    })
}

/// The history, newest first.
fn history(words: Words, case: &CaseDetail) -> Vec<Entry> {
    let entry = |event: &EventView| {
        let moved = event.from != event.to && !event.to.is_empty();
        Entry {
            title: event_title(words, &case.definition, event),
            by: party::acting(words, case, &event.role),
            at: words.moment(event.at),
            to: moved.then(|| states(words, &case.definition, &event.to)),
        }
    };
    case.events.iter().rev().map(entry).collect()
}

fn papers(app: &App, words: Words, case: &CaseDetail) -> Vec<Paper> {
    let pack = app.pack();
    let paper = |row: &crate::store::DocumentRow| {
        let kind = pack.document(&row.kind, worded(&row.body));
        let title = kind.map(|kind| words.pick(&kind.title).to_owned());
        Paper {
            id: row.id.clone(),
            title: title.unwrap_or_else(|| row.kind.clone()),
            number: borne(kind, row).unwrap_or_default().to_owned(),
            at: words.day(row.created_at),
            published: case
                .published
                .get(&row.id)
                .map(|since| words.with("portal-published-on", "day", words.day(*since))),
            owed: owing(app, words, case, &row.id),
        }
    };
    case.documents.iter().rev().map(paper).collect()
}

fn messages(app: &App, words: Words, case: &CaseDetail) -> Vec<Message> {
    let language = if words.0.is_zh() { "zh" } else { "en" };
    let pack = app.pack();
    let message = |row: &crate::store::NoticeRow| {
        let template = pack.notice(&row.template, worded(&row.body))?;
        Some(Message {
            subject: filled(words.pick(&template.subject), &row.body, language),
            body: filled(words.pick(&template.body), &row.body, language),
            to: party::called(words, case, &row.recipient_role),
            at: words.moment(row.created_at),
            owed: owing(app, words, case, &row.id),
            unreached: case.standing.reads_as_staff() && !case.reaches(&row.recipient_role),
        })
    };
    case.notices.iter().rev().filter_map(message).collect()
}

fn ground(app: &App, words: Words, row: &Owed) -> String {
    let law = row.law.as_ref().map(|law| words.law(&app.pack().law, law));
    let unverified = row.unverified.then(|| words.t("portal-owed-unverified"));
    law.into_iter().chain(unverified).collect::<Vec<_>>().join(" · ")
}

/// By which rule something is owed and what became of it, in words.
fn owing(app: &App, words: Words, case: &CaseDetail, id: &str) -> Option<Owing> {
    let view = case.owed.get(id)?;
    let may_record = records(case);
    let due = view.due.map(|due| {
        let day = words.weekday(due);
        match view.in_time {
            Some(true) => words.with("portal-owed-in-time", "day", day),
            Some(false) => words.with("portal-owed-late", "day", day),
            None => words.with("portal-owed-due", "day", day),
        }
    });
    let ways = view.deliveries.iter().map(|delivery| {
        let way = words.pick(&delivery.way.title).to_owned();
        let Some(received) = delivery.received_on else {
            return words.with("portal-owed-under-way", "name", way);
        };
        let told = [
            way,
            words.with("portal-owed-received", "day", words.date(received)),
            words.with("portal-owed-proof", "what", words.pick(&delivery.way.proof).to_owned()),
        ];
        let number = delivery.reference.clone();
        let number = number.map(|number| words.with("portal-owed-reference", "number", number));
        let unverified = delivery.way.unverified.then(|| words.t("portal-owed-unverified"));
        told.into_iter()
            .chain(number)
            .chain(unverified)
            .collect::<Vec<_>>()
            .join(" · ")
    });
    Some(Owing {
        law: ground(app, words, &view.row),
        due,
        tone: if view.in_time == Some(false) { "late" } else { "fine" },
        ways: ways.collect(),
        telling: may_record
            .then_some(id.to_owned())
            .filter(|_| !view.recordable.is_empty()),
    })
}

/// Whether the reader records how people were told: staff who handle the case.
pub(super) fn records(case: &CaseDetail) -> bool {
    case.standing.staff && !case.standing.excluded && !case.standing.roles.is_empty()
}

fn debt(app: &App, words: Words, open: &OpenView) -> Debt {
    let titles: Vec<&str> = open.rows.iter().map(|row| words.pick(&row.title)).collect();
    let mut laws: Vec<String> = open.rows.iter().map(|row| ground(app, words, row)).collect();
    laws.dedup();
    Debt {
        title: titles.join(" / "),
        law: laws.join(" · "),
        due: open.due.map(|due| words.weekday(due)),
        late: open.late,
    }
}

/// The periods and events along one line of time.
fn chart(words: Words, case: &CaseDetail, now: OffsetDateTime) -> Option<Chart> {
    let clocks = (&*case.definition, case.deadlines.as_slice());
    let ticks: Vec<Tick> = case
        .events
        .iter()
        .map(|e| Tick {
            at: e.at,
            title: event_title(words, &case.definition, e),
        })
        .collect();
    let end = case.case.closed_at.unwrap_or(now);
    Chart::new(words, case.case.opened_at, end, now, clocks, &ticks)
}
