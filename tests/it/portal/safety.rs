//! Foreign forms, ways off the site, what browsers may load.

use reqwest::StatusCode;
use zhengming::config::{Config, Flags};

use super::fixture::{Portal, file_complaint};

#[tokio::test]
async fn forms_of_other_sites_are_refused_before_anything_happens() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("origin", "https://elsewhere.example")],
        [("origin", "null")],
    ] {
        let page = visitor.once("/file/complaint", Some(&[]), &headers).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(visitor.jar.is_empty());
        assert!(page.text().contains("不是从本网站的页面提交的"));
    }
    portal.stop().await;
}

#[tokio::test]
async fn a_session_that_is_not_asked_for_in_json_is_refused_by_a_code() {
    let portal = Portal::start().await;
    let form = [("login", "wang"), ("password", "x")];
    let refused = portal.visitor().once("/session", Some(&form), &[]).await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(refused.body, r#"{"code":"UNSUPPORTED_MEDIA_TYPE"}"#);
    portal.stop().await;
}

#[tokio::test]
async fn a_form_needs_the_token_of_the_cookie_it_acts_with() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let start = visitor.load("/file/complaint").await;
    let page = visitor.submit(&start, "/file/complaint", &[]).await;
    let fields = super::fixture::COMPLAINT[0].1;
    assert_eq!(
        visitor.send("/file/complaint/consumer", fields).await.status,
        StatusCode::FORBIDDEN,
        "without a token"
    );
    let mut other = portal.visitor();
    let start = other.load("/file/complaint").await;
    let foreign = other.submit(&start, "/file/complaint", &[]).await;
    let refused = visitor.submit(&foreign, "/file/complaint/consumer", fields).await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "with the token of somebody else's draft"
    );
    assert_eq!(
        visitor.submit(&page, "/file/complaint/consumer", fields).await.path,
        "/file/complaint/trader"
    );
    portal.stop().await;
}

#[tokio::test]
async fn the_language_switch_comes_back_to_the_page_and_never_leaves_the_site() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let page = visitor.load("/marks?name=abc").await;
    let link = page
        .body
        .split("href=\"")
        .find(|part| part.starts_with("/language/en"))
        .expect("switch");
    let link = link
        .split_once('"')
        .expect("end")
        .0
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    let page = visitor.load(&link).await;
    assert_eq!(page.path, "/marks?name=abc");
    assert!(page.body.contains("<html lang=\"en\">") && page.text().contains("Find similar marks"));
    for bad in [
        "//elsewhere.example",
        "https://elsewhere.example",
        "/%5Celsewhere.example",
    ] {
        let page = visitor.once(&format!("/language/zh?next={bad}"), None, &[]).await;
        assert_eq!(page.headers["location"], "/", "{bad}");
    }
    portal.stop().await;
}

#[tokio::test]
async fn pages_have_no_inline_code_and_load_nothing_from_elsewhere() {
    let portal = Portal::start().await;
    let (number, receipt) = file_complaint(&mut portal.visitor()).await;
    let mut wang = portal.signed_in("wang").await;
    wang.follow_case(&number, &receipt).await;
    let case = format!("/cases/{number}");
    let dispatch = format!("/cases/{number}/events/dispatch");
    let paths = [
        "/",
        "/privacy",
        "/file/complaint",
        "/file/report",
        "/follow",
        "/sign-in",
        "/marks",
        "/marks?name=a",
        "/published",
        "/law",
        "/law?year=2027",
        "/cases",
        &case,
        &dispatch,
        "/nowhere",
    ];
    for language in ["zh-CN", "en"] {
        wang.language = language;
        for path in paths {
            let page = wang.load(path).await;
            for bad in [
                "<script",
                " style=",
                " onclick",
                "src=\"http",
                "href=\"http",
                "url(http",
            ] {
                assert!(!page.body.contains(bad), "{path}: {bad}");
            }
            assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
            assert!(
                !page.body.contains("portal-"),
                "{path}: a text is missing: {}",
                page.text()
            );
            assert!(page.body.len() < 150_000, "{path}: {}", page.body.len());
            assert!(
                page.headers["content-security-policy"]
                    .to_str()
                    .expect("text")
                    .contains("style-src 'self'")
            );
            assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        }
    }
    portal.stop().await;
}

