//! Hand-over by file and on paper, as officers see it.

use reqwest::StatusCode;

use super::fixture::{Portal, file_complaint};

#[tokio::test]
async fn staff_print_the_packet_of_a_case_without_who_filed_it_and_strangers_find_none() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let packet = wang.load(&format!("/cases/{number}/packet")).await;
    assert_eq!(packet.status, StatusCode::OK);
    let text = packet.text();
    for wanted in [number.as_str(), "移送材料", "江城东区惠民便利店"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!packet.body.contains("许晓梅") && !packet.body.contains("13900000001"));
    let page = portal.visitor().load(&format!("/cases/{number}/packet")).await;
    assert!(!page.text().contains("移送材料"), "signed out: {}", page.text());
    portal.stop().await;
}

#[tokio::test]
async fn what_is_no_transfer_file_is_refused_in_words_and_stays_on_the_page() {
    let portal = Portal::start().await;
    let mut wang = portal.signed_in("wang").await;
    let page = wang.load("/transfers").await;
    let answer = wang.submit(&page, "/transfers", &[("file", "eyJhbGciOi")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("不是本系统的移送文件"), "{}", answer.text());
    assert!(answer.body.contains("eyJhbGciOi"), "what was pasted stays");
    portal.stop().await;
}

#[tokio::test]
async fn a_case_that_is_here_is_not_written_for_elsewhere() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/handover");
    let page = wang.load(&path).await;
    let answer = wang.submit(&page, &path, &[("what", "transfer")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text();
    assert!(
        text.contains("请先取得其公钥") || text.contains("案件就在签署机关"),
        "{text}"
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_transfer_file_is_uploaded_with_the_token_of_the_page_and_no_longer_than_an_upload_may_be() {
    let portal = Portal::start_with(|config, _| {
        config.limits.upload_bytes = std::num::NonZeroU64::new(4_096).expect("not zero");
        config.limits.form_body_bytes = std::num::NonZeroU32::new(4_096).expect("not zero");
    })
    .await;
    let mut wang = portal.signed_in("wang").await;
    let page = wang.load("/transfers").await;
    assert!(page.body.contains("multipart/form-data") && page.body.contains("type=\"file\""));
    let broken = [("upload", "a.jws", "eyJhbGciOi"), ("items", "", "")];
    let answer = wang.upload(&page, "/transfers", &broken).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert!(answer.text().contains("不是本系统的移送文件"), "{}", answer.text());
    let long = "a".repeat(9_000);
    let refused = wang.upload(&page, "/transfers", &[("upload", "a.jws", &long)]).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let other = portal.visitor().load("/sign-in").await;
    let foreign = wang.upload(&other, "/transfers", &broken).await;
    assert_eq!(
        foreign.status,
        StatusCode::FORBIDDEN,
        "without the token of the session"
    );
    let nobody = portal.visitor().upload(&page, "/transfers", &broken).await;
    assert!(!nobody.text().contains("不是本系统的移送文件"), "{}", nobody.text());
    portal.stop().await;
}
