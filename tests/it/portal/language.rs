//! Switching the language in the middle of a form: nothing is sent, and no answer is lost.

use reqwest::StatusCode;

use super::fixture::{Portal, Seen, file_complaint};

fn assert_english(page: &Seen) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.body.contains("<html lang=\"en\">"), "{}", page.text());
    let switch = "form=\"answers\" name=\"_language\" formnovalidate value=\"zh\"";
    assert!(page.body.contains(switch) && page.body.contains("<form id=\"answers\""));
}

#[tokio::test]
async fn a_page_of_a_filing_keeps_what_is_typed_on_it_and_names_no_error() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/complaint").await;
    let page = visitor.submit(&start, "/file/complaint", &[]).await;
    let page = visitor
        .submit(&page, "/file/complaint/consumer", super::fixture::COMPLAINT[0].1)
        .await;
    let typed = [("respondent_address", "江城市东区人民路 1 号"), ("_language", "en")];
    let page = visitor.submit(&page, "/file/complaint/trader", &typed).await;
    assert_english(&page);
    assert!(page.body.contains("江城市东区人民路 1 号"), "{}", page.text());
    assert!(!page.body.contains("class=\"summary\""), "{}", page.text());
    let again = visitor.load("/file/complaint/trader").await;
    assert!(again.body.contains("江城市东区人民路 1 号"), "{}", again.text());
    assert!(!again.title().contains("Error"), "{}", again.title());
    portal.stop().await;
}

#[tokio::test]
async fn the_form_of_an_event_and_its_confirmation_stay_what_they_are() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/events/reroute");
    let page = wang.load(&path).await;
    let answers = [("proper_route", "consultation")];
    let form = wang.submit(&page, &path, &[answers[0], ("_language", "en")]).await;
    assert_english(&form);
    assert!(form.body.contains("value=\"consultation\" checked"), "{}", form.body);
    let confirm = wang.submit(&form, &path, &answers).await;
    let confirm = wang.submit(&confirm, &path, &[("_language", "zh")]).await;
    assert!(confirm.text().contains("这一操作不能撤销"), "{}", confirm.text());
    let case = wang.load(&format!("/cases/{number}")).await.text();
    assert!(!case.contains("已告知其他途径"), "nothing was sent: {case}");
    let case = wang.submit(&confirm, &path, &[("step", "confirmed")]).await;
    assert!(case.text().contains("已告知其他途径"), "{}", case.text());
    portal.stop().await;
}

#[tokio::test]
async fn a_message_that_is_being_written_is_neither_sent_nor_lost() {
    let portal = Portal::start().await;
    let mut filer = portal.visitor();
    let (number, secret) = file_complaint(&mut filer).await;
    filer.follow_case(&number, &secret).await;
    let page = filer.load("/follow/messages").await;
    let typed = [("text", "请问何时调解？"), ("_language", "en")];
    let page = filer.submit(&page, "/follow/messages", &typed).await;
    assert_english(&page);
    assert!(page.body.contains(">请问何时调解？</textarea>"), "{}", page.body);
    assert!(!filer.load("/follow").await.text().contains("请问何时调解？"));
    portal.stop().await;
}

#[tokio::test]
async fn a_chinese_name_on_an_english_page_is_marked_for_who_has_it_read_aloud() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let chinese = visitor.load("/marks?name=康师傅").await;
    assert!(chinese.body.contains("<strong class=\"mark-name\">康师傅"));
    visitor.language = "en";
    let english = visitor.load("/marks?name=康师傅").await;
    assert!(
        english
            .body
            .contains("<strong class=\"mark-name\" lang=\"zh-CN\">康师傅"),
        "{}",
        english.body
    );
    portal.stop().await;
}
