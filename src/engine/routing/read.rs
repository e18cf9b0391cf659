//! Reading `workflows/routing/*.yaml`: what an analyst wrote, compiled for each version that it names.

use std::{collections::BTreeMap, sync::Arc};

use indexmap::IndexMap;

use super::{Cell, Hit, Level, Routing, Rule, Several, Table, cover};
use crate::{
    clock::{Law, LawRef},
    definition::{
        authored::Named,
        decode::{label, name_at, named, names_at, title, word},
        grammar,
        model::{Definition, FieldKind, Storage},
        source::{Fields, Node, Place, Reader, Value, nearest},
    },
    text::Label,
};

/// A table as it was written.
#[derive(Debug)]
pub(crate) struct Authored {
    procedure: Named,
    versions: Vec<(u32, Place)>,
    title: Label,
    proposes: Named,
    hit: Hit,
    rules: Vec<AuthoredRule>,
    rules_at: Place,
    several: Option<Several>,
}

#[derive(Debug)]
struct AuthoredRule {
    when: Vec<(Named, Vec<Written>)>,
    competent: Vec<Named>,
    level: Level,
    law: LawRef,
    reason: Label,
    place: Place,
}

/// A value of `when:`.
#[derive(Debug)]
enum Written {
    Word(Named),
    Bool(bool, Place),
}

/// Decodes a file; what is wrong is in the reader. Nothing where a part is missing without which there is no table.
pub(crate) fn authored(r: &mut Reader<'_>, root: &Node, law: &Law) -> Option<Authored> {
    let map = r.mapping(root, "", &grammar::ROUTING)?;
    let mut written = Writing {
        law,
        instrument: name_at(r, &map, "instrument").map(|instrument| instrument.name),
    };
    let title = title(r, &map);
    let versions = versions(r, &map);
    let hit = word(r, &map, "hit", &grammar::HITS);
    let several = map.get("several").and_then(|node| written.several(r, node));
    let rules = map.get("rules");
    let rules_at = rules.map_or(map.place, |node| node.place);
    let nodes = rules.map(|node| r.list(node)).unwrap_or_default();
    let before = r.found.len();
    let rules = nodes
        .into_iter()
        .enumerate()
        .filter_map(|(at, node)| written.rule(r, node, &format!("rules.{}", at + 1)));
    let rules: Vec<AuthoredRule> = rules.collect();
    let whole = r.found.len() == before;
    let procedure = name_at(r, &map, "procedure")?;
    let proposes = name_at(r, &map, "proposes")?;
    // Of a table with rules that could not be read, gaps say nothing.
    whole.then_some(Authored {
        procedure,
        versions,
        title,
        proposes,
        hit: hit.unwrap_or(Hit::Unique),
        rules,
        rules_at,
        several,
    })
}

fn versions(r: &mut Reader<'_>, map: &Fields<'_>) -> Vec<(u32, Place)> {
    let nodes = map.get("versions").map(|node| r.list(node)).unwrap_or_default();
    let number = |r: &mut Reader<'_>, node: &Node| {
        let number = r.integer(node, "versions")?;
        u32::try_from(number).ok().map(|number| (number, node.place))
    };
    nodes.into_iter().filter_map(|node| number(r, node)).collect()
}

struct Writing<'l> {
    law: &'l Law,
    instrument: Option<String>,
}

