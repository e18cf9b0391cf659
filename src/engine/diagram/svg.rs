//! The diagram as SVG: no script, no font of its own, no style that a strict content policy would refuse.
//!
//! Colours for paper are attributes; a style sheet overrides them by class: the portal's, or the one that a drawing on its
//! own carries for dark screens and for print.

use std::collections::BTreeMap;

use super::{
    block::{self, Block, Measure, Style, Whereabouts},
    content::{Cause, Content, Figure, Figured, Origin},
    layout::{Direction, Edge, Graph, Layout, Node, Point, Rect, Size, layout},
    legend,
    pen::{Pen, escape, path, tip},
    text::ems,
    wording::{Language, Wording},
};
use crate::{chart::StateIx, definition::model::Definition};

/// Room around the drawing.
const MARGIN: f64 = 24.0;
/// Room for the heading.
const HEADING: f64 = 46.0;
/// Diameter of the dot from which things start.
const DOT: f64 = 16.0;
/// How many colours there are for steps.
const COLOURS: usize = 8;
/// Grounds of the steps on paper.
const GROUNDS: [&str; COLOURS] = [
    "#e8f0fa", "#fdf3dc", "#e9f5e6", "#f3ecf8", "#fbe9e4", "#e3f4f4", "#f4f0e4", "#eceff1",
];
/// Width and height of the printable part of an A3 sheet in millimetres, lying on its side.
const SHEET: (f64, f64) = (400.0, 277.0);
/// Lengths of lines that are tried.
const MEASURES: [Measure; 4] = [
    Measure {
        state: 15.0,
        label: 12.0,
    },
    Measure {
        state: 20.0,
        label: 14.0,
    },
    Measure {
        state: 24.0,
        label: 18.0,
    },
    Measure {
        state: 28.0,
        label: 22.0,
    },
];
/// Style of a drawing on its own.
const STYLE: &str = include_str!("standalone.css");

/// Where the drawing will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A file of its own.
    Alone,
    /// In a page, which has the styles. The first state in which the case is has the id `here`.
    Page,
}

/// Draws a procedure; with `whereabouts` also where a case is in it.
pub fn svg(definition: &Definition, wording: &Wording<'_>, whereabouts: &Whereabouts, frame: Frame) -> String {
    let content = Content::new(definition, wording);
    let scene = Scene::new(&content, wording, whereabouts);
    let mut pen = Pen::default();
    scene.draw(&mut pen, definition, wording, frame, !whereabouts.active.is_empty());
    pen.text
}

/// A drawing laid out, with what stands in its boxes.
struct Scene<'c> {
    content: &'c Content,
    plan: Plan,
    layout: Layout,
    whereabouts: &'c Whereabouts,
}

/// What is to be laid out: texts in lines, and their boxes and arrows.
#[derive(Clone, Default)]
struct Plan {
    blocks: Vec<Block>,
    labels: Vec<Option<Block>>,
    graph: Graph,
    /// Number of each dot's box.
    dots: Vec<usize>,
}

impl Plan {
    fn new(content: &Content, language: Language, whereabouts: &Whereabouts, measure: Measure) -> Self {
        let states = content.states.iter();
        let arrows = content.arrows.iter();
        let mut plan = Self {
            blocks: states
                .map(|state| block::state(content, state, language, whereabouts, measure))
                .collect(),
            labels: arrows
                .map(|arrow| block::label(content, arrow, language, measure))
                .collect(),
            ..Self::default()
        };
        let numbers: BTreeMap<StateIx, usize> = content.states.iter().enumerate().map(|(n, s)| (s.ix, n)).collect();
        let number = |ix: StateIx| numbers.get(&ix).copied();
        for (state, block) in content.states.iter().zip(&plan.blocks) {
            plan.graph.nodes.push(Node {
                parent: state.parent.and_then(number),
                size: block.size,
                beside_head: false,
            });
        }
        for (index, arrow) in content.arrows.iter().enumerate() {
            let from = match arrow.from {
                Origin::Filing => plan.dot(None),
                Origin::Initial(ix) => plan.dot(number(ix)),
                Origin::State(ix) => number(ix).unwrap_or_default(),
            };
            let label = plan.labels.get(index).and_then(Option::as_ref);
            let edge = Edge {
                from,
                to: number(arrow.to).unwrap_or_default(),
                label: label.map(|block| block.size).unwrap_or_default(),
            };
            plan.graph.edges.push(edge);
        }
        plan
    }

