//! Names in a procedure file: each must be known where it is used, and used where it is declared.

use indexmap::IndexMap;

use crate::{
    clock::LawRef,
    definition::{
        authored::{self, Named},
        compile::Compiler,
        model::{Event, StateIx},
        source::{Reader, nearest},
        wide,
    },
    diagnostic::Diagnostic,
};

/// An instrument that is not known is said once, where it is named for the whole file, and not at each article.
pub(super) fn once(reader: &mut Reader<'_>, authored: &authored::Procedure, before: usize) {
    let Some(instrument) = &authored.instrument else { return };
    let same = format!("`{}` is not an instrument", instrument.name);
    let is_same = |found: &Diagnostic| found.code == "WF107" && found.message.starts_with(&same);
    let Some(mut first) = reader.found.iter().skip(before).find(|found| is_same(found)).cloned() else {
        return;
    };
    let mut place = 0;
    reader.found.retain(|found| {
        place += 1;
        place <= before || !is_same(found)
    });
    (first.line, first.column) = (instrument.place.line, instrument.place.column);
    reader.found.push(first);
}

impl Compiler<'_, '_, '_> {
    pub(super) fn unknown(&mut self, code: &'static str, what: &str, name: &Named, known: &[&str]) {
        let near = || nearest(&name.name, known).map(|near| format!("did you mean `{near}`?"));
        let mend = wide::in_word(&name.name).or_else(near);
        let mend = mend.unwrap_or_else(|| listed(&name.name, known));
        let message = format!("`{}` is {}", name.name, not_one(what));
        self.r.error(code, name.place, &name.path, message, &mend);
    }

    pub(super) fn role_named(&mut self, name: &Named) -> Option<String> {
        if self.roles.contains_key(&name.name) {
            self.used.insert(format!("role {}", name.name));
            return Some(name.name.clone());
        }
        let known: Vec<String> = self.roles.keys().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.unknown("WF102", "role of this procedure", name, &known);
        None
    }

    pub(super) fn roles_named(&mut self, names: &[Named]) -> Vec<String> {
        self.doubled(names);
        names.iter().filter_map(|n| self.role_named(n)).collect()
    }

    /// A list names nothing twice.
    pub(super) fn doubled(&mut self, names: &[Named]) {
        for (i, name) in names.iter().enumerate() {
            if names.iter().take(i).any(|before| before.name == name.name) {
                let message = format!("`{}` stands twice in this list", name.name);
                self.r.error("WF109", name.place, &name.path, message, "name it once");
            }
        }
    }

    pub(super) fn field_named(&mut self, name: &Named) -> Option<String> {
        if self.fields.contains_key(&name.name) {
            self.used.insert(format!("field {}", name.name));
            return Some(name.name.clone());
        }
        let known: Vec<String> = self.fields.keys().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.unknown("WF103", "field of this procedure", name, &known);
        None
    }

    pub(super) fn state_named(&mut self, name: &Named) -> Option<StateIx> {
        if let Some(ix) = self.states.get(&name.name) {
            return Some(*ix);
        }
        let known: Vec<String> = self.states.keys().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.unknown("WF101", "state of this procedure (write the full path)", name, &known);
        None
    }

    pub(super) fn law(&mut self, name: &Named) -> Option<LawRef> {
        let full = match (&self.authored.instrument, name.name.contains('#')) {
            (Some(instrument), false) => format!("{}#{}", instrument.name, name.name),
            _ => name.name.clone(),
        };
        let parsed: Result<LawRef, _> = full.parse();
        match parsed {
            Ok(law) => match self.around.law.fault_of(&law) {
                None => Some(law),
                Some((message, mend)) => {
                    self.r.error("WF107", name.place, &name.path, message, mend);
                    None
                }
            },
            Err(error) => {
                let instrument = full.split_once('#').map_or("samr-121", |(instrument, _)| instrument);
                let mend = wide::in_word(&name.name).unwrap_or_else(|| {
                    format!("write `{instrument}#15` for an article, `#15.1` for its paragraph, `#15.1(2)` for an item of that")
                });
                self.r.error("WF107", name.place, &name.path, error.to_string(), &mend);
                None
            }
        }
    }

    pub(super) fn maybe_law(&mut self, name: Option<&Named>) -> Option<LawRef> {
        name.and_then(|n| self.law(n))
    }

    pub(super) fn unused(&mut self, events: &IndexMap<String, Event>) {
        let declared: Vec<(&str, &Named)> = self
            .authored
            .events
            .iter()
            .map(|e| ("event", &e.name))
            .chain(self.authored.fields.iter().map(|f| ("field", &f.name)))
            .collect();
        for (what, name) in declared {
            let known = what != "event" || events.contains_key(&name.name);
            if known && !self.used.contains(&format!("{what} {}", name.name)) {
                let message = format!("{what} `{}` is never used", name.name);
                self.r
                    .warning("WF108", name.place, &name.path, message, "use it or remove it");
            }
        }
    }

    pub(super) fn used_field(&mut self, name: &str) {
        self.used.insert(format!("field {name}"));
    }

    pub(super) fn clock_named(&mut self, name: &Named) -> Option<String> {
        let known: Vec<&str> = self.authored.clocks.iter().map(|c| c.name.name.as_str()).collect();
        if known.contains(&name.name.as_str()) {
            return Some(name.name.clone());
        }
        self.unknown("WF104", "clock of this procedure", name, &known);
        None
    }
}

/// What something is not, with the article that its word wants.
fn not_one(what: &str) -> String {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("not {article} {what}")
}

/// Names that are listed at most: more of them nobody reads.
const LISTED: usize = 20;

/// The names that there are; of many, those that begin with the same word, or else some.
fn listed(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return "there is none".to_owned();
    }
    if known.len() <= LISTED {
        return format!("known: {}", known.join(", "));
    }
    let first = |name: &str| name.split('_').next().unwrap_or_default().to_owned();
    let akin: Vec<&str> = known.iter().copied().filter(|k| first(k) == first(name)).collect();
    let some = if akin.is_empty() { known } else { &akin };
    let some: Vec<&str> = some.iter().copied().take(LISTED).collect();
    format!("among the {} that are known: {}", known.len(), some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn of_many_names_those_that_begin_alike_are_listed() {
        assert_eq!(listed("x", &["a", "b"]), "known: a, b");
        let many: Vec<String> = (0..50)
            .map(|n| format!("{}_{n}", if n % 10 == 0 { "report" } else { "other" }))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(
            listed("report_gone", &many),
            "among the 50 that are known: report_0, report_10, report_20, report_30, report_40"
        );
        assert_eq!(listed("nothing", &many).matches("other").count(), 18);
    }
}
