//! Evidence that goes along with a signed file.

use std::collections::BTreeMap;

use zhengming::{
    access::Actor,
    service::{
        case_view,
        contributions::{self, ContributionRequest},
        integrity, replay, transfer,
    },
};
use zhengming_engine::contribution::{Contribution, EvidenceFile, EvidenceItem, EvidenceKind};

use super::{Sides, read};
use crate::{
    database::{Database, each_engine},
    town::Town,
};

async fn add(town: &Town, who: &str, case: &str, title: &str) {
    lay(town, who, case, title, None).await;
}

async fn lay(town: &Town, who: &str, case: &str, title: &str, file: Option<EvidenceFile>) {
    let item = EvidenceItem {
        title: title.to_owned(),
        kind: EvidenceKind::Physical,
        description: None,
        file,
        web_address: None,
        obtained_on: None,
        kept_by: Some("样例仓库".to_owned()),
        readers: Vec::new(),
    };
    let request = ContributionRequest {
        case_id: case.to_owned(),
        contribution: Contribution::Evidence(item),
        idempotency_key: town.key(),
    };
    let added = contributions::contribute(&town.app, town.who(who), request).await;
    added.expect("added");
}

/// What somebody reads: titles and who keeps it.
async fn titles(town: &Town, who: &str, case: &str) -> Vec<(String, Option<String>)> {
    let detail = case_view::case(&town.app, town.who(who), case).await.expect("readable");
    let evidence = detail.evidence.into_iter();
    evidence.map(|laid| (laid.what.title, laid.what.kept_by)).collect()
}

#[tokio::test]
async fn evidence_goes_along_with_a_case_and_with_what_is_done_to_it_and_arrives_once() {
    each_engine(
        "evidence_goes_along_with_a_case_and_with_what_is_done_to_it_and_arrives_once",
        async |database| {
            let sides = Sides::acquainted(database).await;
            let (town, police, case) = (&sides.town, &sides.police, &sides.case);
            add(town, "officer", case, "白酒六瓶").await;
            let file = sides.written(Vec::new()).await;
            read(police, &file).await.expect("taken over");
            read(police, &file).await.expect("known");
            let kept = Some("样例仓库".to_owned());
            let one = vec![("白酒六瓶".to_owned(), kept.clone())];
            assert_eq!(titles(police, "policeman", case).await, one);

            // What is added later goes along with the events, in both directions, and what came does not go back.
            add(police, "policeman", case, "鉴定样本").await;
            for _ in 0..2 {
                let answer = Sides::events(police, "policeman", case).await;
                read(town, &answer).await.expect("followed");
            }
            let two = [one, vec![("鉴定样本".to_owned(), kept)]].concat();
            assert_eq!(titles(town, "officer", case).await, two);
            assert_eq!(titles(police, "policeman", case).await, two);
            for side in [town, police] {
                let replayed = replay::case(&side.app, case).await.expect("replayed");
                assert_eq!((replayed.differs, replayed.apart), (vec![], vec![]));
                let all = integrity::replay_all(&side.app, |_| {}).await.expect("replayed");
                assert_eq!(all.findings, []);
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_file_that_came_beside_is_the_one_that_was_laid_as_evidence() {
    let sides = Sides::acquainted(Database::sqlite().await).await;
    let report = EvidenceFile {
        name: "report.pdf".to_owned(),
        sha256: "ab".repeat(32),
        size: 3,
    };
    lay(&sides.town, "officer", &sides.case, "检验报告", Some(report)).await;
    let file = sides.written(Vec::new()).await;
    let came = |hash: &str| BTreeMap::from([("report.pdf".to_owned(), hash.repeat(32))]);
    let altered = transfer::read(&sides.police.app, &Actor::System, &file, &came("cd")).await;
    assert_eq!(altered.err().map(|error| error.code()), Some("TRANSFER_ITEM_ALTERED"));
    let cases = sides.police.app.store.count_cases(&Default::default()).await;
    assert_eq!(cases.expect("counted"), 0);
    let whole = transfer::read(&sides.police.app, &Actor::System, &file, &came("ab")).await;
    whole.expect("taken over");
}
