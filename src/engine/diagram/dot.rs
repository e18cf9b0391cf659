//! The diagram as DOT text, for Graphviz.

use std::collections::BTreeMap;

use super::{
    content::{Arrow, Cause, Content, Figure, Figured, Origin},
    mermaid::{id, lines, remarks},
    svg::ground,
    wording::{Language, Wording},
};
use crate::{chart::StateIx, definition::model::Definition};

/// Writes a procedure as a directed graph with a cluster for each state that has others inside.
pub fn dot(definition: &Definition, wording: &Wording<'_>) -> String {
    let content = Content::new(definition, wording);
    let ids = content.states.iter().map(|state| (state.ix, id(&state.id))).collect();
    let phases = content.phases().iter().map(|phase| (*phase).to_owned()).collect();
    let mut writer = Writer {
        content: &content,
        language: wording.language,
        ids,
        phases,
        text: String::new(),
    };
    writer.line(0, &format!("digraph {} {{", quoted(&definition.key)));
    let title = quoted(&format!("{} {}", content.title, definition.version));
    writer.line(
        1,
        &format!("graph [label={title}, labelloc=t, compound=true, rankdir=TB, fontname=\"sans-serif\"];"),
    );
    writer.line(
        1,
        "node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11];",
    );
    writer.line(1, "edge [fontname=\"sans-serif\", fontsize=10];");
    writer.line(1, "start [shape=circle, label=\"\", width=0.2, fillcolor=black];");
    writer.level(None, 1);
    for arrow in &content.arrows {
        writer.arrow(arrow);
    }
    writer.line(0, "}");
    writer.text
}

struct Writer<'c> {
    content: &'c Content,
    language: Language,
    ids: BTreeMap<StateIx, String>,
    phases: Vec<String>,
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

    fn is_around(&self, ix: StateIx) -> bool {
        let around = |state: &Figured| matches!(state.figure, Figure::Compound | Figure::Parallel);
        self.content.states.iter().any(|state| state.ix == ix && around(state))
    }

    fn level(&mut self, parent: Option<StateIx>, depth: usize) {
        let content = self.content;
        for state in content.states.iter().filter(|state| state.parent == parent) {
            let id = self.id(state.ix);
            let phase = self
                .phases
                .iter()
                .position(|phase| *phase == state.phase)
                .unwrap_or_default();
            let mut text = vec![state.title.clone()];
            text.extend(remarks(content, state, self.language));
            let label = quoted(&text.join("\n"));
            match state.figure {
                Figure::Compound | Figure::Parallel => {
                    let style = if state.figure == Figure::Parallel {
                        "dashed,rounded"
                    } else {
                        "rounded"
                    };
                    self.line(depth, &format!("subgraph cluster_{id} {{"));
                    self.line(depth + 1, &format!("label={label}; style=\"{style}\"; fontsize=11;"));
                    // Arrows lead from node to node; those of the cluster itself are cut off at its border.
                    self.line(depth + 1, &format!("{id} [shape=point, style=invis];"));
                    if content
                        .arrows
                        .iter()
                        .any(|arrow| arrow.from == Origin::Initial(state.ix))
                    {
                        self.line(
                            depth + 1,
                            &format!("start_{id} [shape=circle, label=\"\", width=0.12, fillcolor=black];"),
                        );
                    }
                    self.level(Some(state.ix), depth + 1);
                    self.line(depth, "}");
                }
                Figure::History { deep } => {
                    let sign = if deep { "H*" } else { "H" };
                    self.line(
                        depth,
                        &format!("{id} [shape=circle, label=\"{sign}\", fillcolor=white];"),
                    );
                }
                Figure::Plain | Figure::Final => {
                    let ends = if state.figure == Figure::Final { 2 } else { 1 };
                    let fill = ground(phase);
                    self.line(
                        depth,
                        &format!("{id} [label={label}, fillcolor=\"{fill}\", peripheries={ends}];"),
                    );
                }
            }
        }
    }

    fn arrow(&mut self, arrow: &Arrow) {
        let mut attributes = Vec::new();
        let from = match arrow.from {
            Origin::Filing => "start".to_owned(),
            Origin::Initial(ix) => format!("start_{}", self.id(ix)),
            Origin::State(ix) => {
                if self.is_around(ix) {
                    attributes.push(format!("ltail=cluster_{}", self.id(ix)));
                }
                self.id(ix)
            }
        };
        let to = self.id(arrow.to);
        if self.is_around(arrow.to) {
            attributes.push(format!("lhead=cluster_{to}"));
        }
        let lines = lines(self.content, &arrow.notes, self.language);
        if !lines.is_empty() {
            attributes.push(format!("label={}", quoted(&lines.join("\n"))));
        }
        match arrow.cause() {
            Cause::Clock => attributes.push("style=dashed, color=\"#a3341b\"".to_owned()),
            Cause::System if !arrow.notes.is_empty() => attributes.push("style=dotted".to_owned()),
            _ => {}
        }
        self.line(1, &format!("{from} -> {to} [{}];", attributes.join(", ")));
    }
}

/// A text in quotes; lines stay lines.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
    )
}
