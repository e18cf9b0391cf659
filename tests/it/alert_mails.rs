//! Mails to those who watch a mark: that something was found, never what.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde_json::json;
use time::OffsetDateTime;
use zhengming::{
    access::Actor,
    jobs,
    mail::{MailError, Mailer, Message, MessageId},
    service::{
        alert_mails,
        register::{self, NewMark},
        watches::{self, NewWatch},
    },
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::each_engine,
    town::{DISTRICT, Town},
};

/// Keeps what it is given, or takes nothing.
#[derive(Default)]
struct Kept {
    mails: Mutex<Vec<(String, String, String)>>,
    /// What every attempt was to send: id, date, text.
    tried: Mutex<Vec<(MessageId, OffsetDateTime, String)>>,
    down: Mutex<bool>,
    /// An address of which the server takes no mail for now.
    shy: Mutex<String>,
}

impl Kept {
    /// The mails about alerts: receiver, subject, text.
    fn mails(&self) -> Vec<(String, String, String)> {
        let mails = self.mails.lock().expect("mails").clone();
        mails
            .into_iter()
            .filter(|(.., body)| body.contains("/watches"))
            .collect()
    }
}

impl Mailer for Kept {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let tried = (message.id.clone(), message.date, message.body.clone());
            self.tried.lock().expect("mails").push(tried);
            if *self.down.lock().expect("state") {
                return Err(MailError::Unavailable { reason: "timeout" });
            }
            if *self.shy.lock().expect("state") == message.to {
                return Err(MailError::NotTaken { code: 550 });
            }
            let mail = (message.to.clone(), message.subject.clone(), message.body.clone());
            self.mails.lock().expect("mails").push(mail);
            Ok(())
        })
    }
}

async fn watched(town: &Town, who: &Actor, name: &str) {
    let new = NewWatch {
        mark_id: None,
        name: Some(name.to_owned()),
        classes: Vec::new(),
        threshold: 0.5,
    };
    let key = town.key();
    let watch = watches::watch_mark(&town.app, who, new, &key);
    watch.await.expect("a watch");
}

async fn reported(town: &Town, sign: &str) -> String {
    let fields = json!({ "brand": "雪碧", "name_found": sign, "reported_name": "江城甲乙丙商行", "facts": "店里有售" });
    let filed = town.file(town.who("consumer"), "report", FilingMode::Named, fields);
    let number = filed.await.number;
    jobs::run_due(&town.app).await.expect("jobs");
    jobs::catch_up(&town.app).await.expect("caught up");
    number
}

async fn entered(town: &Town, name: &str) {
    let new = NewMark {
        name: name.to_owned(),
        owner: "样例公司".to_owned(),
        ..NewMark::default()
    };
    let key = town.key();
    let entering = register::register_mark(&town.app, town.who("stranger"), new, &key);
    entering.await.expect("a mark");
    jobs::catch_up(&town.app).await.expect("caught up");
}

#[tokio::test]
async fn who_watches_a_mark_is_told_by_mail_once_a_day_and_never_what_was_found() {
    each_engine(
        "who_watches_a_mark_is_told_by_mail_once_a_day_and_never_what_was_found",
        async |database| {
            let mailer = Arc::new(Kept::default());
            let town = Box::pin(Town::found_with(database, Some(mailer.clone()))).await;
            watched(&town, town.who("intake"), "雪碧").await;
            watched(&town, town.who("policeman"), "雪碧").await;
            let number = reported(&town, "雷碧").await;
            assert_eq!(alert_mails::send(&town.app).await.expect("sent"), 1);
            let mails = mailer.mails();
            let (to, subject, body) = &mails[0];
            assert_eq!(to, "intake@example.cn", "the police may not see the case");
            assert_eq!(
                subject,
                "您监测的名称有 1 条新提醒 / 1 new alert for the names you watch"
            );
            assert!(body.contains("“雪碧”：1 条") && body.contains("/watches"), "{body}");
            for said in ["雷碧", "甲乙丙", number.as_str()] {
                assert!(!body.contains(said), "{said}: {body}");
            }
            // What comes within a day waits, and comes together.
            reported(&town, "雷碧饮料").await;
            entered(&town, "雪碧碧").await;
            assert_eq!(
                alert_mails::send(&town.app).await.expect("nothing"),
                1,
                "the police, of the register"
            );
            town.clock.advance(Duration::from_secs(23 * 3_600));
            assert_eq!(alert_mails::send(&town.app).await.expect("nothing"), 0);
            town.clock.advance(Duration::from_secs(2 * 3_600));
            assert_eq!(alert_mails::send(&town.app).await.expect("sent"), 1);
            let mails = mailer.mails();
            let to: Vec<&str> = mails.iter().map(|(to, ..)| to.as_str()).collect();
            assert_eq!(to, ["intake@example.cn", "policeman@example.cn", "intake@example.cn"]);
            assert!(mails[2].2.contains("“雪碧”：2 条"), "{}", mails[2].2);
            assert_eq!(alert_mails::send(&town.app).await.expect("nothing"), 0);
        },
    )
    .await;
}

