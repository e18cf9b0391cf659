//! One's own account.

use reqwest::StatusCode;

use super::fixture::{PASSWORD, Portal};

#[tokio::test]
async fn an_officer_changes_the_password_and_every_other_session_ends() {
    let portal = Portal::start().await;
    let mut wang = portal.signed_in("wang").await;
    let mut elsewhere = portal.signed_in("wang").await;
    let page = wang.load("/account").await;
    assert!(
        page.text().contains("我的账号") && page.text().contains("wang"),
        "{}",
        page.text()
    );
    let new = "Plum-rain-4-lakes";
    for (present, first, second, said) in [
        ("not this one", new, new, "现在的密码不正确"),
        (PASSWORD, new, "Plum-rain-4-lakez", "两次输入的新密码不一致"),
        (PASSWORD, "short", "short", "密码太短"),
        (PASSWORD, PASSWORD, PASSWORD, "不能与现在的密码相同"),
    ] {
        let fields = [("present", present), ("new", first), ("again", second)];
        let wrong = wang.submit(&page, "/account", &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains(said), "{said}: {}", wrong.text());
        for typed in [present, first] {
            assert!(
                !wrong.body.contains(&format!("value=\"{typed}\"")),
                "no page shows a password"
            );
        }
    }
    assert!(
        elsewhere.load("/account").await.text().contains("我的账号"),
        "nothing has changed yet"
    );
    let fields = [("present", PASSWORD), ("new", new), ("again", new)];
    let done = wang.submit(&page, "/account", &fields).await;
    assert!(done.text().contains("密码已修改"), "{}", done.text());
    let mut other = portal.signed_in("zhou").await;
    for address in ["/account?done", "/account?done=password&proof=", done.path.as_str()] {
        let forged = other.load(address).await;
        assert!(
            !forged.text().contains("密码已修改"),
            "no address says so to somebody else: {}",
            forged.text()
        );
    }
    assert!(
        wang.load("/cases").await.status.is_success(),
        "who changed it stays signed in"
    );
    assert_eq!(elsewhere.load("/account").await.path, "/sign-in?next=/account");
    let old = portal
        .visitor()
        .send("/sign-in", &[("login", "wang"), ("password", PASSWORD)])
        .await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fresh = portal
        .visitor()
        .send("/sign-in", &[("login", "wang"), ("password", new)])
        .await;
    assert_eq!(fresh.status, StatusCode::OK, "{}", fresh.text());
    portal.stop().await;
}

#[tokio::test]
async fn nobody_guesses_a_password_at_an_open_screen() {
    let portal = Portal::start().await;
    let mut wang = portal.signed_in("wang").await;
    let page = wang.load("/account").await;
    let fields = [
        ("present", "a guess"),
        ("new", "Plum-rain-4-lakes"),
        ("again", "Plum-rain-4-lakes"),
    ];
    let mut last = StatusCode::OK;
    for _ in 0..6 {
        last = wang.submit(&page, "/account", &fields).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    portal.stop().await;
}

#[tokio::test]
async fn who_has_nothing_to_do_with_cases_begins_where_the_work_is() {
    let portal = Portal::start().await;
    for (login, begins) in [("wang", "/cases"), ("sun", "/workflows"), ("zhou", "/workflows")] {
        let page = portal
            .visitor()
            .send("/sign-in", &[("login", login), ("password", PASSWORD)])
            .await;
        assert_eq!(page.path, begins, "{login}");
    }
    portal.stop().await;
}
