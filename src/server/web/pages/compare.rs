//! Two names side by side: what is alike in them, piece by piece and aspect by aspect.

use std::ops::Range;

use askama::Template;
use poem::{Request, Response, handler};
use serde::Deserialize;
use zhengming_marks::{Aspect, Comparison, Goods, Nearness, Reason, places};

use super::marks::in_words;
use crate::{
    service::{Error, register},
    web::{
        failure::Failure,
        form::Complaint,
        page::{Page, Words, html, status_of},
        picture::thousandths,
        visit::Visit,
    },
};

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare {
    page: Page,
    name: String,
    mark: String,
    name_goods: String,
    mark_goods: String,
    /// What has to be mended: one thing at most.
    complaints: Vec<Complaint>,
    result: Option<Compared>,
}

impl Compare {
    /// What is wrong with one field.
    fn wrong(&self, field: &str) -> Option<&str> {
        Complaint::of(&self.complaints, field)
    }
}

/// A comparison in words and widths.
struct Compared {
    band: String,
    band_words: String,
    /// Percent.
    score: u32,
    bars: Vec<Bar>,
    /// How name and mark are written to be compared, where that is not how they were typed.
    folded: (Option<String>, Option<String>),
    pieces: Vec<Pair>,
    reasons: Vec<Told>,
}

/// The reasons of one aspect.
struct Told {
    aspect: String,
    said: String,
}

struct Bar {
    title: String,
    /// Thousandths; none where nothing is known.
    width: Option<u32>,
    /// What stands beside it: the percentage, or words.
    said: String,
    /// Whether it is words, which stand below.
    told: bool,
}

/// Pieces that answer to each other.
struct Pair {
    name: String,
    mark: String,
    /// `same`, `like` or `extra`: class of the colour.
    tone: &'static str,
    said: String,
}

#[derive(Default, Deserialize)]
struct Query {
    name: Option<String>,
    mark: Option<String>,
    name_goods: Option<String>,
    mark_goods: Option<String>,
}

/// The form and, for two names, their comparison.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let query = request.params::<Query>().unwrap_or_default();
    // The form sends both; one name alone comes from where it was searched for, and is not compared with anything yet.
    let asked = query.mark.is_some();
    let given = |text: Option<String>| text.unwrap_or_default().trim().to_owned();
    let (name, mark) = (given(query.name), given(query.mark));
    let (name_goods, mark_goods) = (given(query.name_goods), given(query.mark_goods));
    let (own, other) = (name_goods.parse::<Goods>(), mark_goods.parse::<Goods>());
    let words = Words(visit.locale);
    let of = |is_name: bool| if is_name { "name" } else { "mark" };
    let mut wrong = (asked && (name.is_empty() || mark.is_empty()))
        .then(|| (of(name.is_empty()), "portal-compare-missing"))
        .or_else(|| own.is_err().then_some(("name-goods", "portal-compare-goods-wrong")))
        .or_else(|| other.is_err().then_some(("mark-goods", "portal-compare-goods-wrong")));
    let mut result = None;
    if let (true, None, Ok(own), Ok(other)) = (asked, wrong, &own, &other) {
        let goods = &own.nearness(other);
        match register::compare(&visit.app, &name, &mark) {
            Err(Error::Invalid { field, .. }) => wrong = Some((of(field == "name"), "portal-marks-too-long")),
            Err(error) => return Err(error.into()),
            Ok(found) if found.query.is_empty() || found.mark.is_empty() => {
                wrong = Some((of(found.query.is_empty()), "portal-compare-nothing"));
            }
            Ok(found) => {
                let typed = (Typed::new(&name, &found.query), Typed::new(&mark, &found.mark));
                result = Some(compared(words, &found, &typed, goods));
            }
        }
    }
    let page = Page::titled(&visit, "portal-compare-title")
        .within("marks")
        .failing(wrong.is_some());
    let status = status_of(wrong.is_some());
    let complaint = |(field, key): (&str, &str)| Complaint {
        field: Some(field.to_owned()),
        message: words.t(key),
    };
    let template = Compare {
        complaints: wrong.map(complaint).into_iter().collect(),
        page,
        name,
        mark,
        name_goods,
        mark_goods,
        result,
    };
    html(&template, status)
}

/// Names less alike than this are not called alike: the least likeness that can be searched for.
const LEAST: f64 = 0.3;

/// A name as it was typed beside the form in which it was compared, which pieces count in.
struct Typed<'n> {
    name: &'n str,
    form: Vec<char>,
    places: Vec<Range<usize>>,
}

impl<'n> Typed<'n> {
    fn new(name: &'n str, form: &str) -> Self {
        Self {
            name,
            form: form.chars().collect(),
            places: places(name),
        }
    }

