//! Facts about the search for similar marks that hold wherever the index is: embedded, and on a Meilisearch server where
//! `TEST_MEILISEARCH_URL` (and `TEST_MEILISEARCH_KEY`) names one.

mod measure;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use poem::test::TestClient;
use serde_json::{Value, json};
use zhengming::{
    config::{Hidden, Meilisearch},
    endpoint::endpoint,
    jobs,
    search::{MarkSearch, SearchError},
    service::register,
};
use zhengming_engine::definition::model::FilingMode;
use zhengming_marks::{Mark, MarkRow as ImportedMark, Match, MatchOptions};

use crate::{database::Database, town::Town};

/// A Meilisearch server and an index on it that no other test has; gone at the end.
struct Server {
    config: Meilisearch,
}

impl Server {
    fn named() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var("TEST_MEILISEARCH_URL").ok()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Some(Self {
            config: Meilisearch {
                url,
                key: std::env::var("TEST_MEILISEARCH_KEY").ok().map(Hidden::new),
                index: format!("test-{}-{number}", std::process::id()),
                timeout: Duration::from_secs(30),
            },
        })
    }

    async fn open(&self) -> MarkSearch {
        MarkSearch::on_meilisearch(&self.config).await.expect("opened")
    }

    /// A request past the port.
    async fn send(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/{path}", self.config.url.trim_end_matches('/'));
        let mut request = reqwest::Client::new().request(method, url);
        if let Some(key) = &self.config.key {
            request = request.bearer_auth(key.reveal());
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer: Value = request.send().await.expect("sent").json().await.unwrap_or_default();
        // What makes a task is done only when the task is.
        if let Some(task) = answer["taskUid"].as_u64() {
            while !self.is_done(task).await {}
        }
        answer
    }

    async fn is_done(&self, task: u64) -> bool {
        let path = format!("tasks/{task}");
        let told = Box::pin(self.send(reqwest::Method::GET, &path, None)).await;
        !matches!(told["status"].as_str(), Some("enqueued" | "processing"))
    }

    async fn indexes(&self) -> Vec<String> {
        let all = self.send(reqwest::Method::GET, "indexes?limit=1000", None).await;
        let names = all["results"].as_array().into_iter().flatten();
        names
            .filter_map(|index| index["uid"].as_str())
            .filter(|name| *name == self.config.index || name.starts_with(&format!("{}-", self.config.index)))
            .map(str::to_owned)
            .collect()
    }

    async fn clear_away(&self) {
        for name in self.indexes().await {
            self.send(reqwest::Method::DELETE, &format!("indexes/{name}"), None)
                .await;
        }
    }
}

fn skipped(name: &str) {
    eprintln!("SKIPPED {name} on Meilisearch: TEST_MEILISEARCH_URL is not set");
}

/// Runs a test over the embedded index and, where there is a server, over Meilisearch.
async fn each_index<F: Future<Output = ()>>(name: &str, test: impl Fn(MarkSearch) -> F) {
    test(MarkSearch::in_memory().expect("an index")).await;
    match Server::named() {
        None => skipped(name),
        Some(server) => {
            test(server.open().await).await;
            server.clear_away().await;
        }
    }
}

/// Runs a test that is about Meilisearch alone.
async fn on_meilisearch<F: Future<Output = ()>>(name: &str, test: impl FnOnce(Server) -> F) {
    match Server::named() {
        None => skipped(name),
        Some(server) => test(server).await,
    }
}

fn mark(id: &str, name: &str) -> Mark {
    Mark {
        id: id.to_owned(),
        name: name.to_owned(),
        ..Mark::default()
    }
}

/// A small register in which each look leads to one mark.
fn shelf() -> Vec<Mark> {
    let mut marks: Vec<Mark> = [
        "康师傅",
        "雪碧",
        "大白兔",
        "ADIDAS",
        "耐克",
        "百度",
        "老干妈",
        "CRESCO",
        "可口可乐",
        "Hard Rock Café",
    ]
    .iter()
    .map(|name| mark(name, name))
    .collect();
    marks[0].classes = vec![30];
    marks[0].owner = Some("样例食品公司".to_owned());
    marks[1].classes = vec![32];
    marks[1].status = Some("Registered".to_owned());
    marks[3].fame = Some(90);
    marks[4].aliases = vec!["NIKE".to_owned()];
    marks
}

