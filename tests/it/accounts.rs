//! Facts about accounts: who can be shut out, which passwords open them.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use zhengming::{
    access::Actor,
    app::SharedApp,
    service::{
        Error,
        accounts::{self, SignIn},
        register::{self, NewMark},
    },
    store::SessionKind,
};

use crate::{
    database::{Database, each_engine},
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

#[tokio::test]
async fn a_sign_in_name_that_no_database_holds_is_an_unknown_one() {
    each_engine(
        "a_sign_in_name_that_no_database_holds_is_an_unknown_one",
        async |database| {
            let town = Town::found(database).await;
            let request = SignIn {
                login: "off\0icer".to_owned(),
                password: "any".to_owned(),
                kind: SessionKind::Cookie,
                label: None,
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            };
            assert_eq!(code(accounts::sign_in(&town.app, request).await), "UNAUTHENTICATED");
        },
    )
    .await;
}

#[tokio::test]
async fn a_password_is_hashed_at_the_configured_cost_when_its_holder_signs_in() {
    let town = Town::found(Database::sqlite().await).await;
    town.clock.advance(Duration::from_mins(1));
    let dearer = town
        .started_under(&[("ZHENGMING_PASSWORD__LANES", "2".to_owned())])
        .await;
    let hash = async || {
        let account = town.app.store.account_by_login("officer").await.expect("read");
        account.expect("there").password_hash
    };
    let sign_in = async |app: &SharedApp, password: &str| {
        let request = SignIn {
            login: "officer".to_owned(),
            password: password.to_owned(),
            kind: SessionKind::Cookie,
            label: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        code(accounts::sign_in(app, request).await)
    };
    let right = format!("the {} of a sample town 42", "secret");
    let before = hash().await;
    assert_eq!(sign_in(&dearer, "another").await, "UNAUTHENTICATED");
    assert_eq!(hash().await, before);
    assert_eq!(sign_in(&dearer, &right).await, "done");
    let renewed = hash().await;
    assert!(renewed.contains("p=2"), "{renewed}");
    assert_eq!(sign_in(&dearer, &right).await, "done");
    assert_eq!(hash().await, renewed, "once");
}

#[tokio::test]
async fn a_sign_in_name_is_the_same_however_it_is_written() {
    let town = Town::found(Database::sqlite().await).await;
    let mark = NewMark {
        name: "蓝鲸湖".to_owned(),
        owner: "样例饮料公司".to_owned(),
        owner_login: Some(" Consumer".to_owned()),
        ..NewMark::default()
    };
    let entered = register::register_mark(&town.app, town.who("stranger"), mark, &town.key()).await;
    let owner = entered.expect("a mark").owner_account;
    assert_eq!(owner.as_deref(), town.who("consumer").account_id());
    assert_eq!(code(accounts::disable(&town.app, "Officer ").await), "done");
}