#[tokio::test]
async fn who_watches_a_mark_is_told_by_mail_when_the_case_comes_to_the_own_office_for_thirty_days() {
    each_engine(
        "who_watches_a_mark_is_told_by_mail_when_the_case_comes_to_the_own_office_for_thirty_days",
        async |database| {
            let mailer = Arc::new(Kept::default());
            let town = Box::pin(Town::found_with(database, Some(mailer.clone()))).await;
            watched(&town, town.who("officer"), "雪碧").await;
            for days in [3, 40] {
                // No mail of the day before keeps this one.
                town.clock.advance(Duration::from_hours(48));
                let told = mailer.mails().len();
                let fields = json!({ "brand": "雪碧", "name_found": "雷碧", "facts": "店里有售" });
                let filing = town.file(town.who("consumer"), "report", FilingMode::Named, fields);
                let case = filing.await.case_id;
                jobs::run_due(&town.app).await.expect("jobs");
                jobs::catch_up(&town.app).await.expect("caught up");
                let sent = alert_mails::send(&town.app).await;
                assert_eq!(sent.expect("nothing"), 0, "the case is not theirs to see");
                town.send("intake", &case, "dispatch", json!({ "organisation": DISTRICT }))
                    .await;
                town.clock.advance(Duration::from_hours(24 * days));
                jobs::sweep(&town.app).await.expect("swept");
                alert_mails::send(&town.app).await.expect("sent");
                let mails = mailer.mails();
                assert_eq!(mails.len() - told, usize::from(days < 30), "after {days} days");
                assert!(mails.iter().all(|(to, ..)| to == "officer@example.cn"));
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_mail_about_alerts_that_nobody_took_is_sent_later() {
    each_engine("a_mail_about_alerts_that_nobody_took_is_sent_later", async |database| {
        let mailer = Arc::new(Kept::default());
        let town = Box::pin(Town::found_with(database, Some(mailer.clone()))).await;
        watched(&town, town.who("intake"), "雪碧").await;
        entered(&town, "雷碧").await;
        *mailer.down.lock().expect("state") = true;
        assert!(alert_mails::send(&town.app).await.is_err());
        *mailer.down.lock().expect("state") = false;
        town.clock.advance(Duration::from_mins(10));
        assert_eq!(alert_mails::send(&town.app).await.expect("sent"), 1);
        assert_eq!(mailer.mails().len(), 1);
        // Nobody knows whether the server took the first: the second is the same and known by it, one about others is not.
        entered(&town, "雪碧碧").await;
        town.clock.advance(Duration::from_hours(25));
        assert_eq!(alert_mails::send(&town.app).await.expect("sent"), 1);
        let tried = mailer.tried.lock().expect("mails").clone();
        assert_eq!(tried[0], tried[1]);
        assert_ne!(tried[1].0, tried[2].0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_is_not_taken_for_now_keeps_nobody_else_from_theirs() {
    each_engine(
        "a_mail_that_is_not_taken_for_now_keeps_nobody_else_from_theirs",
        async |database| {
            let mailer = Arc::new(Kept::default());
            let town = Box::pin(Town::found_with(database, Some(mailer.clone()))).await;
            let both = ["intake", "policeman"];
            for who in both {
                watched(&town, town.who(who), "雪碧").await;
            }
            // Whoever of the two comes first is the one that is not taken, once.
            for (shy, other, sign) in [(both[0], both[1], "雷碧"), (both[1], both[0], "雪碧碧")] {
                entered(&town, sign).await;
                *mailer.shy.lock().expect("state") = format!("{shy}@example.cn");
                assert!(alert_mails::send(&town.app).await.is_err(), "{shy}");
                let other = format!("{other}@example.cn");
                let mails = mailer.mails();
                assert_eq!(mails.last().map(|(to, ..)| to), Some(&other));
                town.clock.advance(Duration::from_secs(25 * 3_600));
            }
        },
    )
    .await;
}
