//! The portal's cookies. Every one is `__Host-`: this host only, all paths, only over TLS (or to the machine itself).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::web::cookie::{Cookie, CookieJar, SameSite};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    app::App,
    clock::random,
    http::SESSION_COOKIE,
    locale::Locale,
    secret::{Purpose, SealKey},
};

/// Session of a signed-in person. The API takes the same one.
pub(super) const SESSION: &str = SESSION_COOKIE;
/// Sealed: the receipt of the case that is being followed.
pub(super) const FOLLOW: &str = "__Host-follow";
/// Chosen language.
pub(super) const LANGUAGE: &str = "__Host-language";

/// How long a case stays open in a browser after its receipt was typed in.
pub(super) const FOLLOWED: Duration = Duration::from_secs(30 * 60);

/// Secret of the draft for a procedure: a report that is begun leaves the draft of a complaint alone.
pub(super) fn draft(procedure: &str) -> String {
    format!("__Host-draft-{procedure}")
}

/// Sets a cookie; without a lifetime it goes with the browser's session.
pub(super) fn set(jar: &CookieJar, name: &str, value: String, lives: Option<Duration>) {
    let mut cookie = Cookie::new_with_str(name, value);
    cookie.set_path("/");
    cookie.set_secure(true);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    if let Some(lives) = lives {
        cookie.set_max_age(lives);
    }
    jar.add(cookie);
}

/// How long a chosen language is remembered.
const REMEMBERED: Duration = Duration::from_secs(365 * 86_400);

/// Remembers the language that somebody chose.
pub(super) fn remember_language(jar: &CookieJar, locale: Locale) {
    set(jar, LANGUAGE, locale.tag().to_owned(), Some(REMEMBERED));
}

/// Takes a cookie back.
pub(super) fn clear(jar: &CookieJar, name: &str) {
    set(jar, name, String::new(), Some(Duration::ZERO));
}

/// The value of a cookie, if it has one.
pub(super) fn get(jar: &CookieJar, name: &str) -> Option<String> {
    jar.get(name)
        .map(|cookie| cookie.value_str().to_owned())
        .filter(|value| !value.is_empty())
}

/// A value that only this service can read, with the second (Unix time) after which it is void.
#[derive(Serialize, serde::Deserialize)]
struct Sealed<T> {
    until: i64,
    value: T,
}

fn key(app: &App, name: &str) -> SealKey {
    SealKey::derive(b"cookie", &app.secrets.key(Purpose::Form), name)
}

/// Sets a cookie that nobody but the service can read or make.
pub(super) fn set_sealed<T: Serialize>(app: &App, jar: &CookieJar, name: &str, value: &T, lives: Duration) {
    let until = (app.clock.now() + lives).unix_timestamp();
    let plain = serde_json::to_vec(&Sealed { until, value }).unwrap_or_default();
    let sealed = key(app, name)
        .seal(&plain, random(app.entropy.as_ref()))
        .unwrap_or_default();
    set(jar, name, URL_SAFE_NO_PAD.encode(sealed), Some(lives));
}

/// Reads a sealed cookie; `None` when it was made elsewhere, changed, or is void.
pub(super) fn get_sealed<T: DeserializeOwned>(app: &App, jar: &CookieJar, name: &str) -> Option<T> {
    let sealed = URL_SAFE_NO_PAD.decode(get(jar, name)?).ok()?;
    let plain = key(app, name).open(&sealed).ok()?;
    let read: Sealed<T> = serde_json::from_slice(&plain).ok()?;
    (app.clock.now().unix_timestamp() < read.until).then_some(read.value)
}
