//! What officers do: work list, case page, events, identity.

use reqwest::StatusCode;

use super::fixture::{Portal, Seen, Visitor, file_complaint};

/// Sends an event with the fields of its page.
pub(super) async fn event(visitor: &mut Visitor, number: &str, event: &str, fields: &[(&str, &str)]) -> Seen {
    let path = format!("/cases/{number}/events/{event}");
    let page = visitor.load(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{event}: {}", page.text());
    visitor.submit(&page, &path, fields).await
}

/// Brings a complaint to the district, where both sides agree to mediation. Returns the officer there.
pub(super) async fn agreed_to_mediate(portal: &Portal, number: &str) -> Visitor {
    let mut wang = portal.signed_in("wang").await;
    event(&mut wang, number, "dispatch", &[("organisation", "east")]).await;
    let mut li = portal.signed_in("li").await;
    for (name, fields) in [
        ("take", &[][..]),
        ("accept", &[]),
        ("complainant_consents", &[("delegation_consent", "yes")]),
        ("respondent_consents", &[("respondent_delegation_consent", "yes")]),
    ] {
        let case = event(&mut li, number, name, fields).await;
        assert_eq!(case.status, StatusCode::OK, "{name}: {}", case.text());
    }
    li
}

#[tokio::test]
async fn intake_dispatches_from_the_work_list_and_the_district_takes_the_case() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let list = wang.load("/cases").await;
    let text = list.text();
    for wanted in [
        number.as_str(),
        "康师傅 · 江城东区惠民便利店",
        "还剩 1 个工作日",
        "共 1 件",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let case = event(&mut wang, &number, "dispatch", &[("organisation", "east")]).await;
    assert!(case.text().contains("已完成：分送"), "{}", case.text());
    assert!(case.text().contains("· 实名"), "a person filed: {}", case.text());
    let forged = wang.load(&format!("/cases/{number}?done=keep")).await;
    assert!(
        !forged.text().contains("已完成："),
        "no address says that something was done: {}",
        forged.text()
    );
    let forged = wang.load(&format!("/cases?done={number}&proof=AAAA")).await;
    assert!(!forged.text().contains("已完成："), "{}", forged.text());
    assert!(
        case.text().contains("由其他人员办理的事项"),
        "who waits for others reads for what: {}",
        case.text()
    );

    let mut li = portal.signed_in("li").await;
    let case = event(&mut li, &number, "take", &[]).await;
    assert_eq!(case.status, StatusCode::OK);
    let text = case.text();
    for wanted in ["李经办", "康帅傅", "案件内容", "作出是否受理的决定"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(
        !case.body.contains("许晓梅") && !case.body.contains("13900000001"),
        "the identity is kept apart"
    );
    assert!(li.load("/cases?who=mine").await.text().contains(&number));
    assert!(wang.load("/cases?who=mine").await.text().contains("没有符合条件的案件"));
    portal.stop().await;
}

#[tokio::test]
async fn a_late_clock_is_said_in_words_in_the_work_list() {
    let portal = Portal::start().await;
    file_complaint(&mut portal.visitor()).await;
    portal.clock.advance(std::time::Duration::from_secs(3 * 86_400));
    let mut wang = portal.signed_in("wang").await;
    let list = wang.load("/cases?due=overdue").await;
    assert!(list.text().contains("已逾期 2 天"), "{}", list.text());
    assert!(
        list.body.contains("<option value=\"due\" selected>"),
        "the order that it is in is the one that is said: {}",
        list.body
    );
    let all = wang.load("/cases").await;
    assert!(
        all.body.contains("<a href=\"/cases?due=overdue\"><strong>1</strong>"),
        "what is late is counted and one click away: {}",
        all.body
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_case_that_moved_on_keeps_the_answers_and_says_so() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/events/dispatch");
    let stale = wang.load(&path).await;
    // A split raises the version and leaves the state.
    event(&mut wang, &number, "split", &[]).await;
    let answers = [
        ("organisation", "east"),
        ("report_back_on.year", "2026"),
        ("report_back_on.month", "6"),
        ("report_back_on.day", "9"),
    ];
    let page = wang.submit(&stale, &path, &answers).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("案件已有新的进展"), "{}", page.text());
    assert!(page.body.contains("value=\"east\" selected"), "answers stay");
    let case = wang.submit(&page, &path, &answers).await;
    assert!(case.text().contains("已完成：分送"), "{}", case.text());
    portal.stop().await;
}

#[tokio::test]
async fn a_double_click_sends_an_event_once() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/events/keep");
    let form = wang.load(&path).await;
    wang.submit(&form, &path, &[]).await;
    let case = wang.submit(&form, &path, &[]).await;
    assert_eq!(case.status, StatusCode::OK, "{}", case.text());
    assert_eq!(case.body.matches("<h3>本机关处理</h3>").count(), 1);
    portal.stop().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_undone_is_confirmed_first() {
    let portal = Portal::start().await;
    let (number, secret) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/events/reroute");
    let empty = event(&mut wang, &number, "reroute", &[]).await;
    assert_eq!(
        empty.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "answers are checked before anybody confirms"
    );
    let confirm = event(&mut wang, &number, "reroute", &[("proper_route", "consultation")]).await;
    assert!(confirm.text().contains("这一操作不能撤销") && confirm.text().contains("咨询"));
    assert!(
        !wang
            .load(&format!("/cases/{number}"))
            .await
            .text()
            .contains("已告知其他途径")
    );
    let back = wang.submit(&confirm, &path, &[("step", "change")]).await;
    assert!(back.body.contains("value=\"consultation\" checked"), "{}", back.body);
    let case = wang.submit(&confirm, &path, &[("step", "confirmed")]).await;
    assert!(case.text().contains("已告知其他途径"), "{}", case.text());
    assert!(
        case.text().contains("未经过"),
        "the mediation that never was is not called done: {}",
        case.text()
    );
    let mut filer = portal.visitor();
    let followed = filer.follow_case(&number, &secret).await;
    assert!(
        followed.body.contains("<li class=\"over\">") && followed.body.contains(">不再进行<"),
        "nor to who filed, who is not told what was left out: {}",
        followed.text()
    );
    portal.stop().await;
}

#[tokio::test]
async fn blocked_events_are_shown_with_their_reason_and_law() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    event(&mut wang, &number, "split", &[]).await;
    let case = wang.load(&format!("/cases/{number}")).await;
    let text = case.text();
    assert!(
        text.contains("目前不能进行") && text.contains("举报内容已经分出"),
        "{text}"
    );
    assert!(text.contains("第九条"), "{text}");
    assert!(text.contains("由投诉分出"), "the split-off report is linked: {text}");
    portal.stop().await;
}

#[tokio::test]
async fn an_identity_is_shown_for_a_purpose_and_to_handlers_only() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let case = wang.load(&format!("/cases/{number}")).await;
    let path = format!("/cases/{number}/identity");
    let bad = wang.submit(&case, &path, &[("purpose", "curiosity")]).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    let shown = wang.submit(&case, &path, &[("purpose", "contact_filer")]).await;
    assert!(
        shown.text().contains("许晓梅") && shown.text().contains("本次查看已记录"),
        "{}",
        shown.text()
    );
    assert_eq!(shown.headers["cache-control"], "no-store");
    assert_eq!(
        wang.load(&path).await.path,
        format!("/cases/{number}"),
        "it cannot be loaded again"
    );

    let mut li = portal.signed_in("li").await;
    assert_eq!(
        li.load(&format!("/cases/{number}")).await.status,
        StatusCode::NOT_FOUND,
        "not the district's case yet"
    );
    assert_eq!(
        li.submit(&case, &path, &[("purpose", "contact_filer")]).await.status,
        StatusCode::FORBIDDEN
    );
    portal.stop().await;
}

