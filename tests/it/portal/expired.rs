//! Forms that outlive the sign-in, the receipt or the state of the case that they were opened with: nothing is done, and nothing
//! that was typed is lost.

use reqwest::StatusCode;

use super::fixture::{PASSWORD, Portal, Seen, Visitor, file_complaint};

const SESSION: &str = "__Host-zhengming";
const FOLLOW: &str = "__Host-follow";

/// Signs in on a page that asks for it, with what it carries.
async fn sign_in(visitor: &mut Visitor, page: &Seen, login: &str) -> Seen {
    visitor
        .submit(page, "/sign-in", &[("login", login), ("password", PASSWORD)])
        .await
}

/// An officer before the form that dispatches a new case: number, address and form.
async fn dispatching(portal: &Portal) -> (Visitor, String, String, Seen) {
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/events/dispatch");
    let form = wang.load(&path).await;
    (wang, number, path, form)
}

/// Who filed, before the form of a message: number and receipt.
async fn writing(portal: &Portal) -> (Visitor, [(&'static str, String); 2], Seen) {
    let mut filer = portal.visitor();
    let (number, secret) = file_complaint(&mut filer).await;
    let receipt = [("number", number), ("secret", secret)];
    let page = filer.load("/follow").await;
    filer.submit(&page, "/follow", &fields(&receipt)).await;
    let form = filer.load("/follow/messages").await;
    (filer, receipt, form)
}

fn fields<'r>(receipt: &'r [(&'static str, String); 2]) -> [(&'r str, &'r str); 2] {
    receipt.each_ref().map(|(name, value)| (*name, value.as_str()))
}

#[tokio::test]
async fn a_form_that_outlives_the_sign_in_is_gone_on_with_after_the_next() {
    let portal = Portal::start().await;
    let (mut wang, number, path, form) = dispatching(&portal).await;
    wang.jar.remove(SESSION);
    let asked = wang.submit(&form, &path, &[("organisation", "east")]).await;
    assert!(
        asked.text().contains("登录已过期") && asked.text().contains("没有提交"),
        "{}",
        asked.text()
    );
    let wrong = wang
        .submit(&asked, "/sign-in", &[("login", "wang"), ("password", "not this one")])
        .await;
    assert!(
        wrong.text().contains("没有提交"),
        "a wrong password loses nothing either: {}",
        wrong.text()
    );
    let english = wang.submit(&wrong, "/sign-in", &[("_language", "en")]).await;
    assert!(
        english.text().contains("not sent and is kept"),
        "nor does another language: {}",
        english.text()
    );
    let wrong = wang.submit(&english, "/sign-in", &[("_language", "zh")]).await;
    let back = sign_in(&mut wang, &wrong, "wang").await;
    assert!(back.text().contains("没有提交，内容已保留"), "{}", back.text());
    let form = wang.submit(&back, &path, &[("_language", "zh")]).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text());
    assert!(
        form.body.contains("value=\"east\" selected"),
        "answers are there: {}",
        form.text()
    );
    let case = wang.load(&format!("/cases/{number}")).await;
    assert!(
        !case.text().contains("已完成：分送"),
        "nothing was done: {}",
        case.text()
    );
    let case = wang.submit(&form, &path, &[("organisation", "east")]).await;
    assert!(case.text().contains("已完成：分送"), "{}", case.text());
    portal.stop().await;
}

#[tokio::test]
async fn a_form_from_before_somebody_signed_in_anew_is_gone_on_with_at_once() {
    let portal = Portal::start().await;
    let (mut wang, _, path, form) = dispatching(&portal).await;
    wang.jar = portal.signed_in("wang").await.jar;
    let back = wang.submit(&form, &path, &[("organisation", "east")]).await;
    assert!(back.text().contains("没有提交，内容已保留"), "{}", back.text());
    let form = wang.submit(&back, &path, &[("_language", "zh")]).await;
    assert!(form.body.contains("value=\"east\" selected"), "{}", form.text());
    // A form that no browser says is ours gets no such page.
    let foreign = wang
        .once(&path, Some(&[("organisation", "east"), ("_token", "x")]), &[])
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    portal.stop().await;
}

#[tokio::test]
async fn a_message_that_outlives_the_look_up_is_gone_on_with_after_the_receipt() {
    let portal = Portal::start().await;
    let (mut filer, receipt, form) = writing(&portal).await;
    filer.jar.remove(FOLLOW);
    let asked = filer
        .submit(&form, "/follow/messages", &[("text", "请问\"何时\"调解？")])
        .await;
    assert!(asked.text().contains("本次查询已关闭"), "{}", asked.text());
    let back = filer.submit(&asked, "/follow", &fields(&receipt)).await;
    assert!(back.text().contains("没有提交，内容已保留"), "{}", back.text());
    let form = filer.submit(&back, "/follow/messages", &[("_language", "zh")]).await;
    assert!(form.text().contains("请问&#34;何时&#34;调解？"), "{}", form.text());
    assert!(
        !filer.load("/follow").await.text().contains("何时"),
        "nothing was sent yet"
    );
    filer.jar.remove(FOLLOW);
    let look = filer.load("/follow/messages").await;
    assert_eq!(look.path, "/follow", "who only looks is asked for the receipt");
    portal.stop().await;
}

#[tokio::test]
async fn a_step_that_the_case_has_left_behind_is_said_to_be_so_with_what_was_written() {
    let portal = Portal::start().await;
    let (mut wang, number, path, form) = dispatching(&portal).await;
    let keep = format!("/cases/{number}/events/keep");
    let other = wang.load(&keep).await;
    wang.submit(&other, &keep, &[]).await;
    let late = wang.submit(&form, &path, &[("organisation", "east")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let text = late.text();
    for wanted in ["没有提交：案件已有变动", "您刚才填写的内容", "东区"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let answers = [("organisation", "east"), ("_language", "en")];
    let english = wang.submit(&form, &path, &answers).await;
    assert!(
        english.text().contains("What you wrote"),
        "nor does another language lose it: {}",
        english.text()
    );
    wang.language = "zh-CN";
    wang.jar.remove("__Host-language");
    let look = wang.load(&path).await;
    assert_eq!(look.status, StatusCode::CONFLICT, "so does a button of an old page");
    assert!(!look.text().contains("您刚才填写的内容"), "{}", look.text());
    portal.stop().await;
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused_and_not_taken_for_an_empty_one() {
    let portal = Portal::start_with(|config, _| {
        config.limits.form_body_bytes = 4_096.try_into().expect("not zero");
    })
    .await;
    let (mut filer, _, form) = writing(&portal).await;
    let large = "很长".repeat(4_096);
    let refused = filer.submit(&form, "/follow/messages", &[("text", &large)]).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", refused.text());
    portal.stop().await;
}
