//! Writes SVG: elements, lines of text, signs, arrows.

use std::fmt::Write as _;

use super::{
    block::{Block, SIGN, Sign, Style},
    layout::{Point, Rect},
};

/// A line with rounded corners, that ends where its head begins.
pub(super) fn path(points: &[Point]) -> String {
    const RADIUS: f64 = 6.0;
    let mut text = String::new();
    for (n, point) in points.iter().enumerate() {
        let (before, after) = (n.checked_sub(1).and_then(|n| points.get(n)), points.get(n + 1));
        match (before, after) {
            (None, _) => {
                let _ = write!(text, "M{} {}", point.x, point.y);
            }
            (Some(before), None) => {
                let end = towards(*point, *before, 6.0);
                let _ = write!(text, "L{} {}", end.x, end.y);
            }
            (Some(before), Some(after)) => {
                let radius = RADIUS
                    .min(length(*point, *before) / 2.0)
                    .min(length(*point, *after) / 2.0);
                let (a, b) = (towards(*point, *before, radius), towards(*point, *after, radius));
                let _ = write!(text, "L{} {}Q{} {} {} {}", a.x, a.y, point.x, point.y, b.x, b.y);
            }
        }
    }
    text
}

/// The head of an arrow.
pub(super) fn tip(points: &[Point]) -> String {
    let [.., before, end] = points else {
        return String::new();
    };
    let back = towards(*end, *before, 9.0);
    let (dx, dy) = ((end.y - back.y) / 2.0, (end.x - back.x) / 2.0);
    format!(
        "M{} {}L{} {}L{} {}Z",
        end.x,
        end.y,
        back.x + dx * 0.9,
        back.y + dy * 0.9,
        back.x - dx * 0.9,
        back.y - dy * 0.9
    )
}

fn length(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// The point at a distance from one on the way to another.
fn towards(from: Point, to: Point, distance: f64) -> Point {
    let length = length(from, to);
    if length == 0.0 {
        return from;
    }
    let part = distance.min(length) / length;
    Point {
        x: tenth(from.x + (to.x - from.x) * part),
        y: tenth(from.y + (to.y - from.y) * part),
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Writes elements.
#[derive(Default)]
pub(super) struct Pen {
    pub(super) text: String,
}

impl Pen {
    pub(super) fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    pub(super) fn element(&mut self, name: &str, attributes: &str, text: &str) {
        let space = if attributes.is_empty() { "" } else { " " };
        self.raw(&format!("<{name}{space}{attributes}>{}</{name}>", escape(text)));
    }

    pub(super) fn rect(&mut self, rect: &Rect, attributes: &str) {
        let Rect { at, size } = rect;
        self.raw(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {attributes}/>",
            at.x, at.y, size.width, size.height
        ));
    }

    pub(super) fn text(&mut self, at: Point, class: &str, fill: &str, attributes: &str, text: &str) {
        self.raw(&format!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" fill=\"{fill}\" {attributes}>{}</text>\n",
            tenth(at.x),
            tenth(at.y),
            escape(text)
        ));
    }

    /// Lines, from their upper left corner.
    pub(super) fn block(&mut self, block: &Block, from: Point) {
        let mut y = from.y;
        for line in &block.lines {
            let height = line.style.height();
            let baseline = y + height - (height - line.style.letters()) / 2.0 - 2.0;
            if let Some(sign) = line.sign {
                self.sign(
                    sign,
                    Point {
                        x: from.x,
                        y: y + height / 2.0,
                    },
                );
            }
            let x = from.x + if line.indented { SIGN } else { 0.0 };
            let (class, fill, attributes) = match line.style {
                Style::Title => ("ink", "#1b1f24", "font-size=\"14\" font-weight=\"700\""),
                Style::Plain => ("ink", "#1b1f24", ""),
                Style::Soft => ("soft", "#4a5560", ""),
                Style::Mark => ("mark", "#b3261e", "font-weight=\"700\""),
            };
            self.text(Point { x, y: baseline }, class, fill, attributes, &line.text);
            y += height;
        }
    }

    /// A sign at the beginning of a line; `at` is the middle of its left side.
    pub(super) fn sign(&mut self, sign: Sign, at: Point) {
        let (x, y) = (at.x + 5.5, at.y);
        let ring = |colour: &str, inside: &str| {
            format!(
                "<g class=\"sign\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\"><circle cx=\"{x}\" cy=\"{y}\" r=\"5.2\"/><path d=\"{inside}\"/></g>"
            )
        };
        let drawn = match sign {
            Sign::Clock => ring("#a3341b", &format!("M{x} {}V{y}H{}", y - 3.2, x + 2.8)),
            Sign::Pause => ring(
                "#2b5c8a",
                &format!("M{} {}v4.4M{} {}v4.4", x - 1.6, y - 2.2, x + 1.6, y - 2.2),
            ),
            Sign::Escalation => ring(
                "#a3341b",
                &format!(
                    "M{x} {}V{}M{} {}L{x} {}L{} {}",
                    y + 3.2,
                    y - 3.0,
                    x - 2.4,
                    y - 0.6,
                    y - 3.0,
                    x + 2.4,
                    y - 0.6
                ),
            ),
            Sign::Loop => format!(
                "<path class=\"sign\" fill=\"none\" stroke=\"#4a5560\" stroke-width=\"1.3\" d=\"M{} {}A4 4 0 1 1 {} {}m-2.6 -1.8l2.8 1.6l-1.4 2.6\"/>",
                x - 3.4,
                y + 2.4,
                x + 3.4,
                y + 1.4
            ),
            Sign::Here => format!("<circle class=\"mark\" cx=\"{x}\" cy=\"{y}\" r=\"4.6\" fill=\"#b3261e\"/>"),
            Sign::Passed => format!(
                "<path class=\"sign\" fill=\"none\" stroke=\"#2b6a3f\" stroke-width=\"1.8\" d=\"M{} {}l3 3.2l5.4 -6.4\"/>",
                x - 4.2,
                y + 0.4
            ),
        };
        self.raw(&drawn);
    }
}

/// A text as it may stand between tags and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
