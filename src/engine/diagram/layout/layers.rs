//! One level of a drawing: items in layers, and links from each layer to the next.

use super::{
    Point, Size, ascending, at,
    channel::{Crossing, MARGIN, TIP, channel},
    order::order,
    spread::{Wish, spread, within},
};

/// Least distance of two arrows at a box.
pub(super) const SLOT: f64 = 13.0;
/// How near to a corner an arrow may come.
const CORNER: f64 = 10.0;
/// Room at the sides of a box with boxes in it.
pub(super) const SIDE: f64 = 14.0;
/// How often the layers are straightened.
const ROUNDS: usize = 48;
/// How often arrows through several layers are made upright.
const ALIGNMENTS: usize = 6;

/// What an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// What stands at the beginning of the box around.
    Head,
    /// A place in the border around.
    Port,
    /// A box.
    Box,
    /// A label; its arrow runs along its left side.
    Label,
    /// An arrow that passes.
    #[default]
    Bend,
}

/// Something in a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) size: Size,
    pub(super) layer: usize,
}

/// Where a link touches an item.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Hold {
    /// So far from the middle.
    Fixed(f64),
    /// Anywhere: here for now.
    Slot(f64),
    /// In the middle.
    #[default]
    Middle,
}

impl Hold {
    pub(super) fn offset(self) -> f64 {
        match self {
            Self::Fixed(offset) | Self::Slot(offset) => offset,
            Self::Middle => 0.0,
        }
    }
}

/// A piece of an arrow from an item to one of the next layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Link {
    pub(super) upper: usize,
    pub(super) lower: usize,
    pub(super) leaves: Hold,
    pub(super) arrives: Hold,
    /// How much it counts that it is straight.
    pub(super) weight: f64,
}

/// A level to be placed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Level {
    pub(super) items: Vec<Item>,
    pub(super) links: Vec<Link>,
    /// Items of each layer, from left to right.
    pub(super) layers: Vec<Vec<usize>>,
}

/// A level whose items have places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Placed {
    /// By item: its upper left corner.
    pub(super) corners: Vec<Point>,
    /// By item: its size; boxes may have grown for their arrows.
    pub(super) sizes: Vec<Size>,
    /// By link: its corners, downwards.
    pub(super) lines: Vec<[Point; 4]>,
    pub(super) size: Size,
}

impl Level {
    pub(super) fn item(&self, index: usize) -> Item {
        at(&self.items, index)
    }

    /// Orders, straightens and measures the level.
    pub(super) fn place(mut self) -> Placed {
        self.widen();
        let count = self.items.iter().map(|item| item.layer + 1).max().unwrap_or_default();
        self.layers = vec![Vec::new(); count];
        for (index, item) in self.items.iter().enumerate() {
            if let Some(layer) = self.layers.get_mut(item.layer) {
                layer.push(index);
            }
        }
        order(&mut self);
        self.share_slots();
        let mut middles = self.straighten();
        for _ in 0..ALIGNMENTS {
            self.align(&mut middles);
        }
        self.settle_unlinked(&mut middles);
        self.pull_left(&mut middles);
        self.move_slots(&middles);
        self.measure(&middles)
    }

    /// Boxes are as wide as their arrows need.
    fn widen(&mut self) {
        for index in 0..self.items.len() {
            let slots = |side: fn(&Link) -> (usize, Hold)| {
                let own = |link: &&Link| matches!(side(link), (item, Hold::Slot(_)) if item == index);
                self.links.iter().filter(own).count()
            };
            let most = slots(|link| (link.upper, link.leaves)).max(slots(|link| (link.lower, link.arrives)));
            let most = u32::try_from(most.saturating_sub(1)).unwrap_or_default();
            if let Some(item) = self.items.get_mut(index).filter(|item| item.kind == Kind::Box) {
                item.size.width = item.size.width.max(2.0 * CORNER + SLOT * f64::from(most));
            }
        }
    }

    /// Spreads the arrows of each box over its sides, in the order of their other ends.
    fn share_slots(&mut self) {
        let place: Vec<f64> = self.indices();
        for index in 0..self.items.len() {
            for lower in [false, true] {
                let mut ends = self.slots(index, lower);
                let key = |link: &usize| {
                    let link = at(&self.links, *link);
                    let (other, hold) = if lower {
                        (link.upper, link.leaves)
                    } else {
                        (link.lower, link.arrives)
                    };
                    at(&place, other) + hold.offset() / (self.item(other).size.width + 1.0)
                };
                ends.sort_by(|a, b| ascending(key(a), key(b)));
                let width = self.item(index).size.width;
                let share = (width - 2.0 * CORNER) / f64::from(u32::try_from(ends.len()).unwrap_or(1).max(1));
                for (n, link) in ends.iter().enumerate() {
                    let n = f64::from(u32::try_from(n).unwrap_or_default());
                    let offset = CORNER + share * (n + 0.5) - width / 2.0;
                    self.set_slot(*link, lower, offset);
                }
            }
        }
    }