/// Where the newest document on the page of a case is.
fn newest_paper(case: &Seen, number: &str) -> String {
    let mut links = case.body.split("href=\"");
    let link = links.find(|part| part.starts_with(&format!("/cases/{number}/documents/")));
    let (link, _) = link.and_then(|part| part.split_once('"')).expect("a document");
    link.to_owned()
}

#[tokio::test]
async fn a_document_is_printed_with_its_facts_and_a_number_only_if_its_form_has_one() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let case = wang.load(&format!("/cases/{number}")).await;
    let register = newest_paper(&case, &number);
    let document = wang.load(&register).await;
    assert_eq!(document.status, StatusCode::OK);
    let text = document.text();
    assert!(text.contains(&number) && !text.contains("市监420100〔2026〕"), "{text}");
    assert!(!case.text().contains("市监420100〔2026〕"), "{}", case.text());
    assert_eq!(
        portal.visitor().load(&register).await.path,
        format!("/sign-in?next={}", register.replace(' ', "%20"))
    );

    let case = event(&mut wang, &number, "dispatch", &[("organisation", "east")]).await;
    assert!(case.text().contains("市监420100〔2026〕"), "{}", case.text());
    let notice = newest_paper(&case, &number);
    let document = wang.load(&notice).await;
    let text = document.text();
    assert!(text.contains("市监420100〔2026〕") && text.contains(&number), "{text}");
    assert!(document.body.contains("class=\"addressee\""), "{}", document.body);
    portal.stop().await;
}

