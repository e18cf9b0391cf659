//! A real browser on the portal: what only a browser can tell.
//!
//! Needs `chromedriver` and `chromium`. Without them the test says so and is skipped, except where `CI` is set. With
//! `ZHENGMING_SCREENSHOTS` naming a directory every page is also kept as a picture.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use fantoccini::{Client, ClientBuilder, Locator, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value as Json, json};
use url::Url;

use crate::portal::fixture::{COMPLAINT, PASSWORD, Portal};

/// A browser with the driver that steers it.
struct Browser {
    driver: Child,
    client: Client,
    pictures: Option<PathBuf>,
}

/// Why there is no browser.
struct Missing(&'static str);

impl Browser {
    async fn start() -> Result<Self, Missing> {
        let mut driver = Command::new("chromedriver")
            .args(["--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| Missing("chromedriver"))?;
        let lines = BufReader::new(driver.stdout.take().expect("piped")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.ok_or(Missing("a port of chromedriver"))?;
        let options = json!({ "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"] });
        let capabilities = serde_json::Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        let pictures = std::env::var_os("ZHENGMING_SCREENSHOTS").map(PathBuf::from);
        match client {
            Ok(client) => Ok(Self {
                driver,
                client,
                pictures,
            }),
            Err(_) => {
                let _ = driver.kill();
                let _ = driver.wait();
                Err(Missing("chromium"))
            }
        }
    }

    async fn close(self) {
        self.client.clone().close().await.expect("browser closes");
    }

    /// A command of the DevTools protocol.
    async fn devtools(&self, cmd: &'static str, params: Json) -> Json {
        self.client.issue_cmd(DevTools { cmd, params }).await.expect(cmd)
    }

    /// Makes the window so wide, as telephones are.
    async fn widen(&self, width: u32, dark: bool) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    async fn text(&self, script: &str) -> Json {
        self.client.execute(script, Vec::new()).await.expect("script")
    }

    /// No page is wider than the screen, at 320 and at 1280 pixels.
    async fn look(&self, name: &str) {
        for (width, dark) in [(320, false), (375, false), (1280, false), (1280, true)] {
            self.widen(width, dark).await;
            let wide = self.text("return document.documentElement.scrollWidth").await;
            assert!(
                wide.as_u64().is_some_and(|w| w <= u64::from(width)),
                "{name} is {wide} wide at {width}"
            );
            if let Some(directory) = self.pictures.as_ref().filter(|_| width != 320) {
                let answer = self
                    .devtools(
                        "Page.captureScreenshot",
                        json!({ "format": "png", "captureBeyondViewport": true }),
                    )
                    .await;
                let picture = answer["data"].as_str().expect("picture");
                let bytes = data_encoding::BASE64.decode(picture.as_bytes()).expect("base64");
                let dark = if dark { "-dark" } else { "" };
                std::fs::write(directory.join(format!("{name}-{width}{dark}.png")), bytes).expect("picture is written");
            }
        }
        let broken = self.text(
            "const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
             const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
             const named = [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
               .filter(e => !document.querySelector(`label[for='${e.id}']`)).map(e => e.name);
             const small = [...document.querySelectorAll('a, button, input:not([type=hidden]), select')]
               .filter(e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.height < 24 && getComputedStyle(e).display !== 'inline'; })
               .map(e => e.outerHTML.slice(0, 80));
             return [...twice, ...named, ...small];",
        );
        assert_eq!(
            broken.await,
            json!([]),
            "{name}: ids twice, fields without a label, targets under 24 pixels"
        );
    }

    async fn go(&self, url: &str) {
        self.client.goto(url).await.expect(url);
    }

    async fn fill(&self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            let exact = format!("[name='{name}'][value='{value}']");
            if let Ok(choice) = self.client.find(Locator::Css(&exact)).await {
                choice.click().await.expect(name);
            } else {
                let field = self
                    .client
                    .find(Locator::Css(&format!("[name='{name}']")))
                    .await
                    .expect(name);
                field.clear().await.expect(name);
                field.send_keys(value).await.expect(name);
            }
        }
    }

    /// Presses the first button of the main form and waits for the next page.
    async fn press(&self) {
        self.click("main form button[type=submit]").await;
    }

    /// Clicks and waits for the next page: the one that is left is marked.
    async fn click(&self, css: &str) {
        self.text("document.documentElement.dataset.left = 'yes'").await;
        self.client
            .find(Locator::Css(css))
            .await
            .expect(css)
            .click()
            .await
            .expect(css);
        let next = self
            .client
            .wait()
            .for_element(Locator::Css("html:not([data-left]) footer"))
            .await;
        next.expect("a next page");
    }

    async fn path(&self) -> String {
        self.client.current_url().await.expect("address").path().to_owned()
    }

    async fn read(&self, css: &str) -> String {
        self.client
            .find(Locator::Css(css))
            .await
            .expect(css)
            .text()
            .await
            .expect(css)
    }
}

impl Drop for Browser {
    /// The driver takes its browser along, also when a test fails.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.driver.id().to_string()).status();
        let _ = self.driver.wait();
    }
}

/// `goog/cdp/execute` of chromedriver.
#[derive(Debug)]
struct DevTools {
    cmd: &'static str,
    params: Json,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({ "cmd": self.cmd, "params": self.params }).to_string()),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_a_browser_files_a_complaint_and_an_officer_takes_it_up() {
    let browser = match Browser::start().await {
        Ok(browser) => browser,
        Err(Missing(what)) => {
            assert!(std::env::var_os("CI").is_none(), "{what} is missing");
            eprintln!(
                "SKIPPED somebody_with_a_browser_files_a_complaint_and_an_officer_takes_it_up: {what} is missing"
            );
            return;
        }
    };
    let portal = Portal::start().await;
    let (number, receipt) = files(&browser, &portal).await;
    follows(&browser, &portal, &number, &receipt).await;
    works(&browser, &portal, &number).await;
    browser
        .go(&format!("{}/language/en?next=/cases/{number}", portal.url))
        .await;
    assert_eq!(browser.path().await, format!("/cases/{number}"));
    browser.look("en-case").await;
    // Where the case is, is in sight at once: on a telephone too, and without a script.
    browser.widen(375, false).await;
    browser.go(&format!("{}/cases/{number}/diagram", portal.url)).await;
    let in_sight =
        "const [state, frame] = ['#here', '.diagram'].map(s => document.querySelector(s).getBoundingClientRect());
         return state.left >= frame.left && state.right <= frame.right && state.top >= 0 && state.top < innerHeight";
    assert_eq!(
        browser.text(in_sight).await,
        json!(true),
        "the state in which the case is"
    );
    browser.look("en-diagram").await;
    let scrolls = "const e = document.querySelector('.diagram'); e.focus();
         return document.activeElement === e && e.scrollWidth > e.clientWidth";
    browser.widen(375, false).await;
    assert_eq!(
        browser.text(scrolls).await,
        json!(true),
        "the drawing scrolls in its own frame, by keyboard too"
    );
    browser
        .go(&format!("{}/language/zh?next=/cases/{number}/diagram", portal.url))
        .await;
    browser.look("diagram").await;
    browser.go(&format!("{}/language/en?next=/", portal.url)).await;
    for (name, path) in [
        ("en-start", "/"),
        ("en-cases", "/cases"),
        ("en-begin", "/file/report"),
        ("en-marks", "/marks?name=Abibas"),
        ("en-privacy", "/privacy"),
        ("en-published", "/published"),
        ("en-nowhere", "/nowhere"),
        ("en-follow", "/follow"),
    ] {
        browser.go(&format!("{}{path}", portal.url)).await;
        browser.look(name).await;
    }
    browser.close().await;
    portal.stop().await;
}

async fn files(browser: &Browser, portal: &Portal) -> (String, String) {
    browser.go(&format!("{}/language/zh?next=/", portal.url)).await;
    browser.look("start").await;
    browser.go(&format!("{}/file/complaint", portal.url)).await;
    browser.look("begin").await;
    browser.press().await;
    assert_eq!(browser.path().await, "/file/complaint/consumer");
    browser.press().await;
    let focused = browser.text("return document.activeElement.className").await;
    assert_eq!(focused, json!("summary"), "the list of problems has the focus");
    let title = browser.client.title().await.expect("title");
    assert!(title.starts_with("错误："), "{title}");
    browser.look("problem").await;
    browser.go(&format!("{}/file/complaint/consumer", portal.url)).await;
    for (key, fields) in COMPLAINT {
        assert_eq!(browser.path().await, format!("/file/complaint/{key}"));
        browser.fill(fields).await;
        browser.look(&format!("page-{key}")).await;
        browser.press().await;
    }
    assert_eq!(browser.path().await, "/file/complaint/check");
    browser.look("check").await;
    browser.press().await;
    assert_eq!(browser.path().await, "/file/complaint/done");
    browser.look("done").await;
    let found = (browser.read(".panel .big").await, browser.read(".panel .secret").await);
    browser.press().await;
    found
}

async fn follows(browser: &Browser, portal: &Portal, number: &str, receipt: &str) {
    assert_eq!(browser.path().await, "/file/complaint/saved");
    browser.look("follow").await;
    browser.fill(&[("number", number), ("secret", receipt)]).await;
    browser.press().await;
    assert!(browser.read("h1").await.ends_with(number));
    browser.look("followed").await;
    zhengming::jobs::run_due(&portal.app).await.expect("background work");
}

async fn works(browser: &Browser, portal: &Portal, number: &str) {
    browser.go(&format!("{}/sign-in", portal.url)).await;
    browser.look("sign-in").await;
    browser.fill(&[("login", "wang"), ("password", PASSWORD)]).await;
    browser.press().await;
    assert_eq!(browser.path().await, "/cases");
    browser.look("cases").await;
    browser.go(&format!("{}/cases/{number}", portal.url)).await;
    browser.look("case").await;
    browser
        .go(&format!("{}/cases/{number}/events/reroute", portal.url))
        .await;
    browser.fill(&[("proper_route", "consultation")]).await;
    browser.look("event").await;
    browser.press().await;
    browser.look("confirm").await;
    browser.go(&format!("{}/cases/{number}", portal.url)).await;
    browser.click("#documents a").await;
    browser.look("document").await;
    browser.go(&format!("{}/marks?name=康帅傅", portal.url)).await;
    browser.look("marks").await;
}