    /// Links that hold a box anywhere on its upper (`lower`: they come from above) or lower side.
    fn slots(&self, index: usize, lower: bool) -> Vec<usize> {
        let own = |link: &Link| {
            let (item, hold) = if lower {
                (link.lower, link.arrives)
            } else {
                (link.upper, link.leaves)
            };
            item == index && matches!(hold, Hold::Slot(_))
        };
        let links = self.links.iter().enumerate();
        links.filter(|(_, link)| own(link)).map(|(n, _)| n).collect()
    }

    fn set_slot(&mut self, link: usize, lower: bool, offset: f64) {
        if let Some(link) = self.links.get_mut(link) {
            let hold = if lower { &mut link.arrives } else { &mut link.leaves };
            *hold = Hold::Slot(offset);
        }
    }

    /// By item: its number in its layer.
    fn indices(&self) -> Vec<f64> {
        let mut place = vec![0.0; self.items.len()];
        for layer in &self.layers {
            for (n, item) in layer.iter().enumerate() {
                if let Some(place) = place.get_mut(*item) {
                    *place = f64::from(u32::try_from(n).unwrap_or_default());
                }
            }
        }
        place
    }

    /// Least distance of the middles of two items beside each other.
    fn distance(&self, left: usize, right: usize) -> f64 {
        let (left, right) = (self.item(left), self.item(right));
        let gap = match (left.kind, right.kind) {
            (Kind::Bend | Kind::Port, Kind::Bend | Kind::Port) => SLOT,
            (Kind::Box, Kind::Box) => 26.0,
            _ => 15.0,
        };
        f64::midpoint(left.size.width, right.size.width) + gap
    }

    /// Middles of all items: each layer as near to its neighbours' as order and distances allow, again and again.
    fn straighten(&self) -> Vec<f64> {
        let mut middles = vec![0.0; self.items.len()];
        for layer in &self.layers {
            self.settle(layer, &mut middles, |_| (0.0, 1.0));
        }
        for round in 0..ROUNDS {
            let both = round * 4 >= ROUNDS * 3;
            let down = round % 2 == 0;
            let layers: Vec<&Vec<usize>> = if down {
                self.layers.iter().collect()
            } else {
                self.layers.iter().rev().collect()
            };
            for layer in layers {
                let before = middles.clone();
                self.settle(layer, &mut middles, |item| self.wish(item, &before, both, down));
            }
        }
        middles
    }

    fn wish(&self, item: usize, middles: &[f64], both: bool, down: bool) -> (f64, f64) {
        let (mut sum, mut weight) = (0.0, 0.0);
        for link in &self.links {
            let (leaves, arrives) = (link.leaves.offset(), link.arrives.offset());
            if link.lower == item && (both || down) {
                sum += link.weight * (at(middles, link.upper) + leaves - arrives);
                weight += link.weight;
            }
            if link.upper == item && (both || !down) {
                sum += link.weight * (at(middles, link.lower) + arrives - leaves);
                weight += link.weight;
            }
        }
        if weight > 0.0 {
            (sum / weight, weight)
        } else {
            (at(middles, item), 0.05)
        }
    }

    fn settle(&self, layer: &[usize], middles: &mut [f64], wish: impl Fn(usize) -> (f64, f64)) {
        let mut last = None;
        let wishes: Vec<Wish> = layer
            .iter()
            .map(|item| {
                let (place, weight) = wish(*item);
                let distance = last.map_or(0.0, |left| self.distance(left, *item));
                last = Some(*item);
                Wish {
                    place,
                    weight,
                    distance,
                }
            })
            .collect();
        for (item, place) in layer.iter().zip(spread(&wishes)) {
            if let Some(middle) = middles.get_mut(*item) {
                *middle = place;
            }
        }
    }

    /// Arrows through several layers: the bends and the label of each, from top to bottom.
    fn passages(&self) -> Vec<Vec<usize>> {
        let soft = |item: usize| matches!(self.item(item).kind, Kind::Bend | Kind::Label);
        let below = |item: usize| {
            let link = self.links.iter().find(|link| link.upper == item)?;
            soft(link.lower).then_some(link.lower)
        };
        let begins = |item: &usize| {
            let above = self.links.iter().find(|link| link.lower == *item);
            soft(*item) && above.is_some_and(|link| !soft(link.upper))
        };
        let first = (0..self.items.len()).filter(begins);
        first
            .map(|item| std::iter::successors(Some(item), |item| below(*item)).collect())
            .collect()
    }

