//! Time, identifiers and randomness: the only home of all three.
//!
//! Everything else takes them as parameters, so that a test can set the time, replay the ids and
//! seed the randomness; `clippy.toml` bans the library calls elsewhere.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rand::{
    Rng as _, SeedableRng as _,
    rand_core::UnwrapErr,
    rngs::{StdRng, SysRng},
};
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

/// Where the present comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Time since some fixed point of this process; never goes back, even when the wall clock
    /// is corrected. For rate limits and measurements, never for legal periods.
    fn monotonic(&self) -> Duration;
}

/// A clock that several parts of the process share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// The machine's clock, with [`Clock::monotonic`] counting from now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine for the time"
    )]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that moves only when told. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock {
    hands: Arc<Mutex<Hands>>,
}

#[derive(Debug)]
struct Hands {
    now: OffsetDateTime,
    monotonic: Duration,
}

impl TestClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        Self {
            hands: Arc::new(Mutex::new(Hands {
                now,
                monotonic: Duration::ZERO,
            })),
        }
    }

    /// Moves the wall clock, also back; [`Clock::monotonic`] only follows forward moves.
    pub fn set(&self, now: OffsetDateTime) {
        let mut hands = lock(&self.hands);
        let forward = Duration::try_from(now - hands.now).unwrap_or(Duration::ZERO);
        hands.monotonic += forward;
        hands.now = now;
    }

    /// Lets `by` pass.
    pub fn advance(&self, by: Duration) {
        let mut hands = lock(&self.hands);
        hands.now += by;
        hands.monotonic += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        lock(&self.hands).now
    }

    fn monotonic(&self) -> Duration {
        lock(&self.hands).monotonic
    }
}

/// Where random bytes come from.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `target` with random bytes that are fit for keys.
    fn fill(&self, target: &mut [u8]);
}

/// Randomness that several parts of the process share.
pub type SharedEntropy = Arc<dyn Entropy>;

/// `N` random bytes.
#[must_use]
pub fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// The operating system's generator.
///
/// It panics when the kernel has no randomness to give: going on with predictable keys would be
/// worse than stopping.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, target: &mut [u8]) {
        UnwrapErr(SysRng).fill_bytes(target);
    }
}

/// Randomness that repeats from its seed. For tests only: whoever knows the seed knows the keys.
#[derive(Debug)]
pub struct SeededEntropy {
    generator: Mutex<StdRng>,
}

impl SeededEntropy {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            generator: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, target: &mut [u8]) {
        lock(&self.generator).fill_bytes(target);
    }
}

/// Makes identifiers: UUID version 7 (RFC 9562), which sort in the order of making.
///
/// Within one millisecond a 12-bit counter keeps the order (RFC 9562 §6.2, method 1); the other
/// 62 bits are random.
pub struct Ids {
    clock: SharedClock,
    entropy: SharedEntropy,
    last: Mutex<Tick>,
}

/// The time part of the last id: milliseconds since 1970 and the counter within them.
#[derive(Debug, Clone, Copy, Default)]
struct Tick {
    millis: u64,
    counter: u16,
}

/// Largest value of the 12-bit counter.
const COUNTER_MAX: u16 = 0x0fff;
/// The counter starts in its lower half, so that a busy millisecond has room above.
const COUNTER_START: u16 = 0x07ff;

impl Ids {
    /// Ids that take their time from `clock` and their random part from `entropy`.
    #[must_use]
    pub fn new(clock: SharedClock, entropy: SharedEntropy) -> Self {
        Self {
            clock,
            entropy,
            last: Mutex::new(Tick::default()),
        }
    }

    /// A new id, greater than every id this value has made before.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let mut bytes = random::<10>(self.entropy.as_ref());
        let [high, low, ..] = bytes;
        let tick = self.tick(u16::from_be_bytes([high, low]) & COUNTER_START);
        let [high, low] = tick.counter.to_be_bytes();
        bytes[0] = high;
        bytes[1] = low;
        Builder::from_unix_timestamp_millis(tick.millis, &bytes).into_uuid()
    }

    /// The next time part. A clock that was set back does not make smaller ids.
    fn tick(&self, fresh_counter: u16) -> Tick {
        let now = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        let now = u64::try_from(now).unwrap_or(0);
        let mut last = lock(&self.last);
        let next = if now > last.millis {
            Tick {
                millis: now,
                counter: fresh_counter,
            }
        } else if last.counter < COUNTER_MAX {
            Tick {
                millis: last.millis,
                counter: last.counter + 1,
            }
        } else {
            Tick {
                millis: last.millis + 1,
                counter: fresh_counter,
            }
        };
        *last = next;
        next
    }
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ids").finish_non_exhaustive()
    }
}

/// Locks; a panic elsewhere cannot leave the plain values guarded here half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn ids(clock: &TestClock, seed: u64) -> Ids {
        Ids::new(Arc::new(clock.clone()), Arc::new(SeededEntropy::new(seed)))
    }

    #[test]
    fn ids_rise_within_one_millisecond_and_when_the_clock_is_set_back() {
        let clock = TestClock::at(datetime!(2026-04-15 08:00 UTC));
        let ids = ids(&clock, 1);
        let mut made: Vec<Uuid> = (0..10_000).map(|_| ids.next()).collect();
        clock.set(datetime!(2026-04-15 07:00 UTC));
        made.push(ids.next());
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_id_is_a_version_7_uuid_of_its_millisecond() {
        let now = datetime!(2026-04-15 08:00:00.123 UTC);
        let id = ids(&TestClock::at(now), 1).next();
        assert_eq!(id.get_version_num(), 7);
        let (seconds, nanos) = id.get_timestamp().expect("version 7 has a time").to_unix();
        assert_eq!(
            i128::from(seconds) * 1_000_000_000 + i128::from(nanos),
            now.unix_timestamp_nanos()
        );
    }

    #[test]
    fn the_same_seed_and_time_give_the_same_ids() {
        let clock = TestClock::at(datetime!(2026-04-15 08:00 UTC));
        assert_eq!(ids(&clock, 7).next(), ids(&clock, 7).next());
        assert_ne!(ids(&clock, 7).next(), ids(&clock, 8).next());
    }

    #[test]
    fn monotonic_time_does_not_follow_the_wall_clock_back() {
        let clock = TestClock::at(datetime!(2026-04-15 08:00 UTC));
        clock.advance(Duration::from_secs(5));
        clock.set(datetime!(2026-04-15 07:00 UTC));
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
        assert_eq!(clock.now(), datetime!(2026-04-15 07:00 UTC));
    }

    #[test]
    fn system_randomness_does_not_repeat() {
        assert_ne!(random::<32>(&SystemEntropy), random::<32>(&SystemEntropy));
    }
}
