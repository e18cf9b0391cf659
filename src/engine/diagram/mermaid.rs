//! The diagram as Mermaid text (`stateDiagram-v2`), for wikis and editors that draw it.

use std::collections::BTreeMap;

use super::{
    block::clock_text,
    content::{Arrow, Cause, Content, Figure, Figured, Note, Origin},
    svg::ground,
    wording::{Language, Wording},
};
use crate::{chart::StateIx, definition::model::Definition};

/// Writes a procedure as a Mermaid state diagram. History states are states with a sign: Mermaid has none.
pub fn mermaid(definition: &Definition, wording: &Wording<'_>) -> String {
    let content = Content::new(definition, wording);
    let ids = content.states.iter().map(|state| (state.ix, id(&state.id))).collect();
    let mut writer = Writer {
        content: &content,
        language: wording.language,
        ids,
        text: String::new(),
    };
    writer.line(0, "---");
    let title = serde_json::Value::from(format!("{} {}", content.title, definition.version));
    writer.line(0, &format!("title: {title}"));
    writer.line(0, "---");
    writer.line(0, "stateDiagram-v2");
    writer.level(None, 1);
    for arrow in &content.arrows {
        writer.arrow(arrow);
    }
    writer.colours();
    writer.text
}

/// A path as Mermaid and DOT take it for a name.
pub(super) fn id(path: &str) -> String {
    format!("s_{}", path.replace('.', "__").replace('-', "_"))
}

/// What stands at an arrow, one event a line.
pub(super) fn lines(content: &Content, notes: &[Note], language: Language) -> Vec<String> {
    let line = |note: &Note| {
        let mark = if note.conditional { "*" } else { "" };
        let expiry = if note.cause == Cause::Clock {
            language.of("期限届满：", "expiry: ")
        } else {
            ""
        };
        let roles: Vec<&str> = note
            .roles
            .iter()
            .filter_map(|role| content.roles.iter().find(|(key, _)| key == role))
            .map(|(_, title)| title.as_str())
            .collect();
        let by = match (roles.is_empty(), language) {
            (true, _) => String::new(),
            (false, Language::Zh) => format!("（{}）", language.list(&roles)),
            (false, Language::En) => format!(" ({})", language.list(&roles)),
        };
        format!("{expiry}{}{mark}{by}", note.title)
    };
    notes.iter().map(line).collect()
}

/// What a state says below its name, one thing a line.
pub(super) fn remarks(content: &Content, state: &Figured, language: Language) -> Vec<String> {
    let clocks = state.clocks.iter().map(|clock| clock_text(clock, language));
    let stays = lines(content, &state.stays, language);
    let outcome = state.outcome.iter();
    let outcome = outcome.map(|outcome| format!("{}{outcome}", language.of("结果：", "outcome: ")));
    let stays = stays
        .into_iter()
        .map(|line| format!("{}{line}", language.of("不离开：", "stays: ")));
    outcome.chain(clocks).chain(stays).collect()
}

struct Writer<'c> {
    content: &'c Content,
    language: Language,
    ids: BTreeMap<StateIx, String>,
    text: String,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn id(&self, ix: StateIx) -> String {
        self.ids.get(&ix).cloned().unwrap_or_default()
    }

    /// The states right inside a state, or all outermost ones.
    fn level(&mut self, parent: Option<StateIx>, depth: usize) {
        let content = self.content;
        let parallel = |ix: StateIx| {
            content
                .states
                .iter()
                .any(|s| s.ix == ix && s.figure == Figure::Parallel)
        };
        let regions = parent.is_some_and(parallel);
        let inside: Vec<&Figured> = content.states.iter().filter(|state| state.parent == parent).collect();
        for (number, state) in inside.iter().enumerate() {
            if regions && number > 0 {
                self.line(depth, "--");
            }
            let name = match state.figure {
                Figure::History { deep: false } => "H".to_owned(),
                Figure::History { deep: true } => "H*".to_owned(),
                _ => plain(&state.title),
            };
            let id = self.id(state.ix);
            self.line(depth, &format!("state \"{name}\" as {id}"));
            if matches!(state.figure, Figure::Compound | Figure::Parallel) {
                self.line(depth, &format!("state {id} {{"));
                self.level(Some(state.ix), depth + 1);
                self.line(depth, "}");
            }
            let remarks = remarks(content, state, self.language);
            if !remarks.is_empty() {
                self.line(depth, &format!("note right of {id}"));
                for remark in remarks {
                    self.line(depth + 1, &plain(&remark));
                }
                self.line(depth, "end note");
            }
        }
        for arrow in content
            .arrows
            .iter()
            .filter(|arrow| parent.is_some_and(|ix| arrow.from == Origin::Initial(ix)))
        {
            let to = self.id(arrow.to);
            self.line(depth, &format!("[*] --> {to}"));
        }
    }

    fn arrow(&mut self, arrow: &Arrow) {
        let from = match arrow.from {
            Origin::Filing => "[*]".to_owned(),
            Origin::Initial(_) => return,
            Origin::State(ix) => self.id(ix),
        };
        let lines: Vec<String> = lines(self.content, &arrow.notes, self.language)
            .iter()
            .map(|l| plain(l))
            .collect();
        let label = if lines.is_empty() {
            String::new()
        } else {
            format!(" : {}", lines.join("<br/>"))
        };
        let to = self.id(arrow.to);
        self.line(1, &format!("{from} --> {to}{label}"));
    }

    /// Ends, and the colours of the steps.
    fn colours(&mut self) {
        let content = self.content;
        for state in content.states.iter().filter(|state| state.figure == Figure::Final) {
            let id = self.id(state.ix);
            if state.parent.is_none() {
                self.line(1, &format!("{id} --> [*]"));
            }
        }
        for (number, phase) in content.phases().iter().enumerate() {
            let ids: Vec<String> = content
                .states
                .iter()
                .filter(|state| state.phase == *phase && !matches!(state.figure, Figure::Compound | Figure::Parallel))
                .map(|state| self.id(state.ix))
                .collect();
            if !ids.is_empty() {
                self.line(
                    1,
                    &format!("classDef step{number} fill:{},color:#1b1f24", ground(number)),
                );
                self.line(1, &format!("class {} step{number}", ids.join(",")));
            }
        }
    }
}

/// A text without the signs that mean something to Mermaid.
fn plain(text: &str) -> String {
    text.replace('"', "'")
        .replace(':', "：")
        .replace(';', "；")
        .replace('#', "＃")
        .replace('\n', " ")
}
