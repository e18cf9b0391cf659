//! Publishing procedures in the portal: one person proposes what is in the folder, another sees what it changes and
//! publishes it.

use std::fs;

use reqwest::StatusCode;
use zhengming::workflows;

use super::fixture::{Portal, Seen, Visitor};

const REPORT: &str = "procedures/report-2.yaml";

/// A portal that runs the pack of a folder, where two persons publish.
async fn two_persons() -> Portal {
    Portal::start_with(|config, directory| {
        let folder = directory.join("workflows");
        for (path, text) in workflows::built_in() {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        config.workflows_dir = Some(folder);
        config.workflows.two_persons = true;
    })
    .await
}

/// Changes the reports of the folder.
fn amend(portal: &Portal, from: &str, to: &str) {
    let folder = portal.app.config.workflows_dir.as_ref().expect("a folder");
    let path = folder.join(REPORT);
    let text = fs::read_to_string(&path).expect("read");
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).expect("written");
}

async fn propose(visitor: &mut Visitor, note: &str) -> Seen {
    let page = visitor.load("/workflows").await;
    visitor.submit(&page, "/workflows/propose", &[("note", note)]).await
}

#[tokio::test]
async fn one_person_proposes_and_another_sees_what_changes_and_publishes_it() {
    let portal = two_persons().await;
    let before = portal.app.pack().version().to_owned();
    amend(&portal, "within: 15 working_days", "within: 16 working_days");
    let mut sun = portal.signed_in("sun").await;
    let page = propose(&mut sun, "核查期限改为十六个工作日").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.path.starts_with("/workflows?done=proposed&proof="),
        "{}",
        page.path
    );
    assert!(page.text().contains("须由另一人发布"), "{}", page.text());
    assert!(page.form("/publish").is_none(), "nobody publishes what they proposed");

    let mut zhou = portal.signed_in("zhou").await;
    let page = zhou.load("/workflows").await;
    let text = page.text();
    for wanted in [
        "核查期限改为十六个工作日",
        "孙分析",
        REPORT,
        "增 1 行，删 1 行",
        "within: 16 working_days",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("procedures/complaint-2.yaml"), "what stays is not shown");
    let (action, hidden) = page.form("/publish").expect("a form");
    let hidden: Vec<(&str, &str)> = hidden.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    // Their own page could be made to send the form of another person: the service refuses it in any case.
    let mine = sun.load("/workflows").await;
    let own: Vec<(String, String)> = mine.hidden();
    let own: Vec<(&str, &str)> = own.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let refused = sun.send(&action, &own).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("提议人不得自行发布"), "{}", refused.text());
    assert_eq!(portal.app.pack().version(), before);

    let page = zhou.send(&action, &hidden).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text().contains("已发布") && page.text().contains("没有待发布的提议"),
        "{}",
        page.text()
    );
    assert_ne!(portal.app.pack().version(), before);
    portal.stop().await;
}

#[tokio::test]
async fn a_pack_with_errors_is_not_proposed_its_faults_are_named_and_the_note_stays() {
    let portal = two_persons().await;
    let before = portal.app.pack().version().to_owned();
    amend(&portal, "take: verifying", "take: verifing");
    let mut sun = portal.signed_in("sun").await;
    let page = propose(&mut sun, "改一个名称").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = page.text();
    for wanted in ["程序包有错误", "WF101", "procedures/report-2.yaml:", "改一个名称"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(portal.app.pack().version(), before);
    let page = propose(&mut sun, "   ").await;
    assert!(page.text().contains("请说明改动内容和理由"), "{}", page.text());
    portal.stop().await;
}

#[tokio::test]
async fn only_those_who_may_publish_see_the_page_and_its_entry_in_the_navigation() {
    let portal = Portal::start().await;
    let mut stranger = portal.visitor();
    assert!(stranger.load("/workflows").await.path.starts_with("/sign-in"));
    let mut wang = portal.signed_in("wang").await;
    assert_eq!(wang.load("/workflows").await.status, StatusCode::FORBIDDEN);
    assert!(!wang.load("/cases").await.body.contains("href=\"/workflows\""));
    let mut sun = portal.signed_in("sun").await;
    let page = sun.load("/marks").await;
    assert!(page.body.contains("href=\"/workflows\""));
    let page = sun.load("/workflows").await;
    assert!(page.text().contains("内置于程序"), "{}", page.text());
    assert!(page.form("/propose").is_none(), "there is no folder to propose from");
    portal.stop().await;
}
