//! Whether every case of an earlier version can come to a later one by the map that the later one gives (`WF604`).

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    chart::{Shape, StateIx},
    decide::can_hold,
    definition::{
        field::fits,
        migration::{ClockMove, DROP, Migration, RESTART},
        model::{Definition, FieldKind, Storage},
        source::nearest,
    },
    diagnostic::{Diagnostic, Severity},
    form::accepts,
};

/// Checks the maps of a definition against the versions that they lead from. Where a version could not be read, `unread`,
/// it is not said that it is not there.
pub(super) fn check(definition: &Definition, versions: &[Arc<Definition>], unread: bool, found: &mut Vec<Diagnostic>) {
    for (n, migration) in definition.migrations.iter().enumerate() {
        let old = versions.iter().find(|d| d.version == migration.from);
        let old = old.filter(|d| d.version < definition.version);
        let twice = definition.migrations.iter().take(n).any(|m| m.from == migration.from);
        let mut pair = Pair {
            new: definition,
            migration,
            found,
        };
        match old {
            _ if twice => {
                let message = format!("version {} is mapped twice", migration.from);
                pair.error("", "", message, "write one map for each earlier version");
            }
            None if unread => {}
            None => {
                let message = format!(
                    "there is no earlier version {} of `{}` to come from",
                    migration.from, definition.key
                );
                let mend = "name an earlier version, and keep its file as long as its cases are to move";
                pair.error("", "from", message, mend);
            }
            Some(old) => {
                pair.names(old);
                pair.states(old);
                pair.together(old);
                pair.fields(old);
                pair.values();
                pair.clocks(old);
                pair.others(old);
            }
        }
    }
}

struct Pair<'p> {
    new: &'p Definition,
    migration: &'p Migration,
    found: &'p mut Vec<Diagnostic>,
}

