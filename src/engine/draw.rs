//! The draw of a random inspection (Order 67 arts 4 and 9): which positions of a pool a published seed draws, so that anyone can
//! draw them again.
//!
//! Try number i (0, 1, 2, …) takes the first eight bytes of SHA-256 over the UTF-8 text `seed 0x1F pool_hash 0x1F i` (i in
//! decimal), big-endian, as a number. Numbers from the largest multiple of the pool's size on are passed over, so that every
//! position is as likely as every other; what is left modulo the size is a position, counted from 0. A position that was drawn
//! already is passed over too. The positions are given in the order in which they were drawn.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// Between the parts of what is hashed: no seed that people publish holds it.
const BETWEEN: [u8; 1] = [0x1F];

/// More was to be drawn than there is, or nothing from nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} cannot be drawn from {pool}")]
pub struct TooMany {
    /// How many were wanted.
    pub count: u32,
    /// How many there are.
    pub pool: u32,
}

/// Draws `count` of `pool` positions, counted from 0.
///
/// # Errors
/// [`TooMany`] when there are fewer.
pub fn positions(seed: &str, pool_hash: &str, pool: u32, count: u32) -> Result<Vec<u32>, TooMany> {
    if count > pool {
        return Err(TooMany { count, pool });
    }
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let mut drawn = Vec::new();
    let mut seen = BTreeSet::new();
    let mut tries = 0_u64..;
    while drawn.len() < wanted {
        let Some(number) = tries.next().map(|number| tried(seed, pool_hash, number)) else {
            break;
        };
        let size = u64::from(pool);
        let fair = number < u64::MAX - u64::MAX % size;
        let position = u32::try_from(number % size).unwrap_or(u32::MAX);
        if fair && seen.insert(position) {
            drawn.push(position);
        }
    }
    Ok(drawn)
}

fn tried(seed: &str, pool_hash: &str, number: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.as_bytes());
    hash.update(BETWEEN);
    hash.update(pool_hash.as_bytes());
    hash.update(BETWEEN);
    hash.update(number.to_string().as_bytes());
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::samples::cases;

    #[test]
    fn a_published_seed_draws_what_another_program_draws() {
        // python3: int.from_bytes(hashlib.sha256(b"03112233416\x1f9f2c\x1f" + str(i).encode()).digest()[:8], "big") % 100
        assert_eq!(positions("03112233416", "9f2c", 100, 5), Ok(vec![26, 37, 50, 79, 57]));
        assert_eq!(positions("x", "", 3, 4), Err(TooMany { count: 4, pool: 3 }));
        assert_eq!(positions("x", "", 0, 0), Ok(Vec::new()));
    }

    #[test]
    fn every_position_is_drawn_about_as_often_as_every_other() {
        let mut times = [0_u32; 20];
        for seed in 0..2_000 {
            for position in positions(&seed.to_string(), "pool", 20, 3).unwrap() {
                times[position as usize] += 1;
            }
        }
        // 300 are expected of each; five standard deviations are about 80.
        assert!(times.iter().all(|times| (220..380).contains(times)), "{times:?}");
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn positions_are_distinct_within_the_pool_and_the_longer_draw_begins_with_the_shorter(
            seed in ".{0,20}", pool in 1_u32..200, count in 0_u32..200
        ) {
            match positions(&seed, "h", pool, count) {
                Err(_) => prop_assert!(count > pool),
                Ok(drawn) => {
                    let distinct: BTreeSet<u32> = drawn.iter().copied().collect();
                    prop_assert_eq!(distinct.len(), count as usize);
                    prop_assert!(distinct.iter().all(|position| *position < pool));
                    let shorter = positions(&seed, "h", pool, count / 2).unwrap();
                    prop_assert_eq!(&drawn[..shorter.len()], &shorter[..]);
                }
            }
        }
    }
}