#[tokio::test]
async fn signing_in_and_out_follows_the_way_back_and_ends_the_session() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let form = visitor.load("/cases?due=week").await;
    assert!(form.path.starts_with("/sign-in?next=/cases"), "{}", form.path);
    let wrong = visitor
        .submit(&form, "/sign-in", &[("login", "wang"), ("password", "wrong password")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("用户名或者密码不正确") && !wrong.body.contains("wrong password"));
    let list = visitor
        .submit(
            &form,
            "/sign-in",
            &[("login", "wang"), ("password", super::fixture::PASSWORD)],
        )
        .await;
    assert_eq!(list.path, "/cases?due=week");
    assert!(list.text().contains("王接收"));
    let session = visitor.jar["__Host-zhengming"].clone();
    let hidden = list
        .body
        .split_once("action=\"/sign-out\"")
        .and_then(|(_, rest)| rest.split_once("value=\""));
    let token = hidden
        .and_then(|(_, rest)| rest.split_once('"'))
        .expect("token")
        .0
        .to_owned();
    visitor.send("/sign-out", &[("_token", &token)]).await;
    visitor.jar.insert("__Host-zhengming".to_owned(), session);
    assert!(
        visitor.load("/cases").await.path.starts_with("/sign-in"),
        "the old session opens nothing"
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_mediator_sees_the_dispute_and_not_the_people() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut li = agreed_to_mediate(&portal, &number).await;
    let case = event(&mut li, &number, "delegate_mediation", &[("body", "association")]).await;
    assert_eq!(case.status, StatusCode::OK, "{}", case.text());
    let mut chen = portal.signed_in("chen").await;
    assert!(chen.load("/cases").await.text().contains(&number));
    let case = chen.load(&format!("/cases/{number}")).await;
    let text = case.text();
    for wanted in [
        "您受委托调解本案",
        "投诉请求",
        "退还货款",
        "调解期限",
        "下一步",
        "被投诉人同意调解",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    for hidden in ["许晓梅", "13900000001", "查看身份", "近似商标 仅供参考"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    let page = li.load(&format!("/cases/{number}")).await;
    let token = page
        .hidden()
        .into_iter()
        .find(|(name, _)| name == "_token")
        .expect("token")
        .1;
    let path = format!("/cases/{number}/identity");
    let refused = chen.send(&path, &[("_token", &token), ("purpose", "mediation")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    portal.stop().await;
}

#[tokio::test]
async fn the_audit_trail_is_for_auditors_and_who_else_asks_for_it_stands_in_it() {
    let portal = Portal::start().await;
    let mut wang = portal.signed_in("wang").await;
    assert_eq!(wang.load("/audit").await.status, StatusCode::FORBIDDEN);
    let mut feng = portal.signed_in("feng").await;
    assert!(feng.load("/cases").await.text().contains("审计记录"));
    let page = feng.load("/audit").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for wanted in [
        "授予角色：接收人员",
        "王接收",
        "登录",
        "会话 …",
        "查看审计记录",
        "已拒绝",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("session:"), "{text}");
    let oldest = feng.load("/audit?before=2").await.text();
    assert!(!oldest.contains("已拒绝") && oldest.contains("第一页"), "{oldest}");
    // An auditor asks who looked at whom in a case.
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let case = wang.load(&format!("/cases/{number}")).await;
    let path = format!("/cases/{number}/identity");
    wang.submit(&case, &path, &[("purpose", "contact_filer")]).await;
    let asked = feng.load(&format!("/audit?case={number}")).await.text();
    assert!(asked.contains(&number) && asked.contains("王接收"), "{asked}");
    assert!(!asked.contains("授予角色"), "of that case alone: {asked}");
    let nothing = feng.load("/audit?case=WH26-9999999-0").await.text();
    assert!(!nothing.contains("王接收"), "{nothing}");
    portal.stop().await;
}

#[tokio::test]
async fn the_diagram_of_a_case_shows_its_place_and_says_it_in_words() {
    let portal = Portal::start().await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let path = format!("/cases/{number}/diagram");
    let stranger = portal.visitor().load(&path).await;
    assert!(!stranger.body.contains("<svg xmlns"), "{}", stranger.text());
    let mut wang = portal.signed_in("wang").await;
    event(&mut wang, &number, "keep", &[]).await;
    let case = wang.load(&format!("/cases/{number}")).await;
    assert!(
        case.body.contains(&format!("href=\"{path}#here\"")),
        "the case page leads to it"
    );

    let page = wang.load(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.path,
        format!("{path}?at=here#here"),
        "nobody begins in an empty corner"
    );
    let switch = format!("href=\"/language/en?next={path}\"");
    assert!(page.body.contains(&switch), "nor after switching the language");
    assert!(
        page.body
            .contains("class=\"state step-1 here\" data-state=\"in_review\" id=\"here\""),
        "{}",
        page.body
    );
    assert!(
        page.body
            .contains("class=\"state step-0 passed\" data-state=\"registered\"")
    );
    assert_eq!(page.body.matches(">现在在此<").count(), 1);
    assert!(page.body.contains("tabindex=\"0\"") && !page.body.contains(" style="));
    let text = page.text();
    for wanted in [
        "案件现在处于：审查中。",
        "作出是否受理的决定",
        "截至2026年5月27日（周三）",
        "案件经过的状态",
        "审查中 本机关处理",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    wang.load(&format!("/language/en?next={path}")).await;
    let page = wang.load(&path).await;
    for wanted in [
        "The case is now in",
        "In review",
        "due by Wed 27 May 2026",
        "States that the case has passed",
    ] {
        assert!(page.text().contains(wanted), "{wanted}: {}", page.text());
    }
    portal.stop().await;
}

#[tokio::test]
async fn the_page_of_a_case_says_by_which_article_a_notice_is_owed_and_what_is_still_to_be_told() {
    let portal = Portal::start().await;
    let (number, receipt) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    event(&mut wang, &number, "dispatch", &[("organisation", "east")]).await;
    let mut li = portal.signed_in("li").await;
    let case = event(&mut li, &number, "take", &[]).await;
    let text = case.text();
    for wanted in [
        "应当告知的事项",
        "受理的告知 / 不予受理的告知（附理由和其他途径）",
        "2026年5月27日",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    event(&mut li, &number, "accept", &[]).await;
    let text = li.load(&format!("/cases/{number}")).await.text();
    for wanted in [
        "没有应告知而未告知的事项",
        "告知依据：",
        "市场监督管理投诉举报处理办法",
        "按期，期限至2026年5月27日（周三）",
        "网上查询：尚无凭证",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    // The officer called: the note of it is another proof.
    let page = li.load(&format!("/cases/{number}")).await;
    let (_, rest) = page.body.split_once("/tellings/").expect("a way to record it");
    let (notice, _) = rest.split_once('"').expect("the end of the address");
    let path = format!("/cases/{number}/tellings/{notice}");
    let form = li.load(&path).await;
    let wrong = li.submit(&form, &path, &[("way", "phone"), ("on", "2030-01-01")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text().contains("日期应当在制作之日至今天之间"),
        "{}",
        wrong.text()
    );
    assert!(
        wrong.body.contains("href=\"#f-on\"") && wrong.body.contains("name=\"on.year\""),
        "a day is three numbers here too: {}",
        wrong.body
    );
    let nothing = li.submit(&form, &path, &[]).await;
    assert!(nothing.text().contains("请选择告知、送达方式"), "{}", nothing.text());
    let answers = [
        ("way", "phone"),
        ("on.year", "2026"),
        ("on.month", "5"),
        ("on.day", "18"),
        ("reference", "A-12"),
    ];
    let check = li.submit(&form, &path, &answers).await;
    assert!(
        check.text().contains("这一操作不能撤销"),
        "a proof is looked at before it is one: {}",
        check.text()
    );
    let text = li.load(&format!("/cases/{number}")).await.text();
    assert!(!text.contains("编号A-12"), "nothing is recorded yet: {text}");
    let told = li.submit(&check, &path, &[("step", "confirmed")]).await;
    let text = told.text();
    assert!(
        text.contains("电话 · 2026年5月18日视为收到 · 凭证：通话记录 · 编号A-12"),
        "{text}"
    );
    // Whom it is owed to opens the page: that is the proof.
    let mut filer = portal.visitor();
    filer.language = "en";
    let followed = filer.follow_case(&number, &receipt).await;
    let text = followed.text();
    for wanted in [
        "in time, due by Wed 27 May 2026",
        "Portal · counts as received on 18 May 2026 · proof: Record of the first time the page showed it",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(
        !text.contains("Record how it was told"),
        "nor can anybody else record it: {text}"
    );
    assert!(
        !text.contains("Feedback that is owed"),
        "that list is for staff: {text}"
    );
    portal.stop().await;
}