#[tokio::test]
async fn assets_are_kept_for_a_year_and_wrong_addresses_are_not_found() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let page = visitor.load("/").await;
    for kind in ["/assets/style-", "/assets/seal-"] {
        let path = page
            .body
            .split('"')
            .find(|part| part.starts_with(kind))
            .expect("asset")
            .to_owned();
        let asset = visitor.load(&path).await;
        assert_eq!(asset.status, StatusCode::OK);
        assert!(
            asset.headers["cache-control"]
                .to_str()
                .expect("text")
                .contains("immutable")
        );
        assert!(asset.headers.contains_key("etag") && asset.body.len() < 40_000);
    }
    assert_eq!(
        visitor.load("/assets/style-0000000000000000.css").await.status,
        StatusCode::NOT_FOUND
    );
    let lost = visitor.load("/nowhere").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(lost.text().contains("没有找到页面"));
    portal.stop().await;
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let much = "a".repeat(2_000_000);
    let page = visitor.send("/sign-in", &[("login", &much), ("password", "x")]).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text().contains("超过了允许的大小"), "{}", page.text());
    portal.stop().await;
}

#[tokio::test]
async fn a_character_that_no_text_has_is_bad_input_and_no_fault() {
    let portal = Portal::start().await;
    let mut wang = portal.signed_in("wang").await;
    let form = wang.send("/sign-in", &[("login", "wang\0"), ("password", "x")]).await;
    assert_eq!(form.status, StatusCode::BAD_REQUEST);
    assert_eq!(wang.load("/cases?procedure=%00").await.status, StatusCode::BAD_REQUEST);
    portal.stop().await;
}

/// A public address with TLS, and the proxies that are trusted.
fn behind(config: &mut Config, proxies: &str) {
    let environment = [
        ("ZHENGMING_LISTEN", config.listen.to_string()),
        ("ZHENGMING_PUBLIC_URL", "https://zm.example.cn".to_owned()),
        ("ZHENGMING_TRUSTED_PROXIES", proxies.to_owned()),
        ("ZHENGMING_PASSWORD__MEMORY_KIB", "64".to_owned()),
        ("ZHENGMING_PASSWORD__ITERATIONS", "1".to_owned()),
    ];
    let flags = Flags {
        data_dir: Some(config.data_dir.clone()),
        ..Flags::default()
    };
    let environment = environment.into_iter().filter(|(_, value)| !value.is_empty());
    *config = Config::load(&flags, environment.map(|(name, value)| (name.to_owned(), value))).expect("loaded");
}

#[tokio::test]
async fn no_password_is_taken_in_the_clear_through_a_proxy() {
    let login = [("login", "admin"), ("password", "wrong")];
    let refused = async |portal: &Portal, headers: &[(&str, &str)]| {
        // Sign-ins of one address are limited.
        portal.clock.advance(std::time::Duration::from_secs(60));
        let mut visitor = portal.visitor();
        let page = visitor.once("/sign-in", Some(&login), headers).await;
        page.text().contains("只能通过加密连接")
    };
    let portal = Portal::start().await;
    assert!(!refused(&portal, &[]).await, "on the machine itself");
    for header in ["x-forwarded-for", "x-real-ip", "via", "forwarded", "x-forwarded-proto"] {
        assert!(
            refused(&portal, &[(header, "192.0.2.7")]).await,
            "{header} shows a proxy that nobody named"
        );
    }
    portal.stop().await;

    let public = Portal::start_with(|config, _| behind(config, "")).await;
    assert!(
        refused(&public, &[]).await,
        "a proxy that shows nothing, in front of a public address"
    );
    public.stop().await;

    let named = Portal::start_with(|config, _| behind(config, "127.0.0.1")).await;
    let from = ("x-forwarded-for", "192.0.2.7");
    assert!(refused(&named, &[from, ("x-forwarded-proto", "http")]).await);
    assert!(!refused(&named, &[from, ("x-forwarded-proto", "https")]).await);
    named.stop().await;
}
