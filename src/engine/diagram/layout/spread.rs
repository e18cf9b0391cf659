//! Places on a line that keep an order and distances and are as near as possible to where they should be.

use super::at;

/// A thing on the line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Wish {
    /// Where its middle should be.
    pub(super) place: f64,
    /// How much that counts, more than 0.
    pub(super) weight: f64,
    /// Least distance of its middle from that of the one before it.
    pub(super) distance: f64,
}

/// Middles of the things, with the least sum of squared differences from their wishes (pool adjacent violators).
pub(super) fn spread(wishes: &[Wish]) -> Vec<f64> {
    struct Pool {
        sum: f64,
        weight: f64,
        count: usize,
    }
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut pools: Vec<Pool> = Vec::new();
    for (index, wish) in wishes.iter().enumerate() {
        if index > 0 {
            offset += wish.distance;
        }
        offsets.push(offset);
        let mut pool = Pool {
            sum: (wish.place - offset) * wish.weight,
            weight: wish.weight,
            count: 1,
        };
        while let Some(last) = pools.pop_if(|last| last.sum / last.weight > pool.sum / pool.weight) {
            pool.sum += last.sum;
            pool.weight += last.weight;
            pool.count += last.count;
        }
        pools.push(pool);
    }
    let bases = pools
        .iter()
        .flat_map(|pool| std::iter::repeat_n(pool.sum / pool.weight, pool.count));
    bases.enumerate().map(|(i, base)| base + at(&offsets, i)).collect()
}

/// Places for `wished` things between `low` and `high`, `distance` apart where there is room, in their order.
pub(super) fn within(wished: &[f64], low: f64, high: f64, distance: f64) -> Vec<f64> {
    let gaps = f64::from(u32::try_from(wished.len().saturating_sub(1)).unwrap_or(1)).max(1.0);
    let distance = distance.min((high - low).max(0.0) / gaps);
    let wishes: Vec<Wish> = wished
        .iter()
        .map(|place| Wish {
            place: place.clamp(low, high.max(low)),
            weight: 1.0,
            distance,
        })
        .collect();
    let places = spread(&wishes);
    let mut kept: Vec<f64> = Vec::with_capacity(places.len());
    for (i, place) in places.iter().enumerate() {
        let least = low + distance * f64::from(u32::try_from(i).unwrap_or_default());
        let most = high - distance * f64::from(u32::try_from(places.len() - 1 - i).unwrap_or_default());
        kept.push(place.min(most).max(least));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_that_wish_for_the_same_place_stand_around_it() {
        let wish = |place| Wish {
            place,
            weight: 1.0,
            distance: 10.0,
        };
        assert_eq!(spread(&[wish(50.0), wish(50.0), wish(50.0)]), [40.0, 50.0, 60.0]);
        assert_eq!(spread(&[wish(0.0), wish(90.0)]), [0.0, 90.0]);
    }

    #[test]
    fn nothing_leaves_the_room_that_there_is() {
        assert_eq!(within(&[-5.0, 200.0, 200.0], 0.0, 100.0, 20.0), [0.0, 80.0, 100.0]);
        assert_eq!(within(&[50.0, 50.0, 50.0], 0.0, 10.0, 20.0), [0.0, 5.0, 10.0]);
    }
}
