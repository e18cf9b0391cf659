//! Evidence and messages in the portal, and names that lean on each other.

use reqwest::StatusCode;
use zhengming::jobs;

use super::fixture::{Portal, file_complaint};

#[tokio::test]
async fn who_filed_and_who_handles_write_to_each_other_and_add_evidence() {
    let portal = Portal::start().await;
    let mut filer = portal.visitor();
    let (number, secret) = file_complaint(&mut filer).await;
    let page = filer.load("/follow").await;
    filer
        .submit(&page, "/follow", &[("number", &number), ("secret", &secret)])
        .await;
    let page = filer.load("/follow/messages").await;
    let empty = filer.submit(&page, "/follow/messages", &[("text", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("请填写内容"), "{}", empty.text());
    let page = filer.load("/follow/messages").await;
    filer
        .submit(&page, "/follow/messages", &[("text", "请问何时调解？")])
        .await;
    let page = filer.load("/follow/evidence").await;
    let empty = filer.submit(&page, "/follow/evidence", &[("title", " ")]).await;
    for wanted in ["请填写材料名称", "请选择证据种类"] {
        assert!(empty.text().contains(wanted), "{wanted}: {}", empty.text());
    }
    let page = filer.load("/follow/evidence").await;
    let wrong = [("title", "购物小票"), ("kind", "documentary"), ("sha256", "12")];
    let wrong = filer.submit(&page, "/follow/evidence", &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("购物小票"), "answers stay");
    assert!(
        wrong.body.contains("id=\"e-sha256\"") && wrong.body.contains("id=\"f-sha256\""),
        "said at the field too: {}",
        wrong.body
    );
    let page = filer.load("/follow/evidence").await;
    let right = [("title", "购物小票"), ("kind", "documentary"), ("keptBy", "本人")];
    let sent = filer.submit(&page, "/follow/evidence", &right).await;
    assert!(sent.text().contains("材料已提交"), "{}", sent.text());
    // Whoever has a photograph knows what it is called, and no hash of it.
    let page = filer.load("/follow/evidence").await;
    let photograph = [
        ("title", "货架照片"),
        ("kind", "electronic_data"),
        ("fileName", "货架.jpg"),
    ];
    let sent = filer.submit(&page, "/follow/evidence", &photograph).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text());
    assert!(sent.text().contains("电子文件名：货架.jpg"), "{}", sent.text());
    let text = filer.load("/follow").await.text();
    for wanted in [
        "请问何时调解？",
        "购物小票",
        "您在本案中的身份：投诉人",
        "投诉人（您） →",
        "提交投诉人（您） ·",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }

    let mut wang = portal.signed_in("wang").await;
    let text = wang.load(&format!("/cases/{number}")).await.text();
    for wanted in ["请问何时调解？", "购物小票", "书证", "投诉人 →"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("（您）"), "an officer is no party: {text}");
    let path = format!("/cases/{number}/messages");
    let page = wang.load(&path).await;
    let nobody = wang.submit(&page, &path, &[("text", "明天上午")]).await;
    assert!(nobody.text().contains("请选择发给谁"), "{}", nobody.text());
    let page = wang.load(&path).await;
    wang.submit(&page, &path, &[("text", "明天上午"), ("readers", "complainant")])
        .await;
    assert!(filer.load("/follow").await.text().contains("明天上午"));
    portal.stop().await;
}

#[tokio::test]
async fn an_officer_watches_a_name_and_finds_the_cases_that_lean_on_it() {
    let portal = Portal::start().await;
    let mut wang = portal.signed_in("wang").await;
    let page = wang.load("/watches").await;
    let wrong = wang.submit(&page, "/watches", &[("name", " ")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = wang.load("/watches").await;
    wang.submit(&page, "/watches", &[("name", "康师傅"), ("threshold", "450")])
        .await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    jobs::run_due(&portal.app).await.expect("jobs");
    jobs::catch_up(&portal.app).await.expect("caught up");
    let text = wang.load("/watches").await.text();
    assert!(text.contains(&number) && text.contains("康帅傅"), "{text}");
    let page = wang.load("/reports").await;
    let found = wang.submit(&page, "/reports", &[("name", "康师傅")]).await;
    assert!(found.text().contains(&number), "{}", found.text());
    let nothing = wang.submit(&page, "/reports", &[("name", "xyzzy quux")]).await;
    assert!(nothing.text().contains("没有近似的名称"), "{}", nothing.text());
    let signed_out = portal.visitor().load("/watches").await;
    assert!(!signed_out.text().contains("我监测的名称"));
    portal.stop().await;
}

#[tokio::test]
async fn how_alike_a_mark_is_goes_by_the_sign_that_was_found() {
    let portal = Portal::start().await;
    // The brand is 康师傅, which the register holds; on the goods stands 康帅傅.
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    jobs::run_due(&portal.app).await.expect("jobs");
    let case = portal
        .app
        .store
        .case_by_number(&number)
        .await
        .expect("read")
        .expect("a case");
    let found = portal.app.store.similar_marks_of(&[case.id]).await.expect("read");
    assert!(!found.is_empty(), "the mark is found");
    for row in &found {
        assert!(
            row.score < 1.0 && row.band != "identical",
            "no sign here is identical: {row:?}"
        );
    }
    portal.stop().await;
}