impl Writing<'_> {
    /// An article, of the table's instrument where none is written.
    fn law(&mut self, r: &mut Reader<'_>, map: &Fields<'_>) -> Option<LawRef> {
        let name = name_at(r, map, "law")?;
        let full = match &self.instrument {
            Some(instrument) if !name.name.contains('#') => format!("{instrument}#{}", name.name),
            _ => name.name.clone(),
        };
        let (message, mend) = match full.parse::<LawRef>() {
            Ok(law) => match self.law.fault_of(&law) {
                None => return Some(law),
                Some(fault) => fault,
            },
            Err(error) => (error.to_string(), "write `samr-121#13.1`"),
        };
        r.error("WF107", name.place, &name.path, message, mend);
        None
    }

    fn several(&mut self, r: &mut Reader<'_>, node: &Node) -> Option<Several> {
        let map = r.mapping(node, "several", &grammar::SEVERAL)?;
        let law = self.law(r, &map);
        let reason = map.get("reason").map(|node| label(r, node, "several.reason"));
        Some(Several {
            law: law?,
            reason: reason?,
        })
    }

    fn rule(&mut self, r: &mut Reader<'_>, node: &Node, path: &str) -> Option<AuthoredRule> {
        let map = r.mapping(node, path, &grammar::ROUTE)?;
        let mut when = Vec::new();
        let asked = map.get("when").map(|node| r.entries(node, &map.at("when")));
        for (key, node) in asked.unwrap_or_default() {
            let path = format!("{}.{}", map.at("when"), key.name);
            let field = Named {
                name: key.name.clone(),
                place: key.place,
                path: path.clone(),
            };
            let values: Vec<Written> = r
                .list(node)
                .into_iter()
                .filter_map(|node| value(r, node, &path))
                .collect();
            if values.is_empty() {
                let message = format!("`{}` is asked for no value", key.name);
                r.error(
                    "WF902",
                    key.place,
                    &path,
                    message,
                    "name the values that fit, or leave the field out",
                );
            }
            when.push((field, values));
        }
        let competent = names_at(r, &map, "competent");
        if competent.is_empty() && map.get("competent").is_some() {
            let message = "nobody is competent".to_owned();
            let mend = "name the fields of the places whose office is competent";
            r.error("WF902", map.place, &map.at("competent"), message, mend);
        }
        let level = word(r, &map, "level", &grammar::LEVELS);
        let law = self.law(r, &map);
        let reason = map.get("reason").map(|node| label(r, node, &map.at("reason")));
        Some(AuthoredRule {
            when,
            competent,
            level: level?,
            law: law?,
            reason: reason?,
            place: node.place,
        })
    }
}

fn value(r: &mut Reader<'_>, node: &Node, path: &str) -> Option<Written> {
    match node.value {
        Value::Bool(yes) => Some(Written::Bool(yes, node.place)),
        _ => named(r, node, path).map(Written::Word),
    }
}

/// Compiles a table for each version that it names, and takes it in. `broken` says of a procedure whether something in its
/// files could not be compiled: what is wrong there is told there.
pub(crate) fn compile(
    r: &mut Reader<'_>,
    table: &Authored,
    procedures: &BTreeMap<String, Vec<Arc<Definition>>>,
    broken: impl Fn(&str) -> bool,
    routing: &mut Routing,
) {
    let name = &table.procedure;
    if broken(&name.name) {
        return;
    }
    let Some(versions) = procedures.get(&name.name) else {
        let known: Vec<&str> = procedures.keys().map(String::as_str).collect();
        let message = format!(
            "`{}` is not a procedure of this pack: the table says nothing",
            name.name
        );
        match nearest(&name.name, &known) {
            Some(near) => r.error(
                "WF301",
                name.place,
                &name.path,
                message,
                &format!("did you mean `{near}`?"),
            ),
            // A file that no new case needs may go; its table is not in the way.
            None => r.warning("WF301", name.place, &name.path, message, "remove the table"),
        }
        return;
    };
    for (number, place) in &table.versions {
        let Some(definition) = versions.iter().find(|definition| definition.version == *number) else {
            let message = format!("`{}` has no version {number}", name.name);
            // A file that no new case needs may go; its table is not in the way. What is missing is told where it matters.
            r.warning("WF301", *place, "versions", message, "name versions that have a file");
            continue;
        };
        let mut compiler = Compiler {
            r: &mut *r,
            definition,
            whole: true,
        };
        let compiled = compiler.table(table);
        if compiler.whole {
            check(r, table, &compiled);
        }
        let taken = routing.tables.entry(name.name.clone()).or_default();
        if taken.insert(*number, compiled).is_some() {
            let message = format!("version {number} of `{}` has two tables", name.name);
            r.error("WF905", *place, "versions", message, "leave one of them");
        }
    }
}

