//! Which offices an event may name: a superior designates below itself, nobody disputes with its own office, and a case that is
//! pulled up goes to whoever pulls.

use serde_json::{Value, json};
use zhengming::service::{Error, case_view};
use zhengming_engine::{
    definition::model::{FilingMode, Office},
    form::ValueProblem,
};

use crate::{
    database::each_engine,
    town::{BUREAU, DISTRICT, Town},
};

async fn refused(town: &Town, who: &str, case: &str, event: &str, answer: (&str, &str), wanted: (Office, &str)) {
    let (field, named) = answer;
    let fields: Value = [(field.to_owned(), json!(named))].into_iter().collect();
    match town.try_send(town.who(who), case, event, fields).await {
        Err(Error::Refused(problems)) => {
            let [problem] = problems.as_slice() else {
                panic!("{event}: {problems:?}")
            };
            assert_eq!(problem.field.as_deref(), Some(field));
            assert_eq!(problem.value, Some(ValueProblem::WrongOffice(wanted.0)));
            assert_eq!(problem.law.as_ref().map(|law| law.as_str()), Some(wanted.1));
        }
        other => panic!("{event} with {named}: {other:?}"),
    }
}

#[tokio::test]
async fn offices_are_named_where_the_article_wants_them_and_the_refusal_names_it() {
    each_engine(
        "offices_are_named_where_the_article_wants_them_and_the_refusal_names_it",
        async |database| {
            let town = Town::found(database).await;
            let consumer = town.who("consumer").clone();
            let filed = town.file(&consumer, "report", FilingMode::Named, json!({})).await;
            let case = filed.case_id.as_str();
            town.send("intake", case, "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            let wanted = (Office::Other, "samr-121#33");
            refused(&town, "head", case, "raise_dispute", ("dispute_with", DISTRICT), wanted).await;
            let before = town.states(case).await;
            town.send("head", case, "raise_dispute", json!({ "dispute_with": BUREAU }))
                .await;
            assert_ne!(town.states(case).await, before);
            town.send("head", case, "request_designation", json!({})).await;
            let wanted = (Office::Below, "penalty-procedure#16");
            refused(&town, "superior", case, "designate", ("organisation", BUREAU), wanted).await;
            town.send("superior", case, "designate", json!({ "organisation": DISTRICT }))
                .await;

            let filed = town.file(&consumer, "complaint", FilingMode::Named, json!({})).await;
            let case = filed.case_id.as_str();
            town.send("intake", case, "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            let seen = case_view::case(&town.app, town.who("superior"), case)
                .await
                .expect("read");
            assert_eq!(seen.senders.get("pull_up").map(String::as_str), Some(BUREAU));
            let wanted = (Office::Own, "samr-121#13.4");
            refused(&town, "superior", case, "pull_up", ("organisation", DISTRICT), wanted).await;
            town.send("superior", case, "pull_up", json!({ "organisation": BUREAU }))
                .await;
        },
    )
    .await;
}
