//! Names in cases: what leans on a mark is found by those who may see it, and told to those who watch.

use serde_json::{Value, json};
use zhengming::{
    access::Actor,
    jobs,
    service::{
        Error, case_view,
        imitations::{self, ReportMatch, SearchRequest, Sought},
        privacy,
        register::{self, NewMark},
        watches::{self, AlertView, NewWatch},
    },
    store::{MarkRow, RegisterChange, WatchRow},
};
use zhengming_engine::definition::model::FilingMode;
use zhengming_marks::{MarkRow as ImportedMark, MatchOptions};

use crate::{
    database::{Database, each_engine},
    town::{START, Town},
};

async fn entered(town: &Town, name: &str, owner_login: Option<&str>) -> MarkRow {
    let new = NewMark {
        name: name.to_owned(),
        owner: format!("样例{name}公司"),
        owner_login: owner_login.map(str::to_owned),
        ..NewMark::default()
    };
    let key = town.key();
    let entering = register::register_mark(&town.app, town.who("stranger"), new, &key);
    entering.await.expect("a mark")
}

/// A report about a sign that imitates a brand; its id.
async fn reported(town: &Town, brand: &str, sign: &str, more: Value) -> String {
    let mut fields =
        json!({ "brand": brand, "name_found": sign, "reported_name": "江城甲乙丙商行", "facts": "店里有售" });
    fields
        .as_object_mut()
        .expect("an object")
        .extend(more.as_object().cloned().unwrap_or_default());
    let filed = town
        .file(town.who("consumer"), "report", FilingMode::Named, fields)
        .await;
    jobs::run_due(&town.app).await.expect("jobs");
    jobs::catch_up(&town.app).await.expect("caught up");
    filed.case_id
}

async fn found(town: &Town, who: &Actor, sought: Sought) -> Vec<ReportMatch> {
    let request = SearchRequest {
        sought,
        least_score: 0.6,
        after: 0,
        limit: 50,
    };
    imitations::search_reports(&town.app, who, request)
        .await
        .expect("a search")
        .matches
}

async fn watched(town: &Town, who: &Actor, mark: &MarkRow) {
    let new = NewWatch {
        mark_id: Some(mark.id.clone()),
        name: None,
        classes: Vec::new(),
        threshold: 0.5,
    };
    watches::watch_mark(&town.app, who, new, &town.key())
        .await
        .expect("a watch");
}

async fn alerts(town: &Town, who: &Actor) -> Vec<AlertView> {
    watches::alerts(&town.app, who, None, 100).await.expect("alerts")
}

#[tokio::test]
async fn a_mark_finds_the_reports_that_lean_on_it_for_those_who_may_see_them() {
    each_engine(
        "a_mark_finds_the_reports_that_lean_on_it_for_those_who_may_see_them",
        async |database| {
            let town = Town::found(database).await;
            let mark = entered(&town, "雪碧", None).await;
            let sign = reported(&town, "雪碧", "雷碧", json!({})).await;
            let text = reported(
                &town,
                "可乐",
                "某某",
                json!({ "facts": "货架上有“雷碧”，还有 Bosideng" }),
            )
            .await;
            let other = reported(&town, "热干面", "热干面", json!({})).await;
            let intake = town.who("intake");
            let matches = found(&town, intake, Sought::Mark(mark.id.clone())).await;
            let ids: Vec<&String> = matches.iter().map(|found| &found.summary.case.id).collect();
            let names: Vec<_> = matches.iter().flat_map(|found| &found.names).collect();
            assert!(
                ids.contains(&&sign) && ids.contains(&&text) && !ids.contains(&&other),
                "{names:?}"
            );
            let of_sign = matches
                .iter()
                .find(|found| found.summary.case.id == sign)
                .expect("the sign");
            // The brand that the reporter names is the mark itself, the sign is like it; both stand there, the closest first.
            assert_eq!(of_sign.names[0].searched_as, "mark");
            assert!(of_sign.names[0].score >= 1.0);
            let like = of_sign
                .names
                .iter()
                .find(|name| name.searched_as == "sign")
                .expect("the sign");
            assert_eq!(like.name, "雷碧");
            assert!(
                like.reasons.iter().any(|reason| reason.code() == "look_alike"),
                "{:?}",
                like.reasons
            );
            let spelled = found(&town, intake, Sought::Name("波司登".to_owned())).await;
            assert_eq!(spelled.len(), 1, "{spelled:?}");
            // Whoever has nothing to do with the cases finds nothing; whoever filed finds the own ones.
            assert!(
                found(&town, town.who("policeman"), Sought::Mark(mark.id.clone()))
                    .await
                    .is_empty()
            );
            assert_eq!(
                found(&town, town.who("consumer"), Sought::Mark(mark.id.clone()))
                    .await
                    .len(),
                2
            );
            let request = SearchRequest {
                sought: Sought::Name("雪碧".to_owned()),
                least_score: 0.6,
                after: 0,
                limit: 1,
            };
            let refused = imitations::search_reports(&town.app, &Actor::Anonymous, request).await;
            assert!(matches!(refused, Err(Error::Unauthenticated)));
        },
    )
    .await;
}

