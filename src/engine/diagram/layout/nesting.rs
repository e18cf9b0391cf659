//! Boxes in boxes: each level is placed on its own, inner ones first; arrows cross borders through ports.

use std::collections::BTreeMap;

use super::{
    Edge, Graph, Layout, Point, Rect, Route, Size, at,
    layers::{Hold, Item, Kind, Level, Link, Placed, SIDE},
    ranks::{Span, ranks},
};

/// Which side of a box a port is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Top,
    Bottom,
}

/// A place in the border of a box through which an arrow goes to a box inside it, or where it ends.
#[derive(Clone, Copy, Debug)]
struct Port {
    edge: usize,
    side: Side,
    /// The box right inside that it leads on to.
    inner: Option<usize>,
    /// Whether the arrow starts inside.
    source: bool,
}

/// An arrow on the level where both ends are first together; an end that is the box around has no box here.
#[derive(Clone, Copy, Debug)]
struct Joint {
    edge: usize,
    from: Option<usize>,
    to: Option<usize>,
}

/// A part of an arrow within one level, from its source on.
struct Piece {
    /// Parts of smaller numbers come first.
    stage: isize,
    level: Option<usize>,
    points: Vec<Point>,
}

#[derive(Default)]
struct Inside {
    joints: Vec<Joint>,
    ports: Vec<Port>,
    ranks: BTreeMap<usize, usize>,
}

/// A level that has been placed.
#[derive(Default)]
struct Drawn {
    /// By edge: where its port is in the border, from the left.
    ports: BTreeMap<usize, f64>,
}

struct Nesting<'g> {
    graph: &'g Graph,
    children: BTreeMap<Option<usize>, Vec<usize>>,
    inside: BTreeMap<Option<usize>, Inside>,
    drawn: BTreeMap<usize, Drawn>,
    layout: Layout,
    labels: Vec<Option<(Option<usize>, Rect)>>,
    pieces: Vec<Vec<Piece>>,
}

/// Lays a graph out from top to bottom.
pub(super) fn arrange(graph: &Graph) -> Layout {
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::from([(None, Vec::new())]);
    for (index, node) in graph.nodes.iter().enumerate() {
        let parent = node.parent.filter(|parent| *parent < index);
        children.entry(parent).or_default().push(index);
    }
    let rects: Vec<Rect> = graph
        .nodes
        .iter()
        .map(|node| Rect {
            at: Point::default(),
            size: node.size,
        })
        .collect();
    let mut nesting = Nesting {
        graph,
        inside: children.keys().map(|key| (*key, Inside::default())).collect(),
        drawn: BTreeMap::new(),
        layout: Layout {
            boxes: rects.clone(),
            heads: rects,
            routes: vec![Route::default(); graph.edges.len()],
            size: Size::default(),
        },
        labels: vec![None; graph.edges.len()],
        pieces: graph.edges.iter().map(|_| Vec::new()).collect(),
        children,
    };
    nesting.join();
    let levels: Vec<Option<usize>> = nesting.children.keys().copied().collect();
    for level in &levels {
        nesting.rank(*level);
    }
    for level in levels.iter().rev() {
        nesting.place(*level);
    }
    nesting.assemble();
    nesting.layout
}