/// A register large enough to be counted.
fn street() -> Vec<Mark> {
    let stems = [
        "百乐", "康泰", "金源", "天海", "华美", "东方", "长江", "黄鹤", "楚天", "江城", "汉水", "宝来", "新月", "红星",
        "明珠", "大地", "西湖", "南山", "北斗", "福临", "吉祥", "如意", "平安", "万家", "千禧", "sunny", "lucky",
        "golden", "happy", "royal",
    ];
    let tails = [
        "",
        "烤肉",
        "餐厅",
        "超市",
        "酒店",
        "药房",
        "眼镜",
        "茶业",
        "服饰",
        "电器",
        "家居",
        "珠宝",
        "汽车",
        "科技",
        "食品",
        "cafe",
        "shop",
        "家",
        "大酒店",
        "火锅",
    ];
    let named = stems.iter().flat_map(|stem| {
        tails
            .iter()
            .map(move |tail| mark(&format!("{stem}-{tail}"), &format!("{stem}{tail}")))
    });
    shelf().into_iter().chain(named).collect()
}

/// Fills an index to a revision and waits until it is visible.
async fn filled(index: &MarkSearch, marks: Vec<Mark>, revision: i64) {
    index.put(marks, Some(revision)).await.expect("put");
    index.settle().await.expect("settled");
}

async fn found(index: &MarkSearch, name: &str, options: MatchOptions) -> Vec<Match> {
    index.matches(name, options).await.expect("an answer")
}

async fn names(index: &MarkSearch, name: &str, options: MatchOptions) -> Vec<String> {
    let found = found(index, name, options).await;
    found.into_iter().map(|hit| hit.mark.name).collect()
}

async fn first(index: &MarkSearch, name: &str) -> Option<(String, f64, Vec<String>)> {
    let hit = found(index, name, MatchOptions::default()).await.into_iter().next()?;
    let reasons = hit.reasons.iter().map(ToString::to_string).collect();
    Some((hit.mark.name, hit.score, reasons))
}

#[tokio::test]
async fn a_name_leads_to_the_mark_it_imitates() {
    each_index("a_name_leads_to_the_mark_it_imitates", async |index| {
        filled(&index, shelf(), 1).await;
        for (name, mark, reason) in [
            ("康师傅", "康师傅", "identical"),
            ("康 师 傅", "康师傅", "identical"),
            ("康帅傅", "康师傅", "look_alike"),
            ("雷碧", "雪碧", "look_alike"),
            ("kangshifu", "康师傅", "pinyin_of"),
            ("耐可", "耐克", "same_pinyin"),
            ("百度烤肉", "百度", "contains_mark"),
            ("ABIBAS", "ADIDAS", "look_alike_letters"),
            ("KRESCO", "CRESCO", ""),
            ("阿迪达斯", "ADIDAS", ""),
            ("Rock Hard Cafe", "Hard Rock Café", "reordered"),
        ] {
            let (first, score, reasons) = first(&index, name)
                .await
                .unwrap_or_else(|| panic!("{name} finds nothing"));
            assert_eq!(first, mark, "{name}");
            assert!((score >= 1.0) == (reason == "identical"), "{name}: {score}");
            assert!(reasons.iter().any(|told| told.contains(reason)), "{name}: {reasons:?}");
        }
        let alias = found(&index, "nike", MatchOptions::default()).await.remove(0);
        assert_eq!((alias.mark.name.as_str(), alias.name.as_str()), ("耐克", "NIKE"));
        assert!(alias.reasons.iter().any(|reason| reason.to_string().contains("alias")));
    })
    .await;
}

