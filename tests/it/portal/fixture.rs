//! The whole service on a free port, with a small city in it, and visitors with cookies.

use std::{collections::BTreeMap, net::SocketAddr, num::NonZeroU32, path::Path, sync::Arc};

use reqwest::{
    Client, StatusCode,
    header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use tempfile::TempDir;
use time::macros::datetime;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use zhengming::{
    app::SharedApp,
    backends::{self, Surroundings},
    clock::{SeededEntropy, TestClock},
    config::Config,
    endpoint::endpoint,
    http,
    service::{accounts, register},
    store::OrganisationRow,
};
use zhengming_marks::MarkRow;

/// Password of every account here.
pub(crate) const PASSWORD: &str = "Plum-rain-3-rivers";

/// A running service.
pub(crate) struct Portal {
    pub(crate) app: SharedApp,
    pub(crate) clock: TestClock,
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    _directory: TempDir,
}

impl Portal {
    /// A city with one district and one association, people in each role, and a few famous marks.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_, _| {}).await
    }

    /// The same with another configuration; the second argument is a directory of its own.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config, &Path)) -> Self {
        let directory = TempDir::new().expect("temporary directory");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("free port");
        let address: SocketAddr = listener.local_addr().expect("address");
        let mut config = Config::default();
        config.data_dir = directory.path().join("data");
        config.listen = address;
        config.password.memory_kib = NonZeroU32::new(64).expect("not zero");
        config.password.iterations = NonZeroU32::MIN;
        change(&mut config, directory.path());
        let clock = TestClock::at(datetime!(2026-05-18 09:30 +8));
        let around = Surroundings {
            config,
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(20_260_518)),
            pack: None,
            mailer: None,
        };
        let app = backends::open(around).await.expect("application");
        people(&app).await;
        marks(&app).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = app.clone();
        let server = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            let whole = endpoint(&serving, None);
            http::serve(listener, whole, &serving.config, &serving.metrics, stopped)
                .await
                .expect("server");
        });
        Self {
            app,
            clock,
            url: format!("http://{address}"),
            stop: Some(stop),
            server,
            _directory: directory,
        }
    }

    /// Somebody with a browser of their own.
    pub(crate) fn visitor(&self) -> Visitor {
        let client = Client::builder().redirect(Policy::none()).build().expect("client");
        Visitor {
            client,
            url: self.url.clone(),
            jar: BTreeMap::new(),
            language: "zh-CN",
        }
    }

    /// Somebody who is signed in.
    pub(crate) async fn signed_in(&self, login: &str) -> Visitor {
        // Sign-ins of one address are limited.
        self.clock.advance(std::time::Duration::from_secs(60));
        let mut visitor = self.visitor();
        let page = visitor
            .send("/sign-in", &[("login", login), ("password", PASSWORD)])
            .await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        visitor
    }

    /// Stops the server and waits for it.
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.server.await.expect("server ends");
        self.app.store.close().await.expect("database closes");
    }
}

async fn people(app: &SharedApp) {
    let organisations = [
        (
            "city",
            "江城市市场监督管理局",
            "Jiangcheng Market Regulation Bureau",
            "market_regulation",
            None,
        ),
        (
            "east",
            "江城市东区市场监督管理局",
            "East District Market Regulation Bureau",
            "market_regulation",
            Some("city"),
        ),
        (
            "association",
            "江城市食品行业协会调解中心",
            "Jiangcheng Food Association, mediation",
            "mediation_body",
            None,
        ),
    ];
    for (key, name_zh, name_en, kind, parent) in organisations {
        let row = OrganisationRow {
            id: key.into(),
            key: key.into(),
            name_zh: name_zh.into(),
            name_en: name_en.into(),
            kind: kind.into(),
            parent_id: parent.map(str::to_owned),
            division_code: "420100".into(),
        };
        app.store.put_organisation(row).await.expect("organisation");
    }
    app.reload_organisations().await.expect("organisations");
    let accounts = [
        ("wang", "王接收", "city", "intake_officer"),
        ("li", "李经办", "east", "case_officer"),
        ("zhao", "赵负责", "east", "head"),
        ("chen", "陈调解", "association", "mediator"),
        ("sun", "孙分析", "city", "analyst"),
        ("zhou", "周管理", "city", "administrator"),
        ("feng", "冯审计", "city", "auditor"),
    ];
    for (login, name, organisation, role) in accounts {
        let new = accounts::NewAccount {
            login: login.into(),
            display_name: name.into(),
            password: PASSWORD.into(),
            mail: None,
            locale: "zh".into(),
        };
        let account = accounts::create(app, new).await.expect("account");
        accounts::grant(app, &account.id, organisation, role)
            .await
            .expect("role");
    }
}