    /// Makes arrows upright through as many layers at a time as their neighbours leave room for.
    fn align(&self, middles: &mut [f64]) {
        for passage in self.passages() {
            let mut rest = passage.as_slice();
            while !rest.is_empty() {
                let (mut low, mut high) = (f64::MIN, f64::MAX);
                let mut count = 0;
                for item in rest {
                    let (from, to) = self.freedom(*item, middles);
                    if count > 0 && (from.max(low) > to.min(high)) {
                        break;
                    }
                    (low, high) = (from.max(low), to.min(high));
                    count += 1;
                }
                let (run, after) = rest.split_at_checked(count.max(1)).unwrap_or((rest, &[]));
                let place = self.upright(run, (low, high), middles);
                for item in run {
                    if let Some(middle) = middles.get_mut(*item) {
                        *middle = place - self.line_of(*item);
                    }
                }
                rest = after;
            }
        }
    }

    /// How far right of its middle an item's arrow passes.
    fn line_of(&self, item: usize) -> f64 {
        match self.item(item).kind {
            Kind::Label => -self.item(item).size.width / 2.0,
            _ => 0.0,
        }
    }

    /// Between which places an item's arrow may pass without moving another item.
    fn freedom(&self, item: usize, middles: &[f64]) -> (f64, f64) {
        let layer = self
            .layers
            .get(self.item(item).layer)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let place = layer.iter().position(|own| *own == item).unwrap_or_default();
        let line = self.line_of(item);
        let left = place.checked_sub(1).and_then(|n| layer.get(n));
        let right = layer.get(place + 1);
        (
            left.map_or(f64::MIN, |left| at(middles, *left) + self.distance(*left, item) + line),
            right.map_or(f64::MAX, |right| {
                at(middles, *right) - self.distance(item, *right) + line
            }),
        )
    }

    /// Where a run of an arrow goes: straight on from what is above it or below it if it can, else between the two.
    fn upright(&self, run: &[usize], (low, high): (f64, f64), middles: &[f64]) -> f64 {
        let above = run
            .first()
            .and_then(|item| self.links.iter().find(|link| link.lower == *item));
        let above = above.map(|link| at(middles, link.upper) + link.leaves.offset());
        let below = run
            .last()
            .and_then(|item| self.links.iter().find(|link| link.upper == *item));
        let below = below.map(|link| at(middles, link.lower) + link.arrives.offset());
        let fits = |place: &f64| (low..=high).contains(place);
        let between = match (above, below) {
            (Some(above), Some(below)) => f64::midpoint(above, below),
            (one, other) => one.or(other).unwrap_or_default(),
        };
        let straight = above.filter(fits).or(below.filter(fits));
        straight.unwrap_or_else(|| between.max(low).min(high))
    }

    /// Brings what no arrow of this level holds near to the rest: the head to its left, ports to its middle.
    fn settle_unlinked(&self, middles: &mut [f64]) {
        let mut linked = vec![false; self.items.len()];
        for link in &self.links {
            for item in [link.upper, link.lower] {
                if let Some(linked) = linked.get_mut(item) {
                    *linked = true;
                }
            }
        }
        let (mut left, mut right) = (f64::MAX, f64::MIN);
        for item in (0..self.items.len()).filter(|item| at(&linked, *item)) {
            let (middle, half) = (at(middles, item), self.item(item).size.width / 2.0);
            (left, right) = (left.min(middle - half), right.max(middle + half));
        }
        if left > right {
            return;
        }
        for layer in &self.layers {
            let before = middles.to_vec();
            self.settle(layer, middles, |item| {
                let half = self.item(item).size.width / 2.0;
                match self.item(item).kind {
                    _ if at(&linked, item) => (at(&before, item), 1_000.0),
                    Kind::Head => (left + half, 0.01),
                    _ => (f64::midpoint(left, right), 0.01),
                }
            });
        }
    }

    /// Lets the leftmost item begin where the room at the side ends, and the head too.
    fn pull_left(&self, middles: &mut [f64]) {
        let left = |item: usize, middles: &[f64]| at(middles, item) - self.item(item).size.width / 2.0;
        let heads = |item: &usize| self.item(*item).kind == Kind::Head;
        let least = (0..middles.len())
            .filter(|item| !heads(item))
            .map(|item| left(item, middles))
            .min_by(|a, b| ascending(*a, *b))
            .unwrap_or_default();
        for middle in middles.iter_mut() {
            *middle -= least - SIDE;
        }
        let Some(head) = (0..middles.len()).find(heads) else {
            return;
        };
        // Ports stand right of the head; where there is no room for it, all give way.
        let want = SIDE + self.item(head).size.width / 2.0;
        let missing = (want - at(middles, head)).max(0.0);
        for middle in middles.iter_mut() {
            *middle += missing;
        }
        if let Some(middle) = middles.get_mut(head) {
            *middle = want;
        }
    }

