//! Rate limits of named doors, per address and per account.

mod buckets;
mod client;

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indexmap::IndexSet;
use prometheus::IntCounterVec;

use crate::{
    clock::SharedClock,
    config::{self, Rate, line_behind},
};

use self::buckets::Buckets;
pub use self::client::{client_address, peer_address};

/// What a rate limit stands in front of. Every entry point of one kind of action (GraphQL, portal
/// form, upload, callback) uses the same door, so that none of them is a way around the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// A sign-in, by address and by account.
    SignIn,
    /// Filing a complaint, a report or a request, by address.
    Filing,
    /// Looking up a case by receipt or number, by address.
    ReceiptLookup,
    /// Uploading a file, by address.
    Upload,
    /// A GraphQL operation: by account when signed in, by address otherwise.
    Graphql,
    /// A page of the portal, by address.
    Page,
}

impl Door {
    /// Stable name, for metrics and errors.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Filing => "filing",
            Self::ReceiptLookup => "receipt_lookup",
            Self::Upload => "upload",
            Self::Graphql => "graphql",
            Self::Page => "page",
        }
    }
}

/// The limit is reached; another try is worthwhile after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests")]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// Whole seconds, rounded up and at least one, for the `Retry-After` header (RFC 9110 §10.2.3): who waits exactly this long is not
    /// early.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0
            .as_secs()
            .saturating_add(u64::from(self.0.subsec_nanos() > 0))
            .max(1)
    }
}

/// Who is counted. Accounts are kept as a keyed hash, so the table holds no names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Account(u64),
    /// An account at an address where its owner came in before.
    Home(u64),
}

/// The rate limits of this process. They are kept in memory and start empty.
pub struct RateLimits {
    sign_in_by_address: Buckets,
    sign_in_by_account: Buckets,
    filing: Buckets,
    receipt_lookup: Buckets,
    upload: Buckets,
    graphql_anonymous: Buckets,
    graphql_signed_in: Buckets,
    page: Buckets,
    homes: Homes,
    hasher: RandomState,
    refused: IntCounterVec,
}

impl RateLimits {
    /// The configured limits, timed by the monotonic part of `clock`; `refused` counts refusals by door.
    #[must_use]
    pub fn new(config: &config::Limits, clock: &SharedClock, refused: IntCounterVec) -> Self {
        let buckets = |rate: Rate| Buckets::new(rate, config.remembered_keys, clock.clone());
        Self {
            sign_in_by_address: buckets(config.sign_in_by_address),
            sign_in_by_account: buckets(config.sign_in_by_account),
            filing: buckets(config.filing),
            receipt_lookup: buckets(config.receipt_lookup),
            upload: buckets(config.upload),
            graphql_anonymous: buckets(config.graphql_anonymous),
            graphql_signed_in: buckets(config.graphql_signed_in),
            page: buckets(config.page),
            homes: Homes::new(config.remembered_keys),
            hasher: RandomState::new(),
            refused,
        }
    }

    /// Asks to pass a door, and counts the pass.
    ///
    /// `account` is the account's id, or the name that someone tries to sign in with. At
    /// [`Door::SignIn`] a try counts against the account before the password is looked at, so that
    /// many at once cannot slip through; [`RateLimits::signed_in`] takes it back after a success.
    ///
    /// # Errors
    /// The time after which to try again.
    pub fn check(&self, door: Door, address: IpAddr, account: Option<&str>) -> Result<(), RetryAfter> {
        let passed = self.pass(door, address, account);
        if passed.is_err() {
            self.refused.with_label_values(&[door.code()]).inc();
        }
        passed
    }

    fn pass(&self, door: Door, address: IpAddr, account: Option<&str>) -> Result<(), RetryAfter> {
        let by_address = Key::Address(line_behind(address));
        let by_account = account.map(|account| self.account_key(account));
        match door {
            Door::SignIn => {
                self.sign_in_by_address.check(by_address)?;
                let counted = account.map(|account| self.sign_in_key(account, address));
                counted.map_or(Ok(()), |key| self.sign_in_by_account.check(key))
            }
            Door::Filing => self.filing.check(by_address),
            Door::ReceiptLookup => self.receipt_lookup.check(by_address),
            Door::Upload => self.upload.check(by_address),
            Door::Graphql => match by_account {
                Some(key) => self.graphql_signed_in.check(key),
                None => self.graphql_anonymous.check(by_address),
            },
            Door::Page => self.page.check(by_address),
        }
    }

