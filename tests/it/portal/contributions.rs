//! Evidence and messages in the portal, and names that lean on each other.

use reqwest::StatusCode;
use zhengming::jobs;

use super::{
    draws::file_draw,
    fixture::{Portal, file_complaint},
};

#[tokio::test]
async fn who_filed_and_who_handles_write_to_each_other_and_add_evidence() {
    let portal = Portal::start().await;
    let mut filer = portal.visitor();
    let (number, secret) = file_complaint(&mut filer).await;
    filer.follow_case(&number, &secret).await;
    let page = filer.load("/follow/messages").await;
    let empty = filer.submit(&page, "/follow/messages", &[("text", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("请填写内容"), "{}", empty.text());
    let page = filer.load("/follow/messages").await;
    let bell = [("text", "请问\u{7}何时调解？")];
    let bell = filer.submit(&page, "/follow/messages", &bell).await;
    assert_eq!(bell.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bell.text().contains("有不能使用的字符"), "{}", bell.text());
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
        wrong
            .body
            .contains("aria-describedby=\"h-sha256 e-sha256\" aria-invalid=\"true\""),
        "what is wrong stands at its field: {}",
        wrong.body
    );
    let page = filer.load("/follow/evidence").await;
    let no_day = [
        ("title", "购物小票"),
        ("kind", "documentary"),
        ("obtainedOn.year", "2026"),
        ("obtainedOn.month", "2"),
        ("obtainedOn.day", "30"),
    ];
    let wrong = filer.submit(&page, "/follow/evidence", &no_day).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("应当是真实的日期"), "{}", wrong.text());
    for typed in [
        "name=\"obtainedOn.month\" type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" value=\"2\"",
        "name=\"obtainedOn.day\" type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" value=\"30\"",
        "href=\"#f-obtainedOn\"",
    ] {
        assert!(wrong.body.contains(typed), "{typed}: {}", wrong.body);
    }
    let page = filer.load("/follow/evidence").await;
    let right = [
        ("title", "购物小票"),
        ("kind", "documentary"),
        ("description", "证明在该店购买"),
        ("keptBy", "本人"),
        ("obtainedOn.year", "2026"),
        ("obtainedOn.month", "5"),
        ("obtainedOn.day", "10"),
    ];
    filer.submit(&page, "/follow/evidence", &right).await;
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
        "证明在该店购买",
        "取得日期2026年5月10日",
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
    wang.submit(&page, &path, &[("text", "明天上午"), ("to", "complainant")])
        .await;
    assert!(filer.load("/follow").await.text().contains("明天上午"));
    portal.stop().await;
}

#[tokio::test]
async fn what_was_sent_is_said_to_be_received_and_no_address_says_so_of_what_was_not() {
    let portal = Portal::start().await;
    let mut filer = portal.visitor();
    let (number, secret) = file_complaint(&mut filer).await;
    filer.follow_case(&number, &secret).await;
    let form = filer.load("/follow/messages").await;
    let sent = filer
        .submit(&form, "/follow/messages", &[("text", "请问何时调解？")])
        .await;
    assert!(sent.body.contains("class=\"success\" role=\"status\""), "{}", sent.body);
    for wanted in [
        "消息已收到，并存入本案（2026年5月18日 09:30）。发给：办案单位",
        "如有答复，将显示在本页。",
    ] {
        assert!(sent.text().contains(wanted), "{wanted}: {}", sent.text());
    }
    let again = filer
        .submit(&form, "/follow/messages", &[("text", "请问何时调解？")])
        .await;
    assert_eq!(again.path, sent.path, "a double click sends it once and says the same");
    let place = sent.path.trim_start_matches("/follow/messages").to_owned();
    let form = filer.load("/follow/evidence").await;
    let item = [("title", "购物小票"), ("kind", "documentary")];
    let added = filer.submit(&form, "/follow/evidence", &item).await;
    for wanted in [
        "“购物小票”已收到，并登记在本案中（2026年5月18日 09:30）。",
        "会在本案消息中告知",
    ] {
        assert!(added.text().contains(wanted), "{wanted}: {}", added.text());
    }
    // Another event, a message in place of evidence, somebody else's, nothing at all.
    for address in [
        "/follow/messages?sent=1",
        "/follow/messages?sent=99",
        "/follow/messages?sent=x",
        &format!("/follow/evidence{place}"),
    ] {
        let page = filer.load(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert!(!page.body.contains("class=\"success\""), "{address}: {}", page.text());
    }
    let mut wang = portal.signed_in("wang").await;
    let page = wang.load(&format!("/cases/{number}/messages{place}")).await;
    assert!(!page.body.contains("class=\"success\""), "{}", page.text());
    wang.language = "en";
    let path = format!("/cases/{number}/messages");
    let page = wang.load(&path).await;
    let answers = [("text", "明天上午"), ("to", "complainant")];
    let sent = wang.submit(&page, &path, &answers).await;
    let text = sent.text();
    assert!(
        text.contains("Your message was received and is kept with the case (18 May 2026, 09:31). To: "),
        "{text}"
    );
    portal.stop().await;
}

#[tokio::test]
async fn who_reads_a_case_along_is_not_asked_to_write_what_would_be_refused() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let base = format!("/cases/{number}");
    let link = format!("href=\"{base}/messages\"");
    assert!(wang.load(&base).await.body.contains(&link));
    let written = wang.load(&format!("{base}/messages")).await;
    let dispatch = format!("{base}/events/dispatch");
    let page = wang.load(&dispatch).await;
    let case = wang.submit(&page, &dispatch, &[("organisation", "east")]).await;
    // The case is the district's: whoever sent it there reads it along.
    assert_eq!(case.status, StatusCode::OK, "{}", case.text());
    assert!(!case.body.contains(&link), "{}", case.text());
    let page = wang.load(&format!("{base}/messages")).await;
    assert!(page.text().contains("在本案中没有角色"), "{}", page.text());
    assert!(!page.body.contains("<textarea"), "{}", page.body);
    let answers = [("text", "明天上午"), ("to", "complainant")];
    let late = wang.submit(&written, &format!("{base}/messages"), &answers).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        late.body.contains(">明天上午</textarea>"),
        "what was written is not lost: {}",
        late.text()
    );
    let mut li = portal.signed_in("li").await;
    assert!(li.load(&base).await.body.contains(&link));
    portal.stop().await;
}

