//! Everything that somebody can ask for: the committed operations of the API, pages of the portal, what operators see.

use std::{
    collections::BTreeSet,
    io::Write,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

use poem::{EndpointExt as _, IntoEndpoint as _, endpoint::BoxEndpoint, test::TestClient};
use serde_json::{Value, json};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};
use zhengming::{
    endpoint::endpoint,
    graphql::id::NodeKind,
    service::{
        accounts::{self, SignIn},
        case_view,
    },
    store::SessionKind,
};

use super::world::{Told, World};
use crate::api::client::{NOBODY, document};

/// What the service logs while a test runs.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'m> MakeWriter<'m> for Log {
    type Writer = Self;

    fn make_writer(&'m self) -> Self {
        self.clone()
    }
}

/// Listens to everything that the service itself logs on this thread, until the guard is dropped.
pub(super) fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("info,zhengming=trace"))
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

/// An answer to somebody.
pub(super) struct Reading<'w> {
    pub(super) who: &'w str,
    pub(super) page: String,
    pub(super) body: String,
}

/// Canaries that stand in a text, whatever is between their characters.
pub(super) fn marks_in(text: &str) -> BTreeSet<usize> {
    let plain: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let mut found = BTreeSet::new();
    for (start, digits, end) in [("cnry", 3, "q"), ("1397741", 4, "")] {
        for (at, _) in plain.match_indices(start) {
            let rest = &plain[at + start.len()..];
            let number = rest.get(..digits).and_then(|digits| digits.parse::<usize>().ok());
            found.extend(number.filter(|_| rest[digits..].starts_with(end)));
        }
    }
    found
}

/// What is of a case beside the committed operation that reads one.
const REST: &str = "query Rest($id: ID!) { case(id: $id) {
  owedFeedback { titles articles dueDate late }
  documents { id title text owed { row title reference proof channel receivedOn } }
  notices { id subject text owed { row title reference proof channel receivedOn } }
  messages { text to role } series { names { name } case { number fields parties { name } } }
  similarMarks { mark { name } reasons }
} }";

/// All that somebody with an account, or nobody, can ask for.
pub(super) async fn everything<'w>(world: &'w World, who: &'w str) -> Vec<Reading<'w>> {
    let api = &world.api;
    let mut readings = Vec::new();
    let mut ask = async |page: String, text: &str, variables: Value| {
        let (_, body) = api.send(who, text, variables, "zh").await;
        let known = !body.contains("\"case\":null");
        readings.push(Reading { who, page, body });
        known
    };
    for told in &world.cases {
        let id = json!({ "id": NodeKind::Case.id(&told.id) });
        let known = ask(format!("case {}", told.label), &document("case"), id.clone()).await;
        ask(format!("node {}", told.label), &document("node"), id.clone()).await;
        if known {
            ask(
                format!("periods of {}", told.label),
                &document("deadlineTrace"),
                id.clone(),
            )
            .await;
            ask(format!("the rest of {}", told.label), REST, id).await;
        }
    }
    let newest = json!({ "orderBy": "NEWEST_FIRST", "first": 100 });
    ask("cases".to_owned(), &document("cases"), newest.clone()).await;
    let fields =
        "query($first: Int!) { cases(first: $first, orderBy: NEWEST_FIRST) { nodes { number fields filingMode } } }";
    ask("fields of cases".to_owned(), fields, json!({ "first": 20 })).await;
    ask("alerts".to_owned(), &document("alerts"), json!({})).await;
    ask("viewer".to_owned(), &document("viewer"), json!({})).await;
    ask("organisations".to_owned(), &document("organisations"), json!({})).await;
    // What names the canaries leans on is asked for by their beginning, so that no question is an answer.
    for name in ["cnry00", "cnry01", "cnry05", "cnry11", "cnry15", "cnry"] {
        let sought = json!({ "name": name, "leastScore": 0.1, "first": 50 });
        ask(format!("searchReports {name}"), &document("searchReports"), sought).await;
    }
    readings.extend(pages(world, who).await);
    readings
}

type Portal = TestClient<BoxEndpoint<'static, poem::Response>>;

fn portal(world: &World) -> Portal {
    TestClient::new(
        endpoint(&world.town().app, None)
            .into_endpoint()
            .map_to_response()
            .boxed(),
    )
}

async fn load(portal: &Portal, path: &str, cookie: &str) -> String {
    let response = portal.get(path).header("cookie", cookie).send().await;
    response.0.into_body().into_string().await.unwrap_or_default()
}

/// The pages of the portal for somebody, those of cases that are not theirs too.
async fn pages<'w>(world: &'w World, who: &'w str) -> Vec<Reading<'w>> {
    let app = &world.town().app;
    let portal = portal(world);
    let cookie = if who == NOBODY {
        String::new()
    } else {
        let sign_in = SignIn {
            login: who.to_owned(),
            password: format!("the {} of a sample town 42", "secret"),
            kind: SessionKind::Cookie,
            label: None,
            address: IpAddr::V4(Ipv4Addr::new(127, 0, 2, 1)),
        };
        app_clock(world);
        let opened = accounts::sign_in(app, sign_in).await.expect("signed in");
        format!("__Host-zhengming={}", opened.token)
    };
    let mut paths: Vec<String> = [
        "/",
        "/cases",
        "/reports",
        "/watches",
        "/transfers",
        "/workflows",
        "/marks?name=cnry",
    ]
    .map(str::to_owned)
    .to_vec();
    for told in &world.cases {
        let case = format!("/cases/{}", told.number);
        let known = case_view::case(app, actor(world, who), &told.id).await;
        paths.push(case.clone());
        for part in ["packet", "diagram"] {
            paths.push(format!("{case}/{part}"));
        }
        let Ok(detail) = known else { continue };
        for part in ["handover", "evidence", "messages", "identity"] {
            paths.push(format!("{case}/{part}"));
        }
        let events = detail
            .available
            .iter()
            .map(|event| format!("{case}/events/{}", event.event));
        paths.extend(events);
        let bundle = app.store.case_bundle(&told.id).await.expect("read").expect("there");
        let documents = bundle.documents.iter().map(|d| format!("{case}/documents/{}", d.id));
        paths.extend(documents);
        paths.extend(bundle.notices.iter().map(|n| format!("{case}/tellings/{}", n.id)));
    }
    let mut readings = Vec::new();
    for path in paths {
        let body = load(&portal, &path, &cookie).await;
        readings.push(Reading { who, page: path, body });
    }
    readings
}

