//! Layered drawing of nested boxes with arrows between them: places as values, no text and no colour.
//!
//! The method is Sugiyama's (1981): break cycles, give each box a layer, order the layers so that few arrows cross,
//! straighten. What is inside a box is laid out first, on its own; arrows that cross its border go through ports in it,
//! so that boxes of every depth and arrows between any two of them are possible. Labels are boxes without border in layers
//! of their own, and arrows run at right angles in channels between the layers: nothing lies on top of anything else.
//! The same graph always gives the same drawing.
//!
//! No crate is used: those that lay graphs out in layers know neither ports nor arrows of a box that has boxes in it.

mod channel;
mod layers;
mod nesting;
mod order;
mod ranks;
mod spread;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A place in pixels, from the upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Upper left corner.
    pub at: Point,
    /// Its size.
    pub size: Size,
}

impl Rect {
    /// The right edge.
    pub fn right(&self) -> f64 {
        self.at.x + self.size.width
    }

    /// The lower edge.
    pub fn bottom(&self) -> f64 {
        self.at.y + self.size.height
    }
}

/// Which way arrows mostly run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From top to bottom.
    Down,
    /// From left to right.
    Right,
}

/// A box to be placed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Node {
    /// The box around it, an index before its own.
    pub parent: Option<usize>,
    /// Size of the box; of what stands at its beginning, if there are boxes in it.
    pub size: Size,
    /// Whether it may stand beside what stands at the beginning of the box around.
    pub beside_head: bool,
}

/// An arrow to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Index of the box it starts from.
    pub from: usize,
    /// Index of the box it leads to, another one.
    pub to: usize,
    /// Size of its label; no width if it has none.
    pub label: Size,
}

/// What is to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Boxes, outer before inner, beside each other in the order in which they are told.
    pub nodes: Vec<Node>,
    /// Arrows. Those from a box to itself are left out.
    pub edges: Vec<Edge>,
}

/// Where an arrow runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// Corners, from the border of the one box to that of the other.
    pub points: Vec<Point>,
    /// Where its label stands.
    pub label: Option<Rect>,
}

/// A drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// By box: where it is.
    pub boxes: Vec<Rect>,
    /// By box: where that which stands at its beginning is; the box itself where nothing is inside.
    pub heads: Vec<Rect>,
    /// By arrow: where it runs.
    pub routes: Vec<Route>,
    /// Size of the whole.
    pub size: Size,
}

/// Lays a graph out.
pub fn layout(graph: &Graph, direction: Direction) -> Layout {
    match direction {
        Direction::Down => nesting::arrange(graph),
        Direction::Right => {
            let turned = Graph {
                nodes: graph
                    .nodes
                    .iter()
                    .map(|node| Node {
                        size: turn(node.size),
                        ..*node
                    })
                    .collect(),
                edges: graph
                    .edges
                    .iter()
                    .map(|edge| Edge {
                        label: turn(edge.label),
                        ..*edge
                    })
                    .collect(),
            };
            turn_back(nesting::arrange(&turned))
        }
    }
}

fn turn(size: Size) -> Size {
    Size {
        width: size.height,
        height: size.width,
    }
}

fn turn_back(layout: Layout) -> Layout {
    let point = |p: Point| Point { x: p.y, y: p.x };
    let rect = |r: Rect| Rect {
        at: point(r.at),
        size: turn(r.size),
    };
    let route = |r: Route| Route {
        points: r.points.into_iter().map(point).collect(),
        label: r.label.map(rect),
    };
    Layout {
        boxes: layout.boxes.into_iter().map(rect).collect(),
        heads: layout.heads.into_iter().map(rect).collect(),
        routes: layout.routes.into_iter().map(route).collect(),
        size: turn(layout.size),
    }
}

/// The entry of a list, or the kind's own nothing where there is none.
fn at<T: Copy + Default>(list: &[T], index: usize) -> T {
    list.get(index).copied().unwrap_or_default()
}

/// Numbers that are never NaN here, in order.
fn ascending(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}
