//! One rate for many keys, in bounded memory.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    NotUntil, Quota, RateLimiter, clock,
    clock::Clock as _,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};

use super::{Key, RetryAfter};
use crate::{clock::SharedClock, config::Rate};

/// Allows each key a rate by the generic cell rate algorithm.
pub(super) struct Buckets {
    limiter: RateLimiter<Key, Memory, ProcessClock, NoOpMiddleware<Duration>>,
    memory: Memory,
    clock: ProcessClock,
    interval: Nanos,
    capacity: usize,
}

impl Buckets {
    /// Buckets of `rate` for at most `capacity` keys.
    pub(super) fn new(rate: Rate, capacity: NonZeroU32, clock: SharedClock) -> Self {
        let quota = Quota::with_period(rate.interval())
            .unwrap_or_else(|| Quota::per_second(rate.refill))
            .allow_burst(rate.burst);
        let memory = Memory::default();
        let clock = ProcessClock(clock);
        Self {
            limiter: RateLimiter::new(quota, memory.clone(), clock.clone()),
            memory,
            clock,
            interval: Nanos::from(rate.interval()),
            capacity: usize::try_from(capacity.get()).unwrap_or(usize::MAX),
        }
    }

    /// Counts one pass of `key`.
    pub(super) fn check(&self, key: Key) -> Result<(), RetryAfter> {
        self.make_room(&key);
        self.limiter
            .check_key(&key)
            .map_err(|denied: NotUntil<Duration>| RetryAfter(denied.wait_time_from(self.clock.now())))
    }

    /// Takes back one pass of `key` that came to nothing.
    pub(super) fn give_back(&self, key: &Key) {
        if let Some(state) = self.memory.cells().get_mut(key) {
            *state = state.saturating_sub(self.interval);
        }
    }

    /// Gives `key` its whole burst back.
    pub(super) fn forget(&self, key: &Key) {
        self.memory.cells().remove(key);
    }

    /// Keeps the table within its capacity: keys that have their whole burst go first, then those
    /// that are nearest to it.
    fn make_room(&self, key: &Key) {
        let is_full = {
            let cells = self.memory.cells();
            cells.len() >= self.capacity && !cells.contains_key(key)
        };
        if is_full {
            self.limiter.retain_recent();
            self.memory.evict(self.capacity);
        }
    }
}

/// The state of each key: when, after the start, its burst will be whole again.
#[derive(Debug, Clone, Default)]
struct Memory(Arc<Mutex<HashMap<Key, Nanos>>>);

impl Memory {
    fn cells(&self) -> MutexGuard<'_, HashMap<Key, Nanos>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// If the table is still full, drops the eighth of it that has been limited least, so the
    /// work is spread over many insertions.
    fn evict(&self, capacity: usize) {
        let mut cells = self.cells();
        if cells.len() < capacity {
            return;
        }
        let mut states: Vec<Nanos> = cells.values().copied().collect();
        let (_, bound, _) = {
            let middle = states.len() / 8;
            states.select_nth_unstable(middle)
        };
        let bound = *bound;
        cells.retain(|_, state| *state > bound);
    }
}

impl StateStore for Memory {
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut cells = self.cells();
        let (outcome, state) = f(cells.get(key).copied())?;
        cells.insert(*key, state);
        Ok(outcome)
    }
}

impl ShrinkableKeyedStateStore<Key> for Memory {
    fn retain_recent(&self, drop_below: Nanos) {
        self.cells().retain(|_, state| *state > drop_below);
    }

    fn len(&self) -> usize {
        self.cells().len()
    }

    fn is_empty(&self) -> bool {
        self.cells().is_empty()
    }
}

/// Our clock as the limiter wants it.
#[derive(Clone)]
struct ProcessClock(SharedClock);

impl clock::Clock for ProcessClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{clock::TestClock, config::Period};

    fn one(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).expect("not zero")
    }

    fn buckets(clock: &TestClock, capacity: u32) -> Buckets {
        let rate = Rate {
            burst: one(2),
            refill: one(1),
            per: Period::Minute,
        };
        Buckets::new(rate, one(capacity), Arc::new(clock.clone()))
    }

    #[test]
    fn memory_stays_bounded_under_a_flood_of_keys() {
        let clock = TestClock::at(datetime!(2026-04-15 08:00 UTC));
        let buckets = buckets(&clock, 64);
        for account in 0..10_000 {
            assert!(buckets.check(Key::Account(account)).is_ok());
            assert!(buckets.memory.len() <= 64);
        }
    }

    #[test]
    fn a_limited_key_survives_a_flood_of_new_ones() {
        let clock = TestClock::at(datetime!(2026-04-15 08:00 UTC));
        let buckets = buckets(&clock, 64);
        let limited = Key::Account(u64::MAX);
        while buckets.check(limited).is_ok() {}
        for account in 0..1_000 {
            assert!(buckets.check(Key::Account(account)).is_ok());
        }
        assert!(buckets.check(limited).is_err());
    }

    #[test]
    fn keys_that_have_their_burst_back_make_room() {
        let clock = TestClock::at(datetime!(2026-04-15 08:00 UTC));
        let buckets = buckets(&clock, 64);
        for account in 0..64 {
            assert!(buckets.check(Key::Account(account)).is_ok());
        }
        clock.advance(Duration::from_secs(3_600));
        assert!(buckets.check(Key::Account(64)).is_ok());
        assert_eq!(buckets.memory.len(), 1);
    }
}