/// Sign-ins of one address are limited: time passes between them.
fn app_clock(world: &World) {
    world.town().clock.advance(std::time::Duration::from_secs(60));
}

fn actor<'w>(world: &'w World, who: &str) -> &'w zhengming::access::Actor {
    if who == NOBODY {
        &zhengming::access::Actor::Anonymous
    } else {
        world.town().who(who)
    }
}

/// What the holder of a receipt reads, of the own case and of the others.
pub(super) async fn by_receipt<'w>(world: &'w World, told: &'w Told, receipt: &'w str) -> Vec<Reading<'w>> {
    let who = told.label;
    let mut readings = Vec::new();
    let secret = json!({ "number": told.number, "secret": receipt });
    let (_, body) = world
        .api
        .send(NOBODY, &document("caseByReceipt"), secret.clone(), "zh")
        .await;
    readings.push(Reading {
        who,
        page: "caseByReceipt".to_owned(),
        body,
    });
    let whole = "query($number: String!, $secret: String!) { caseByReceipt(number: $number, secret: $secret) {
      messages { text } evidence { title description keptBy webAddress file { name } } parties { name } workers { name }
      links { number } series { names { name } } similarMarks { mark { name } } owedFeedback { titles } fields
      notices { text owed { reference } } documents { text owed { reference } } } }";
    let (_, body) = world.api.send(NOBODY, whole, secret, "zh").await;
    readings.push(Reading {
        who,
        page: "caseByReceipt, the rest".to_owned(),
        body,
    });
    let portal = portal(world);
    let form = json!({ "number": told.number, "secret": receipt });
    let opened = portal.post("/follow").form(&form).send().await;
    let cookies: Vec<String> = opened
        .0
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| Some(value.to_str().ok()?.split(';').next()?.to_owned()))
        .collect();
    assert!(!cookies.is_empty(), "the receipt of {who} opens its case");
    let cookie = cookies.join("; ");
    let actor = case_view::receipt(&world.town().app, &told.number, receipt)
        .await
        .expect("it opens");
    let detail = case_view::case(&world.town().app, &actor, &told.id)
        .await
        .expect("readable");
    let mut paths: Vec<String> = ["/follow", "/follow/evidence", "/follow/messages"]
        .map(str::to_owned)
        .to_vec();
    paths.extend(
        detail
            .available
            .iter()
            .map(|event| format!("/follow/events/{}", event.event)),
    );
    for other in &world.cases {
        let bundle = world.town().app.store.case_bundle(&other.id).await.expect("read");
        let documents = bundle.expect("there").documents;
        paths.extend(documents.iter().map(|d| format!("/follow/documents/{}", d.id)));
    }
    for path in paths {
        let body = load(&portal, &path, &cookie).await;
        readings.push(Reading { who, page: path, body });
    }
    readings
}

/// What lies open to who runs the service: metrics, logs, mails.
pub(super) async fn for_operators(world: &World, log: &Log) -> Vec<Reading<'static>> {
    let metrics = load(&portal(world), "/metrics", "").await;
    assert!(metrics.contains("zhengming_commits_total"), "{metrics}");
    let logged = String::from_utf8_lossy(&log.0.lock().expect("a log")).into_owned();
    let mut readings = vec![
        Reading {
            who: "an operator",
            page: "metrics".to_owned(),
            body: metrics,
        },
        Reading {
            who: "an operator",
            page: "log".to_owned(),
            body: logged,
        },
    ];
    let spool = world.town().database.dir.path().join("data/mail");
    let mails = std::fs::read_dir(spool).expect("mails were sent");
    for mail in mails {
        let text = std::fs::read_to_string(mail.expect("a mail").path()).expect("a text");
        let said = said(&text);
        readings.push(Reading {
            who: "a mail",
            page: "mail".to_owned(),
            body: said,
        });
    }
    readings
}

/// What a mail says, decoded. To whom it goes is left out: they know their own address.
fn said(mail: &str) -> String {
    let (head, body) = mail.split_once("\r\n\r\n").expect("a head and a body");
    let mut text: String = head.lines().filter(|line| !line.starts_with("To:")).collect();
    let decode = |code: &str| {
        let code: String = code.split_whitespace().collect();
        let bytes = data_encoding::BASE64.decode(code.as_bytes()).expect("base64");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    for word in head.split("=?utf-8?b?").skip(1) {
        text += &decode(word.split("?=").next().unwrap_or_default());
    }
    // Quoted-printable leaves canaries as they are, once what is between their characters is dropped.
    text += &if head.contains("Content-Transfer-Encoding: base64") {
        decode(body)
    } else {
        body.to_owned()
    };
    text
}
