//! Texts in lines, measured: what stands in a box and beside an arrow.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    content::{Arrow, Cause, ClockNote, Content, Figure, Figured, Note},
    layout::Size,
    text::{ems, wrap},
    wording::Language,
};
use crate::chart::StateIx;

/// Where a case is in its procedure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// States that are active, with those around them.
    pub active: BTreeSet<StateIx>,
    /// States in which the case was, active ones too.
    pub visited: BTreeSet<StateIx>,
    /// By clock: when it is due, or that it stands still, in words.
    pub clocks: BTreeMap<String, String>,
}

/// How long lines may be, in ems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measure {
    /// In boxes.
    pub(super) state: f64,
    /// Beside arrows.
    pub(super) label: f64,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// The name of a state.
    Title,
    /// What counts.
    Plain,
    /// What is said besides.
    Soft,
    /// Where the case is.
    Mark,
}

impl Style {
    /// Size of its letters in pixels.
    pub(super) fn letters(self) -> f64 {
        match self {
            Self::Title => 14.0,
            Self::Plain | Self::Soft | Self::Mark => 12.0,
        }
    }

    /// Height of its line in pixels.
    pub(super) fn height(self) -> f64 {
        match self {
            Self::Title => 19.0,
            Self::Plain | Self::Soft | Self::Mark => 15.0,
        }
    }

    /// Bold letters are wider.
    fn breadth(self) -> f64 {
        match self {
            Self::Title | Self::Mark => 1.08,
            Self::Plain | Self::Soft => 1.0,
        }
    }
}

/// A sign before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A clock runs, or its expiry makes the event happen.
    Clock,
    /// A clock stands still.
    Pause,
    /// The superior organisation is told.
    Escalation,
    /// The case stays in the state.
    Loop,
    /// The case is here.
    Here,
    /// The case was here.
    Passed,
}

/// Room that a sign takes.
pub(super) const SIGN: f64 = 16.0;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) sign: Option<Sign>,
    /// Whether it goes on where the line above ended, or has a sign: it is set in.
    pub(super) indented: bool,
}

/// Lines with the room that they take.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) lines: Vec<Line>,
    /// Size with room around.
    pub(super) size: Size,
}

/// Room around the lines of a box.
pub(super) const PAD: f64 = 8.0;

impl Block {
    fn new(lines: Vec<Line>, pad: (f64, f64)) -> Self {
        let width = |line: &Line| {
            let indent = if line.indented { SIGN } else { 0.0 };
            ems(&line.text) * line.style.letters() * line.style.breadth() + indent
        };
        let widest = lines.iter().map(width).fold(0.0, f64::max);
        let height: f64 = lines.iter().map(|line| line.style.height()).sum();
        let size = Size {
            width: (widest + 2.0 * pad.0).ceil(),
            height: (height + 2.0 * pad.1).ceil(),
        };
        Self { lines, size }
    }
}

/// Adds a text as lines of at most so many ems.
fn put(lines: &mut Vec<Line>, text: &str, style: Style, sign: Option<Sign>, ems_wide: f64) {
    for (n, text) in wrap(text, ems_wide).into_iter().enumerate() {
        lines.push(Line {
            text,
            style,
            sign: sign.filter(|_| n == 0),
            indented: sign.is_some(),
        });
    }
}

/// What stands in the box of a state, or at its beginning if others are inside.
pub(super) fn state(
    content: &Content,
    state: &Figured,
    language: Language,
    whereabouts: &Whereabouts,
    measure: Measure,
) -> Block {
    let mut lines = Vec::new();
    if let Figure::History { deep } = state.figure {
        let sign = if deep { "H*" } else { "H" };
        put(&mut lines, sign, Style::Title, None, 4.0);
        return Block::new(lines, (PAD, 7.0));
    }
    let wide = match state.figure {
        Figure::Compound | Figure::Parallel => 1.4 * measure.state,
        _ => measure.state,
    };
    if whereabouts.active.contains(&state.ix) {
        put(
            &mut lines,
            language.of("现在在此", "The case is here"),
            Style::Mark,
            Some(Sign::Here),
            wide,
        );
    } else if whereabouts.visited.contains(&state.ix) {
        put(
            &mut lines,
            language.of("已经过", "Passed"),
            Style::Soft,
            Some(Sign::Passed),
            wide,
        );
    }
    put(&mut lines, &state.title, Style::Title, None, wide - 2.0);
    put(&mut lines, &state.owner, Style::Soft, None, wide);
    let nowhere = Whereabouts::default();
    let here = whereabouts.active.contains(&state.ix);
    let whereabouts = if here { whereabouts } else { &nowhere };
    for clock in &state.clocks {
        clock_lines(&mut lines, clock, language, whereabouts, wide);
    }
    stays(&mut lines, content, &state.stays, language, wide);
    Block::new(lines, (PAD, PAD))
}