impl Nesting<'_> {
    fn parent(&self, node: usize) -> Option<usize> {
        self.graph.nodes.get(node)?.parent.filter(|parent| *parent < node)
    }

    /// A box and those around it, inner first.
    fn lineage(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(node), |node| self.parent(*node))
    }

    /// The box right inside a level in which a box lies, or that it is.
    fn child_of(&self, level: Option<usize>, node: usize) -> Option<usize> {
        self.lineage(node).find(|ancestor| self.parent(*ancestor) == level)
    }

    fn has_inside(&self, node: usize) -> bool {
        self.children.contains_key(&Some(node))
    }

    fn edge(&self, index: usize) -> Option<Edge> {
        self.graph.edges.get(index).copied()
    }

    /// Finds the level of each arrow.
    fn join(&mut self) {
        for (index, edge) in self.graph.edges.iter().enumerate() {
            let known = edge.from < self.graph.nodes.len() && edge.to < self.graph.nodes.len();
            if edge.from == edge.to || !known {
                continue;
            }
            let level = self
                .lineage(edge.from)
                .find(|outer| self.lineage(edge.to).any(|other| other == *outer));
            let inside = |node: usize| (level != Some(node)).then(|| self.child_of(level, node)).flatten();
            let joint = Joint {
                edge: index,
                from: inside(edge.from),
                to: inside(edge.to),
            };
            if let Some(inside) = self.inside.get_mut(&level) {
                inside.joints.push(joint);
            }
        }
    }

    /// How many layers an arrow needs: one of its own for its label.
    fn length(&self, edge: usize) -> usize {
        match self.edge(edge) {
            Some(edge) if edge.label.width > 0.0 => 2,
            _ => 1,
        }
    }

    /// Gives the boxes of a level their layers, and those that have boxes inside their ports.
    fn rank(&mut self, level: Option<usize>) {
        let Some(mut inside) = self.inside.remove(&level) else {
            return;
        };
        let children = self.children.get(&level).cloned().unwrap_or_default();
        let local = |node: usize| children.iter().position(|child| *child == node);
        // The first layer is for what stands at the beginning of the box, and its ports.
        let beside = |child: &usize| self.graph.nodes.get(*child).is_some_and(|node| node.beside_head);
        let mut first: Vec<usize> = children
            .iter()
            .map(|child| usize::from(level.is_some() && !beside(child)))
            .collect();
        for port in inside.ports.iter().filter(|port| port.side == Side::Top) {
            if let Some(first) = port.inner.and_then(local).and_then(|n| first.get_mut(n)) {
                *first = 1.max(*first);
            }
        }
        let mut spans = Vec::new();
        for joint in &inside.joints {
            let length = self.length(joint.edge);
            match (joint.from.and_then(local), joint.to.and_then(local)) {
                (Some(from), Some(to)) => spans.push(Span { from, to, length }),
                (None, Some(to)) => {
                    if let Some(first) = first.get_mut(to) {
                        *first = length.max(*first);
                    }
                }
                _ => {}
            }
        }
        let ranks = ranks(children.len(), &spans, &first);
        inside.ranks = children.iter().copied().zip(ranks).collect();
        let mut ports: Vec<(usize, Port)> = Vec::new();
        for joint in &inside.joints {
            let Some(edge) = self.edge(joint.edge) else { continue };
            let down = inside.is_down(joint);
            for (end, node, source) in [(joint.from, edge.from, true), (joint.to, edge.to, false)] {
                let side = if source == down { Side::Bottom } else { Side::Top };
                if let Some(end) = end.filter(|end| self.has_inside(*end)) {
                    let inner = (end != node).then(|| self.child_of(Some(end), node)).flatten();
                    let edge = joint.edge;
                    ports.push((
                        end,
                        Port {
                            edge,
                            side,
                            inner,
                            source,
                        },
                    ));
                }
            }
        }
        for port in &inside.ports {
            let Some(edge) = self.edge(port.edge) else { continue };
            let node = if port.source { edge.from } else { edge.to };
            if let Some(end) = port.inner.filter(|end| self.has_inside(*end)) {
                let inner = (end != node).then(|| self.child_of(Some(end), node)).flatten();
                ports.push((end, Port { inner, ..*port }));
            }
        }
        for (node, port) in ports {
            if let Some(inside) = self.inside.get_mut(&Some(node)) {
                inside.ports.push(port);
            }
        }
        self.inside.insert(level, inside);
    }

    /// Places a level whose inner levels are placed.
    fn place(&mut self, level: Option<usize>) {
        let Some(inside) = self.inside.remove(&level) else {
            return;
        };
        let mut plan = Plan::new(self, level, &inside);
        for port in &inside.ports {
            plan.port(self, port);
        }
        for joint in &inside.joints {
            plan.joint(self, &inside, joint);
        }
        let Plan {
            level: items,
            boxes,
            head,
            ports,
            chains,
            ..
        } = plan;
        let placed = items.place();
        for (node, item) in &boxes {
            let rect = Rect {
                at: at(&placed.corners, *item),
                size: at(&placed.sizes, *item),
            };
            if let Some(own) = self.layout.boxes.get_mut(*node) {
                *own = rect;
            }
        }
        for chain in chains {
            self.keep(level, chain, &placed);
        }
        let Some(node) = level else {
            self.layout.size = Size {
                height: placed.size.height,
                ..placed.size
            };
            return;
        };
        let bottom = inside.ports.iter().any(|port| port.side == Side::Bottom)
            || inside.joints.iter().any(|joint| joint.to.is_none());
        let below = if bottom { 0.0 } else { SIDE };
        if let Some(own) = self.layout.boxes.get_mut(node) {
            own.size = Size {
                height: placed.size.height + below,
                ..placed.size
            };
        }
        if let (Some(own), Some(head)) = (self.layout.heads.get_mut(node), head) {
            own.at = at(&placed.corners, head);
        }
        let ports = ports
            .into_iter()
            .map(|(edge, item)| (edge, at(&placed.corners, item).x));
        self.drawn.insert(node, Drawn { ports: ports.collect() });
    }

    /// Keeps the corners and the label of a part of an arrow.
    fn keep(&mut self, level: Option<usize>, chain: Chain, placed: &Placed) {
        let mut points: Vec<Point> = chain.links.iter().flat_map(|link| at(&placed.lines, *link)).collect();
        if !chain.down {
            points.reverse();
        }
        if let Some(item) = chain.label {
            let rect = Rect {
                at: at(&placed.corners, item),
                size: at(&placed.sizes, item),
            };
            if let Some(label) = self.labels.get_mut(chain.edge) {
                *label = Some((level, rect));
            }
        }
        if let Some(pieces) = self.pieces.get_mut(chain.edge) {
            let depth = level.map_or(0, |node| self.graph.lineage_length(node));
            let stage = match chain.end {
                Some(true) => -depth,
                Some(false) => depth,
                None => 0,
            };
            pieces.push(Piece { stage, level, points });
        }
    }

    /// Turns places within boxes into places in the drawing, and parts of arrows into arrows.
    fn assemble(&mut self) {
        for node in 0..self.layout.boxes.len() {
            let corner = self.corner(self.parent(node));
            if let Some(own) = self.layout.boxes.get_mut(node) {
                own.at = plus(own.at, corner);
            }
            let own = at(&self.layout.boxes, node);
            let inside = self.has_inside(node);
            if let Some(head) = self.layout.heads.get_mut(node) {
                if inside {
                    head.at = plus(head.at, own.at);
                } else {
                    *head = own;
                }
            }
        }
        for edge in 0..self.pieces.len() {
            let mut pieces = self.pieces.get_mut(edge).map(std::mem::take).unwrap_or_default();
            // Source side: inner first; then the level of both; then target side: outer first. The level of both may be
            // deep, so its own stage is 0 and the others count from their depth.
            pieces.sort_by_key(|piece| piece.stage);
            let mut points: Vec<Point> = Vec::new();
            for piece in pieces {
                let corner = self.corner(piece.level);
                points.extend(piece.points.into_iter().map(|point| plus(point, corner)));
            }
            let label = self.labels.get(edge).copied().flatten().map(|(level, rect)| Rect {
                at: plus(rect.at, self.corner(level)),
                ..rect
            });
            if let Some(route) = self.layout.routes.get_mut(edge) {
                *route = Route {
                    points: corners(points),
                    label,
                };
            }
        }
    }

    /// Where a level begins.
    fn corner(&self, level: Option<usize>) -> Point {
        level.map_or_else(Point::default, |node| at(&self.layout.boxes, node).at)
    }
}

