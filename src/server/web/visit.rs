//! One request as the pages see it: who, in which language, from where, with which cookies.

use std::net::IpAddr;

use poem::{
    Body, FromRequest, Request, RequestBody,
    http::header,
    web::{Form, cookie::CookieJar},
};
use serde::{Deserialize, Serialize};

use super::{cookie, cross_site, failure::Failure, link};
use crate::{
    access::Actor,
    app::SharedApp,
    limit::client_address,
    locale::Locale,
    service::{accounts, case_view},
};

/// A request.
pub(super) struct Visit {
    pub(super) app: SharedApp,
    pub(super) locale: Locale,
    /// Who is signed in.
    pub(super) actor: Actor,
    /// Path and query, for the way back after switching the language.
    pub(super) path: String,
    pub(super) address: IpAddr,
    pub(super) jar: CookieJar,
}

/// What opens a followed case again.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub(super) number: String,
    pub(super) secret: String,
}

/// What an address says was done.
#[derive(Deserialize)]
struct Told {
    done: String,
    proof: String,
}

impl Visit {
    /// The request before anybody asked who sent it; enough for pages about failures.
    pub(super) fn stranger(app: &SharedApp, request: &Request) -> Self {
        let jar = request.cookie().clone();
        let chosen = cookie::get(&jar, cookie::LANGUAGE).and_then(|tag| Locale::parse(&tag));
        let locale =
            chosen.unwrap_or_else(|| Locale::negotiate(request.header(header::ACCEPT_LANGUAGE).unwrap_or_default()));
        let path = request
            .original_uri()
            .path_and_query()
            .map_or("/", |p| p.as_str())
            .to_owned();
        Self {
            app: app.clone(),
            locale,
            actor: Actor::Anonymous,
            path,
            address: client_address(request, &app.config.trusted_proxies),
            jar,
        }
    }

    /// Goes on in the language that was asked for together with answers, and remembers it; else in that of before.
    pub(super) fn switched(mut self, answers: &Answers) -> Self {
        if let Some(locale) = answers.language() {
            cookie::remember_language(&self.jar, locale);
            self.locale = locale;
        }
        self
    }

    /// The token for forms that act with the cookie `name`; empty without the cookie.
    pub(super) fn token(&self, name: &str) -> String {
        cookie::get(&self.jar, name)
            .map(|value| cross_site::token(&self.app, &value))
            .unwrap_or_default()
    }

    /// Demands that the form carries the token of the cookie `name`.
    pub(super) fn check_token(&self, name: &str, answers: &Answers) -> Result<(), Failure> {
        let value = cookie::get(&self.jar, name).ok_or(Failure::Foreign)?;
        let given = answers.first(cross_site::FIELD).unwrap_or_default();
        if cross_site::holds(&self.app, &value, given) {
            Ok(())
        } else {
            Err(Failure::Foreign)
        }
    }

    /// The address of a page that shall say what was done, with a proof that only the service can make, for this session alone.
    pub(super) fn done(&self, path: &str, what: &str) -> String {
        let session = cookie::get(&self.jar, cookie::SESSION).unwrap_or_default();
        let proof = cross_site::token(&self.app, &format!("{session} {what}"));
        format!("{path}?done={}&proof={proof}", link::escape(what))
    }

    /// What the address says was done, if the service itself wrote it for this session.
    pub(super) fn was_done(&self, request: &Request) -> Option<String> {
        let session = cookie::get(&self.jar, cookie::SESSION)?;
        let Told { done, proof } = request.params().ok()?;
        cross_site::holds(&self.app, &format!("{session} {done}"), &proof).then_some(done)
    }

    /// The text for what was done, of what a page can say, if the service itself wrote it for this session.
    pub(super) fn was_done_of(&self, request: &Request, known: &[(&str, &'static str)]) -> Option<&'static str> {
        let done = self.was_done(request)?;
        known.iter().find(|(what, _)| *what == done).map(|(_, key)| *key)
    }

    /// The case that the visitor follows by its receipt, as its number and the actor that the receipt stands for.
    pub(super) async fn followed(&self) -> Result<Option<(Receipt, Actor)>, Failure> {
        let Some(receipt) = cookie::get_sealed::<Receipt>(&self.app, &self.jar, cookie::FOLLOW) else {
            return Ok(None);
        };
        match case_view::receipt(&self.app, &receipt.number, &receipt.secret).await {
            Ok(actor) => Ok(Some((receipt, actor))),
            Err(crate::service::Error::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Demands that somebody is signed in.
    pub(super) fn signed_in(&self) -> Result<(), Failure> {
        self.actor.person().map(|_| ()).ok_or(Failure::SignIn)
    }

    /// Where to sign in and come back from.
    pub(super) fn sign_in_link(&self) -> String {
        format!("/sign-in?next={}", link::escape(&self.path))
    }
}

impl<'a> FromRequest<'a> for Visit {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let app = request.data::<SharedApp>().ok_or(Failure::Internal("APP"))?;
        let mut visit = Self::stranger(app, request);
        if visit.path.contains(NUL_IN_ADDRESS) {
            return Err(Failure::Malformed.into());
        }
        if let Some(token) = cookie::get(&visit.jar, cookie::SESSION) {
            let found = accounts::authenticate(app, &token).await.map_err(Failure::from)?;
            visit.actor = found.unwrap_or(Actor::Anonymous);
        }
        Ok(visit)
    }
}

/// The character that no keyboard has and that PostgreSQL takes in no text; who sends it tries what becomes of it.
const NUL: char = '\0';
/// The same in an address.
const NUL_IN_ADDRESS: &str = "%00";

/// Name of the button of the language switch where it is part of a form.
pub(super) const LANGUAGE: &str = "_language";

/// The fields of a sent form, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(pub(super) Vec<(String, String)>);

impl Answers {
    /// The first value under a name.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The language that was asked for while the form was being filled in: nothing is to be done then but to show the form
    /// again, in that language.
    pub(super) fn language(&self) -> Option<Locale> {
        self.first(LANGUAGE).and_then(Locale::parse)
    }

    /// All values under a name.
    pub(super) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> + 's {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Answers {
    /// Reads a form without files.
    pub(super) async fn read(app: &SharedApp, request: &Request, body: Body) -> Result<Self, Failure> {
        let limit = usize::try_from(app.config.limits.form_body_bytes.get()).unwrap_or(usize::MAX);
        let bytes = body.into_bytes_limit(limit).await.map_err(Failure::from)?;
        let mut whole = RequestBody::new(bytes.into());
        let pairs = Form::<Vec<(String, String)>>::from_request(request, &mut whole).await;
        let Form(pairs) = pairs.map_err(|_| Failure::Malformed)?;
        let is_text = |text: &String| !text.contains(NUL);
        if pairs.iter().all(|(name, value)| is_text(name) && is_text(value)) {
            Ok(Self(pairs))
        } else {
            Err(Failure::Malformed)
        }
    }
}

impl<'a> FromRequest<'a> for Answers {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let app = request.data::<SharedApp>().ok_or(Failure::Internal("APP"))?;
        Ok(Self::read(app, request, body.take()?).await?)
    }
}
