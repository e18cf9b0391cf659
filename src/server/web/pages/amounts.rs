//! Sums that the law speaks of: compensation, damages, thresholds; and who is liable, who may sue. Helps, never findings.

use std::collections::BTreeMap;

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode, web::Path};
use zhengming_engine::{
    clock::{LawRef, local_date},
    pack::Pack,
    remedy::HintGroup,
    text::short_yuan,
};

use crate::{
    locale::text,
    web::{
        failure::Failure,
        form::{Complaint, fen},
        page::{Page, Words, html, status_of},
        visit::Visit,
    },
};

mod compensation;
mod damages;
mod offences;

/// The calculators, by the last part of their address.
const CALCULATORS: [&str; 3] = ["compensation", "damages", "offences"];

#[derive(Template)]
#[template(path = "amounts.html")]
struct Index {
    page: Page,
    calculators: Vec<Offer>,
    groups: Vec<Group>,
}

struct Offer {
    key: &'static str,
    title: String,
    about: String,
}

struct Group {
    title: String,
    hints: Vec<Line>,
}

/// A line of what came out, or a hint.
struct Line {
    label: String,
    value: String,
    law: Option<String>,
    notes: Vec<String>,
    /// The figures were not checked against a published text.
    unverified: bool,
}

/// What there is to reckon, and the hints.
#[handler]
pub(in crate::web) async fn index(visit: Visit) -> Result<Response, Failure> {
    let page = Page::titled(&visit, "portal-amounts-title");
    let words = page.words;
    let pack = visit.app.pack();
    let calculators = CALCULATORS.map(|key| Offer {
        key,
        title: words.t(&format!("portal-amounts-{key}")),
        about: words.t(&format!("portal-amounts-{key}-about")),
    });
    let groups = [
        (HintGroup::Liability, "portal-amounts-liability"),
        (HintGroup::PublicInterest, "portal-amounts-public-interest"),
    ];
    let groups = groups.map(|(group, title)| Group {
        title: words.t(title),
        hints: hints(words, &pack, group),
    });
    let index = Index {
        calculators: calculators.into(),
        groups: groups.into_iter().filter(|group| !group.hints.is_empty()).collect(),
        page,
    };
    html(&index, StatusCode::OK)
}

fn hints(words: Words, pack: &Pack, group: HintGroup) -> Vec<Line> {
    let of_group = pack.remedies.hints.values().filter(|hint| hint.group == group);
    let line = of_group.map(|hint| Line {
        label: words.pick(&hint.title).to_owned(),
        value: words.pick(&hint.text).to_owned(),
        law: hint.law.as_ref().map(|law| words.law(&pack.law, law)),
        notes: Vec::new(),
        unverified: hint.unverified,
    });
    line.collect()
}

/// A question of a calculator.
struct Input {
    name: &'static str,
    label: String,
    hint: Option<String>,
    value: String,
    error: Option<String>,
    control: Control,
}

enum Control {
    /// Yuan, or a number.
    Text,
    /// One of some: key, words, whether chosen.
    Select(Vec<(String, String, bool)>),
    /// Yes or nothing.
    Check(bool),
}

#[derive(Template)]
#[template(path = "amounts_form.html")]
struct Calculator {
    page: Page,
    action: String,
    lead: String,
    inputs: Vec<Input>,
    complaints: Vec<Complaint>,
    /// What came out; nothing before something was asked.
    results: Vec<Line>,
    asked: bool,
}

