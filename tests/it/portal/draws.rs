//! What officers file of their own, and a random inspection from its plan to the draw.

use reqwest::StatusCode;

use super::{
    desk::event,
    fixture::{Portal, Seen, Visitor},
};

/// Files the draw of a random inspection. Returns the path of its case.
pub(super) async fn file_draw(officer: &mut Visitor) -> String {
    let plan = [
        ("plan_year", "2026"),
        ("organiser", "city_county"),
        ("subject", "other_items"),
        ("items", "样例：包装标识"),
        ("draw_kind", "undirected"),
        ("planned_until.year", "2026"),
        ("planned_until.month", "12"),
        ("planned_until.day", "31"),
    ];
    let start = officer.load("/file/random_inspection").await;
    let page = officer.submit(&start, "/file/random_inspection", &[]).await;
    assert_eq!(page.path, "/file/random_inspection/plan", "{}", page.text());
    let check = officer.submit(&page, "/file/random_inspection/plan", &plan).await;
    assert_eq!(check.path, "/file/random_inspection/check", "{}", check.text());
    let case = officer.submit(&check, "/file/random_inspection/send", &[]).await;
    assert_eq!(case.status, StatusCode::OK, "{}", case.text());
    assert!(case.path.starts_with("/cases/"), "{}", case.path);
    case.path
}

#[tokio::test]
async fn an_officer_who_files_is_led_to_the_case_and_can_file_another() {
    let portal = Portal::start().await;
    let mut officer = portal.signed_in("li").await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        numbers.push(file_draw(&mut officer).await);
    }
    let case = officer.load(&numbers[0]).await.text();
    assert!(
        case.contains("由抽查组织人员发起") && !case.contains("实名"),
        "nobody filed by name what an office opened itself: {case}"
    );
    numbers.dedup();
    assert_eq!(numbers.len(), 2, "two filings are two cases");
    portal.stop().await;
}

#[tokio::test]
async fn a_form_begins_with_what_the_case_knows_by_another_field_until_somebody_answers_otherwise() {
    let portal = Portal::start().await;
    let (mut li, mut zhao) = (portal.signed_in("li").await, portal.signed_in("zhao").await);
    let path = file_draw(&mut li).await;
    let number = path.trim_start_matches("/cases/").split('?').next().unwrap_or_default();
    event(&mut zhao, number, "publish_plan", &[("no_repeat_checked", "yes")]).await;
    let pools = [
        ("pool_frozen_on.year", "2026"),
        ("pool_frozen_on.month", "5"),
        ("pool_frozen_on.day", "18"),
        ("frozen_pool_size", "1200"),
        ("frozen_pool_hash", "9f2c0a"),
        ("minimum_count", "36"),
        ("inspector_pool_size", "80"),
    ];
    event(&mut li, number, "freeze_pools", &pools).await;
    let source = [
        ("seed_source", "lottery"),
        ("seed_detail", "样例：当日开奖号码依次连写"),
        ("committed_on.year", "2026"),
        ("committed_on.month", "5"),
        ("committed_on.day", "18"),
        ("seed_known_from.year", "2026"),
        ("seed_known_from.month", "5"),
        ("seed_known_from.day", "19"),
    ];
    event(&mut li, number, "commit_seed", &source).await;
    let draw = format!("/cases/{number}/events/draw");
    let form = li.load(&draw).await;
    let value = |page: &Seen, name: &str| {
        let named = format!(" name=\"{name}\"");
        let input = page.body.split("<input").find(|part| part.contains(&named));
        let (_, rest) = input.and_then(|input| input.split_once(" value=\"")).expect("an input");
        rest.split_once('"')
            .map(|(value, _)| value.to_owned())
            .expect("a value")
    };
    assert_eq!(value(&form, "pool_size"), "1200", "{}", form.text());
    assert_eq!(value(&form, "pool_hash"), "9f2c0a");
    assert_eq!(value(&form, "drawn_count"), "", "nothing says how many");
    let typed = [("pool_size", "1201"), ("pool_hash", ""), ("drawn_count", "40")];
    let again = li.submit(&form, &draw, &typed).await;
    assert_eq!(value(&again, "pool_size"), "1201", "{}", again.text());
    assert_eq!(value(&again, "pool_hash"), "", "what was emptied stays empty");
    portal.stop().await;
}