impl Graph {
    fn lineage_length(&self, node: usize) -> isize {
        let parent = |node: &usize| self.nodes.get(*node)?.parent.filter(|parent| parent < node);
        isize::try_from(std::iter::successors(Some(node), parent).count()).unwrap_or_default()
    }
}

impl Inside {
    fn is_down(&self, joint: &Joint) -> bool {
        let rank = |node: usize| self.ranks.get(&node).copied().unwrap_or_default();
        match (joint.from, joint.to) {
            (Some(from), Some(to)) => rank(from) < rank(to),
            _ => true,
        }
    }
}

/// Part of an arrow on one level, as links from top to bottom.
struct Chain {
    edge: usize,
    links: Vec<usize>,
    label: Option<usize>,
    /// Whether it runs downwards.
    down: bool,
    /// Whether it lies inside the box of the source (or of the target); none on the level where both meet.
    end: Option<bool>,
}

/// The items and links of a level while they are gathered.
struct Plan {
    level: Level,
    head: Option<usize>,
    boxes: BTreeMap<usize, usize>,
    /// By edge: the item of its port.
    ports: Vec<(usize, usize)>,
    chains: Vec<Chain>,
    /// The layer of the ports in the lower border.
    last: usize,
}

impl Plan {
    fn new(nesting: &Nesting<'_>, around: Option<usize>, inside: &Inside) -> Self {
        let mut level = Level::default();
        let head = around.map(|node| {
            let size = nesting.graph.nodes.get(node).map(|n| n.size).unwrap_or_default();
            push(&mut level, Kind::Head, size, 0)
        });
        let ended = |joint: &Joint| Some(inside.ranks.get(&joint.from?)? + nesting.length(joint.edge));
        let last = inside.ranks.values().map(|rank| rank + 1).max().unwrap_or(1);
        let last = inside
            .joints
            .iter()
            .filter(|j| j.to.is_none())
            .filter_map(ended)
            .fold(last, usize::max);
        let boxes = inside
            .ranks
            .iter()
            .map(|(node, rank)| {
                let size = at(&nesting.layout.boxes, *node).size;
                (*node, push(&mut level, Kind::Box, size, *rank))
            })
            .collect();
        Self {
            level,
            head,
            boxes,
            ports: Vec::new(),
            chains: Vec::new(),
            last,
        }
    }