async fn marks(app: &SharedApp) {
    let mark = |name: &str, number: &str, owner: &str| MarkRow {
        name: name.into(),
        registration_no: Some(number.into()),
        owner: Some(owner.into()),
        classes: vec![30],
        groups: Vec::new(),
        status: None,
        fame: None,
        aliases: Vec::new(),
    };
    let rows = vec![
        mark("康师傅", "1000001", "示例食品有限公司"),
        mark("雪碧", "1000002", "示例饮料有限公司"),
        mark("ADIDAS", "1000003", "示例体育用品有限公司"),
    ];
    register::import(app, rows).await.expect("marks");
}

/// A visitor's browser, as far as the portal needs one.
pub(crate) struct Visitor {
    client: Client,
    pub(crate) url: String,
    pub(crate) jar: BTreeMap<String, String>,
    pub(crate) language: &'static str,
}

/// A page.
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Where it was found after all redirects.
    pub(crate) path: String,
}

impl Visitor {
    /// Loads a page, following redirects.
    pub(crate) async fn load(&mut self, path: &str) -> Seen {
        let seen = self.once(path, None, &[]).await;
        self.follow(seen).await
    }

    /// Sends a form as this site's own page would, with the hidden fields of the page it is on, following redirects.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let origin = self.url.clone();
        let seen = self.once(path, Some(fields), &[("origin", &origin)]).await;
        self.follow(seen).await
    }

    /// Follows a case by its receipt, as the form for that is filled in.
    pub(crate) async fn follow_case(&mut self, number: &str, secret: &str) -> Seen {
        let form = self.load("/follow").await;
        self.submit(&form, "/follow", &[("number", number), ("secret", secret)])
            .await
    }

    /// Fills in the form of `page` and sends it to `path`: hidden fields come along.
    pub(crate) async fn submit(&mut self, page: &Seen, path: &str, fields: &[(&str, &str)]) -> Seen {
        let hidden = page.hidden();
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        all.extend_from_slice(fields);
        self.send(path, &all).await
    }

    /// Sends a form with files, each as field, name and content, with the hidden fields of `page`.
    pub(crate) async fn upload(&mut self, page: &Seen, path: &str, files: &[(&str, &str, &str)]) -> Seen {
        const EDGE: &str = "an-edge-that-no-file-of-the-tests-holds";
        let mut body = String::new();
        for (name, value) in page.hidden() {
            body += &format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        for (field, name, content) in files {
            body += &format!(
                "--{EDGE}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: \
                 application/octet-stream\r\n\r\n{content}\r\n"
            );
        }
        body += &format!("--{EDGE}--\r\n");
        let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", format!("multipart/form-data; boundary={EDGE}"))
            .header("accept-language", self.language)
            .header("origin", &self.url)
            .header(COOKIE, cookies.join("; "))
            .body(body)
            .send()
            .await
            .expect("answer");
        Seen {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.expect("text"),
            path: path.to_owned(),
        }
    }

    async fn follow(&mut self, mut seen: Seen) -> Seen {
        for _ in 0..5 {
            if seen.status != StatusCode::SEE_OTHER {
                break;
            }
            let next = seen.headers[LOCATION].to_str().expect("location").to_owned();
            seen = self.once(&next, None, &[]).await;
        }
        seen
    }

    /// One request, as it is; a POST where there are fields.
    pub(crate) async fn once(&mut self, path: &str, fields: Option<&[(&str, &str)]>, headers: &[(&str, &str)]) -> Seen {
        let address = format!("{}{path}", self.url);
        let mut request = match fields {
            None => self.client.get(address),
            Some(fields) => {
                let pair = |(name, value): &(&str, &str)| format!("{}={}", escape(name), escape(value));
                let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
                self.client
                    .post(address)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body)
            }
        };
        let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request = request
            .header("accept-language", self.language)
            .header(COOKIE, cookies.join("; "));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("answer");
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            assert!(
                cookie.starts_with("__Host-")
                    && ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"]
                        .iter()
                        .all(|a| attributes.contains(a)),
                "{cookie}"
            );
            let (name, value) = pair.split_once('=').expect("value");
            if value.is_empty() {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Seen {
            status,
            headers,
            body: response.text().await.expect("text"),
            path: path.to_owned(),
        }
    }
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

impl Seen {
    /// The hidden fields of the page's last form: forms of the frame come before it.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        Self::hidden_in(self.body.rsplit("<form").next().unwrap_or_default())
    }

    /// Where the first form goes to whose address ends so, with its hidden fields.
    pub(crate) fn form(&self, end: &str) -> Option<(String, Vec<(String, String)>)> {
        let mut forms = self.body.split("<form").skip(1).filter_map(|form| {
            let (_, rest) = form.split_once("action=\"")?;
            let (action, _) = rest.split_once('"')?;
            Some((action.to_owned(), Self::hidden_in(form.split("</form>").next()?)))
        });
        forms.find(|(action, _)| action.ends_with(end))
    }

    fn hidden_in(form: &str) -> Vec<(String, String)> {
        let value = |tag: &str, name: &str| {
            let rest = tag.split_once(&format!("{name}=\""))?.1;
            let written = rest.split_once('"')?.0;
            let plain = [
                ("&#34;", "\""),
                ("&#39;", "'"),
                ("&#60;", "<"),
                ("&#62;", ">"),
                ("&#38;", "&"),
            ];
            Some(
                plain
                    .iter()
                    .fold(written.to_owned(), |text, (entity, sign)| text.replace(entity, sign)),
            )
        };
        let tags = form
            .split("<input type=\"hidden\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('>'));
        tags.filter_map(|(tag, _)| Some((value(tag, " name")?, value(tag, " value")?)))
            .collect()
    }

    /// The page without tags, for reading.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for piece in self.body.split('<') {
            text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The title.
    pub(crate) fn title(&self) -> &str {
        self.body
            .split_once("<title>")
            .and_then(|(_, rest)| rest.split_once("</title>"))
            .map_or("", |(title, _)| title)
    }

    /// The text right after a piece of markup, up to the next tag.
    pub(crate) fn after(&self, mark: &str) -> &str {
        self.body
            .split_once(mark)
            .and_then(|(_, rest)| rest.split_once('<'))
            .map_or("", |(text, _)| text)
    }
}

/// The answers of a plain complaint, page by page.
pub(crate) const COMPLAINT: [(&str, &[(&str, &str)]); 10] = [
    (
        "consumer",
        &[("living_consumption", "yes"), ("handled_elsewhere", "nobody")],
    ),
    (
        "trader",
        &[
            ("respondent_name", "江城东区惠民便利店"),
            ("respondent_address", "江城市东区人民路 1 号"),
            ("trader_kind", "on_site"),
        ],
    ),
    ("places", &[]),
    (
        "brand",
        &[
            ("brand", "康师傅"),
            ("name_found", "康帅傅"),
            ("infringement_kind", "similar_mark"),
        ],
    ),
    (
        "dispute",
        &[
            ("facts", "5 月 10 日在店内购买一箱方便面，回家后发现名称是“康帅傅”。"),
            ("basis", "购物小票、商品照片"),
            ("known_on.year", "2026"),
            ("known_on.month", "5"),
            ("known_on.day", "10"),
            ("price", "58.50"),
        ],
    ),
    (
        "claims",
        &[("claims", "refund"), ("claims", "compensation"), ("amount", "558.5")],
    ),
    (
        "person",
        &[
            ("filer_name", "许晓梅"),
            ("filer_phone", "13900000001"),
            ("filer_address", "江城市东区桃园路 8 号"),
        ],
    ),
    ("agent", &[("filed_by_agent", "no")]),
    ("joint", &[("joint", "no")]),
    (
        "consents",
        &[
            ("publish_consent", "yes"),
            ("delegation_consent", "yes"),
            ("true_statement", "yes"),
        ],
    ),
];

/// Fills in a complaint up to the page of all answers.
pub(crate) async fn filled_in(visitor: &mut Visitor) -> Seen {
    let start = visitor.load("/file/complaint").await;
    let mut page = visitor.submit(&start, "/file/complaint", &[]).await;
    for (key, fields) in COMPLAINT {
        let path = format!("/file/complaint/{key}");
        assert_eq!(page.path, path, "{}", page.text());
        page = visitor.submit(&page, &path, fields).await;
    }
    assert_eq!(page.path, "/file/complaint/check", "{}", page.text());
    page
}

/// Number and receipt of a complaint that `visitor` files.
pub(crate) async fn file_complaint(visitor: &mut Visitor) -> (String, String) {
    let page = filled_in(visitor).await;
    let done = visitor.submit(&page, "/file/complaint/send", &[]).await;
    assert_eq!(
        (done.status, done.path.as_str()),
        (StatusCode::OK, "/file/complaint/done"),
        "{}",
        done.text()
    );
    let number = done.after("<p class=\"big\">").to_owned();
    let receipt = done.after("<p class=\"big secret\">").to_owned();
    (number, receipt)
}