/// A procedure that is routed is routed in each of its versions.
pub(crate) fn each_version_has_one(
    r: &mut Reader<'_>,
    table: &Authored,
    procedures: &BTreeMap<String, Vec<Arc<Definition>>>,
    routing: &Routing,
) {
    let name = &table.procedure;
    let Some(tables) = routing.tables.get(&name.name) else {
        return;
    };
    for definition in procedures.get(&name.name).into_iter().flatten() {
        if !tables.contains_key(&definition.version) {
            let message = format!("version {} of `{}` has no table", definition.version, name.name);
            let mend = "add it to `versions`, or write a table for it";
            r.warning("WF905", name.place, &name.path, message, mend);
        }
    }
}

fn suggestion(name: &str, known: &[&str]) -> String {
    nearest(name, known).map_or_else(
        || format!("known: {}", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}

struct Compiler<'r, 'f, 'd> {
    r: &'r mut Reader<'f>,
    definition: &'d Definition,
    /// Whether all names fit so far.
    whole: bool,
}

impl Compiler<'_, '_, '_> {
    fn table(&mut self, table: &Authored) -> Table {
        let proposes = &table.proposes;
        if let Some(kind) = self.field(proposes)
            && !matches!(kind, FieldKind::Organisation { .. })
        {
            let message = format!("`{}` is no organisation", proposes.name);
            self.unfit(proposes, message, "name a field of type organisation");
        }
        let mut inputs: IndexMap<String, Vec<Cell>> = IndexMap::new();
        for (field, _) in table.rules.iter().flat_map(|rule| &rule.when) {
            if !inputs.contains_key(&field.name)
                && let Some(values) = self.values(field)
            {
                inputs.insert(field.name.clone(), values);
            }
        }
        let rules = table.rules.iter().map(|rule| self.rule(rule, &inputs)).collect();
        Table {
            title: table.title.clone(),
            proposes: proposes.name.clone(),
            hit: table.hit,
            inputs,
            rules,
            several: table.several.clone(),
        }
    }

    fn unfit(&mut self, at: &Named, message: String, mend: &str) {
        self.whole = false;
        self.r.error("WF902", at.place, &at.path, message, mend);
    }

    fn field(&mut self, name: &Named) -> Option<&FieldKind> {
        if let Some(field) = self.definition.fields.get(&name.name) {
            return Some(&field.kind);
        }
        let known: Vec<&str> = self.definition.fields.keys().map(String::as_str).collect();
        let message = format!(
            "`{}` is not a field of version {} of `{}`",
            name.name, self.definition.version, self.definition.key
        );
        let mend = nearest(&name.name, &known).map_or_else(
            || "correct the name, or leave the version out".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.whole = false;
        self.r.error("WF103", name.place, &name.path, message, &mend);
        None
    }

    /// All values that a field may have in a case of this version.
    fn values(&mut self, name: &Named) -> Option<Vec<Cell>> {
        let kind = self.field(name)?.clone();
        let form = || self.definition.filing.form().filter(|asked| asked.field == name.name);
        let of_events = self.definition.events.values().flat_map(|event| &event.form);
        let asked = form()
            .chain(of_events.filter(|asked| asked.field == name.name))
            .next()
            .is_some();
        let required = form().any(|asked| asked.required);
        let stored = self.definition.fields.get(&name.name).map(|field| field.storage);
        if stored != Some(Storage::Case) || !asked {
            let message = format!("`{}` is not stored with the case, or nobody is asked for it", name.name);
            self.unfit(name, message, "name a field that a form asks for, of `storage: case`");
            return None;
        }
        let (mut values, without) = match kind {
            FieldKind::Choice(choices) => {
                let options = choices.into_iter().map(|choice| Cell::Option(choice.key));
                (options.collect(), Cell::Unanswered)
            }
            FieldKind::Bool => (vec![Cell::Answer(true), Cell::Answer(false)], Cell::Unanswered),
            FieldKind::Division => (vec![Cell::Known], Cell::Unknown),
            _ => {
                let message = format!("a rule cannot tell values of `{}` apart", name.name);
                self.unfit(name, message, "name a choice, a yes or no, or a division");
                return None;
            }
        };
        if !required {
            values.push(without);
        }
        Some(values)
    }

    fn rule(&mut self, rule: &AuthoredRule, inputs: &IndexMap<String, Vec<Cell>>) -> Rule {
        let mut when = IndexMap::new();
        for (field, written) in &rule.when {
            let Some(values) = inputs.get(&field.name) else {
                continue;
            };
            let cells = written.iter().filter_map(|written| self.cell(field, written, values));
            when.insert(field.name.clone(), cells.collect());
        }
        for place in &rule.competent {
            if self.field(place).is_some_and(|kind| *kind != FieldKind::Division) {
                let message = format!("`{}` is no place", place.name);
                self.unfit(place, message, "name a field of type division");
            }
        }
        Rule {
            when,
            competent: rule.competent.iter().map(|place| place.name.clone()).collect(),
            level: rule.level,
            law: rule.law.clone(),
            reason: rule.reason.clone(),
            line: rule.place.line,
        }
    }

    fn cell(&mut self, field: &Named, written: &Written, values: &[Cell]) -> Option<Cell> {
        let (text, place) = match written {
            Written::Word(word) => (word.name.clone(), word.place),
            Written::Bool(yes, place) => (yes.to_string(), *place),
        };
        let found = values.iter().find(|cell| cell.to_string() == text);
        if found.is_none() {
            let words: Vec<String> = values.iter().map(Cell::to_string).collect();
            let known: Vec<&str> = words.iter().map(String::as_str).collect();
            let message = format!(
                "`{}` is never `{text}` in version {} of `{}`",
                field.name, self.definition.version, self.definition.key
            );
            let at = Named { place, ..field.clone() };
            self.unfit(&at, message, &suggestion(&text, &known));
        }
        found.cloned()
    }
}

/// Gaps, overlaps and rules that never count.
fn check(r: &mut Reader<'_>, authored: &Authored, table: &Table) {
    let line = |rule: usize| authored.rules.get(rule).map(|rule| rule.place).unwrap_or_default();
    for flaw in cover::flaws(table) {
        match flaw {
            cover::Flaw::Gap { first, count } => {
                let more = if count > 1 {
                    format!(", nor {} others", count - 1)
                } else {
                    String::new()
                };
                let message = format!("no rule covers {first}{more}");
                let mend = "add a rule, or widen one; a field that a rule leaves out may have any value";
                r.error("WF903", authored.rules_at, "rules", message, mend);
            }
            cover::Flaw::Overlap {
                one,
                other,
                combination,
            } => {
                let message = format!(
                    "this rule and the one at line {} both cover {combination}",
                    line(one).line
                );
                let path = format!("rules.{}", other + 1);
                let mend = "let each combination have one rule, or write `hit: first`";
                r.error("WF904", line(other), &path, message, mend);
            }
            cover::Flaw::Hidden(rule) => {
                let message = "the rules before this one take everything that it covers".to_owned();
                let path = format!("rules.{}", rule + 1);
                r.error("WF904", line(rule), &path, message, "move it up, or remove it");
            }
            cover::Flaw::TooMany => {
                let message = "the fields that the rules read have too many combinations".to_owned();
                r.error(
                    "WF902",
                    authored.rules_at,
                    "rules",
                    message,
                    "let the rules read fewer fields",
                );
            }
        }
    }
}