    fn layer(&self, side: Side) -> usize {
        match side {
            Side::Top => 0,
            Side::Bottom => self.last,
        }
    }

    /// A port, and the part of its arrow from it to the box that it leads to.
    fn port(&mut self, nesting: &Nesting<'_>, port: &Port) {
        let layer = self.layer(port.side);
        let item = push(&mut self.level, Kind::Port, Size::default(), layer);
        self.ports.push((port.edge, item));
        let Some(node) = port.inner else { return };
        let end = (self.item(node), hold(nesting, node, port.edge));
        let border = (item, Hold::Middle);
        let (upper, lower) = match port.side {
            Side::Top => (border, end),
            Side::Bottom => (end, border),
        };
        let (links, label) = self.chain(upper, lower, Size::default(), true);
        self.chains.push(Chain {
            edge: port.edge,
            links,
            label,
            down: (port.side == Side::Bottom) == port.source,
            end: Some(port.source),
        });
    }

    /// An arrow between two boxes of this level, or between one and the border around.
    fn joint(&mut self, nesting: &Nesting<'_>, inside: &Inside, joint: &Joint) {
        let down = inside.is_down(joint);
        let mut end = |node: Option<usize>, side: Side| match node {
            Some(node) => (self.item(node), hold(nesting, node, joint.edge)),
            None => {
                let layer = self.layer(side);
                let item = push(&mut self.level, Kind::Port, Size::default(), layer);
                (item, Hold::Middle)
            }
        };
        let (from, to) = (end(joint.from, Side::Top), end(joint.to, Side::Bottom));
        let (upper, lower) = if down { (from, to) } else { (to, from) };
        let label = nesting.edge(joint.edge).map(|edge| edge.label).unwrap_or_default();
        let (links, label) = self.chain(upper, lower, label, down);
        self.chains.push(Chain {
            edge: joint.edge,
            links,
            label,
            down,
            end: None,
        });
    }

    fn item(&self, node: usize) -> usize {
        self.boxes.get(&node).copied().unwrap_or_default()
    }

    /// Links from an item to one further down, with a bend in each layer between and the label in that next to the source.
    fn chain(
        &mut self,
        upper: (usize, Hold),
        lower: (usize, Hold),
        label: Size,
        down: bool,
    ) -> (Vec<usize>, Option<usize>) {
        let (top, bottom) = (self.level.item(upper.0).layer, self.level.item(lower.0).layer);
        let beside = if down { top + 1 } else { bottom.saturating_sub(1) };
        let place = (label.width > 0.0).then_some(beside);
        let mut links = Vec::new();
        let mut labelled = None;
        let mut last = upper;
        for layer in top + 1..bottom {
            let next = if place == Some(layer) {
                let item = push(&mut self.level, Kind::Label, label, layer);
                labelled = Some(item);
                (item, Hold::Fixed(-label.width / 2.0))
            } else {
                (push(&mut self.level, Kind::Bend, Size::default(), layer), Hold::Middle)
            };
            links.push(self.link(last, next));
            last = next;
        }
        links.push(self.link(last, lower));
        (links, labelled)
    }

    fn link(&mut self, upper: (usize, Hold), lower: (usize, Hold)) -> usize {
        let soft = |item: usize| !matches!(self.level.item(item).kind, Kind::Box | Kind::Port);
        let weight = match (soft(upper.0), soft(lower.0)) {
            (true, true) => 8.0,
            (false, false) => 1.0,
            _ => 2.0,
        };
        self.level.links.push(Link {
            upper: upper.0,
            lower: lower.0,
            leaves: upper.1,
            arrives: lower.1,
            weight,
        });
        self.level.links.len() - 1
    }
}

/// Where an arrow holds a box: at its port, or anywhere on a box without boxes inside.
fn hold(nesting: &Nesting<'_>, node: usize, edge: usize) -> Hold {
    let port = nesting.drawn.get(&node).and_then(|drawn| drawn.ports.get(&edge));
    let width = at(&nesting.layout.boxes, node).size.width;
    port.map_or(Hold::Slot(0.0), |x| Hold::Fixed(x - width / 2.0))
}

fn push(level: &mut Level, kind: Kind, size: Size, layer: usize) -> usize {
    level.items.push(Item { kind, size, layer });
    level.items.len() - 1
}

fn plus(a: Point, b: Point) -> Point {
    Point {
        x: a.x + b.x,
        y: a.y + b.y,
    }
}

/// A line without points that are no corners.
fn corners(points: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = kept.as_slice() {
            let upright = a.x == b.x && b.x == point.x;
            let level = a.y == b.y && b.y == point.y;
            if upright || level {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}