#[tokio::test]
async fn a_text_is_found_and_tells_a_watch_without_quotation_marks() {
    each_engine(
        "a_text_is_found_and_tells_a_watch_without_quotation_marks",
        async |database| {
            let town = Town::found(database).await;
            let mark = entered(&town, "蓝鲸湖", None).await;
            let intake = town.who("intake");
            watched(&town, intake, &mark).await;
            let facts = "昨天下午在小超市买到一瓶兰鲸湖饮料，味道不对。";
            let case = reported(&town, "可乐", "某某", json!({ "facts": facts })).await;
            reported(&town, "可乐", "某某", json!({ "facts": "老板态度恶劣，不给退款。" })).await;
            let matches = found(&town, intake, Sought::Mark(mark.id.clone())).await;
            let ids: Vec<&String> = matches.iter().map(|found| &found.summary.case.id).collect();
            assert_eq!(ids, [&case], "{matches:?}");
            // The goods behind the name are the same place of the text: one of the two is told.
            let names: Vec<&str> = matches[0].names.iter().map(|name| name.name.as_str()).collect();
            assert_eq!(names.len(), 1, "{names:?}");
            assert!(names[0].contains("鲸湖"), "{names:?}");
            let told = alerts(&town, intake).await;
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0].alert.searched_as, "text");
        },
    )
    .await;
}

