//! The head of an office erases what a closed case tells of people.

use reqwest::StatusCode;

use super::{
    desk::event,
    fixture::{Portal, file_complaint},
};

#[tokio::test]
async fn a_head_erases_a_closed_case_for_a_reason_and_is_told_where_else_the_person_is_known() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    event(&mut wang, &number, "split", &[]).await;
    let answers = [
        ("organisation", "east"),
        ("report_back_on.year", "2026"),
        ("report_back_on.month", "6"),
        ("report_back_on.day", "9"),
    ];
    event(&mut wang, &number, "dispatch", &answers).await;
    let mut li = portal.signed_in("li").await;
    event(&mut li, &number, "take", &[]).await;
    let mut zhao = portal.signed_in("zhao").await;
    let (case, path) = (format!("/cases/{number}"), format!("/cases/{number}/erasure"));
    assert!(
        !zhao.load(&case).await.body.contains(&path),
        "an open case is not erased"
    );
    let confirm = event(&mut li, &number, "withdraw", &[]).await;
    let withdraw = format!("/cases/{number}/events/withdraw");
    let closed = li.submit(&confirm, &withdraw, &[("step", "confirmed")]).await;
    assert!(closed.text().contains("已完成"), "{}", closed.text());

    assert!(!li.load(&case).await.body.contains(&path));
    assert_eq!(li.load(&path).await.status, StatusCode::FORBIDDEN);
    assert!(zhao.load(&case).await.body.contains(&path));
    let page = zhao.load(&path).await;
    assert!(page.text().contains("删除后无法恢复"), "{}", page.text());
    let asked = zhao.submit(&page, &path, &[]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.text().contains("请选择删除原因"), "{}", asked.text());
    let done = zhao.submit(&asked, &path, &[("reason", "request_of_person")]).await;
    let text = done.text();
    assert!(
        text.contains("本案的个人信息已删除") && text.contains("另有 1 件案件"),
        "{text}"
    );
    let left = zhao.load(&case).await.text();
    assert!(!left.contains("许晓梅") && left.contains(&number), "{left}");
    assert!(
        left.contains("本案的个人信息已于"),
        "what is missing is explained: {left}"
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_head_reads_before_an_erasure_which_linked_cases_still_run() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    event(&mut wang, &number, "split", &[]).await;
    let page = wang.load(&format!("/cases/{number}")).await;
    let linked = page.body.split("href=\"/cases/").skip(1);
    let mut linked = linked.filter_map(|rest| rest.split('"').next());
    let report = linked.find(|linked| !linked.contains(['/', '?', '#']) && *linked != number);
    let report = report.expect("the report is linked").to_owned();
    for case in [&number, &report] {
        event(&mut wang, case, "dispatch", &[("organisation", "east")]).await;
    }
    let mut zhao = portal.signed_in("zhao").await;
    let asked = zhao.load(&format!("/cases/{number}/erasure")).await;
    assert!(asked.text().contains("下列关联案件尚未办结"), "{}", asked.text());
    assert!(
        asked.body.contains(&format!("href=\"/cases/{report}\"")),
        "{}",
        asked.body
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_head_finds_the_closed_cases_whose_personal_data_are_kept_for_too_long() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    event(&mut wang, &number, "dispatch", &[("organisation", "east")]).await;
    let mut li = portal.signed_in("li").await;
    event(&mut li, &number, "take", &[]).await;
    let confirm = event(&mut li, &number, "withdraw", &[]).await;
    let withdraw = format!("/cases/{number}/events/withdraw");
    li.submit(&confirm, &withdraw, &[("step", "confirmed")]).await;
    let day = std::time::Duration::from_hours(24);
    portal.clock.advance(day * 1094);
    let mut zhao = portal.signed_in("zhao").await;
    let kept = "/cases?due=kept";
    assert!(!zhao.load("/cases").await.body.contains(&format!("href=\"{kept}\"")));
    portal.clock.advance(day);
    let mut zhao = portal.signed_in("zhao").await;
    let list = zhao.load("/cases").await;
    assert!(list.text().contains("1 个人信息待删除"), "{}", list.text());
    assert!(list.body.contains(&format!("href=\"{kept}\"")), "{}", list.body);
    assert!(zhao.load(kept).await.text().contains(&number));
    let mut li = portal.signed_in("li").await;
    assert!(!li.load("/cases").await.text().contains("个人信息待删除"));
    assert!(!li.load(kept).await.text().contains(&number), "nobody else erases");
    let path = format!("/cases/{number}/erasure");
    let page = zhao.load(&path).await;
    zhao.submit(&page, &path, &[("reason", "no_longer_needed")]).await;
    assert!(!zhao.load(kept).await.text().contains(&number));
    portal.stop().await;
}
