//! The procedure as a table for lawyers, in Markdown: what can happen in each state, who does it, on which condition, until
//! when, by which article, with which document and notice.

use super::{
    content::{Cause, cause, event_title, indexed, owner},
    wording::{Language, Wording, usual_instrument},
};
use crate::{
    chart::{Shape, StateIx},
    definition::model::{Approver, Branch, Definition, EffectRule, Event, State},
    pack::Pack,
};

/// Writes a procedure of a pack as a table. Everything that happens has a row; a state without events has one of its own.
pub fn table(definition: &Definition, pack: &Pack, wording: &Wording<'_>) -> String {
    let rows = Rows {
        definition,
        pack,
        wording,
        usual: usual_instrument(definition).map(|reference| reference.instrument()),
    };
    let language = wording.language;
    let title = language.pick(&definition.title);
    let mut text = match language {
        Language::Zh => format!("# {title}（第{}版）\n\n", definition.version),
        Language::En => format!("# {title} (version {})\n\n", definition.version),
    };
    if let Some(reference) = usual_instrument(definition) {
        let instrument = wording.instrument(reference);
        text.push_str(&match language {
            Language::Zh => format!("未注明文件名称的条文出自《{instrument}》。\n\n"),
            Language::En => format!("Articles without a title are of: {instrument}.\n\n"),
        });
    }
    for rule in rows.separations() {
        text.push_str(&rule);
        text.push_str("\n\n");
    }
    let heads = match language {
        Language::Zh => ["状态", "由谁", "事件", "条件", "转到", "期限", "依据", "文书", "通知"],
        Language::En => [
            "State",
            "Who",
            "Event",
            "Condition",
            "Leads to",
            "Deadline",
            "Law",
            "Document",
            "Notice",
        ],
    };
    line(&mut text, &heads.map(str::to_owned));
    line(&mut text, &heads.map(|_| "---".to_owned()));
    line(&mut text, &rows.filing());
    for (ix, state) in indexed(definition) {
        for row in rows.state(ix, state) {
            line(&mut text, &row);
        }
    }
    text
}

type Row = [String; 9];

fn line(text: &mut String, cells: &Row) {
    for cell in cells {
        text.push_str("| ");
        text.push_str(&cell.replace('|', "\\|").replace('\n', " "));
        text.push(' ');
    }
    text.push_str("|\n");
}

struct Rows<'d, 'w> {
    definition: &'d Definition,
    pack: &'d Pack,
    wording: &'d Wording<'w>,
    usual: Option<&'d str>,
}

impl Rows<'_, '_> {
    fn language(&self) -> Language {
        self.wording.language
    }

    fn title(&self, ix: StateIx) -> String {
        let state = self.definition.at(ix);
        state.map_or_else(String::new, |state| match self.definition.chart.shape(ix) {
            Shape::History { .. } => {
                let around = self.definition.chart.node(ix).and_then(|node| node.parent);
                let around = around.map(|ix| self.title(ix)).unwrap_or_default();
                self.language().of("返回原处：", "back to where it was in: ").to_owned() + &around
            }
            _ => self.language().pick(&state.title).to_owned(),
        })
    }

    /// Roles that nobody has together on one case.
    fn separations(&self) -> Vec<String> {
        let apart = self
            .definition
            .roles
            .iter()
            .filter(|(_, role)| !role.incompatible_with.is_empty());
        let told = apart.map(|(_, role)| {
            let law = role.law.as_ref().map(|law| self.wording.article(law, self.usual));
            let others = self.wording.roles(self.definition, &role.incompatible_with);
            let title = self.language().pick(&role.title);
            match self.language() {
                Language::Zh => {
                    let law = law.map(|law| format!("（{law}）")).unwrap_or_default();
                    format!("职责分离：曾任“{others}”的，不得在同一案件中担任“{title}”，反之亦然{law}。")
                }
                Language::En => {
                    let law = law.map(|law| format!(" ({law})")).unwrap_or_default();
                    format!("Separation of duties: who was “{others}” on a case is not “{title}” on it, nor the other way round{law}.")
                }
            }
        });
        told.collect()
    }

    fn filing(&self) -> Row {
        let filing = &self.definition.filing;
        [
            self.language().of("（开始）", "(start)").to_owned(),
            self.wording.roles(self.definition, &filing.by),
            self.language().of("提交", "Filing").to_owned(),
            String::new(),
            self.title(self.definition.initial),
            String::new(),
            filing
                .law
                .as_ref()
                .map(|law| self.wording.article(law, self.usual))
                .unwrap_or_default(),
            self.documents(&[&filing.effects]),
            self.notices(&[&filing.effects]),
        ]
    }

    fn state(&self, ix: StateIx, state: &State) -> Vec<Row> {
        if matches!(self.definition.chart.shape(ix), Shape::History { .. }) {
            return Vec::new();
        }
        let mut name = format!("**{}**", self.title(ix));
        if let Some(outcome) = &state.outcome {
            name.push_str(&format!("{}{outcome}", self.language().of("；结果：", "; outcome: ")));
        }
        let mut deadline = self.deadlines(ix);
        let mut rows: Vec<Row> = Vec::new();
        for (event, branches) in &state.transitions {
            for branch in branches {
                let mut row = self.branch(event, branch);
                row[0].clone_from(&name);
                row[5] = std::mem::take(&mut deadline);
                rows.push(row);
            }
        }
        if rows.is_empty() {
            let mut row = Row::default();
            row[0] = name;
            row[1] = owner(self.definition, self.wording, state);
            row[5] = deadline;
            rows.push(row);
        }
        rows
    }

