//! Reading `workflows/feedback/*.yaml`.

use indexmap::IndexMap;

use super::{Carrier, Courtesy, Feedback, Occasion, Owed, Served, ServedBy, Way, Within};
use crate::{
    clock::{Law, LawRef, Period, Unit},
    definition::{
        decode::{label, names},
        model::FiledRange,
        source::{Fields, Key, Node, Place, Reader},
    },
    text::Label,
};

const WAY: [&str; 8] = [
    "title",
    "carrier",
    "proof",
    "received",
    "after",
    "consent",
    "law",
    "unverified",
];
const ROW: [&str; 19] = [
    "title",
    "procedure",
    "from",
    "until",
    "ended",
    "at",
    "to",
    "outside",
    "notice",
    "document",
    "within",
    "since",
    "before",
    "ahead",
    "law",
    "unverified",
    "ways",
    "consent",
    "served",
];
const CARRIERS: [(&str, Carrier); 3] = [
    ("portal", Carrier::Portal),
    ("mail", Carrier::Mail),
    ("officer", Carrier::Officer),
];

/// Reads one file into `all`; what is wrong is in the reader.
pub(crate) fn read(r: &mut Reader<'_>, root: &Node, law: &Law, all: &mut Feedback) {
    let Some(map) = r.map(root, "", &["ways", "feedback", "courtesy"]) else {
        return;
    };
    for (key, node) in entries(r, &map, "ways") {
        if let Some(way) = way(r, key, node, law) {
            put(r, key, "ways", way, &mut all.ways);
        }
    }
    for (key, node) in entries(r, &map, "feedback") {
        if let Some(row) = row(r, key, node, law) {
            put(r, key, "feedback", row, &mut all.rows);
        }
    }
    for (key, node) in entries(r, &map, "courtesy") {
        let notices = names(r, node, &format!("courtesy.{}", key.name));
        all.courtesies.push(Courtesy {
            procedure: key.name.clone(),
            notices: notices.into_iter().map(|n| (n.name, n.place.line)).collect(),
            at: at(r, key.place),
        });
    }
}

fn entries<'n>(r: &mut Reader<'_>, map: &Fields<'n>, name: &str) -> Vec<(&'n Key, &'n Node)> {
    map.get(name).map(|node| r.entries(node, name)).unwrap_or_default()
}

fn at(r: &Reader<'_>, place: Place) -> (String, u32) {
    (r.file().to_owned(), place.line)
}

fn put<T>(r: &mut Reader<'_>, key: &Key, list: &str, value: T, all: &mut IndexMap<String, T>) {
    if all.insert(key.name.clone(), value).is_some() {
        let message = format!("`{}` stands twice under `{list}`", key.name);
        r.error("WF911", key.place, list, message, "give one of them another key");
    }
}