/// A clock in one line.
pub(super) fn clock_text(clock: &ClockNote, language: Language) -> String {
    let colon = language.of("：", ": ");
    if clock.suspended {
        let still = language.of("期限中止", "Clock stands still");
        format!("{still}{colon}{}", clock.title)
    } else {
        format!("{}{colon}{}", clock.title, clock.rule)
    }
}

fn clock_lines(lines: &mut Vec<Line>, clock: &ClockNote, language: Language, whereabouts: &Whereabouts, wide: f64) {
    let sign = if clock.suspended { Sign::Pause } else { Sign::Clock };
    put(lines, &clock_text(clock, language), Style::Plain, Some(sign), wide);
    // When it is due is told once, where it runs now.
    if let Some(due) = whereabouts.clocks.get(&clock.clock).filter(|_| !clock.suspended) {
        for text in wrap(due, wide) {
            lines.push(Line {
                text,
                style: Style::Mark,
                sign: None,
                indented: true,
            });
        }
    }
}

/// What can happen without the case leaving a state.
fn stays(lines: &mut Vec<Line>, content: &Content, notes: &[Note], language: Language, wide: f64) {
    for text in grouped(content, notes, Cause::Person, language) {
        put(lines, &text, Style::Soft, Some(Sign::Loop), wide);
    }
    for text in grouped(content, notes, Cause::System, language) {
        put(lines, &text, Style::Soft, Some(Sign::Loop), wide);
    }
    for note in notes.iter().filter(|note| note.cause == Cause::Clock) {
        let sign = if note.escalates { Sign::Escalation } else { Sign::Loop };
        put(lines, &name(note), Style::Soft, Some(sign), wide);
    }
}

fn name(note: &Note) -> String {
    let mark = if note.conditional { "*" } else { "" };
    format!("{}{mark}", note.title)
}

/// Events with the numbers of the roles that send them; those of the same roles together.
fn grouped(content: &Content, notes: &[Note], cause: Cause, language: Language) -> Vec<String> {
    let mut groups: Vec<(&[String], Vec<String>)> = Vec::new();
    for note in notes.iter().filter(|note| note.cause == cause) {
        match groups.iter_mut().find(|(roles, _)| *roles == note.roles) {
            Some((_, names)) => names.push(name(note)),
            None => groups.push((&note.roles, vec![name(note)])),
        }
    }
    let between = language.of("；", "; ");
    let written = |(roles, names): (&[String], Vec<String>)| {
        let signs = content.role_signs(roles);
        format!("{signs} {}", names.join(between)).trim_start().to_owned()
    };
    groups.into_iter().map(written).collect()
}

/// What stands beside an arrow; nothing if nothing is to be said.
pub(super) fn label(content: &Content, arrow: &Arrow, language: Language, measure: Measure) -> Option<Block> {
    let mut lines = Vec::new();
    let wide = if arrow.notes.len() > 4 {
        1.5 * measure.label
    } else {
        measure.label
    };
    for cause in [Cause::Person, Cause::System] {
        for text in grouped(content, &arrow.notes, cause, language) {
            put(&mut lines, &text, Style::Plain, None, wide);
        }
    }
    for note in arrow.notes.iter().filter(|note| note.cause == Cause::Clock) {
        let sign = if note.escalates { Sign::Escalation } else { Sign::Clock };
        put(&mut lines, &name(note), Style::Plain, Some(sign), wide);
    }
    (!lines.is_empty()).then(|| Block::new(lines, (7.0, 3.0)))
}