    /// Adds a dot in a box; its number.
    fn dot(&mut self, parent: Option<usize>) -> usize {
        self.graph.nodes.push(Node {
            parent,
            size: Size {
                width: DOT,
                height: DOT,
            },
            beside_head: true,
        });
        let number = self.graph.nodes.len() - 1;
        self.dots.push(number);
        number
    }
}

/// How many millimetres a pixel becomes on a sheet of paper, which may stand or lie.
fn scale(size: Size) -> f64 {
    let on = |(width, height): (f64, f64)| (width / size.width).min(height / size.height);
    on(SHEET).max(on((SHEET.1, SHEET.0)))
}

impl<'c> Scene<'c> {
    /// Lays the drawing out in all the ways that are tried, and takes the one that comes out largest on a sheet.
    fn new(content: &'c Content, wording: &Wording<'_>, whereabouts: &'c Whereabouts) -> Self {
        let tried = MEASURES.iter().flat_map(|measure| {
            let plan = Plan::new(content, wording.language, whereabouts, *measure);
            [Direction::Down, Direction::Right].map(|direction| (layout(&plan.graph, direction), plan.clone()))
        });
        let best = tried.reduce(|best, next| {
            if scale(next.0.size) > scale(best.0.size) {
                next
            } else {
                best
            }
        });
        let (layout, plan) = best.unwrap_or_default();
        Self {
            content,
            plan,
            layout,
            whereabouts,
        }
    }

