//! Arrows between two layers: each turns twice, on a track that it shares with none that it would touch.

use super::ascending;

/// Distance of two tracks.
const TRACK: f64 = 7.0;
/// Room for the head of an arrow at a box.
pub(super) const TIP: f64 = 13.0;
/// Room between a track and a layer without boxes.
pub(super) const MARGIN: f64 = 6.0;
/// What is closer than this together is seen as one line.
const CLOSE: f64 = 6.0;
/// A step to the side that is not seen as one.
const STRAIGHT: f64 = 1.0;

/// A piece of an arrow between two layers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Crossing {
    /// Where it leaves the upper layer.
    pub(super) above: f64,
    /// Where it reaches the lower layer.
    pub(super) below: f64,
}

impl Crossing {
    pub(super) fn is_straight(&self) -> bool {
        (self.above - self.below).abs() <= STRAIGHT
    }

    fn span(&self) -> (f64, f64) {
        (self.above.min(self.below), self.above.max(self.below))
    }

    fn touches(&self, other: &Self) -> bool {
        let ((a, b), (c, d)) = (self.span(), other.span());
        a <= d + CLOSE && c <= b + CLOSE
    }

    /// Whether its horizontal part must lie above that of the other, or their vertical parts would lie on each other.
    fn before(&self, other: &Self) -> bool {
        (self.above - other.below).abs() < CLOSE
    }
}

/// A channel: its height, and for each crossing how far from its top it turns; `above` and `below` the tracks there is so
/// much room.
pub(super) fn channel(crossings: &[Crossing], (above, below): (f64, f64)) -> (f64, Vec<f64>) {
    let mut order: Vec<usize> = (0..crossings.len())
        .filter(|i| !super::at(crossings, *i).is_straight())
        .collect();
    // Arrows to the right from the right, arrows to the left from the left: those of one way do not cross.
    order.sort_by(|a, b| {
        let (a, b) = (super::at(crossings, *a), super::at(crossings, *b));
        let right = |c: &Crossing| c.below > c.above;
        let key = |c: &Crossing| if right(c) { -c.above } else { c.above };
        right(&b).cmp(&right(&a)).then(ascending(key(&a), key(&b)))
    });
    let mut track: Vec<Option<usize>> = vec![None; crossings.len()];
    let mut waiting = order;
    while !waiting.is_empty() {
        let free = waiting.iter().position(|i| {
            let own = super::at(crossings, *i);
            !waiting
                .iter()
                .any(|other| other != i && super::at(crossings, *other).before(&own))
        });
        // In a circle one has to be first.
        let next = waiting.remove(free.unwrap_or_default());
        let own = super::at(crossings, next);
        let placed: Vec<(usize, Crossing)> = crossings
            .iter()
            .zip(&track)
            .filter_map(|(c, t)| Some(((*t)?, *c)))
            .collect();
        let least = placed.iter().filter(|(_, c)| c.before(&own)).map(|(t, _)| t + 1).max();
        let taken: Vec<usize> = placed
            .iter()
            .filter(|(_, c)| c.touches(&own))
            .map(|(t, _)| *t)
            .collect();
        let chosen = (least.unwrap_or_default()..).find(|t| !taken.contains(t));
        if let Some(slot) = track.get_mut(next) {
            *slot = chosen;
        }
    }
    let last = track.iter().flatten().max().copied().unwrap_or_default();
    let height = |track: usize| above + TRACK * f64::from(u32::try_from(track).unwrap_or_default());
    let turns = track.iter().map(|t| height(t.unwrap_or_default())).collect();
    (height(last) + below, turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossing(above: f64, below: f64) -> Crossing {
        Crossing { above, below }
    }

    #[test]
    fn arrows_that_would_touch_turn_on_different_tracks() {
        let (height, turns) = channel(
            &[crossing(0.0, 100.0), crossing(50.0, 150.0), crossing(300.0, 400.0)],
            (TIP, MARGIN),
        );
        assert!(turns[0] != turns[1] && turns[0].max(turns[1]) < height);
        assert_eq!(turns[2], turns[0].min(turns[1]), "far apart they share a track");
    }

    #[test]
    fn an_arrow_that_leaves_where_another_arrives_turns_first() {
        let (_, turns) = channel(&[crossing(200.0, 100.0), crossing(100.0, 0.0)], (TIP, TIP));
        assert!(turns[1] < turns[0]);
        let (_, turns) = channel(&[crossing(100.0, 0.0), crossing(200.0, 100.0)], (TIP, TIP));
        assert!(turns[0] < turns[1]);
    }
}