    /// The sign-in to `account` succeeded: its failures no longer count, and the try does not count against the address. An
    /// office behind one address signs in as often as it likes, while who guesses there is counted as ever.
    ///
    /// From now on, until the process ends, failures elsewhere do not count here: nobody keeps an officer out by guessing at
    /// the account from other addresses. Each place has its own five guesses.
    pub fn signed_in(&self, account: &str, address: IpAddr) {
        self.sign_in_by_account.forget(&self.sign_in_key(account, address));
        self.sign_in_by_address.give_back(&Key::Address(line_behind(address)));
        self.homes.add(self.home(account, address));
    }

    /// A filing was refused for what it says: its filer mends it and comes again, and is not counted twice.
    pub fn not_filed(&self, address: IpAddr) {
        self.filing.give_back(&Key::Address(line_behind(address)));
    }

    fn account_key(&self, account: &str) -> Key {
        Key::Account(self.hasher.hash_one(account.trim().to_lowercase()))
    }

    /// What a sign-in to `account` from `address` is counted under.
    fn sign_in_key(&self, account: &str, address: IpAddr) -> Key {
        let home = self.home(account, address);
        match self.homes.know(home) {
            true => Key::Home(home),
            false => self.account_key(account),
        }
    }

    fn home(&self, account: &str, address: IpAddr) -> u64 {
        self.hasher
            .hash_one((account.trim().to_lowercase(), line_behind(address)))
    }
}

/// Where accounts were signed in to, as keyed hashes; the oldest go first when there are too many.
struct Homes {
    known: Mutex<IndexSet<u64>>,
    capacity: usize,
}

impl Homes {
    fn new(capacity: NonZeroU32) -> Self {
        Self {
            known: Mutex::default(),
            capacity: usize::try_from(capacity.get()).unwrap_or(usize::MAX),
        }
    }

    fn know(&self, home: u64) -> bool {
        self.lock().contains(&home)
    }

    fn add(&self, home: u64) {
        let mut known = self.lock();
        if known.len() >= self.capacity && !known.contains(&home) {
            let oldest = (known.len() / 8 + 1).min(known.len());
            known.drain(..oldest);
        }
        known.insert(home);
    }

    fn lock(&self) -> MutexGuard<'_, IndexSet<u64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimits").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::macros::datetime;

    use super::*;
    use crate::{clock::TestClock, telemetry::Metrics};

