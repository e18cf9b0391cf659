//! Facts about timers that fall due together, on both engines.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use zhengming::{jobs, service::timers};
use zhengming_engine::definition::model::FilingMode;

use crate::{database::each_engine, town::Town};

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_fall_due_together_fire_once_each_though_several_workers_take_them() {
    each_engine(
        "timers_that_fall_due_together_fire_once_each_though_several_workers_take_them",
        async |database| {
            let town = Town::found(database).await;
            let mut cases = Vec::new();
            for _ in 0..24 {
                let filed = town
                    .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                    .await;
                cases.push(filed.case_id);
            }
            // No clock of an acceptance runs longer: every warning and expiry of each case is due at once.
            town.clock.advance(Duration::from_hours(40 * 24));
            let workers = (0..4).map(|_| {
                let app = town.app.clone();
                tokio::spawn(async move { jobs::run_due(&app).await })
            });
            for worker in workers.collect::<Vec<_>>() {
                worker.await.expect("a worker").expect("background work");
            }
            // Whoever passed over a case that another had in hand finds its timers later.
            while timers::fire_due(&town.app, 100).await.expect("fired") > 0 {}
            let events = town.app.store.events_of(&cases).await.expect("events");
            let mut kinds = BTreeSet::new();
            for case in &cases {
                let fired: Vec<&str> = events
                    .iter()
                    .filter(|event| event.case_id == *case && event.kind != "opened")
                    .map(|event| event.kind.as_str())
                    .collect();
                kinds.insert(fired);
            }
            assert_eq!(kinds.len(), 1, "each case has the same history: {kinds:?}");
            let fired = kinds.first().expect("a history");
            // The dispatch promise, two warnings of the acceptance, its expiry: each once, in the order of their moments.
            let expected = ["clock_expired", "clock_warned", "clock_warned", "clock_expired"];
            assert_eq!(fired[..], expected);
            assert!(
                town.app
                    .store
                    .due_timers(town.app.now(), 10)
                    .await
                    .expect("due")
                    .is_empty()
            );
        },
    )
    .await;
}
