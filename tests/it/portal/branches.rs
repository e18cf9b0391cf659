//! Pages of a filing that are asked under a condition.

use reqwest::StatusCode;

use super::{
    desk::event,
    fixture::{Portal, file_complaint, filled_in},
};

#[tokio::test]
async fn who_acts_through_an_agent_is_asked_for_the_agent_and_nobody_else_is() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let check = filled_in(&mut visitor).await;
    assert!(!check.text().contains("受托人姓名"), "{}", check.text());

    let page = visitor.load("/file/complaint/agent?from=check").await;
    let yes = [("filed_by_agent", "yes")];
    let page = visitor.submit(&page, "/file/complaint/agent", &yes).await;
    assert!(page.path.starts_with("/file/complaint/agent_details"), "{}", page.path);
    let page = visitor.submit(&page, "/file/complaint/agent_details", &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text());
    let named = [("agent_name", "示例受托人")];
    let check = visitor.submit(&page, "/file/complaint/agent_details", &named).await;
    assert_eq!(check.path, "/file/complaint/check", "{}", check.text());
    assert!(check.text().contains("示例受托人"), "{}", check.text());

    let page = visitor.load("/file/complaint/agent?from=check").await;
    let no = [("filed_by_agent", "no")];
    let check = visitor.submit(&page, "/file/complaint/agent", &no).await;
    assert_eq!(check.path, "/file/complaint/check", "{}", check.text());
    assert!(!check.text().contains("示例受托人"), "{}", check.text());
    let elsewhere = visitor.load("/file/complaint/agent_details").await;
    assert_eq!(elsewhere.path, "/file/complaint/check", "{}", elsewhere.text());
    let done = visitor.submit(&check, "/file/complaint/send", &[]).await;
    assert_eq!(done.path, "/file/complaint/done", "{}", done.text());
    portal.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_asked_for_again_is_still_there() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    filled_in(&mut visitor).await;
    for answer in ["yes", "no", "yes"] {
        let page = visitor.load("/file/complaint/joint?from=check").await;
        let page = visitor
            .submit(&page, "/file/complaint/joint", &[("joint", answer)])
            .await;
        if page.path.starts_with("/file/complaint/joint_details") {
            let others = [("joint_members", "示例同伴"), ("joint_consent", "yes")];
            visitor.submit(&page, "/file/complaint/joint_details", &others).await;
        }
    }
    let check = visitor.load("/file/complaint/check").await;
    assert!(check.text().contains("示例同伴"), "{}", check.text());
    portal.stop().await;
}

#[tokio::test]
async fn who_wishes_a_case_to_be_taken_up_again_says_why_and_nobody_else_is_asked() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/feedback").await;
    let page = visitor.submit(&start, "/file/feedback", &[("mode", "named")]).await;
    let rated = |wish| {
        [
            ("case_kind", "complaint"),
            ("case_number", "测试编号"),
            ("satisfaction", "partly"),
            ("wants_reopening", wish),
        ]
    };
    let what = "/file/feedback/what";
    let page = visitor.submit(&page, what, &rated("no")).await;
    assert_eq!(page.path, "/file/feedback/person", "{}", page.text());
    let page = visitor.load(what).await;
    let page = visitor.submit(&page, what, &rated("yes")).await;
    assert_eq!(page.path, "/file/feedback/again", "{}", page.text());
    let words = [("reopening_text", "不服不予受理决定。")];
    let page = visitor.submit(&page, "/file/feedback/again", &words).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text());
    let reason = [("reopening_reason", "disagree")];
    let page = visitor.submit(&page, "/file/feedback/again", &reason).await;
    assert_eq!(page.path, "/file/feedback/person", "{}", page.text());
    portal.stop().await;
}

#[tokio::test]
async fn a_complaint_about_a_shop_asks_nothing_about_platforms() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    file_complaint(&mut visitor).await;
    filled_in(&mut visitor).await;
    for page in ["online", "platform_places"] {
        let elsewhere = visitor.load(&format!("/file/complaint/{page}")).await;
        assert_eq!(elsewhere.path, "/file/complaint/check", "{page}");
    }
    let page = visitor.load("/file/complaint/trader?from=check").await;
    let shop = [
        ("respondent_name", "江城东区惠民网店"),
        ("respondent_address", "江城市东区人民路 1 号"),
        ("trader_kind", "in_platform"),
    ];
    visitor.submit(&page, "/file/complaint/trader", &shop).await;
    for page in ["online", "platform_places"] {
        let asked = visitor.load(&format!("/file/complaint/{page}")).await;
        assert_eq!(asked.path, format!("/file/complaint/{page}"), "{}", asked.text());
    }
    portal.stop().await;
}

#[tokio::test]
async fn nobody_is_asked_to_confirm_what_would_be_refused() {
    let portal = Portal::start().await;
    let mut filer = portal.visitor();
    filled_in(&mut filer).await;
    let page = filer.load("/file/complaint/joint?from=check").await;
    let page = filer.submit(&page, "/file/complaint/joint", &[("joint", "yes")]).await;
    let others = [("joint_members", "示例同伴"), ("joint_consent", "yes")];
    let check = filer.submit(&page, "/file/complaint/joint_details", &others).await;
    let done = filer.submit(&check, "/file/complaint/send", &[]).await;
    let number = done.after("<p class=\"big\">").to_owned();
    let mut wang = portal.signed_in("wang").await;
    let refused = event(&mut wang, &number, "withdraw", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    let text = refused.text();
    assert!(
        text.contains("须经被代表的投诉人同意") && !text.contains("这一操作不能撤销"),
        "{text}"
    );
    let agreed = [("represented_consent", "yes")];
    let confirm = event(&mut wang, &number, "withdraw", &agreed).await;
    assert!(confirm.text().contains("这一操作不能撤销"), "{}", confirm.text());
    let case = wang.load(&format!("/cases/{number}")).await.text();
    assert!(!case.contains("已办结：撤回"), "nothing is recorded before: {case}");
    portal.stop().await;
}
