//! Facts about accounts: who can be shut out, which passwords open them.

use zhengming::{
    access::Actor,
    service::{Error, accounts},
};

use crate::{
    database::Database,
    town::{BUREAU, DISTRICT, Town},
};

fn code<T>(result: Result<T, Error>) -> &'static str {
    result.err().map_or("done", |error| error.code())
}

#[tokio::test]
async fn only_who_administers_last_cannot_be_shut_out() {
    let town = Town::found(Database::sqlite().await).await;
    let app = &town.app;
    // Nobody administers here.
    assert_eq!(code(accounts::disable(app, "officer").await), "done");
    let first = town.person("first", BUREAU, &["administrator"]).await;
    let second = town.person("second", DISTRICT, &["administrator"]).await;
    assert_eq!(code(accounts::disable(app, "second").await), "done");
    assert_eq!(code(accounts::disable(app, "first").await), "LAST_ADMINISTRATOR");
    let revoke = async |who: &Actor, place: &str| {
        let id = who.account_id().expect("an account").to_owned();
        code(accounts::revoke(app, &id, place, "administrator").await)
    };
    assert_eq!(revoke(&first, BUREAU).await, "LAST_ADMINISTRATOR");
    assert_eq!(
        revoke(&second, DISTRICT).await,
        "done",
        "who is shut out administers nothing"
    );
}