    fn draw(&self, pen: &mut Pen, definition: &Definition, wording: &Wording<'_>, frame: Frame, placed: bool) {
        let legend = legend::legend(self.content, wording, self.layout.size.width.max(560.0), placed);
        let width = self.layout.size.width.max(560.0) + 2.0 * MARGIN;
        let height = HEADING + self.layout.size.height + legend.height + 2.0 * MARGIN;
        let id = format!("diagram-{}-{}", definition.key, definition.version);
        let language = wording.language;
        let title = language.of("流程图", "procedure");
        let title = match language {
            Language::Zh => format!("{}：{title}", self.content.title),
            Language::En => format!("{}: {title}", self.content.title),
        };
        pen.raw(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"procedure-diagram\" role=\"img\" lang=\"{}\" \
             aria-labelledby=\"{id}-title {id}-desc\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"{}\" font-size=\"12\">\n",
            language.tag(),
            // Fonts that readers have; those of the language first, for its quotation marks.
            language.of(
                "'Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei','PingFang SC','Helvetica Neue',Arial,sans-serif",
                "'Helvetica Neue',Arial,'Noto Sans','Liberation Sans','Noto Sans CJK SC',sans-serif",
            )
        ));
        pen.element("title", &format!("id=\"{id}-title\""), &title);
        pen.element("desc", &format!("id=\"{id}-desc\""), &self.description(wording, placed));
        if frame == Frame::Alone {
            let sheet = if width > height { "landscape" } else { "portrait" };
            pen.raw(&format!(
                "<style>\n{STYLE}@page {{ size: A3 {sheet}; margin: 10mm; }}\n</style>\n"
            ));
        }
        pen.raw(&format!(
            "<rect class=\"paper\" width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
        ));
        let version = match language {
            Language::Zh => format!("{}（第{}版）", self.content.title, definition.version),
            Language::En => format!("{} (version {})", self.content.title, definition.version),
        };
        pen.text(
            Point {
                x: MARGIN,
                y: MARGIN + 18.0,
            },
            "ink",
            "#1b1f24",
            "font-size=\"20\" font-weight=\"700\"",
            &version,
        );
        pen.raw(&format!("<g transform=\"translate({MARGIN} {})\">\n", MARGIN + HEADING));
        self.states(pen, frame);
        self.arrows(pen);
        pen.raw("</g>\n");
        let below = MARGIN + HEADING + self.layout.size.height;
        pen.raw(&format!(
            "<g transform=\"translate({MARGIN} {below})\">\n{}</g>\n</svg>\n",
            legend.drawing
        ));
    }

    fn description(&self, wording: &Wording<'_>, placed: bool) -> String {
        let (states, arrows) = (self.content.states.len(), self.content.arrows.len());
        let mut text = match wording.language {
            Language::Zh => {
                format!("{states}个状态，{arrows}条路径。方框是状态，箭头上是事件和由谁提出，时钟是法定期限。")
            }
            Language::En => format!(
                "{states} states and {arrows} ways between them. Boxes are states; arrows carry events and who sends them; clocks are periods."
            ),
        };
        if placed {
            let here = self.content.states.iter().filter(|s| self.is_here(s) && !s.is_around());
            let names: Vec<&str> = here.map(|state| state.title.as_str()).collect();
            let names = wording.language.list(&names);
            text.push_str(&match wording.language {
                Language::Zh => format!("案件现在处于：{names}。"),
                Language::En => format!(" The case is now in: {names}."),
            });
        }
        text
    }

    fn is_here(&self, state: &Figured) -> bool {
        self.whereabouts.active.contains(&state.ix)
    }

    fn states(&self, pen: &mut Pen, frame: Frame) {
        let phases = self.content.phases();
        // A page can be opened where the case is.
        let first = self
            .content
            .states
            .iter()
            .find(|state| self.is_here(state) && !state.is_around());
        let first = first.map(|state| state.ix);
        for (number, state) in self.content.states.iter().enumerate() {
            let (Some(rect), Some(head), Some(block)) = (
                self.layout.boxes.get(number),
                self.layout.heads.get(number),
                self.plan.blocks.get(number),
            ) else {
                continue;
            };
            let phase = phases
                .iter()
                .position(|phase| *phase == state.phase)
                .unwrap_or_default();
            let mut classes = format!("state step-{}", phase % COLOURS);
            if self.is_here(state) {
                classes.push_str(" here");
            } else if self.whereabouts.visited.contains(&state.ix) {
                classes.push_str(" passed");
            }
            let target = if frame == Frame::Page && Some(state.ix) == first {
                " id=\"here\""
            } else {
                ""
            };
            pen.raw(&format!(
                "<g class=\"{classes}\" data-state=\"{}\"{target}>",
                escape(&state.id)
            ));
            pen.element("title", "", &state.title);
            self.border(pen, state, rect, phase);
            if state.figure == Figure::Parallel {
                self.separators(pen, state, rect, head);
            }
            let from = match state.figure {
                Figure::History { .. } => Point {
                    x: head.at.x + (head.size.width - ems("H*") * 9.0) / 2.0,
                    y: head.at.y + (head.size.height - Style::Title.height()) / 2.0,
                },
                _ => Point {
                    x: head.at.x + if state.is_around() { 0.0 } else { block::PAD },
                    y: head.at.y + block::PAD,
                },
            };
            pen.block(block, from);
            pen.raw("</g>\n");
        }
        for (dot, number) in self.plan.dots.iter().enumerate() {
            let Some(rect) = self.layout.boxes.get(*number) else {
                continue;
            };
            let class = if dot == 0 { "dot filing" } else { "dot" };
            pen.raw(&format!(
                "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"#1b1f24\"/>\n",
                rect.at.x + rect.size.width / 2.0,
                rect.at.y + rect.size.height / 2.0,
                if dot == 0 { DOT / 2.0 } else { DOT / 2.0 - 1.5 },
            ));
        }
    }

    fn border(&self, pen: &mut Pen, state: &Figured, rect: &Rect, phase: usize) {
        let ground = GROUNDS.get(phase % COLOURS).copied().unwrap_or("#ffffff");
        let here = self.is_here(state);
        let (stroke, width) = if here { ("#b3261e", 3.0) } else { ("#4a5560", 1.3) };
        let (fill, opacity) = if state.is_around() {
            (ground, 0.45)
        } else {
            (ground, 1.0)
        };
        let radius = match state.figure {
            Figure::History { .. } => rect.size.width.min(rect.size.height) / 2.0,
            Figure::Final => 14.0,
            _ => 8.0,
        };
        pen.rect(
            rect,
            &format!(
                "class=\"box\" rx=\"{radius}\" fill=\"{fill}\" fill-opacity=\"{opacity}\" stroke=\"{stroke}\" stroke-width=\"{width}\""
            ),
        );
        if state.figure == Figure::Final {
            let inner = Rect {
                at: Point {
                    x: rect.at.x + 4.0,
                    y: rect.at.y + 4.0,
                },
                size: Size {
                    width: rect.size.width - 8.0,
                    height: rect.size.height - 8.0,
                },
            };
            pen.rect(
                &inner,
                &format!("class=\"end\" rx=\"10\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1\""),
            );
        }
    }

    /// Dashed lines between regions that lie beside each other.
    fn separators(&self, pen: &mut Pen, state: &Figured, rect: &Rect, head: &Rect) {
        let inside = self
            .content
            .states
            .iter()
            .enumerate()
            .filter(|(_, s)| s.parent == Some(state.ix));
        let mut regions: Vec<Rect> = inside.filter_map(|(n, _)| self.layout.boxes.get(n).copied()).collect();
        for across in [true, false] {
            let key = |r: &Rect| if across { r.at.x } else { r.at.y };
            regions.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal));
            for pair in regions.windows(2) {
                let [a, b] = pair else { continue };
                let (end, start) = if across {
                    (a.right(), b.at.x)
                } else {
                    (a.bottom(), b.at.y)
                };
                if start < end {
                    continue;
                }
                let middle = f64::midpoint(end, start).round();
                let (from, to) = if across {
                    (head.bottom().min(a.at.y).min(b.at.y), rect.bottom())
                } else {
                    (head.right().min(a.at.x).min(b.at.x), rect.right())
                };
                let (x1, y1, x2, y2) = if across {
                    (middle, from, middle, to)
                } else {
                    (from, middle, to, middle)
                };
                pen.raw(&format!(
                    "<line class=\"region\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"#4a5560\" stroke-width=\"1.2\" stroke-dasharray=\"7 5\"/>"
                ));
            }
        }
    }

    fn arrows(&self, pen: &mut Pen) {
        for ((arrow, route), label) in self
            .content
            .arrows
            .iter()
            .zip(&self.layout.routes)
            .zip(&self.plan.labels)
        {
            let (class, stroke, dashes) = stroke(arrow.cause(), arrow.notes.is_empty());
            pen.raw(&format!("<g class=\"arrow {class}\">"));
            let events: Vec<&str> = arrow.notes.iter().map(|note| note.title.as_str()).collect();
            if !events.is_empty() {
                pen.element("title", "", &events.join(" / "));
            }
            pen.raw(&format!(
                "<path d=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.4\"{dashes}/>",
                path(&route.points)
            ));
            pen.raw(&format!(
                "<path class=\"tip\" d=\"{}\" fill=\"{stroke}\"/>",
                tip(&route.points)
            ));
            if let (Some(block), Some(rect)) = (label, route.label) {
                pen.block(
                    block,
                    Point {
                        x: rect.at.x + 7.0,
                        y: rect.at.y + 3.0,
                    },
                );
            }
            pen.raw("</g>\n");
        }
    }
}

impl Figured {
    /// Whether other states are inside it.
    fn is_around(&self) -> bool {
        matches!(self.figure, Figure::Compound | Figure::Parallel)
    }
}

/// Class, colour and dashes of an arrow.
pub(super) fn stroke(cause: Cause, start: bool) -> (&'static str, &'static str, &'static str) {
    match cause {
        _ if start => ("start", "#4a5560", ""),
        Cause::Person => ("sent", "#2b3a4a", ""),
        Cause::Clock => ("expiry", "#a3341b", " stroke-dasharray=\"8 4\""),
        Cause::System => ("system", "#4b3f8f", " stroke-dasharray=\"2 3\""),
    }
}

/// The ground of a step on paper.
pub(super) fn ground(phase: usize) -> &'static str {
    GROUNDS.get(phase % COLOURS).copied().unwrap_or("#ffffff")
}