#[tokio::test]
async fn filters_leave_the_marks_that_are_asked_for() {
    each_index("filters_leave_the_marks_that_are_asked_for", async |index| {
        filled(&index, shelf(), 1).await;
        let holds = async |name: &str, mark: &str, options: MatchOptions| {
            names(&index, name, options).await.iter().any(|found| found == mark)
        };
        let classes = |classes: &[u8]| MatchOptions {
            classes: classes.to_vec(),
            ..MatchOptions::default()
        };
        assert!(holds("康帅傅", "康师傅", classes(&[29, 30])).await);
        assert!(!holds("康帅傅", "康师傅", classes(&[32])).await);
        assert!(
            holds("可口可东", "可口可乐", classes(&[32])).await,
            "unknown classes stay"
        );
        let status = |status: &str| MatchOptions {
            statuses: vec![status.to_owned()],
            ..MatchOptions::default()
        };
        assert!(holds("雷碧", "雪碧", status(" registered")).await);
        assert!(!holds("雷碧", "雪碧", status("refused")).await);
        let owner = |owner: &str| MatchOptions {
            owner: Some(owner.to_owned()),
            ..MatchOptions::default()
        };
        assert!(holds("康帅傅", "康师傅", owner("样例食品公司")).await);
        assert!(!holds("康帅傅", "康师傅", owner("样例食品")).await);
        let fame = |least_fame| MatchOptions {
            least_fame,
            ..MatchOptions::default()
        };
        assert!(holds("ABIBAS", "ADIDAS", fame(90)).await);
        assert!(!holds("ABIBAS", "ADIDAS", fame(91)).await);
        assert!(!holds("康帅傅", "康师傅", fame(1)).await);
        let limited = MatchOptions {
            limit: 1,
            least_score: 0.0,
            ..MatchOptions::default()
        };
        assert_eq!(names(&index, "康帅傅", limited).await.len(), 1);
        let strict = MatchOptions {
            least_score: 0.9999,
            ..MatchOptions::default()
        };
        assert_eq!(names(&index, "康帅傅", strict).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn marks_come_change_and_go() {
    each_index("marks_come_change_and_go", async |index| {
        filled(&index, shelf(), 1).await;
        let again = async |marks: Vec<Mark>, revision| filled(&index, marks, revision).await;
        // The same once more changes nothing.
        let before = found(&index, "耐可", MatchOptions::default()).await;
        again(shelf(), 2).await;
        assert_eq!(found(&index, "耐可", MatchOptions::default()).await, before);

        let renamed = Mark {
            aliases: Vec::new(),
            ..mark("耐克", "鸿星")
        };
        again(vec![renamed], 3).await;
        for old in ["耐克", "NIKE"] {
            let left = names(&index, old, MatchOptions::default()).await;
            assert!(
                !left.iter().any(|name| name == "鸿星" || name == "耐克"),
                "{old}: {left:?}"
            );
        }
        assert_eq!(names(&index, "鸿星", MatchOptions::default()).await[0], "鸿星");

        again(Vec::new(), 4).await;
        assert_eq!(index.revision().await.expect("known"), Some(4));
        again(vec![mark("康师傅", "康师傅")], 5).await;
        assert_eq!(
            first(&index, "康师傅").await.map(|hit| hit.0).as_deref(),
            Some("康师傅")
        );
        assert_eq!(index.revision().await.expect("known"), Some(5));

        // An emptied index holds what it was filled with since.
        index.clear().await.expect("cleared");
        again(vec![mark("1", "雪碧")], 6).await;
        assert_eq!(names(&index, "康师傅", MatchOptions::default()).await, [""; 0]);
        assert_eq!(names(&index, "雷碧", MatchOptions::default()).await, ["雪碧"]);
        assert_eq!(index.revision().await.expect("known"), Some(6));
    })
    .await;
}

#[tokio::test]
async fn a_name_of_nothing_finds_nothing_and_is_found_by_nothing() {
    each_index(
        "a_name_of_nothing_finds_nothing_and_is_found_by_nothing",
        async |index| {
            let mut marks = shelf();
            marks.push(mark("nothing", " ·!"));
            marks.push(Mark {
                aliases: vec!["···".to_owned()],
                ..mark("half", "海底捞")
            });
            filled(&index, marks, 1).await;
            let long = "康师傅 Master Kong ".repeat(600);
            for name in ["", " ", "···", "\u{200b}\u{202e}", "\u{301}"] {
                assert_eq!(names(&index, name, MatchOptions::default()).await, [""; 0], "{name:?}");
            }
            for name in ["k", "康", "🐟", long.as_str(), "\" OR x = 1", "a\\\"b", "-康师傅"] {
                found(&index, name, MatchOptions::default()).await;
            }
            assert_eq!(
                first(&index, "海底劳").await.map(|hit| hit.0).as_deref(),
                Some("海底捞")
            );
        },
    )
    .await;
}

#[tokio::test]
async fn scores_stay_the_same_however_the_index_came_to_be() {
    each_index("scores_stay_the_same_however_the_index_came_to_be", async |index| {
        filled(&index, street(), 1).await;
        let looks = ["百乐烤肉", "百东", "sunny caffe", "金原超市", "天每"];
        let all = async || {
            let mut answers = Vec::new();
            for name in looks {
                answers.push(found(&index, name, MatchOptions::default()).await);
            }
            answers
        };
        let before = all().await;
        assert!(before.iter().all(|found| !found.is_empty()));
        let some: Vec<Mark> = ["乐山", "新梅", "凯旋"].iter().map(|name| mark(name, name)).collect();
        filled(&index, some, 2).await;
        assert_eq!(all().await, before, "a few names more do not move what is common");
        index.clear().await.expect("cleared");
        filled(&index, street().into_iter().rev().collect(), 3).await;
        assert_eq!(all().await, before, "nor does the order they came in");
    })
    .await;
}

/// Names whose answers are compared.
const LOOKS: [&str; 24] = [
    "康帅傅",
    "雷碧",
    "大白免",
    "ABIBAS",
    "naike",
    "耐可",
    "百度烤肉",
    "老干爹",
    "KRESCO",
    "可日可乐",
    "百乐",
    "百乐家",
    "金源大酒店",
    "jinyuan",
    "sunny",
    "sumny cafe",
    "luckyshop",
    "goldan",
    "东万",
    "黄鹤楼",
    "平安药房",
    "happy happy",
    "royal家",
    "千喜",
];

#[tokio::test]
async fn meilisearch_gives_what_the_embedded_index_gives() {
    on_meilisearch("meilisearch_gives_what_the_embedded_index_gives", async |server| {
        let (embedded, shared) = (MarkSearch::in_memory().expect("an index"), server.open().await);
        filled(&embedded, street(), 1).await;
        filled(&shared, street(), 1).await;
        for name in LOOKS {
            let best = MatchOptions {
                limit: 3,
                ..MatchOptions::default()
            };
            let (one, other) = (
                found(&embedded, name, best.clone()).await,
                found(&shared, name, best).await,
            );
            assert_eq!(one, other, "{name}");
            assert_eq!(embedded.compare(name, "百乐"), shared.compare(name, "百乐"));
        }
        server.clear_away().await;
    })
    .await;
}

#[tokio::test]
async fn another_process_sees_the_same_index_on_meilisearch() {
    on_meilisearch("another_process_sees_the_same_index_on_meilisearch", async |server| {
        let one = server.open().await;
        assert!(matches!(one.ready().await, Err(SearchError::Unfilled)));
        assert!(matches!(
            one.matches("雷碧", MatchOptions::default()).await,
            Err(SearchError::Unfilled)
        ));
        assert_eq!(one.revision().await.expect("known"), None);
        filled(&one, street(), 7).await;
        one.ready().await.expect("ready");
        let other = server.open().await;
        assert_eq!(other.revision().await.expect("known"), Some(7));
        assert_eq!(first(&other, "百乐烤肉").await, first(&one, "百乐烤肉").await);
        filled(&other, vec![mark("9", "蔡林记")], 8).await;
        assert_eq!(one.revision().await.expect("known"), Some(8));
        assert_eq!(first(&one, "蔡林己").await.map(|hit| hit.0).as_deref(), Some("蔡林记"));
        assert_eq!(
            server.indexes().await,
            std::slice::from_ref(&server.config.index),
            "nothing is left over"
        );
        server.clear_away().await;
    })
    .await;
}

#[tokio::test]
async fn an_index_of_another_version_is_made_anew_and_never_asked() {
    on_meilisearch(
        "an_index_of_another_version_is_made_anew_and_never_asked",
        async |server| {
            let old = server.open().await;
            filled(&old, shelf(), 3).await;
            let state = json!([{"id": "state", "versions": "0.0.0-0", "revision": 3}]);
            let documents = format!("indexes/{}/documents", server.config.index);
            server.send(reqwest::Method::POST, &documents, Some(state)).await;
            // The process that is running does not fight the other version.
            assert!(matches!(old.revision().await, Err(SearchError::Outdated { .. })));
            assert!(matches!(
                old.matches("雷碧", MatchOptions::default()).await,
                Err(SearchError::Outdated { .. })
            ));
            let new = server.open().await;
            assert_eq!(new.revision().await.expect("known"), None);
            assert!(matches!(
                new.matches("雷碧", MatchOptions::default()).await,
                Err(SearchError::Unfilled)
            ));
            filled(&new, shelf(), 4).await;
            assert_eq!(first(&new, "雷碧").await.map(|hit| hit.0).as_deref(), Some("雪碧"));
            server.clear_away().await;
        },
    )
    .await;
}

/// Why no query of the port holds more than two words.
#[tokio::test]
async fn meilisearch_reads_ten_words_of_a_query() {
    on_meilisearch("meilisearch_reads_ten_words_of_a_query", async |server| {
        let words: Vec<String> = (0..12).map(|n| format!("wordnumber{n}")).collect();
        let documents = format!("indexes/{}/documents", server.config.index);
        let stored = json!([{"id": 1, "text": words[..10].join(" ")}]);
        server.send(reqwest::Method::POST, &documents, Some(stored)).await;
        let mut hits = Vec::new();
        for length in [10, 11, 12] {
            let query = json!({"q": words[..length].join(" "), "matchingStrategy": "all"});
            let path = format!("indexes/{}/search", server.config.index);
            let answer = server.send(reqwest::Method::POST, &path, Some(query)).await;
            hits.push(answer["hits"].as_array().map_or(0, Vec::len));
        }
        assert_eq!(
            hits,
            [1, 1, 1],
            "the eleventh word, which the document lacks, is not read"
        );
        server.clear_away().await;
    })
    .await;
}

/// The URL of a port that nobody listens on.
async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    format!("http://{}", listener.local_addr().expect("an address"))
}

#[tokio::test]
async fn without_its_search_server_the_service_goes_on() {
    let mut town = Town::found(Database::sqlite().await).await;
    let settings = [
        ("ZHENGMING_SEARCH__MEILISEARCH_URL", nowhere().await),
        ("ZHENGMING_SEARCH__MEILISEARCH_KEY", "a key".to_owned()),
    ];
    let embedded = town.app.clone();
    town.app = town.started_under(&settings).await;
    assert!(!format!("{:?}", town.app.config).contains("a key"));

    let rows = vec![ImportedMark {
        name: "康师傅".to_owned(),
        ..ImportedMark::default()
    }];
    assert_eq!(register::import(&town.app, rows).await.expect("entered").entered, 1);
    jobs::catch_up(&town.app).await.expect("what can be caught up with");
    let refused = register::match_marks(
        &town.app,
        "康帅傅",
        MatchOptions {
            limit: 5,
            ..MatchOptions::default()
        },
    )
    .await
    .expect_err("no search");
    assert_eq!(refused.code(), "SEARCH_UNAVAILABLE");
    for part in [settings[0].1.as_str(), "search.meilisearch_url"] {
        assert!(refused.to_string().contains(part), "{refused}");
    }
    assert!(
        register::compare(&town.app, "康帅傅", "康师傅")
            .expect("compared")
            .score
            > 0.5
    );
    let told = TestClient::new(endpoint(&town.app, None)).get("/readyz").send().await;
    let told = told.0.into_body().into_string().await.expect("text");
    assert_eq!(told, "ready; similar marks cannot be looked for");

    let filing = json!({"name_found": "康帅傅"});
    let case = town
        .file(town.who("consumer"), "report", FilingMode::Anonymous, filing)
        .await
        .case_id;
    let similar = async || {
        town.app
            .store
            .similar_marks_of(std::slice::from_ref(&case))
            .await
            .expect("read")
    };
    jobs::deliver_due(&town.app, 100).await.expect("delivered");
    assert!(similar().await.is_empty());
    // What could not be looked for is looked for when there is a search again.
    town.clock.advance(Duration::from_secs(3_600));
    jobs::catch_up(&embedded).await.expect("caught up");
    jobs::deliver_due(&embedded, 100).await.expect("delivered");
    assert_eq!(similar().await.len(), 1);
}
