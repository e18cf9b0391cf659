//! The competent office on the page on which an officer dispatches.

use reqwest::StatusCode;
use zhengming::store::OrganisationRow;

use super::fixture::{Portal, Seen, Visitor, file_complaint, filled_in};

/// The number of a complaint with these places.
async fn filed(visitor: &mut Visitor, places: &[(&str, &str)]) -> String {
    filled_in(visitor).await;
    let page = visitor.load("/file/complaint/places?from=check").await;
    let check = visitor.submit(&page, "/file/complaint/places", places).await;
    assert_eq!(check.path, "/file/complaint/check", "{}", check.text());
    let done = visitor.submit(&check, "/file/complaint/send", &[]).await;
    done.after("<p class=\"big\">").to_owned()
}

/// The chosen entry of the list of organisations.
fn chosen(page: &Seen) -> Option<String> {
    let list = page
        .body
        .split_once("name=\"organisation\"")?
        .1
        .split_once("</select>")?
        .0;
    let option = list.split("<option ").find(|option| option.contains(" selected"))?;
    Some(option.split('"').nth(1)?.to_owned())
}

async fn north(portal: &Portal) {
    let row = OrganisationRow {
        id: "north".to_owned(),
        key: "north".to_owned(),
        name_zh: "江城市北区市场监督管理局".to_owned(),
        name_en: "North District Market Regulation Bureau".to_owned(),
        kind: "market_regulation".to_owned(),
        parent_id: Some("city".to_owned()),
        division_code: "420106".to_owned(),
    };
    portal.app.store.put_organisation(row).await.expect("an organisation");
    portal.app.reload_organisations().await.expect("organisations");
}

#[tokio::test]
async fn who_dispatches_sees_the_competent_office_with_article_and_reason_and_finds_it_chosen() {
    let portal = Portal::start().await;
    north(&portal).await;
    let places = [("business_division", "420106"), ("domicile_division", "330000")];
    let number = filed(&mut portal.visitor(), &places).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/events/dispatch");
    let page = wang.load(&path).await;
    let text = page.text();
    for wanted in [
        "有处理权限的部门： 由被投诉人实际经营地或者住所地县级部门处理",
        "《市场监督管理投诉举报处理办法》第十三条第一款",
        "被投诉人实际经营地，武昌区： 江城市北区市场监督管理局",
        "被投诉人住所地（登记地址），浙江省： 本系统没有当地的部门",
        "由您决定",
        "与处理权限有关的内容",
        "江城市东区人民路 1 号",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("康帅傅"), "what decides nothing is left out: {text}");
    assert_eq!(chosen(&page).as_deref(), Some("north"));
    assert!(
        page.body.contains(">江城市北区市场监督管理局（尚无账号）<")
            && page.body.contains(">江城市东区市场监督管理局<"),
        "nobody works there yet: {text}"
    );
    wang.language = "en";
    let english = wang.load(&path).await.text();
    assert!(
        english.contains("Wuchang District: North District Market Regulation Bureau"),
        "{english}"
    );
    wang.language = "zh-CN";
    let sent = wang.submit(&page, &path, &[("organisation", "east")]).await;
    assert_eq!(sent.status, StatusCode::OK, "the officer decides: {}", sent.text());
    let case = wang.load(&format!("/cases/{number}")).await.text();
    assert!(case.contains("江城市东区市场监督管理局"), "{case}");
    portal.stop().await;
}

#[tokio::test]
async fn without_a_place_the_page_says_what_is_missing_and_chooses_nothing() {
    let portal = Portal::start().await;
    north(&portal).await;
    let number = filed(&mut portal.visitor(), &[]).await;
    let mut wang = portal.signed_in("wang").await;
    let page = wang.load(&format!("/cases/{number}/events/dispatch")).await;
    assert!(page.text().contains("被投诉人实际经营地： 未填写"), "{}", page.text());
    assert!(
        page.text().contains("江城市东区人民路 1 号"),
        "the address is all that there is to go by: {}",
        page.text()
    );
    assert_eq!(chosen(&page), None);
    let keep = wang.load(&format!("/cases/{number}/events/keep")).await;
    assert!(
        !keep.text().contains("与处理权限有关的内容"),
        "no office is asked for here: {}",
        keep.text()
    );
    portal.stop().await;
}

#[tokio::test]
async fn a_filer_picks_a_place_by_its_name_and_reads_it_among_the_answers() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    filled_in(&mut visitor).await;
    let page = visitor.load("/file/complaint/places?from=check").await;
    assert!(
        page.body.contains("<option value=\"420106\">武昌区</option>")
            && page.body.contains("<option value=\"330000\">浙江省</option>"),
        "{}",
        page.body
    );
    let check = visitor
        .submit(&page, "/file/complaint/places", &[("business_division", "420106")])
        .await;
    assert!(check.text().contains("武昌区"), "{}", check.text());
    portal.stop().await;
}

#[tokio::test]
async fn who_works_for_an_office_sees_in_the_list_that_a_case_lies_where_nobody_can_act() {
    let portal = Portal::start().await;
    north(&portal).await;
    let (number, _) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    let path = format!("/cases/{number}/events/dispatch");
    let page = wang.load(&path).await;
    assert!(!wang.load("/cases").await.text().contains("尚无账号"));
    wang.submit(&page, &path, &[("organisation", "north")]).await;
    let list = wang.load("/cases").await.text();
    assert!(list.contains("江城市北区市场监督管理局（尚无账号）"), "{list}");
    portal.stop().await;
}
