//! What somebody with an account and no office sees of their own cases.

use reqwest::StatusCode;
use zhengming::service::accounts;

use super::{
    desk::{agreed_to_mediate, event},
    fixture::{PASSWORD, Portal, Visitor, file_complaint},
};

/// Somebody with an account who belongs to no organisation.
async fn party(portal: &Portal) -> Visitor {
    let new = accounts::NewAccount {
        login: "xu".into(),
        display_name: "许晓梅".into(),
        password: PASSWORD.into(),
        mail: None,
        locale: "zh".into(),
    };
    accounts::create(&portal.app, new).await.expect("account");
    portal.signed_in("xu").await
}

#[tokio::test]
async fn a_party_is_not_asked_for_the_cases_that_are_assigned_to_it() {
    let portal = Portal::start().await;
    let mut xu = party(&portal).await;
    let list = xu.load("/cases").await;
    assert!(list.text().contains("没有与您的账号关联的案件"), "{}", list.text());
    assert!(!list.body.contains(" name=\"who\""), "{}", list.body);
    let (number, _) = file_complaint(&mut xu).await;
    let list = xu.load("/cases").await;
    assert!(list.text().contains(&number), "{}", list.text());
    assert!(!list.body.contains(" name=\"who\""), "{}", list.body);
    // What narrows a list is shown, whoever typed the address.
    let narrowed = xu.load("/cases?who=mine").await;
    assert!(narrowed.body.contains(" name=\"who\""), "{}", narrowed.body);
    assert!(narrowed.text().contains("没有符合条件的案件"), "{}", narrowed.text());
    let mut wang = portal.signed_in("wang").await;
    assert!(wang.load("/cases").await.body.contains(" name=\"who\""));
    portal.stop().await;
}

#[tokio::test]
async fn the_account_of_a_party_is_a_personal_one_and_not_one_that_lacks_a_role() {
    let portal = Portal::start().await;
    let account = party(&portal).await.load("/account").await.text();
    assert!(
        account.contains("个人账号") && !account.contains("单位和角色"),
        "{account}"
    );
    let account = portal.signed_in("wang").await.load("/account").await.text();
    assert!(
        account.contains("单位和角色") && !account.contains("个人账号"),
        "{account}"
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_party_is_not_told_that_nobody_works_on_its_case() {
    let portal = Portal::start().await;
    let mut xu = party(&portal).await;
    let (number, _) = file_complaint(&mut xu).await;
    let case = xu.load(&format!("/cases/{number}")).await.text();
    assert!(
        case.contains("办理单位：江城市市场监督管理局") && !case.contains("尚未分配"),
        "parties are not shown which officers work on it: {case}"
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_single_complainant_is_not_offered_to_change_a_representative() {
    let portal = Portal::start().await;
    let mut xu = party(&portal).await;
    let (number, _) = file_complaint(&mut xu).await;
    let case = xu.load(&format!("/cases/{number}")).await.text();
    assert!(
        case.contains("变更或者放弃请求") && !case.contains("变更代表人"),
        "{case}"
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_party_does_not_read_of_itself_as_of_somebody_else_where_it_acts() {
    let portal = Portal::start().await;
    let mut xu = party(&portal).await;
    let (number, _) = file_complaint(&mut xu).await;
    let path = format!("/cases/{number}");
    let own = xu.load(&path).await.text();
    assert!(own.contains("撤回投诉") && !own.contains("投诉人撤回投诉"), "{own}");
    let form = xu.load(&format!("{path}/events/withdraw")).await;
    assert!(
        form.title().contains("撤回投诉") && !form.title().contains("投诉人"),
        "{}",
        form.title()
    );
    let staff = portal.signed_in("wang").await.load(&path).await.text();
    assert!(staff.contains("投诉人撤回投诉"), "{staff}");
    portal.stop().await;
}

#[tokio::test]
async fn who_filed_reads_at_the_top_when_and_where_the_session_is_and_only_while_it_is_fixed() {
    let portal = Portal::start().await;
    let mut filer = portal.visitor();
    let (number, secret) = file_complaint(&mut filer).await;
    let mut li = agreed_to_mediate(&portal, &number).await;
    filer.follow_case(&number, &secret).await;
    let before = filer.load("/follow").await;
    assert!(!before.body.contains("id=\"appointment\""), "{}", before.text());
    let session = [
        ("session_on.year", "2026"),
        ("session_on.month", "5"),
        ("session_on.day", "27"),
        ("session_time", "9:30"),
        ("session_place", "样例调解室"),
        ("mediator_names", "李经办"),
        ("mediator_phone", "027-80000001"),
        ("recusal_days", "3"),
    ];
    let case = event(&mut li, &number, "schedule_on_site", &session).await;
    assert_eq!(case.status, StatusCode::OK, "{}", case.text());
    for page in [case, filer.load("/follow").await] {
        let (_, top) = page.body.split_once("id=\"appointment\"").expect("an appointment");
        let (shown, _) = top.split_once("</section>").expect("its end");
        for wanted in ["2026年5月27日", "9:30", "样例调解室"] {
            assert!(shown.contains(wanted), "{wanted}: {shown}");
        }
    }
    let case = event(&mut li, &number, "adjourn", &[]).await;
    assert_eq!(case.status, StatusCode::OK, "{}", case.text());
    let after = filer.load("/follow").await;
    assert!(!after.body.contains("id=\"appointment\""), "{}", after.text());
    portal.stop().await;
}
