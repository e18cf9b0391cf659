//! Planted identities: every personal answer, message and item of evidence of a small world is a canary that stands nowhere
//! else, and everybody reads everything that they can. What a reader may find is said here and nowhere in the code under
//! test: by whom a case is handled, who its parties are, and which fields a procedure lets them read.

mod planting;
mod reading;
mod stories;
mod world;

use std::collections::BTreeSet;

use zhengming::service::{case_view, privacy};

use self::{
    reading::{Log, Reading, marks_in},
    world::{PEOPLE, World},
};
use crate::{api::client::NOBODY, database::each_engine};

/// Where a canary was found that its reader may not see, or none.
struct Audit {
    /// `reader, page: what was planted`.
    leaks: BTreeSet<String>,
    /// Canaries that somebody who may see them has seen.
    seen: BTreeSet<usize>,
    /// Answers that were read.
    read: usize,
}

impl Audit {
    fn take(&mut self, world: &World, reading: &Reading) {
        self.read += 1;
        for n in marks_in(&reading.body) {
            let planted = &world.planted[n];
            if world.may_see(reading.who, planted) {
                self.seen.insert(n);
            } else {
                self.leaks
                    .insert(format!("{:?} on {}: {}", reading.who, reading.page, planted.what));
            }
        }
    }
}

#[tokio::test]
async fn planted_identities_are_found_by_nobody_and_what_is_personal_by_whom_it_is_for() {
    each_engine(
        "planted_identities_are_found_by_nobody_and_what_is_personal_by_whom_it_is_for",
        async |database| {
            let (log, _listening) = reading::listen();
            let world = Box::pin(World::found(database)).await;
            Box::pin(everybody_reads(&world, &log)).await;
            Box::pin(every_role_reads(&world)).await;
            Box::pin(handlers_disclose(&world)).await;
        },
    )
    .await;
}

/// Everybody with an account, nobody, the holders of receipts and whoever runs the service.
async fn everybody_reads(world: &World, log: &Log) {
    let mut audit = Audit {
        leaks: BTreeSet::new(),
        seen: BTreeSet::new(),
        read: 0,
    };
    for who in PEOPLE.iter().map(|person| person.name).chain([NOBODY]) {
        for reading in Box::pin(reading::everything(world, who)).await {
            audit.take(world, &reading);
        }
    }
    for (told, receipt) in world.receipts() {
        for reading in Box::pin(reading::by_receipt(world, told, receipt)).await {
            audit.take(world, &reading);
        }
    }
    for reading in reading::for_operators(world, log).await {
        audit.take(world, &reading);
    }
    assert!(audit.leaks.is_empty(), "{:#?}", audit.leaks);
    // What nobody was shown proves nothing: each canary that somebody may see was seen by one of them.
    let unseen: Vec<&str> = (0..world.planted.len())
        .filter(|n| !audit.seen.contains(n) && !world.planted[*n].lies.is_empty())
        .map(|n| world.planted[n].what.as_str())
        .collect();
    assert!(unseen.is_empty(), "of {} answers none shows {unseen:#?}", audit.read);
}

/// Somebody in each role that there is, in each organisation: more than have accounts.
async fn every_role_reads(world: &World) {
    let (mut some, mut none, mut leaks) = (0, 0, BTreeSet::new());
    for (organisation, role, actor) in world.everybody() {
        for told in &world.cases {
            let detail = case_view::case(&world.api.town.app, &actor, &told.id).await;
            let Ok(detail) = detail else {
                none += 1;
                continue;
            };
            some += 1;
            for n in marks_in(&format!("{detail:?}")) {
                let planted = &world.planted[n];
                let office = [(organisation.clone(), role.clone())];
                if !planted.lies.iter().any(|lie| world.office_may_see(&office, lie)) {
                    leaks.insert(format!("{role} of {organisation} in {}: {}", told.label, planted.what));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
    assert!(some > 50 && none > 2_000, "{some} times read, {none} times not");
}

/// Identities are there, behind the audited door, and nothing else is.
async fn handlers_disclose(world: &World) {
    let app = &world.api.town.app;
    let mut disclosed = BTreeSet::new();
    for told in &world.cases {
        for who in ["intake", "officer", "neighbour"] {
            let shown = privacy::disclose_identity(app, world.api.town.who(who), &told.id, "contact_filer").await;
            disclosed.extend(shown.iter().flat_map(|shown| marks_in(&shown.to_string())));
        }
    }
    for what in [
        "complaint.filer_name",
        "confidential report.filer_name",
        "handling.filer_name",
    ] {
        let n = world.planted.iter().position(|planted| planted.what == what);
        assert!(n.is_some_and(|n| disclosed.contains(&n)), "{what}");
    }
    let others = disclosed.iter().map(|n| &world.planted[*n]);
    let others: Vec<&str> = others
        .filter(|planted| !planted.lies.is_empty())
        .map(|planted| planted.what.as_str())
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