#[tokio::test]
async fn what_no_search_could_find_is_neither_entered_nor_watched() {
    each_engine(
        "what_no_search_could_find_is_neither_entered_nor_watched",
        async |database| {
            let town = Town::found(database).await;
            let unsearchable = |error: &Error| {
                matches!(
                    error,
                    Error::Invalid {
                        field: "name",
                        code: "NAME_UNSEARCHABLE"
                    }
                )
            };
            for name in ["😀", "®·!"] {
                let new = NewMark {
                    name: name.to_owned(),
                    owner: "样例公司".to_owned(),
                    ..NewMark::default()
                };
                let entered = register::register_mark(&town.app, town.who("stranger"), new, &town.key()).await;
                assert!(entered.as_ref().is_err_and(unsearchable), "{entered:?}");
                let watch = NewWatch {
                    mark_id: None,
                    name: Some(name.to_owned()),
                    classes: Vec::new(),
                    threshold: 0.5,
                };
                let watched = watches::watch_mark(&town.app, town.who("intake"), watch, &town.key()).await;
                assert!(watched.as_ref().is_err_and(unsearchable), "{watched:?}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn cases_whose_signs_or_traders_are_called_alike_are_one_series_for_staff_alone() {
    each_engine(
        "cases_whose_signs_or_traders_are_called_alike_are_one_series_for_staff_alone",
        async |database| {
            let town = Town::found(database).await;
            let first = reported(&town, "康师傅", "康帅傅", json!({ "reported_name": "江城红日食品厂" })).await;
            let second = reported(&town, "康师傅", "康帅博", json!({ "reported_name": "江城红日食品厂" })).await;
            let apart = reported(&town, "康师傅", "热干面", json!({ "reported_name": "某某五金店" })).await;
            let series = async |who: &str, id: &str| {
                let who = town.who(who);
                let detail = case_view::case(&town.app, who, id).await.expect("the case");
                let found = imitations::series(&town.app, who, &detail.case, &detail.standing)
                    .await
                    .expect("a series");
                found.into_iter().map(|found| found.summary.case.id).collect::<Vec<_>>()
            };
            assert_eq!(series("intake", &first).await, std::slice::from_ref(&second));
            assert_eq!(series("intake", &second).await, std::slice::from_ref(&first));
            assert_eq!(series("intake", &apart).await, Vec::<String>::new());
            assert_eq!(series("consumer", &first).await, Vec::<String>::new());
        },
    )
    .await;
}

#[tokio::test]
async fn a_watch_is_told_once_of_each_case_that_its_reader_may_see_and_of_new_marks() {
    each_engine(
        "a_watch_is_told_once_of_each_case_that_its_reader_may_see_and_of_new_marks",
        async |database| {
            let town = Town::found(database).await;
            let mark = entered(&town, "雪碧", None).await;
            let (intake, policeman) = (town.who("intake"), town.who("policeman"));
            watched(&town, intake, &mark).await;
            watched(&town, policeman, &mark).await;
            let case = reported(&town, "雪碧", "雷碧", json!({})).await;
            reported(&town, "热干面", "热干面", json!({})).await;
            jobs::catch_up(&town.app).await.expect("again");
            let told = alerts(&town, intake).await;
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0].alert.name, "雷碧");
            assert_eq!(
                told[0].case.as_ref().map(|summary| summary.case.id.as_str()),
                Some(case.as_str())
            );
            assert!(
                alerts(&town, policeman).await.is_empty(),
                "the police may not see the case"
            );
            // The register: another's mark is told, one's own is not.
            entered(&town, "雷碧", None).await;
            entered(&town, "雪碧", None).await;
            jobs::catch_up(&town.app).await.expect("caught up");
            let told = alerts(&town, policeman).await;
            let names: Vec<&str> = told.iter().map(|view| view.alert.name.as_str()).collect();
            assert_eq!(names, ["雷碧"]);
            assert!(told[0].mark.is_some() && told[0].case.is_none());
            // A watch that has ended is told nothing more.
            let watch = watches::watches(&town.app, policeman).await.expect("watches")[0]
                .id
                .clone();
            watches::cancel_watch(&town.app, policeman, &watch)
                .await
                .expect("ended");
            let foreign = watches::cancel_watch(&town.app, intake, &watch).await;
            assert!(matches!(foreign, Err(Error::NotFound)), "another's watch");
            entered(&town, "雷碧饮料", None).await;
            jobs::catch_up(&town.app).await.expect("caught up");
            assert_eq!(alerts(&town, policeman).await.len(), 1);
        },
    )
    .await;
}

#[tokio::test]
async fn an_owner_learns_the_sign_of_a_report_and_an_imitator_nothing() {
    each_engine(
        "an_owner_learns_the_sign_of_a_report_and_an_imitator_nothing",
        async |database| {
            let town = Town::found(database).await;
            let owner = town.person("owner", "association", &[]).await;
            let imitator = town.person("imitator", "association", &[]).await;
            let mark = entered(&town, "雪碧", Some("owner")).await;
            let imitation = entered(&town, "雷碧", Some("imitator")).await;
            watched(&town, &owner, &mark).await;
            watched(&town, &imitator, &imitation).await;
            reported(&town, "雪碧", "雷碧", json!({})).await;
            let told = alerts(&town, &owner).await;
            let of_report: Vec<&AlertView> = told.iter().filter(|view| view.mark.is_none()).collect();
            assert_eq!(of_report.len(), 1, "{told:?}");
            assert_eq!(
                (of_report[0].alert.name.as_str(), of_report[0].case.is_none()),
                ("雷碧", true)
            );
            let told = alerts(&town, &imitator).await;
            assert!(told.iter().all(|view| view.alert.case_id.is_none()), "{told:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn an_erased_case_leaves_no_name_in_any_index_and_no_index_names_who_filed() {
    each_engine("an_erased_case_leaves_no_name_in_any_index_and_no_index_names_who_filed", async |database| {
        let town = Town::found(database).await;
        let mark = entered(&town, "CANARYMARK", None).await;
        watched(&town, town.who("intake"), &mark).await;
        let answers = json!({
            "brand": "CANARYMARK", "name_found": "CANARYSIGN", "filer_name": "许晓梅", "facts": "本人“许晓梅”买到“雷碧”",
        });
        let case = town.file(town.who("consumer"), "complaint", FilingMode::Named, answers).await.case_id;
        jobs::run_due(&town.app).await.expect("jobs");
        jobs::catch_up(&town.app).await.expect("caught up");
        let names = town.app.store.case_names(std::slice::from_ref(&case)).await.expect("names");
        assert!(names.iter().any(|row| row.name == "雷碧"), "{names:?}");
        assert!(names.iter().all(|row| !row.name.contains("许晓梅")), "{names:?}");
        assert_eq!(alerts(&town, town.who("intake")).await.len(), 1);
        let before = index_files(&town);
        let sign = async || town.app.names.matches("CANARYSIGN", MatchOptions::default()).await.expect("a search");
        assert!(!sign().await.is_empty());

        town.send("intake", &case, "dispatch", json!({ "organisation": "district" })).await;
        town.send("officer", &case, "take", json!({})).await;
        town.send("officer", &case, "withdraw", json!({})).await;
        jobs::run_due(&town.app).await.expect("jobs");
        privacy::erase_person(&town.app, town.who("head"), &case, "person_request").await.expect("erased");
        // Somebody read the case before, and says only now which names it holds.
        town.app.store.put_case_names(&case, names).await.expect("passed over");
        assert!(town.app.store.case_names(&[case]).await.expect("names").is_empty());
        assert!(alerts(&town, town.who("intake")).await.is_empty());
        assert!(sign().await.is_empty());
        // What is deleted from an index stays in its files; so none of them may be left.
        let after = index_files(&town);
        let left: Vec<&String> = before.iter().filter(|file| after.contains(file)).collect();
        assert!(!before.is_empty() && left.is_empty(), "{left:?}");
    })
    .await;
}

/// The files in which the index of names keeps names, each with a name of its own.
fn index_files(town: &Town) -> Vec<String> {
    let index = town.database.dir.path().join("data/names-index");
    let files = std::fs::read_dir(index)
        .expect("an index")
        .map(|entry| entry.expect("a file").file_name());
    let files = files.map(|name| name.to_string_lossy().into_owned());
    files.filter(|name| name.len() > 32 && !name.contains("lock")).collect()
}

#[tokio::test]
async fn a_watch_follows_the_names_of_its_mark_and_looks_at_all_names_of_new_ones() {
    each_engine(
        "a_watch_follows_the_names_of_its_mark_and_looks_at_all_names_of_new_ones",
        async |database| {
            let town = Town::found(database).await;
            let mark = entered(&town, "蓝鲸湖", None).await;
            let policeman = town.who("policeman");
            watched(&town, policeman, &mark).await;
            // The mark gets another name, and a sign leans on that one; then a mark leans on it by its other name alone.
            let row = |name: &str, owner: &str, aliases: &[&str]| ImportedMark {
                name: name.to_owned(),
                owner: Some(owner.to_owned()),
                aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
                ..ImportedMark::default()
            };
            let renamed = row("蓝鲸湖", &mark.owner, &["Shuixiang"]);
            register::import(&town.app, vec![renamed]).await.expect("imported");
            jobs::catch_up(&town.app).await.expect("caught up");
            let leaning = [
                row("Shuixiang", "别家一", &[]),
                row("样例饮品", "别家二", &["兰鲸湖"]),
                row("热干面", "别家三", &[]),
            ];
            register::import(&town.app, leaning.to_vec()).await.expect("imported");
            jobs::catch_up(&town.app).await.expect("caught up");
            let told = alerts(&town, policeman).await;
            let mut names: Vec<&str> = told.iter().map(|view| view.alert.name.as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, ["Shuixiang", "兰鲸湖"]);
        },
    )
    .await;
}

#[tokio::test]
async fn who_keeps_as_many_watches_as_may_be_hears_the_answer_to_a_repeat_and_gets_no_more() {
    let town = Town::found(Database::sqlite().await).await;
    let who = town.who("intake");
    let account = who.account_id().expect("an account");
    let kept = (0..199).map(|n| {
        RegisterChange::PutWatch(WatchRow {
            id: format!("watch-{n}"),
            account_id: account.to_owned(),
            mark_id: None,
            name: format!("样例{n}"),
            classes: Vec::new(),
            threshold: 0.5,
            created_at: START,
            cancelled_at: None,
            revision: 0,
        })
    });
    let kept = town.app.store.change_register(None, kept.collect(), Vec::new());
    kept.await.expect("watches");
    let last = NewWatch {
        mark_id: None,
        name: Some("蓝鲸湖".to_owned()),
        classes: Vec::new(),
        threshold: 0.5,
    };
    let key = town.key();
    let watch = async |key: &str| watches::watch_mark(&town.app, who, last.clone(), key).await;
    let first = watch(&key).await.expect("the last that may be");
    let again = watch(&key).await.expect("the same answer");
    assert_eq!(first.id, again.id);
    let more = watch(&town.key()).await;
    assert_eq!(more.err().map(|error| error.code()), Some("TOO_MANY_WATCHES"));
}