#[tokio::test]
async fn the_work_list_marks_what_a_party_added_until_an_officer_does_something() {
    let portal = Portal::start().await;
    let mut filer = portal.visitor();
    let (number, secret) = file_complaint(&mut filer).await;
    let mut wang = portal.signed_in("wang").await;
    let text = wang.load("/cases").await.text();
    assert!(text.contains(&number) && !text.contains("有新"), "{text}");
    filer.follow_case(&number, &secret).await;
    let form = filer.load("/follow/messages").await;
    filer
        .submit(&form, "/follow/messages", &[("text", "请问何时调解？")])
        .await;
    assert!(wang.load("/cases").await.body.contains(">有新消息</span>"));
    let form = filer.load("/follow/evidence").await;
    let item = [("title", "购物小票"), ("kind", "documentary")];
    filer.submit(&form, "/follow/evidence", &item).await;
    assert!(wang.load("/cases").await.body.contains(">有新消息和新材料</span>"));
    let path = format!("/cases/{number}/messages");
    let page = wang.load(&path).await;
    let answer = [("text", "明天上午"), ("to", "complainant")];
    wang.submit(&page, &path, &answer).await;
    let text = wang.load("/cases").await.text();
    assert!(text.contains(&number) && !text.contains("有新"), "{text}");
    portal.stop().await;
}

#[tokio::test]
async fn where_nobody_would_read_a_message_none_is_asked_for_and_evidence_is() {
    let portal = Portal::start().await;
    let mut li = portal.signed_in("li").await;
    let path = file_draw(&mut li).await;
    let base = path.split('?').next().expect("a path").to_owned();
    let page = li.load(&format!("{base}/messages")).await;
    assert!(page.text().contains("本案目前没有人能收到消息"), "{}", page.text());
    assert!(!page.body.contains("<textarea"), "{}", page.body);
    let page = li.load(&format!("{base}/evidence")).await;
    assert!(page.body.contains("<textarea"), "{}", page.body);
    portal.stop().await;
}

#[tokio::test]
async fn nobody_is_asked_to_add_anything_to_a_closed_case() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/messages");
    let form = wang.load(&path).await;
    let reroute = format!("/cases/{number}/events/reroute");
    let page = wang.load(&reroute).await;
    let confirm = wang.submit(&page, &reroute, &[("proper_route", "consultation")]).await;
    wang.submit(&confirm, &reroute, &[("step", "confirmed")]).await;
    for kind in ["messages", "evidence"] {
        let page = wang.load(&format!("/cases/{number}/{kind}")).await;
        assert!(page.text().contains("案件已办结，不能再提交材料"), "{}", page.text());
        assert!(!page.body.contains("<textarea"), "{}", page.body);
    }
    let answers = [("text", "明天上午"), ("to", "complainant")];
    let late = wang.submit(&form, &path, &answers).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        late.body.contains(">明天上午</textarea>"),
        "nothing is lost: {}",
        late.body
    );
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
    let begun = wang
        .submit(&page, "/watches", &[("name", "康师傅"), ("threshold", "450")])
        .await;
    assert!(begun.text().contains("已开始监测"), "{}", begun.text());
    assert!(!wang.load("/watches?done=begun").await.text().contains("已开始监测"));
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