    /// Moves the arrows along the sides of their boxes so that they are straight where that is possible.
    fn move_slots(&mut self, middles: &[f64]) {
        for index in 0..self.items.len() {
            for lower in [false, true] {
                let mut ends = self.slots(index, lower);
                let own = |link: &usize| {
                    let link = at(&self.links, *link);
                    if lower {
                        link.arrives.offset()
                    } else {
                        link.leaves.offset()
                    }
                };
                ends.sort_by(|a, b| ascending(own(a), own(b)));
                let (middle, width) = (at(middles, index), self.item(index).size.width);
                let other = |link: &usize| {
                    let link = at(&self.links, *link);
                    if lower {
                        at(middles, link.upper) + link.leaves.offset()
                    } else {
                        at(middles, link.lower) + link.arrives.offset()
                    }
                };
                let wished: Vec<f64> = ends.iter().map(other).collect();
                let half = width / 2.0 - CORNER;
                let places = within(&wished, middle - half, middle + half, SLOT);
                for (link, place) in ends.iter().zip(places) {
                    self.set_slot(*link, lower, place - middle);
                }
            }
        }
    }

    /// Room that arrows need at a layer.
    fn room(&self, layer: usize) -> f64 {
        let soft = |item: &usize| matches!(self.item(*item).kind, Kind::Bend | Kind::Label);
        let items = self.layers.get(layer).map(Vec::as_slice).unwrap_or_default();
        if items.iter().all(soft) { MARGIN } else { TIP }
    }

    /// Heights of layers and channels, and with them all places.
    fn measure(&self, middles: &[f64]) -> Placed {
        let round = f64::round;
        let mut placed = Placed {
            corners: vec![Point::default(); self.items.len()],
            sizes: self.items.iter().map(|item| item.size).collect(),
            lines: vec![[Point::default(); 4]; self.links.len()],
            size: Size::default(),
        };
        let mut y: f64 = 0.0;
        for (number, layer) in self.layers.iter().enumerate() {
            let band = layer.iter().map(|i| self.item(*i).size.height).fold(0.0, f64::max);
            for index in layer {
                let item = self.item(*index);
                let lift = match item.kind {
                    Kind::Label => (band - item.size.height) / 2.0,
                    _ => 0.0,
                };
                if let Some(corner) = placed.corners.get_mut(*index) {
                    *corner = Point {
                        x: round(at(middles, *index) - item.size.width / 2.0),
                        y: round(y + lift),
                    };
                }
            }
            y += band;
            let links: Vec<(usize, Link)> = self
                .links
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, link)| self.item(link.upper).layer == number)
                .collect();
            if links.is_empty() && number + 1 == self.layers.len() {
                break;
            }
            let x = |item: usize, hold: Hold| round(at(middles, item) + hold.offset());
            let crossings: Vec<Crossing> = links
                .iter()
                .map(|(_, link)| Crossing {
                    above: x(link.upper, link.leaves),
                    below: x(link.lower, link.arrives),
                })
                .collect();
            let (height, turns) = channel(&crossings, (self.room(number), self.room(number + 1)));
            for (((index, link), crossing), turn) in links.iter().zip(&crossings).zip(&turns) {
                let upper = self.item(link.upper);
                let start = match upper.kind {
                    Kind::Box => at(&placed.corners, link.upper).y + upper.size.height,
                    Kind::Port | Kind::Head => 0.0,
                    Kind::Label | Kind::Bend => y,
                };
                let below = if crossing.is_straight() {
                    crossing.above
                } else {
                    crossing.below
                };
                let line = [
                    (crossing.above, start),
                    (crossing.above, y + turn),
                    (below, y + turn),
                    (below, y + height),
                ];
                if let Some(slot) = placed.lines.get_mut(*index) {
                    *slot = line.map(|(x, y)| Point { x, y: round(y) });
                }
            }
            y += height;
        }
        let right = self
            .items
            .iter()
            .zip(&placed.corners)
            .map(|(item, c)| c.x + item.size.width);
        placed.size = Size {
            width: right.fold(0.0, f64::max) + SIDE,
            height: round(y),
        };
        placed
    }
}