    /// A piece in its compared form.
    fn folded(&self, piece: &Range<usize>) -> String {
        self.form.get(piece.clone()).into_iter().flatten().collect()
    }

    /// A piece as it was typed; in its compared form where nobody can say what was typed for it.
    fn piece(&self, piece: &Range<usize>) -> String {
        let typed = self.places.get(piece.clone()).and_then(|places| {
            let (first, last) = (places.first()?, places.last()?);
            self.name.get(first.start..last.end)
        });
        typed.map_or_else(|| self.folded(piece), str::to_owned)
    }

    /// The compared form, where it is another one.
    fn otherwise(&self, words: Words) -> Option<String> {
        let form: String = self.form.iter().collect();
        (form != self.name).then(|| words.with("portal-compare-folded", "name", form))
    }
}

fn compared(words: Words, found: &Comparison, typed: &(Typed<'_>, Typed<'_>), goods: &Nearness) -> Compared {
    let bar = |key: &str, score: Option<f64>| Bar {
        title: words.t(key),
        width: score.map(thousandths),
        said: score.map_or_else(
            || words.t("portal-compare-not-compared"),
            |score| format!("{}%", thousandths(score) / 10),
        ),
        told: score.is_none(),
    };
    let aspects = found.aspects;
    let band = if found.score < LEAST { "none" } else { found.band.code() };
    Compared {
        band: band.to_owned(),
        band_words: words.code("portal-band", band),
        score: thousandths(found.score) / 10,
        bars: vec![
            bar("portal-aspect-form", aspects.form),
            bar("portal-aspect-sound", Some(aspects.sound)),
            bar("portal-aspect-meaning", aspects.meaning),
            bar("portal-aspect-whole", Some(aspects.whole)),
            Bar {
                title: words.t("portal-aspect-goods"),
                width: goods.score().map(thousandths),
                said: nearness(words, goods),
                told: true,
            },
        ],
        folded: (typed.0.otherwise(words), typed.1.otherwise(words)),
        pieces: pairs(words, found, typed),
        reasons: by_aspect(words, &found.reasons),
    }
}

/// Reasons in words, grouped as the law compares.
fn by_aspect(words: Words, reasons: &[Reason]) -> Vec<Told> {
    let of = |aspect: Aspect| {
        let key = match aspect {
            Aspect::Form => "portal-aspect-form",
            Aspect::Sound => "portal-aspect-sound",
            Aspect::Meaning => "portal-aspect-meaning",
            Aspect::Whole => "portal-aspect-whole",
        };
        let said = reasons.iter().filter(|reason| reason.aspect() == aspect);
        let said: Vec<String> = said.map(|reason| in_words(words, &reason.to_string())).collect();
        (!said.is_empty()).then(|| Told {
            aspect: words.t(key),
            said: said.join(words.t("portal-list-separator").as_str()),
        })
    };
    Aspect::ALL.into_iter().filter_map(of).collect()
}

fn nearness(words: Words, goods: &Nearness) -> String {
    let key = format!("portal-goods-{}", goods.code().replace('_', "-"));
    words.with(
        &key,
        "detail",
        goods.shared().join(words.t("portal-list-separator").as_str()),
    )
}

fn pairs(words: Words, found: &Comparison, (name, mark): &(Typed<'_>, Typed<'_>)) -> Vec<Pair> {
    let pair = |piece: &zhengming_marks::Piece| {
        let typed = (name.piece(&piece.query), mark.piece(&piece.mark));
        let (tone, said) = match &piece.reason {
            Some(reason) => ("like", in_words(words, &reason.to_string())),
            None if piece.query.is_empty() || piece.mark.is_empty() => ("extra", words.t("portal-compare-extra")),
            None if typed.0 == typed.1 => ("same", words.t("portal-compare-same")),
            None if name.folded(&piece.query) == mark.folded(&piece.mark) => {
                ("same", words.t("portal-compare-written-otherwise"))
            }
            None => ("extra", String::new()),
        };
        Pair {
            name: typed.0,
            mark: typed.1,
            tone,
            said,
        }
    };
    // Pieces with two reasons come twice: they are one pair to look at.
    let mut spans = Vec::new();
    let mut pairs: Vec<Pair> = Vec::new();
    for piece in &found.pieces {
        let (span, next) = ((&piece.query, &piece.mark), pair(piece));
        match pairs.last_mut().filter(|_| spans.last() == Some(&span)) {
            Some(last) if last.said == next.said || next.said.is_empty() => {}
            Some(last) => last.said = [last.said.as_str(), next.said.as_str()].join(&words.t("portal-list-separator")),
            None => {
                spans.push(span);
                pairs.push(next);
            }
        }
    }
    pairs
}
