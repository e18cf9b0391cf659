//! The table against the procedures: each row names what there is, and the procedures do what it says and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indexmap::IndexMap;

use super::{
    Carrier, Feedback, Occasion, Owed, Served, ServedBy, Within,
    done::{Done, makes, told_anywhere},
    meet,
};
use crate::{
    clock::Law,
    definition::{
        model::{Definition, Event, FieldKind, FiledRange, RoleKind},
        source::nearest,
    },
    diagnostic::{Diagnostic, Severity},
    notice::{DocumentKind, Notice},
};

/// What the table is compared with.
pub(crate) struct Around<'p> {
    /// Versions of each procedure.
    pub(crate) procedures: &'p BTreeMap<String, Vec<Arc<Definition>>>,
    /// Procedures of which something could not be read: nothing is said of them.
    pub(crate) unread: &'p BTreeSet<String>,
    /// Notices by key.
    pub(crate) notices: &'p IndexMap<String, Notice>,
    /// Document kinds by key.
    pub(crate) documents: &'p IndexMap<String, DocumentKind>,
    /// The law.
    pub(crate) law: &'p Law,
}

/// Checks the whole table. A pack without one is not asked for it.
pub(crate) fn check(table: &Feedback, around: &Around<'_>) -> Vec<Diagnostic> {
    let mut page = Page {
        table,
        around,
        found: Vec::new(),
    };
    page.ways();
    let rows: Vec<(&String, &Owed)> = table.rows.iter().collect();
    for (at, (key, row)) in rows.iter().enumerate() {
        if around.unread.contains(&row.procedure) {
            continue;
        }
        page.row(key, row);
        for (other, earlier) in rows.iter().take(at) {
            page.apart((key, row), (other, earlier));
        }
    }
    page.courtesies();
    page.untold();
    page.found
}

struct Page<'p> {
    table: &'p Feedback,
    around: &'p Around<'p>,
    found: Vec<Diagnostic>,
}

/// What a finding is blamed on: a place, and its path.
#[derive(Clone, Copy)]
struct Blame<'b> {
    file: &'b str,
    line: u32,
    path: &'b str,
    lines: Option<&'b BTreeMap<String, u32>>,
}

impl<'b> Blame<'b> {
    fn on((file, line): &'b (String, u32), path: &'b str) -> Self {
        Self {
            file,
            line: *line,
            path,
            lines: None,
        }
    }

    /// What stands under a key of a row: its line, where the key is there.
    fn key(self, key: &str) -> Self {
        let line = self.lines.and_then(|lines| lines.get(key)).copied();
        self.line(line.unwrap_or(self.line))
    }

    fn line(self, line: u32) -> Self {
        Self { line, ..self }
    }
}

impl<'p> Page<'p> {
    fn note(&mut self, severity: Severity, code: &'static str, blame: Blame<'_>, message: String, mend: &str) {
        self.found.push(Diagnostic {
            file: blame.file.to_owned(),
            line: blame.line,
            column: 0,
            code,
            severity,
            path: blame.path.to_owned(),
            message,
            mend: mend.to_owned(),
        });
    }

    fn wrong(&mut self, code: &'static str, blame: Blame<'_>, message: String, mend: &str) {
        self.note(Severity::Error, code, blame, message, mend);
    }

    fn warn(&mut self, code: &'static str, blame: Blame<'_>, message: String, mend: &str) {
        self.note(Severity::Warning, code, blame, message, mend);
    }

    /// A misspelt procedure is an error; one that went is not in the way of the others.
    fn without_procedure(&mut self, blame: Blame<'_>, name: &str) {
        let known: Vec<&str> = self.around.procedures.keys().map(String::as_str).collect();
        let message = format!("`{name}` is not a procedure of this pack: this says nothing");
        match nearest(name, &known) {
            Some(near) => self.wrong("WF301", blame, message, &format!("did you mean `{near}`?")),
            None => self.warn("WF301", blame, message, "remove it"),
        }
    }

