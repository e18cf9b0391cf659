//! Drafts of the portal: they keep what was typed, one for each procedure, and nobody but the filer can read them.

use std::{fs, path::Path};

use reqwest::StatusCode;
use time::macros::datetime;

use super::fixture::{COMPLAINT, Portal, file_complaint, filled_in};

/// Whether a text stands in any file of a directory.
fn stands_in(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).expect("a directory").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            stands_in(&path, text)
        } else {
            let bytes = fs::read(&path).expect("a file");
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        }
    })
}

#[tokio::test]
async fn what_the_database_keeps_of_a_draft_is_read_only_with_the_cookie_of_the_filer() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let page = filled_in(&mut visitor).await;
    assert!(page.text().contains("13900000001"), "{}", page.text());
    let data = portal.app.config.data_dir.clone();
    let (filer, facts) = (["许晓梅", "13900000001", "桃园路"], "购买一箱方便面");
    for canary in filer.into_iter().chain([facts]) {
        assert!(!stands_in(&data, canary), "{canary} lies open in the data directory");
    }
    visitor.submit(&page, "/file/complaint/send", &[]).await;
    assert!(
        stands_in(&data, facts),
        "what was filed is there, so the search would have found it"
    );
    for canary in filer {
        assert!(!stands_in(&data, canary), "{canary}: who filed lies sealed");
    }
    portal.stop().await;
}

#[tokio::test]
async fn a_report_that_is_begun_leaves_the_draft_of_a_complaint_alone() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    filled_in(&mut visitor).await;
    let start = visitor.load("/file/report").await;
    let page = visitor.submit(&start, "/file/report", &[("mode", "anonymous")]).await;
    assert!(page.path.starts_with("/file/report/"), "{}", page.path);
    let kept = visitor.load("/file/complaint/check").await;
    assert!(kept.text().contains("许晓梅"), "{}", kept.text());
    portal.stop().await;
}

#[tokio::test]
async fn whom_the_confirmation_did_not_reach_finds_the_receipt_instead_of_filing_again() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let page = filled_in(&mut visitor).await;
    let hidden = page.hidden();
    let fields: Vec<(&str, &str)> = hidden.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let origin = visitor.url.clone();
    // Sent twice, and neither answer reached the browser.
    for _ in 0..2 {
        let sent = visitor
            .once("/file/complaint/send", Some(&fields), &[("origin", &origin)])
            .await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
    }
    for path in ["/file/complaint", "/file/complaint/brand", "/file/complaint/check"] {
        let found = visitor.once(path, None, &[]).await;
        assert_eq!(found.headers["location"], "/file/complaint/done", "{path}");
    }
    let begun = visitor
        .once("/file/complaint", Some(&fields), &[("origin", &origin)])
        .await;
    assert_eq!(begun.headers["location"], "/file/complaint/done");
    let done = visitor.load("/file/complaint/done").await;
    let receipt = done.after("<p class=\"big secret\">").to_owned();
    assert!(receipt.len() > 10, "{}", done.text());
    let cases = portal.app.store.count_cases(&Default::default()).await;
    assert_eq!(cases.expect("counted"), 1);

    portal.clock.advance(std::time::Duration::from_secs(16 * 60));
    let later = visitor.load("/file/complaint/done").await;
    assert_eq!(
        later.path, "/follow",
        "a receipt that was shown is not kept for the next person"
    );
    portal.stop().await;
}

#[tokio::test]
async fn another_complaint_can_be_begun_while_the_receipt_of_the_first_is_on_the_screen() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let (first, _) = file_complaint(&mut visitor).await;
    let (second, _) = file_complaint(&mut visitor).await;
    assert_ne!(first, second);
    portal.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_is_still_there_after_the_language_was_switched() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/complaint").await;
    let page = visitor.submit(&start, "/file/complaint", &[]).await;
    visitor.submit(&page, "/file/complaint/consumer", COMPLAINT[0].1).await;
    let page = visitor.load("/file/complaint/trader").await;
    let page = visitor.submit(&page, "/file/complaint/trader", COMPLAINT[1].1).await;
    assert_eq!(page.path, "/file/complaint/places");
    let page = visitor.load("/file/complaint/trader").await;
    let wrong = [("respondent_name", "惠民二店"), ("respondent_phone", "12")];
    let page = visitor.submit(&page, "/file/complaint/trader", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let switched = [wrong.as_slice(), &[("_language", "en")]].concat();
    let page = visitor.submit(&page, "/file/complaint/trader", &switched).await;
    assert_eq!(page.path, "/file/complaint/trader");
    assert!(
        page.body.contains("value=\"惠民二店\"") && page.body.contains("value=\"12\""),
        "{}",
        page.body
    );
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    let check = visitor.load("/file/complaint/check").await;
    assert!(
        check.text().contains("江城东区惠民便利店") && !check.text().contains("惠民二店"),
        "the answers that fit stay until others do"
    );
    let page = visitor.load("/file/complaint/trader").await;
    let right = [
        ("respondent_name", "惠民二店"),
        ("respondent_address", "江城市东区人民路 2 号"),
        ("trader_kind", "on_site"),
    ];
    visitor.submit(&page, "/file/complaint/trader", &right).await;
    let check = visitor.load("/file/complaint/check").await;
    assert!(check.text().contains("惠民二店"), "{}", check.text());
    let page = visitor.load("/file/complaint/trader").await;
    assert!(!page.title().starts_with("Error:"), "{}", page.title());
    portal.stop().await;
}

#[tokio::test]
async fn a_draft_goes_when_its_filer_throws_it_away() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    filled_in(&mut visitor).await;
    let begin = visitor.load("/file/complaint").await;
    let refused = visitor.send("/file/complaint/discard", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "without its token");
    let (action, hidden) = begin.form("/discard").expect("a button");
    let fields: Vec<(&str, &str)> = hidden.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let gone = visitor.send(&action, &fields).await;
    assert_eq!((gone.status, gone.path.as_str()), (StatusCode::OK, "/"));
    assert!(visitor.jar.is_empty(), "{:?}", visitor.jar);
    assert_eq!(visitor.load("/file/complaint/check").await.path, "/file/complaint");
    let left = portal
        .app
        .store
        .delete_expired(portal.app.now() + time::Duration::days(9_999))
        .await;
    assert_eq!(left.expect("deleted"), 0, "no draft is left in the database");
    portal.stop().await;
}

#[tokio::test]
async fn a_last_day_that_has_come_is_refused_on_the_page_that_asks_it() {
    let portal = Portal::start().await;
    // The law that knows this help is in force then.
    portal.clock.set(datetime!(2027-02-01 09:00 +8));
    let mut li = portal.signed_in("li").await;
    let start = li.load("/file/judicial_support").await;
    let page = li.submit(&start, "/file/judicial_support", &[]).await;
    assert_eq!(page.path, "/file/judicial_support/what", "{}", page.text());
    let answers = |until: &'static str| {
        [
            ("asked_by", "police"),
            ("asked_on", "2027-02-01"),
            ("kinds", "opinion"),
            ("request", "请出具认定意见。"),
            ("answer_until", until),
        ]
    };
    let refused = li.submit(&page, &page.path, &answers("2027-02-01")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("应当晚于今天"), "{}", refused.text());
    let again = li.load("/file/judicial_support/what").await;
    assert!(again.text().contains("应当晚于今天"), "loaded again: {}", again.text());
    let good = li.submit(&again, &again.path, &answers("2027-02-08")).await;
    assert_eq!(good.path, "/file/judicial_support/check", "{}", good.text());
    portal.stop().await;
}