fn words(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Option<Label> {
    map.get(key).map(|node| label(r, node, &map.at(key)))
}

fn needed(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Option<Label> {
    map.need(r, key).map(|node| label(r, node, &map.at(key)))
}

fn text(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Option<String> {
    map.get(key).and_then(|node| r.text(node, &map.at(key)))
}

fn list(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> Vec<String> {
    let found = map
        .get(key)
        .map(|node| names(r, node, &map.at(key)))
        .unwrap_or_default();
    found.into_iter().map(|name| name.name).collect()
}

fn flag(r: &mut Reader<'_>, map: &Fields<'_>, key: &str) -> bool {
    map.get(key)
        .and_then(|node| r.bool(node, &map.at(key)))
        .unwrap_or(false)
}

fn article(r: &mut Reader<'_>, map: &Fields<'_>, law: &Law) -> Option<LawRef> {
    let node = map.get("law")?;
    let parsed: LawRef = r.parsed(node, &map.at("law"), "a law reference such as `samr-121#15.1`")?;
    if let Some((message, mend)) = law.fault_of(&parsed) {
        r.error("WF107", node.place, &map.at("law"), message, mend);
        return None;
    }
    Some(parsed)
}

fn way(r: &mut Reader<'_>, key: &Key, node: &Node, law: &Law) -> Option<Way> {
    let path = format!("ways.{}", key.name);
    let map = r.map(node, &path, &WAY)?;
    let title = needed(r, &map, "title");
    let proof = needed(r, &map, "proof");
    let received = needed(r, &map, "received");
    let carrier = map.need(r, "carrier").and_then(|node| {
        let word = r.text(node, &map.at("carrier"))?;
        let found = CARRIERS
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, carrier)| *carrier);
        if found.is_none() {
            let message = format!("`{word}` carries nothing");
            r.error(
                "WF004",
                node.place,
                &map.at("carrier"),
                message,
                "write portal, mail or officer",
            );
        }
        found
    });
    let after = map
        .get("after")
        .and_then(|node| r.parsed::<Period>(node, &map.at("after"), "a period such as `30 days`"));
    let rule = article(r, &map, law);
    let unverified = flag(r, &map, "unverified");
    if map.get("after").is_some() && map.get("law").is_none() {
        let message = "`after` without `law`: nobody knows how its days count".to_owned();
        r.error(
            "WF003",
            key.place,
            &path,
            message,
            "cite the article that sets the period",
        );
    }
    Some(Way {
        title: title?,
        carrier: carrier?,
        proof: proof?,
        received: received?,
        after,
        consent: flag(r, &map, "consent"),
        law: rule,
        unverified,
        at: at(r, key.place),
    })
}

fn row(r: &mut Reader<'_>, key: &Key, node: &Node, law: &Law) -> Option<Owed> {
    let path = format!("feedback.{}", key.name);
    let map = r.map(node, &path, &ROW)?;
    let title = needed(r, &map, "title");
    let procedure = map
        .need(r, "procedure")
        .and_then(|node| r.text(node, &map.at("procedure")));
    let mut day = |name: &str| map.get(name).and_then(|node| r.date(node, &map.at(name)));
    let filed = FiledRange {
        from: day("from"),
        to: day("until"),
    };
    let ended = words(r, &map, "ended");
    if ended.is_some() && filed.to.is_none() {
        let message = "`ended` says why it is no longer owed, and `until` is missing".to_owned();
        r.error(
            "WF003",
            key.place,
            &path,
            message,
            "write the last filing day in `until`",
        );
    }
    map.need(r, "at");
    let at_what = list(r, &map, "at").into_iter().map(|name| occasion(&name)).collect();
    let to = list(r, &map, "to");
    let outside = words(r, &map, "outside");
    one_of(r, key, &path, ("to", !to.is_empty()), ("outside", outside.is_some()));
    let notice = text(r, &map, "notice");
    let document = text(r, &map, "document");
    if notice.is_none() && document.is_none() {
        let message = "neither `notice` nor `document`".to_owned();
        r.error("WF003", key.place, &path, message, "name what is sent or made");
    }
    let within = within(r, key, &map);
    let ground = article(r, &map, law);
    let unverified = flag(r, &map, "unverified");
    if map.get("law").is_none() && !unverified {
        let message = "no `law`, and not `unverified`".to_owned();
        let mend = "cite the article, write `unverified: true`, or list the notice under `courtesy`";
        r.error("WF003", key.place, &path, message, mend);
    }
    map.need(r, "ways");
    let ways = list(r, &map, "ways");
    let consent = text(r, &map, "consent");
    let served = map.get("served").map(|node| r.list(node)).unwrap_or_default();
    let served = served
        .into_iter()
        .filter_map(|node| service(r, node, &map.at("served")));
    let served = served.collect();
    Some(Owed {
        title: title?,
        procedure: procedure?,
        filed,
        ended,
        on: at_what,
        to,
        outside,
        notice,
        document,
        within: within?,
        law: ground,
        unverified,
        ways,
        consent,
        served,
        lines: map.lines(),
        at: at(r, key.place),
    })
}

fn occasion(name: &str) -> Occasion {
    match name.strip_prefix("clock ") {
        Some(clock) => Occasion::Clock(clock.to_owned()),
        None if name == "filing" => Occasion::Filing,
        None => Occasion::Event(name.to_owned()),
    }
}

fn one_of(r: &mut Reader<'_>, key: &Key, path: &str, one: (&str, bool), other: (&str, bool)) {
    if one.1 == other.1 {
        let how = if one.1 { "both" } else { "neither" };
        let message = format!("{how} `{}` and `{}`", one.0, other.0);
        r.error("WF003", key.place, path, message, "write exactly one of the two");
    }
}

fn within(r: &mut Reader<'_>, key: &Key, map: &Fields<'_>) -> Option<Within> {
    let written = list(r, map, "within");
    let before = text(r, map, "before");
    let since = text(r, map, "since");
    let ahead = map
        .get("ahead")
        .and_then(|node| r.parsed::<Period>(node, &map.at("ahead"), "a period such as `7 working_days`"));
    one_of(
        r,
        key,
        &map.path,
        ("within", map.get("within").is_some()),
        ("before", map.get("before").is_some()),
    );
    let in_days = |period: Period| matches!(period.unit(), Unit::WorkingDays | Unit::Days);
    if ahead.is_some_and(|period| before.is_none() || !in_days(period)) {
        let message = "`ahead` is no number of days before a day".to_owned();
        let mend = "write `before: FIELD` with `ahead: 7 working_days`";
        r.error("WF003", key.place, &map.path, message, mend);
        return None;
    }
    if let Some(field) = before {
        return Some(Within::Before { field, ahead });
    }
    let period = written.first().and_then(|text| text.parse::<Period>().ok());
    if let ([_], Some(period), Some(since)) = (written.as_slice(), period, &since) {
        let since = since.clone();
        return Some(Within::Period { period, since });
    }
    if period.is_some() || since.is_some() {
        let message = "a period without the one event from which it runs, or `since` without a period".to_owned();
        let mend = "write `within: 5 working_days` with `since: EVENT`";
        r.error("WF003", key.place, &map.path, message, mend);
        return None;
    }
    Some(match written.as_slice() {
        [word] if word == "at_once" => Within::AtOnce,
        [word] if word == "promptly" => Within::Promptly,
        _ => Within::Clocks(written),
    })
}

fn service(r: &mut Reader<'_>, node: &Node, path: &str) -> Option<Served> {
    let map = r.map(node, path, &["event", "day", "way", "as", "by"])?;
    let event = map.need(r, "event").and_then(|node| r.text(node, &map.at("event")));
    let day = text(r, &map, "day");
    let (field, fixed) = (text(r, &map, "way"), text(r, &map, "by"));
    let mut meant = IndexMap::new();
    if let Some(node) = map.get("as") {
        for (option, node) in r.entries(node, &map.at("as")) {
            if let Some(way) = r.text(node, &map.at("as")) {
                meant.insert(option.name.clone(), way);
            }
        }
    }
    let way = match (field, fixed) {
        (Some(name), None) => ServedBy::Field { name, meant },
        (None, Some(way)) => ServedBy::Way(way),
        _ => {
            let message = "both or neither of `way` and `by`".to_owned();
            let mend = "write `way:` for the field that says it, or `by:` for the one way";
            r.error("WF003", node.place, path, message, mend);
            return None;
        }
    };
    Some(Served {
        event: event?,
        day,
        way,
        line: node.place.line,
    })
}