    fn unknown<'k>(
        &mut self,
        code: &'static str,
        blame: Blame<'_>,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'k String>,
    ) {
        let known: Vec<&str> = known.map(String::as_str).collect();
        let mend =
            nearest(name, &known).map_or_else(|| format!("write a {what}"), |near| format!("did you mean `{near}`?"));
        self.wrong(code, blame, format!("`{name}` is no {what}"), &mend);
    }

    fn ways(&mut self) {
        for (key, way) in &self.table.ways {
            if way.law.is_none() && way.carrier == Carrier::Officer && !way.unverified {
                let message = "a way that an officer records has neither `law` nor `unverified`".to_owned();
                let mend = "cite the article on service, or write `unverified: true`";
                self.wrong("WF914", Blame::on(&way.at, &format!("ways.{key}")), message, mend);
            }
        }
    }

    /// The versions of a procedure that govern cases of these filing days.
    fn versions(&self, procedure: &str, filed: FiledRange) -> Vec<&'p Definition> {
        let all = self.around.procedures.get(procedure).into_iter().flatten();
        all.map(Arc::as_ref).filter(|d| meet(d.filed, filed)).collect()
    }

    fn row(&mut self, key: &str, row: &'p Owed) {
        let path = format!("feedback.{key}");
        let blame = Blame {
            lines: Some(&row.lines),
            ..Blame::on(&row.at, &path)
        };
        if !self.around.procedures.contains_key(&row.procedure) {
            self.without_procedure(blame.key("procedure"), &row.procedure);
            return;
        }
        for notice in row.notice.iter().filter(|key| !self.around.notices.contains_key(*key)) {
            self.unknown(
                "WF105",
                blame.key("notice"),
                "notice",
                notice,
                self.around.notices.keys(),
            );
        }
        for kind in row
            .document
            .iter()
            .filter(|key| !self.around.documents.contains_key(*key))
        {
            self.unknown(
                "WF106",
                blame.key("document"),
                "document",
                kind,
                self.around.documents.keys(),
            );
        }
        self.in_force(blame, row);
        self.carried(blame, row);
        let versions = self.versions(&row.procedure, row.filed);
        if versions.is_empty() {
            let message = format!("no version of `{}` governs filings of these days", row.procedure);
            // A file that no new case needs may go; its rows are not in the way.
            self.warn(
                "WF913",
                blame.key("until").key("from"),
                message,
                "correct `from` and `until`, or remove the row",
            );
        }
        self.ungoverned(blame, row, &versions);
        for definition in versions {
            self.names(blame, row, definition);
            for occasion in &row.on {
                self.told(blame, row, definition, occasion);
            }
            for served in &row.served {
                self.recorded(blame, served, definition);
            }
        }
        self.ended(blame, row);
    }

    /// A row does not begin before the first version that it is about.
    fn ungoverned(&mut self, blame: Blame<'_>, row: &Owed, versions: &[&Definition]) {
        let first = versions.iter().map(|definition| definition.filed.from).min().flatten();
        if let (Some(from), Some(first)) = (row.filed.from, first)
            && from < first
        {
            let message = format!("no version of `{}` governs filings before {first}", row.procedure);
            let mend = format!("write `from: {first}`, or leave `from` out");
            self.warn("WF913", blame.key("from"), message, &mend);
        }
    }

    /// A row cites law of the days for which it stands.
    fn in_force(&mut self, blame: Blame<'_>, row: &Owed) {
        let cited = row.law.as_ref().and_then(|law| self.around.law.cited(law).ok());
        let Some(instrument) = cited else { return };
        let force = FiledRange {
            from: Some(instrument.in_force.from),
            to: instrument.in_force.to,
        };
        let (key, last) = (&instrument.key, instrument.in_force.to);
        let outlasts = last.is_some_and(|last| row.filed.to.is_none_or(|to| to > last));
        if !meet(force, row.filed) || outlasts {
            let message = format!("cites `{key}` for filing days on which it is not in force");
            let mend = last.map_or_else(
                || format!("`{key}` is in force from {} on", instrument.in_force.from),
                |last| format!("write `until: {last}`, the last day of `{key}`"),
            );
            self.wrong("WF913", blame.key("law"), message, &mend);
        }
    }

    /// Its ways exist and reach the one to whom it is owed.
    fn carried(&mut self, blame: Blame<'_>, row: &Owed) {
        let fixed = row.served.iter().filter_map(|served| match &served.way {
            ServedBy::Way(way) => Some((way, served.line)),
            ServedBy::Field { .. } => None,
        });
        let ways = row.ways.iter().map(|way| (way, blame.key("ways").line));
        for (name, line) in ways.chain(fixed) {
            let blame = blame.line(line);
            let Some(way) = self.table.ways.get(name) else {
                self.unknown("WF914", blame, "way of `ways`", name, self.table.ways.keys());
                continue;
            };
            if way.carrier != Carrier::Officer && row.outside.is_some() {
                let message = format!("`{name}` reaches roles, and the row is owed to somebody without one");
                self.wrong("WF914", blame, message, "name ways that an officer records");
            }
            if way.carrier != Carrier::Officer && row.notice.is_none() && row.served.is_empty() {
                let message = format!("`{name}` carries notices, and the row has none");
                self.wrong(
                    "WF914",
                    blame,
                    message,
                    "name the `notice`, or how the document is served",
                );
            }
            if way.consent && row.consent.is_none() {
                let message = format!("`{name}` is open only to who agreed to it, and no field says so");
                self.wrong("WF914", blame, message, "name the field in `consent`");
            }
        }
    }

    /// What a row names of a version exists there.
    fn names(&mut self, blame: Blame<'_>, row: &Owed, definition: &Definition) {
        for role in row.to.iter().filter(|role| !definition.roles.contains_key(*role)) {
            self.unknown(
                "WF102",
                blame.key("to"),
                "role of the procedure",
                role,
                definition.roles.keys(),
            );
        }
        match &row.within {
            Within::Clocks(clocks) => {
                for clock in clocks.iter().filter(|clock| !definition.clocks.contains_key(*clock)) {
                    self.unknown(
                        "WF104",
                        blame.key("within"),
                        "clock of the procedure",
                        clock,
                        definition.clocks.keys(),
                    );
                }
            }
            Within::Period { since, .. } if since != "filing" && !definition.events.contains_key(since) => {
                self.unknown(
                    "WF108",
                    blame.key("since"),
                    "event of the procedure",
                    since,
                    definition.events.keys(),
                );
            }
            Within::Before { field, .. } => self.field(blame.key("before"), definition, field, "a day", |kind| {
                matches!(kind, FieldKind::Date { .. })
            }),
            _ => {}
        }
        if let Some(field) = &row.consent {
            self.field(blame.key("consent"), definition, field, "yes or no", |kind| {
                matches!(kind, FieldKind::Bool)
            });
        }
    }

    fn field(
        &mut self,
        blame: Blame<'_>,
        definition: &Definition,
        name: &str,
        wanted: &str,
        fits: fn(&FieldKind) -> bool,
    ) {
        match definition.fields.get(name) {
            None => self.unknown("WF103", blame, "field of the procedure", name, definition.fields.keys()),
            Some(field) if !fits(&field.kind) => {
                let message = format!("field `{name}` of `{}` is not {wanted}", definition.key);
                self.wrong("WF111", blame, message, &format!("name a field that is {wanted}"));
            }
            Some(_) => {}
        }
    }

    /// The occasion exists, and there the procedure does what the row says.
    fn told(&mut self, blame: Blame<'_>, row: &Owed, definition: &Definition, occasion: &Occasion) {
        let Some(done) = Done::at(definition, occasion) else {
            match occasion {
                Occasion::Clock(clock) => {
                    self.unknown(
                        "WF104",
                        blame.key("at"),
                        "clock of the procedure",
                        clock,
                        definition.clocks.keys(),
                    );
                }
                Occasion::Event(event) => {
                    self.unknown(
                        "WF108",
                        blame.key("at"),
                        "event of the procedure",
                        event,
                        definition.events.keys(),
                    );
                }
                Occasion::Filing => {}
            }
            return;
        };
        let version = format!("version {} of `{}`", definition.version, definition.key);
        if let Some(notice) = &row.notice {
            for role in row.to.iter().filter(|role| !done.tells(role, notice)) {
                let message = format!("{version} does not send `{notice}` to `{role}` {}", at(occasion));
                let mend = "correct the row, or let the procedure send it";
                let elsewhere = told_anywhere(definition).any(|(_, _, key)| key == notice);
                let key = match (done.tells_anybody(notice), elsewhere) {
                    (true, _) => "to",
                    (false, true) => "at",
                    (false, false) => "notice",
                };
                self.wrong("WF912", blame.key(key), message, mend);
            }
        }
        let Some(kind) = &row.document else { return };
        let blame = blame.key("document");
        let everywhere = || definition.effects().any(|effect| makes(effect, kind));
        // What is only told may have been made before: the decision that a later notice tells.
        if !done.makes(kind) && (row.notice.is_none() || !everywhere()) {
            let message = format!("{version} does not make `{kind}` {}", at(occasion));
            self.wrong("WF912", blame, message, "correct the row, or let the procedure make it");
        }
        let readers = self.around.documents.get(kind).map(|kind| &kind.readers);
        let party = |role: &&String| definition.roles.get(*role).is_some_and(|r| r.kind == RoleKind::Party);
        for role in row.to.iter().filter(party) {
            if readers.is_some_and(|readers| !readers.contains(role)) {
                let message = format!("`{role}` may not read `{kind}`, which the row says is owed to it");
                self.wrong("WF912", blame, message, "add the role to the `readers` of the document");
            }
        }
    }

    /// The event that records a service asks for the day and the way.
    fn recorded(&mut self, blame: Blame<'_>, served: &Served, definition: &Definition) {
        let blame = blame.line(served.line);
        let Some(event) = definition.events.get(&served.event) else {
            let known = definition.events.keys();
            self.unknown("WF108", blame, "event of the procedure", &served.event, known);
            return;
        };
        if let Some(day) = &served.day {
            self.field(blame, definition, day, "a day", |kind| {
                matches!(kind, FieldKind::Date { .. })
            });
            self.asked(blame, event, &served.event, day);
        }
        let ServedBy::Field { name, meant } = &served.way else {
            return;
        };
        self.field(blame, definition, name, "a choice", |kind| {
            matches!(kind, FieldKind::Choice(_))
        });
        self.asked(blame, event, &served.event, name);
        if let Some(FieldKind::Choice(options)) = definition.fields.get(name).map(|field| &field.kind) {
            for option in options {
                let way = meant.get(&option.key).unwrap_or(&option.key);
                if !self.table.ways.contains_key(way) {
                    self.unknown("WF914", blame, "way of `ways`", way, self.table.ways.keys());
                }
            }
            for option in meant.keys().filter(|key| !options.iter().any(|o| o.key == **key)) {
                let known = options.iter().map(|option| &option.key);
                self.unknown("WF914", blame, "option of the field", option, known);
            }
        }
    }

    fn asked(&mut self, blame: Blame<'_>, event: &Event, name: &str, field: &str) {
        if !event.form.iter().any(|asked| asked.field == field) {
            let message = format!("event `{name}` does not ask for `{field}`");
            self.wrong("WF912", blame, message, "name the event that records the service");
        }
    }

    /// What is no longer owed is no longer sent, unless another row or a courtesy says so.
    fn ended(&mut self, blame: Blame<'_>, row: &Owed) {
        let Some(next) = row.filed.to.and_then(time::Date::next_day) else {
            return;
        };
        let after = FiledRange {
            from: Some(next),
            to: None,
        };
        let Some(notice) = &row.notice else { return };
        for definition in self.versions(&row.procedure, after) {
            let sends =
                |role: &&String| told_anywhere(definition).any(|(_, to, key)| key == notice && to.contains(role));
            for role in row.to.iter().filter(sends) {
                let follows =
                    |other: &Owed| other.at != row.at && meet(other.filed, after) && owes(other, role, notice);
                let mut others = self.table.rows.values().filter(|other| other.concerns(definition));
                if others.any(follows) || self.is_courtesy(definition, notice) {
                    continue;
                }
                let message = format!(
                    "`{notice}` is no longer owed from {next} on, and version {} of `{}` still sends it to `{role}`",
                    definition.version, definition.key
                );
                let mend = "take the effect out of that version, or say in another row why it is owed there";
                self.wrong("WF917", blame.key("until"), message, mend);
            }
        }
    }

    /// One notice to one role is owed by one row.
    fn apart(&mut self, (key, row): (&str, &Owed), (other, earlier): (&str, &Owed)) {
        let same = row.procedure == earlier.procedure
            && row.notice.is_some()
            && row.notice == earlier.notice
            && row.to.iter().any(|role| earlier.to.contains(role));
        if same && meet(row.filed, earlier.filed) {
            let message = format!("says of the same notice and role what `{other}` says, for the same filing days");
            let mend = "make one row of the two, or part them by `from` and `until`";
            self.wrong("WF911", Blame::on(&row.at, &format!("feedback.{key}")), message, mend);
        }
    }

    fn courtesies(&mut self) {
        for courtesy in &self.table.courtesies {
            let path = format!("courtesy.{}", courtesy.procedure);
            let blame = Blame::on(&courtesy.at, &path);
            if self.around.unread.contains(&courtesy.procedure) {
                continue;
            }
            if !self.around.procedures.contains_key(&courtesy.procedure) {
                self.without_procedure(blame, &courtesy.procedure);
                continue;
            }
            let versions = self.versions(&courtesy.procedure, FiledRange::default());
            for (notice, line) in &courtesy.notices {
                let blame = blame.line(*line);
                let mut sent = versions.iter().flat_map(|d| told_anywhere(d));
                if !sent.any(|(_, _, key)| key == notice) {
                    let message = format!("`{}` does not send `{notice}`", courtesy.procedure);
                    self.warn("WF916", blame, message, "take it out, or correct its key");
                }
                let owed = self.table.rows.iter().find(|(_, row)| {
                    row.procedure == courtesy.procedure && row.notice.as_ref() == Some(notice) && row.filed.to.is_none()
                });
                if let Some((row, _)) = owed {
                    let message = format!("`{notice}` is a courtesy here, and owed by row `{row}`");
                    self.wrong("WF916", blame, message, "take out one of the two");
                }
            }
        }
    }

    fn is_courtesy(&self, definition: &Definition, notice: &str) -> bool {
        let mut courtesies = self.table.courtesies.iter();
        courtesies.any(|c| c.procedure == definition.key && c.notices.iter().any(|(key, _)| key == notice))
    }

    /// Whether a row or a courtesy says why a version sends a notice to a role.
    fn covered(&self, definition: &Definition, role: &str, notice: &str) -> bool {
        let mut rows = self.table.rows.values().filter(|row| row.concerns(definition));
        rows.any(|row| owes(row, role, notice)) || self.is_courtesy(definition, notice)
    }

    /// Notices to parties of which the table says nothing.
    fn untold(&mut self) {
        let around = self.around;
        for definition in around.procedures.values().flatten() {
            if around.unread.contains(&definition.key) {
                continue;
            }
            for (line, to, notice) in told_anywhere(definition) {
                let party = |role: &&String| definition.roles.get(*role).is_some_and(|r| r.kind == RoleKind::Party);
                for role in to.iter().filter(party) {
                    if self.covered(definition, role, notice) {
                        continue;
                    }
                    let message = format!("nothing says whether `{notice}` is owed to `{role}`");
                    let mend = "add a row to feedback/, or list it there under `courtesy`";
                    let at = (definition.file.clone(), line);
                    self.warn("WF915", Blame::on(&at, ""), message, mend);
                }
            }
        }
    }
}

fn at(occasion: &Occasion) -> String {
    match occasion {
        Occasion::Filing => "at the filing".to_owned(),
        Occasion::Event(event) => format!("at `{event}`"),
        Occasion::Clock(clock) => format!("as a warning of clock `{clock}`"),
    }
}

/// Whether a row owes this notice to this role.
fn owes(row: &Owed, role: &str, notice: &str) -> bool {
    row.notice.as_deref() == Some(notice) && row.to.iter().any(|to| to == role)
}
