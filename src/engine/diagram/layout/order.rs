//! In which order the items of a layer stand, so that few arrows cross.

use super::{
    ascending, at,
    layers::{Hold, Kind, Level},
};

/// How often the layers are ordered by their neighbours.
const SWEEPS: usize = 24;

/// Orders the layers: by the mean of the neighbours above and below in turn, then by swapping neighbours; the best of all
/// orders that were seen is kept.
pub(super) fn order(level: &mut Level) {
    let mut best = (usize::MAX, level.layers.clone());
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let layers = 0..level.layers.len();
        let numbers: Vec<usize> = if down { layers.collect() } else { layers.rev().collect() };
        for number in numbers {
            by_neighbours(level, number, down);
        }
        while swap(level) {}
        let crossings = crossings(level);
        if crossings < best.0 {
            best = (crossings, level.layers.clone());
        }
        if crossings == 0 {
            break;
        }
    }
    level.layers = best.1;
}

/// Where each item stands in its layer, as a number of items.
fn places(level: &Level) -> Vec<f64> {
    let mut places = vec![0.0; level.items.len()];
    for layer in &level.layers {
        for (number, item) in layer.iter().enumerate() {
            if let Some(place) = places.get_mut(*item) {
                *place = f64::from(u32::try_from(number).unwrap_or_default());
            }
        }
    }
    places
}

/// Where an end of a link is, in the same measure.
fn end(level: &Level, places: &[f64], item: usize, hold: Hold) -> f64 {
    let within = match hold {
        Hold::Fixed(offset) => 0.9 * offset / level.item(item).size.width.max(1.0),
        Hold::Slot(_) | Hold::Middle => 0.0,
    };
    at(places, item) + within
}

fn by_neighbours(level: &mut Level, number: usize, down: bool) {
    let places = places(level);
    let key = |item: usize| {
        if level.item(item).kind == Kind::Head {
            return f64::MIN;
        }
        let ends: Vec<f64> = level
            .links
            .iter()
            .filter_map(|link| match down {
                true if link.lower == item => {
                    Some(end(level, &places, link.upper, link.leaves) - inside(level, item, link.arrives))
                }
                false if link.upper == item => {
                    Some(end(level, &places, link.lower, link.arrives) - inside(level, item, link.leaves))
                }
                _ => None,
            })
            .collect();
        let count = f64::from(u32::try_from(ends.len()).unwrap_or(u32::MAX));
        if ends.is_empty() {
            at(&places, item)
        } else {
            ends.iter().sum::<f64>() / count
        }
    };
    let layer = level.layers.get(number).cloned().unwrap_or_default();
    let mut keyed: Vec<(f64, usize)> = layer.iter().map(|item| (key(*item), *item)).collect();
    keyed.sort_by(|a, b| ascending(a.0, b.0));
    if let Some(layer) = level.layers.get_mut(number) {
        *layer = keyed.into_iter().map(|(_, item)| item).collect();
    }
}

fn inside(level: &Level, item: usize, hold: Hold) -> f64 {
    end(level, &[], item, hold)
}

/// Swaps neighbours where fewer arrows cross afterwards; whether any were.
fn swap(level: &mut Level) -> bool {
    let mut places = places(level);
    let mut swapped = false;
    for number in 0..level.layers.len() {
        let length = level.layers.get(number).map_or(0, Vec::len);
        for right in 1..length {
            let layer = level.layers.get(number).map(Vec::as_slice).unwrap_or_default();
            let (a, b) = (at(layer, right - 1), at(layer, right));
            if level.item(a).kind == Kind::Head {
                continue;
            }
            if between(level, &places, b, a) < between(level, &places, a, b) {
                if let Some(layer) = level.layers.get_mut(number) {
                    layer.swap(right - 1, right);
                }
                if a < places.len() && b < places.len() {
                    places.swap(a, b);
                }
                swapped = true;
            }
        }
    }
    swapped
}

/// How many arrows of two neighbours cross when `left` stands left of `right`.
fn between(level: &Level, places: &[f64], left: usize, right: usize) -> usize {
    let ends = |item: usize, down: bool| -> Vec<f64> {
        let other = level.links.iter().filter_map(|link| match down {
            true if link.upper == item => Some((link.lower, link.arrives)),
            false if link.lower == item => Some((link.upper, link.leaves)),
            _ => None,
        });
        other.map(|(item, hold)| end(level, places, item, hold)).collect()
    };
    [true, false]
        .into_iter()
        .map(|down| {
            let others = ends(right, down);
            let crossing = |own: &f64| others.iter().filter(|other| own > *other).count();
            ends(left, down).iter().map(crossing).sum::<usize>()
        })
        .sum()
}

/// How many arrows cross in all.
fn crossings(level: &Level) -> usize {
    let places = places(level);
    let mut count = 0;
    for (n, a) in level.links.iter().enumerate() {
        for b in level.links.iter().skip(n + 1) {
            if level.item(a.upper).layer != level.item(b.upper).layer {
                continue;
            }
            let above = end(level, &places, a.upper, a.leaves) - end(level, &places, b.upper, b.leaves);
            let below = end(level, &places, a.lower, a.arrives) - end(level, &places, b.lower, b.arrives);
            if above * below < 0.0 {
                count += 1;
            }
        }
    }
    count
}