    fn branch(&self, name: &str, branch: &Branch) -> Row {
        let event = self.definition.events.get(name);
        let common: &[EffectRule] = event.map(|event| event.effects.as_slice()).unwrap_or_default();
        let effects = [common, &branch.effects];
        let targets: Vec<String> = branch.to.iter().map(|to| self.title(*to)).collect();
        let leads = if targets.is_empty() {
            self.language().of("（不变）", "(stays)").to_owned()
        } else {
            targets.join(self.language().of("、", ", "))
        };
        [
            String::new(),
            self.who(name),
            event_title(self.definition, self.wording, name),
            self.condition(event, branch),
            leads,
            String::new(),
            event
                .and_then(|event| event.law.as_ref())
                .map(|law| self.wording.article(law, self.usual))
                .unwrap_or_default(),
            self.documents(&effects),
            self.notices(&effects),
        ]
    }

    fn who(&self, name: &str) -> String {
        let language = self.language();
        match cause(self.definition, name) {
            Cause::Person => {
                let Some(event) = self.definition.events.get(name) else {
                    return String::new();
                };
                let by = self.wording.roles(self.definition, &event.by);
                match event.approval.as_ref().map(|approval| approval.of) {
                    None => by,
                    Some(Approver::TwoOfficers) => by + language.of("（不得少于两人）", " (two at least)"),
                    Some(Approver::Superior) => by + language.of("（上级机关）", " (superior organisation)"),
                }
            }
            Cause::Clock => {
                let clocks = self.definition.clocks.values();
                let titles: Vec<&str> = clocks
                    .filter(|clock| clock.expiry.as_deref() == Some(name))
                    .map(|clock| language.pick(&clock.title))
                    .collect();
                format!("{}{}", language.of("期限届满：", "expiry of: "), language.list(&titles))
            }
            Cause::System => language.of("（系统）", "(system)").to_owned(),
        }
    }

    /// When the branch is chosen, and what else it needs, with the reason that is given where that is missing.
    fn condition(&self, event: Option<&Event>, branch: &Branch) -> String {
        let language = self.language();
        let mut parts: Vec<String> = Vec::new();
        if let Some(when) = &branch.when {
            parts.push(language.pick(&when.in_words(self.definition)).to_owned());
        }
        for requirement in &branch.requires {
            let needed = requirement.guard.in_words(self.definition);
            let law = requirement
                .law
                .as_ref()
                .map(|law| self.wording.article(law, self.usual));
            let law = law.map(|law| format!("，{law}")).unwrap_or_default();
            let reason = language.pick(&requirement.reason);
            parts.push(match language {
                Language::Zh => format!("须：{}（否则：{reason}{law}）", needed.zh),
                Language::En => format!("needs: {} (else: {reason}{})", needed.en, law.replace('，', ", ")),
            });
        }
        let needs = event.into_iter().flat_map(|event| &event.needs);
        parts.extend(needs.map(|needed| match language {
            Language::Zh => format!("须先制作《{}》", needed.title.zh),
            Language::En => format!("needs “{}” first", needed.title.en),
        }));
        let wanted = event.into_iter().flat_map(|event| &event.evidence);
        parts.extend(wanted.map(|wanted| match language {
            Language::Zh => format!("须先有证据：{}", wanted.title().zh),
            Language::En => format!("needs evidence first: {}", wanted.title().en),
        }));
        parts.join(language.of("；", "; "))
    }

    fn deadlines(&self, ix: StateIx) -> String {
        let language = self.language();
        let told = self.definition.clocks.values().filter_map(|clock| {
            let title = language.pick(&clock.title);
            if clock.suspended_in.iter().any(|(state, _)| *state == ix) {
                return Some(format!("{title}{}", language.of("：中止", ": stands still")));
            }
            let length = self.wording.length(self.definition, clock);
            let law = self.wording.article(&clock.law, self.usual);
            let (colon, comma) = (language.of("：", ": "), language.of("，", ", "));
            clock
                .runs_in
                .contains(&ix)
                .then(|| format!("{title}{colon}{length}{comma}{law}"))
        });
        told.collect::<Vec<_>>().join("<br>")
    }

    fn documents(&self, effects: &[&[EffectRule]]) -> String {
        let titles: Vec<&str> = effects
            .iter()
            .flat_map(|rules| rules.iter())
            .filter_map(|rule| match rule {
                EffectRule::Document { kind } => Some(kind.as_str()),
                _ => None,
            })
            .map(|kind| {
                self.pack
                    .documents
                    .get(kind)
                    .map_or(kind, |known| self.language().pick(&known.title))
            })
            .collect();
        titles.join("<br>")
    }

    fn notices(&self, effects: &[&[EffectRule]]) -> String {
        let told = effects
            .iter()
            .flat_map(|rules| rules.iter())
            .filter_map(|rule| match rule {
                EffectRule::Notify { to, notice } => Some((to, notice, self.language().of("致", "to "))),
                EffectRule::Escalate { to, notice } => {
                    Some((to, notice, self.language().of("报上级：", "superior organisation: ")))
                }
                _ => None,
            });
        let written = told.map(|(to, notice, how)| {
            let known = self.pack.notices.get(notice);
            let subject = known.map_or(notice.as_str(), |known| self.language().pick(&known.subject));
            let (subject, to) = (blanked(subject), self.wording.roles(self.definition, to));
            match self.language() {
                Language::Zh => format!("{subject}（{how}{to}）"),
                Language::En => format!("{subject} ({how}{to})"),
            }
        });
        written.collect::<Vec<_>>().join("<br>")
    }
}

/// A text with dots for its placeholders.
fn blanked(text: &str) -> String {
    let mut rest = text;
    let mut blanked = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        blanked.push_str(before);
        blanked.push('…');
        rest = after;
    }
    blanked + rest
}