impl Pair<'_> {
    fn error(&mut self, part: &str, name: &str, message: String, mend: &str) {
        self.push(Severity::Error, part, name, message, mend);
    }

    fn push(&mut self, severity: Severity, part: &str, name: &str, message: String, mend: &str) {
        let path: Vec<&str> = ["migrates", part, name].into_iter().filter(|p| !p.is_empty()).collect();
        self.found.push(Diagnostic {
            file: self.new.file.clone(),
            line: self.migration.line_of(part, name),
            column: 0,
            code: "WF604",
            severity,
            path: path.join("."),
            message,
            mend: mend.to_owned(),
        });
    }

    /// What the map names must exist: on the left in the old version, on the right in this one.
    fn names(&mut self, old: &Definition) {
        let (from, to) = (old.version, self.new.version);
        let of = |d: &Definition| -> [Vec<String>; 3] {
            [
                d.states.iter().map(|state| state.id.clone()).collect(),
                d.fields.keys().cloned().collect(),
                d.clocks.keys().cloned().collect(),
            ]
        };
        let (left, right) = (of(old), of(self.new));
        let migration = self.migration;
        let parts = [
            ("states", &migration.states, &[][..]),
            ("fields", &migration.fields, &[DROP][..]),
            ("clocks", &migration.clocks, &[DROP, RESTART][..]),
        ];
        for (((part, moves, words), left), right) in parts.into_iter().zip(&left).zip(&right) {
            for (name, target) in moves {
                if !left.contains(name) {
                    let message = format!("version {from} has no `{name}` among its {part}");
                    self.error(part, name, message, &suggestion(name, left));
                }
                if !right.contains(target) && !words.contains(&target.as_str()) {
                    let message = format!("version {to} has no `{target}` among its {part}");
                    self.error(part, name, message, &suggestion(target, right));
                }
            }
        }
    }

    /// Every state in which a case can be has a place, and so has every history state.
    fn states(&mut self, old: &Definition) {
        for (ix, node) in old.chart.nodes() {
            let Some(state) = old.at(ix) else { continue };
            let history = matches!(node.shape, Shape::History { .. });
            if state.outcome.is_some() || !(history || old.chart.is_leaf(ix)) {
                continue;
            }
            let target = self.migration.state(self.new, &state.id);
            let to_history = |ix: &StateIx| matches!(self.new.chart.shape(*ix), Shape::History { .. });
            let good = match target {
                Some(ix) if history => to_history(&ix),
                Some(ix) => can_hold(self.new, ix),
                None => false,
            };
            if good {
                continue;
            }
            let message = match target {
                None => format!(
                    "`{}` of version {} has no place in version {}",
                    state.id, old.version, self.new.version
                ),
                Some(_) if history => format!("`{}` remembers states, and what it becomes does not", state.id),
                Some(_) => format!("a case in `{}` would be closed by moving, or be in no state", state.id),
            };
            let mend = format!(
                "write `{}: STATE` under `states:`, with an open state of this version",
                state.id
            );
            self.error("states", &state.id, message, &mend);
        }
    }

    /// States that can be active together stay so.
    fn together(&mut self, old: &Definition) {
        let leaves: Vec<StateIx> = old
            .leaves()
            .filter(|(_, s)| s.outcome.is_none())
            .map(|(ix, _)| ix)
            .collect();
        for (i, a) in leaves.iter().enumerate() {
            for b in leaves.iter().skip(i + 1).filter(|b| old.chart.together(*a, **b)) {
                let id = |ix: StateIx| old.at(ix).map(|state| state.id.clone()).unwrap_or_default();
                let (a, b) = (id(*a), id(*b));
                let targets = (self.migration.state(self.new, &a), self.migration.state(self.new, &b));
                let (Some(to_a), Some(to_b)) = targets else { continue };
                if to_a != to_b && !self.new.chart.together(to_a, to_b) {
                    let message = format!("a case is in `{a}` and `{b}` at once, and cannot be in what they become");
                    self.error("states", &b, message, "map them to one state, or into two regions");
                }
            }
        }
    }

    /// Nothing that is recorded gets lost unsaid, and what this version counts on is recorded.
    fn fields(&mut self, old: &Definition) {
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        let migration = self.migration;
        for (name, field) in &old.fields {
            let Some(to) = migration.field(name) else { continue };
            let Some(target) = self.new.fields.get(to) else {
                if !migration.fields.contains_key(name) {
                    let message = format!("field `{name}` of version {} has no place here", old.version);
                    let mend =
                        format!("write `{name}: FIELD` under `fields:`, or `{name}: {DROP}` to lose what it holds");
                    self.error("fields", name, message, &mend);
                }
                continue;
            };
            if !fits(&field.kind, &target.kind) || !bounds(&field.kind, &target.kind) || field.storage != target.storage
            {
                let message = format!("what `{name}` holds does not fit `{to}`");
                let mend = "pair fields of one type and storage; lists, lengths and ranges may only grow";
                self.error("fields", name, message, mend);
            }
            if let Some(other) = taken.insert(to, name) {
                let message = format!("`{other}` and `{name}` would both become `{to}`");
                self.error("fields", name, message, "map each field to one of its own");
            }
        }
        for asked in self.new.filing.form().filter(|f| f.required) {
            let of_case = self
                .new
                .fields
                .get(&asked.field)
                .is_some_and(|f| f.storage == Storage::Case);
            if of_case && !taken.contains_key(asked.field.as_str()) && !migration.set.contains_key(&asked.field) {
                let message = format!("`{}` is required of a filing here, and no case has it", asked.field);
                let mend = "give it a value under `set:`, ask for it later, by an event, or write `\"name?\"` in the filing form";
                self.error("fields", &asked.field, message, mend);
            }
        }
    }

    /// What cases are given must be a value of a field that they have here.
    fn values(&mut self) {
        let migration = self.migration;
        for (name, value) in &migration.set {
            let Some(field) = self.new.fields.get(name) else {
                let known: Vec<String> = self.new.fields.keys().cloned().collect();
                let message = format!("version {} has no `{name}` among its fields", self.new.version);
                self.error("set", name, message, &suggestion(name, &known));
                continue;
            };
            if field.storage != Storage::Case {
                let message = format!("`{name}` is personal, and a map says the same of every case");
                self.error("set", name, message, "set only fields with `storage: case`");
            } else if let Err(problem) = accepts(&field.kind, value) {
                let message = format!("`{value}` is not a value of `{name}`: {problem}");
                self.error("set", name, message, "write a value of the field's type");
            }
        }
    }

    fn clocks(&mut self, old: &Definition) {
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        let migration = self.migration;
        for name in old.clocks.keys() {
            let to = match migration.clock(name) {
                ClockMove::Drop => {
                    self.dropped(name);
                    continue;
                }
                ClockMove::Restart => name,
                ClockMove::To(to) => to,
            };
            let named = migration.clocks.get(name).is_some_and(|word| word != RESTART);
            if !self.new.clocks.contains_key(to) && !named {
                let message = format!("clock `{name}` of version {} has no place here", old.version);
                let mend = format!("write `{name}: CLOCK` under `clocks:`, or `{name}: {DROP}`");
                self.error("clocks", name, message, &mend);
            }
            if let Some(other) = taken.insert(to, name) {
                let message = format!("`{other}` and `{name}` would both become `{to}`");
                self.error("clocks", name, message, "map each clock to one of its own");
            }
        }
    }

    /// A clock that is dropped where this version has one of its name runs there from the day of the move: a period that the law
    /// counts from elsewhere would be another.
    fn dropped(&mut self, name: &str) {
        if self.new.clocks.contains_key(name) {
            let message = format!(
                "`{name}` is dropped, and this version has a clock of that name: it begins anew when a case moves"
            );
            let mend = "leave the line out to keep what has run, or write `restart` if it begins anew by law";
            self.push(Severity::Warning, "clocks", name, message, mend);
        }
    }

    /// Roles, open subcases and the case that opened this one are still known.
    fn others(&mut self, old: &Definition) {
        for role in old.roles.keys().filter(|role| !self.new.roles.contains_key(*role)) {
            let message = format!("role `{role}` is gone: whoever holds it on a case can do nothing more there");
            let mend = "keep the role, if somebody may hold it";
            self.push(Severity::Warning, "", "", message, mend);
        }
        for (alias, subcase) in &old.subcases {
            let same = self.new.subcases.get(alias);
            if !same.is_some_and(|s| s.procedure == subcase.procedure && s.link == subcase.link) {
                let message = format!("subcase `{alias}` is gone or another: an open one would not be heard");
                self.error("", "", message, "keep subcases with their procedure and link");
            }
        }
        if old.called_off.is_some() && self.new.called_off.is_none() {
            let message = "cases could be called off before, and could not after".to_owned();
            self.error("", "", message, "keep `called_off:`");
        }
    }
}

/// Whether every value within the bounds of one kind is within those of another.
fn bounds(from: &FieldKind, to: &FieldKind) -> bool {
    match (from, to) {
        (FieldKind::Integer { min: a, max: b }, FieldKind::Integer { min, max }) => min <= a && b <= max,
        _ => true,
    }
}

fn suggestion(name: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    nearest(name, &known).map_or_else(
        || "correct the name".to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}