    fn limits() -> (TestClock, RateLimits) {
        let clock = TestClock::at(datetime!(2026-04-15 08:00 UTC));
        let shared: SharedClock = Arc::new(clock.clone());
        let metrics = Metrics::new().expect("names differ");
        let limits = RateLimits::new(&config::Config::default().limits, &shared, metrics.rate_limited);
        (clock, limits)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    /// How many of `tries` pass, with the account failing each time.
    fn passes(limits: &RateLimits, door: Door, from: IpAddr, account: Option<&str>, tries: usize) -> usize {
        (0..tries).filter(|_| limits.check(door, from, account).is_ok()).count()
    }

    #[test]
    fn one_address_gets_three_sign_ins_and_then_one_each_twenty_seconds() {
        let (clock, limits) = limits();
        let from = address("192.0.2.1");
        assert_eq!(passes(&limits, Door::SignIn, from, None, 10), 3);
        assert_eq!(
            limits.check(Door::SignIn, from, None),
            Err(RetryAfter(Duration::from_secs(20)))
        );
        clock.advance(Duration::from_secs(19));
        assert!(limits.check(Door::SignIn, from, None).is_err());
        clock.advance(Duration::from_secs(1));
        assert_eq!(passes(&limits, Door::SignIn, from, None, 10), 1);
    }

    #[test]
    fn one_account_gets_five_failures_from_however_many_addresses() {
        let (clock, limits) = limits();
        let passed = |host: u8| {
            limits
                .check(Door::SignIn, IpAddr::from([192, 0, 2, host]), Some("li"))
                .is_ok()
        };
        assert_eq!((0..100).filter(|host| passed(*host)).count(), 5);
        clock.advance(Duration::from_secs(60));
        assert_eq!((100..200).filter(|host| passed(*host)).count(), 1);
    }

    #[test]
    fn a_success_clears_the_failures_of_its_account_however_it_is_written() {
        let (_, limits) = limits();
        let try_from = |host: u8| limits.check(Door::SignIn, IpAddr::from([192, 0, 2, host]), Some(" Li "));
        assert!((0..5).all(|host| try_from(host).is_ok()));
        assert!(try_from(5).is_err());
        limits.signed_in("li", IpAddr::from([192, 0, 2, 5]));
        assert!(try_from(6).is_ok());
    }

    #[test]
    fn who_guesses_elsewhere_does_not_keep_the_owner_out_where_the_owner_came_in_before() {
        let (_, limits) = limits();
        let desk = address("192.0.2.1");
        limits.signed_in("li", desk);
        let tries = |hosts: std::ops::Range<u8>| {
            hosts.filter(|host| {
                limits
                    .check(Door::SignIn, IpAddr::from([198, 51, 100, *host]), Some("li"))
                    .is_ok()
            })
        };
        assert_eq!(tries(0..100).count(), 5);
        assert!(limits.check(Door::SignIn, desk, Some("li")).is_ok(), "the desk");
        limits.signed_in("li", desk);
        // That the owner came in frees no guesses elsewhere, and there are few at the desk too.
        assert_eq!(tries(100..200).count(), 0);
        assert_eq!(passes(&limits, Door::SignIn, desk, Some("li"), 10), 3);
    }

    #[test]
    fn an_office_behind_one_address_signs_in_without_locking_itself_out() {
        let (_, limits) = limits();
        let from = address("192.0.2.1");
        for n in 0..20 {
            let login = format!("officer-{n}");
            assert!(limits.check(Door::SignIn, from, Some(&login)).is_ok(), "{login}");
            limits.signed_in(&login, from);
        }
        // Wrong passwords count as ever.
        assert_eq!(passes(&limits, Door::SignIn, from, Some("li"), 10), 3);
    }

    #[test]
    fn filings_come_back_one_each_twelve_minutes() {
        let (clock, limits) = limits();
        let from = address("192.0.2.1");
        assert_eq!(passes(&limits, Door::Filing, from, None, 10), 5);
        clock.advance(Duration::from_secs(720));
        assert_eq!(passes(&limits, Door::Filing, from, None, 10), 1);
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(passes(&limits, Door::Filing, from, None, 10), 5);
    }

    #[test]
    fn doors_and_addresses_do_not_share_their_counts() {
        let (_, limits) = limits();
        let from = address("192.0.2.1");
        assert_eq!(passes(&limits, Door::Filing, from, None, 10), 5);
        assert_eq!(passes(&limits, Door::ReceiptLookup, from, None, 20), 10);
        assert_eq!(passes(&limits, Door::Filing, address("192.0.2.2"), None, 10), 5);
    }

    #[test]
    fn a_signed_in_account_is_counted_by_account_in_graphql() {
        let (_, limits) = limits();
        let from = address("192.0.2.1");
        assert_eq!(passes(&limits, Door::Graphql, from, None, 1_000), 100);
        assert_eq!(passes(&limits, Door::Graphql, from, Some("a"), 1_000), 600);
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let (_, limits) = limits();
        let passed = (0..10_u16)
            .filter(|host| {
                let from = IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, *host]);
                limits.check(Door::Filing, from, None).is_ok()
            })
            .count();
        assert_eq!(passed, 5);
        assert!(limits.check(Door::Filing, address("2001:db8:1:3::1"), None).is_ok());
    }

    #[test]
    fn a_wall_clock_that_is_set_back_locks_nobody_out() {
        let (clock, limits) = limits();
        let from = address("192.0.2.1");
        clock.set(datetime!(2020-01-01 00:00 UTC));
        assert_eq!(passes(&limits, Door::SignIn, from, None, 3), 3);
        clock.advance(Duration::from_secs(20));
        assert!(limits.check(Door::SignIn, from, None).is_ok());
    }

    #[test]
    fn seconds_to_wait_are_rounded_up() {
        assert_eq!(RetryAfter(Duration::from_millis(1_001)).seconds(), 2);
        assert_eq!(RetryAfter(Duration::from_secs(2)).seconds(), 2);
        assert_eq!(RetryAfter(Duration::ZERO).seconds(), 1);
    }
}
