//! News that a case changed, within this process. Losing one does no harm: who hears any reads the case anew.

use tokio::sync::broadcast::{self, error::RecvError};

/// News that may wait for a slow listener; who falls behind further is told once that something changed.
const KEPT: usize = 1_024;

/// Where commits tell of changed cases, and listeners hear of them.
#[derive(Clone, Debug)]
pub struct CaseFeed(broadcast::Sender<String>);

impl Default for CaseFeed {
    fn default() -> Self {
        Self(broadcast::channel(KEPT).0)
    }
}

impl CaseFeed {
    /// Tells that a case changed. Called after its commit, never before.
    pub fn publish(&self, case_id: &str) {
        // Nobody listening is no fault.
        let _ = self.0.send(case_id.to_owned());
    }

    /// Listens for changes of one case from now on.
    #[must_use]
    pub fn follow(&self, case_id: &str) -> CaseFollower {
        CaseFollower {
            case_id: case_id.to_owned(),
            news: self.0.subscribe(),
        }
    }
}

/// A listener for changes of one case.
#[derive(Debug)]
pub struct CaseFollower {
    case_id: String,
    news: broadcast::Receiver<String>,
}

impl CaseFollower {
    /// Waits until the case has changed, or until so much has happened that it may have. `None`: the process stops.
    pub async fn changed(&mut self) -> Option<()> {
        loop {
            match self.news.recv().await {
                Ok(case_id) if case_id == self.case_id => return Some(()),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(()),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_follower_hears_of_its_own_case_only() {
        let feed = CaseFeed::default();
        let mut follower = feed.follow("a");
        feed.publish("b");
        assert_eq!(follower.changed().now_or_never(), None);
        feed.publish("a");
        assert_eq!(follower.changed().now_or_never(), Some(Some(())));
        assert_eq!(follower.changed().now_or_never(), None);
    }

    #[test]
    fn a_follower_that_fell_behind_is_told_once() {
        let feed = CaseFeed::default();
        let mut follower = feed.follow("a");
        for _ in 0..2 * KEPT {
            feed.publish("b");
        }
        assert_eq!(follower.changed().now_or_never(), Some(Some(())));
        assert_eq!(follower.changed().now_or_never(), None);
    }

    #[test]
    fn the_end_of_the_feed_ends_the_wait() {
        let feed = CaseFeed::default();
        let mut follower = feed.follow("a");
        drop(feed);
        assert_eq!(follower.changed().now_or_never(), Some(None));
    }
}