/// A calculator; with answers in the address it reckons. Sums name nobody.
#[handler]
pub(in crate::web) async fn show(
    visit: Visit,
    Path(which): Path<String>,
    request: &Request,
) -> Result<Response, Failure> {
    let key = CALCULATORS
        .into_iter()
        .find(|key| *key == which)
        .ok_or(Failure::NotFound)?;
    let pack = visit.app.pack();
    let today = local_date(visit.app.clock.now()).map_err(|_| Failure::Internal("DATE"))?;
    let page = Page::titled(&visit, &format!("portal-amounts-{key}"));
    let given = request.params::<BTreeMap<String, String>>().unwrap_or_default();
    let mut sheet = Sheet {
        words: page.words,
        asked: !given.is_empty(),
        given,
        inputs: Vec::new(),
    };
    let mut results = match key {
        "compensation" => compensation::reckon(&mut sheet, &pack),
        "damages" => damages::reckon(&mut sheet, &pack, today),
        _ => offences::reckon(&mut sheet, &pack),
    };
    let complaint = |input: &Input| {
        // In the list of what is wrong it stands without its field beside it.
        let message = [
            ("label", input.label.as_str().into()),
            ("detail", input.error.as_deref()?.into()),
        ];
        let message = text(visit.locale, "portal-amounts-wrong-at", &message);
        let field = Some(input.name.to_owned());
        Some(Complaint { field, message })
    };
    let complaints: Vec<Complaint> = sheet.inputs.iter().filter_map(complaint).collect();
    let failed = !complaints.is_empty();
    if failed {
        results.clear();
    }
    let calculator = Calculator {
        action: format!("/amounts/{key}"),
        lead: page.t(&format!("portal-amounts-{key}-lead")),
        asked: sheet.asked && !failed,
        inputs: sheet.inputs,
        complaints,
        results,
        page: page.failing(failed),
    };
    let status = status_of(failed);
    html(&calculator, status)
}

/// The questions of a calculator, with what was answered.
struct Sheet {
    words: Words,
    asked: bool,
    given: BTreeMap<String, String>,
    inputs: Vec<Input>,
}

impl Sheet {
    fn typed(&self, name: &str) -> String {
        self.given
            .get(name)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    }

    fn ask(&mut self, name: &'static str, error: Option<String>, control: Control) {
        let hint = crate::locale::find_text(
            self.words.0,
            &format!("portal-amounts-{}-hint", name.replace('_', "-")),
            &[],
        );
        self.inputs.push(Input {
            name,
            label: self.words.t(&format!("portal-amounts-{}", name.replace('_', "-"))),
            hint,
            value: self.typed(name),
            error,
            control,
        });
    }

    /// A sum in yuan, as fen; nothing where nothing was typed.
    fn money(&mut self, name: &'static str) -> Option<i64> {
        let typed = self.typed(name);
        let sum = fen(&typed).filter(|sum| *sum <= zhengming_engine::remedy::MOST);
        let wrong = !typed.is_empty() && sum.is_none();
        let error = wrong.then(|| self.words.t("portal-amounts-wrong-sum"));
        self.ask(name, error, Control::Text);
        sum
    }

    /// A whole number up to a bound.
    fn number(&mut self, name: &'static str, most: i64) -> Option<i64> {
        let typed = self.typed(name);
        let number = typed.parse::<i64>().ok().filter(|number| (0..=most).contains(number));
        let wrong = !typed.is_empty() && number.is_none();
        let error = wrong.then(|| self.words.with("portal-amounts-wrong-number", "most", most));
        self.ask(name, error, Control::Text);
        number
    }

    /// One of some; the first where nothing or something unknown was sent.
    fn choice(&mut self, name: &'static str, options: Vec<(String, String)>) -> String {
        let typed = self.typed(name);
        let known = options.iter().find(|(key, _)| *key == typed).or(options.first());
        let chosen = known.map(|(key, _)| key.clone()).unwrap_or_default();
        let options = options.into_iter().map(|(key, label)| {
            let is = key == chosen;
            (key, label, is)
        });
        self.ask(name, None, Control::Select(options.collect()));
        chosen
    }

    fn check(&mut self, name: &'static str) -> bool {
        let yes = self.typed(name) == "yes";
        self.ask(name, None, Control::Check(yes));
        yes
    }

    /// A result, with its article.
    fn line(&self, label: String, value: String, law: Option<(&Pack, &LawRef)>) -> Line {
        Line {
            label,
            value,
            law: law.map(|(pack, law)| self.words.law(&pack.law, law)),
            notes: Vec::new(),
            unverified: false,
        }
    }

    fn sum(&self, fen: i64) -> String {
        self.words.with("portal-amounts-yuan", "sum", short_yuan(fen))
    }
}
