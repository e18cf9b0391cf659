//! Which names the answer to a question holds, so that they can be looked for, and by which a case is told from others.

use serde_json::Value as Json;
use zhengming_engine::definition::model::{Definition, Field, SearchedAs};
use zhengming_marks::{LONGEST_NAME, is_han, names_in_text};

/// Longest sign that is taken out of a text: what is quoted beyond that is a sentence.
const LONGEST_QUOTED: usize = 30;
/// Longest text in quotation marks that is a sign and no sentence with one.
const LONGEST_SIGN: usize = 8;
/// Most names taken out of one text.
const MOST: usize = 150;
/// Digits in a row from which on something is a number of a person, an order or a telephone and no name.
const NUMBER: usize = 6;

/// Quotation marks, opening and closing, as they stand around names.
const QUOTES: [(char, char); 7] = [
    ('“', '”'),
    ('‘', '’'),
    ('「', '」'),
    ('『', '』'),
    ('《', '》'),
    ('【', '】'),
    ('"', '"'),
];

/// What persons say in English just before their own name.
const INTRODUCTIONS: [&str; 3] = ["my name is ", "i am ", "i'm "];

/// Fields that say what a case is about, under the names that procedures give them: the brand, and whom it is against.
const SUBJECT: [&[&str]; 2] = [
    &["brand"],
    &[
        "respondent_name",
        "reported_name",
        "party_name",
        "enterprise_name",
        "trader_name",
    ],
];

/// The brand that a case is about and whom it is against, as far as its answers say so and the reader may read them.
pub(super) fn subject(definition: &Definition, answers: &Json, may_read: impl Fn(&Field) -> bool) -> Vec<String> {
    let told = |name: &&str| {
        let field = definition.fields.get(*name)?;
        may_read(field).then_some(())?;
        answers.get(*name)?.as_str().map(str::to_owned)
    };
    let first = |names: &&[&str]| names.iter().find_map(told);
    SUBJECT.iter().filter_map(first).collect()
}

/// The names in a value, each once, in their order.
pub(super) fn mentions(searched_as: SearchedAs, value: &str) -> Vec<String> {
    let found = match searched_as {
        SearchedAs::Mark | SearchedAs::Sign | SearchedAs::Trader | SearchedAs::Shop => vec![value.trim().to_owned()],
        SearchedAs::WebAddress => value.split_whitespace().flat_map(host_names).collect(),
        SearchedAs::Text => {
            let mut names = quoted(value);
            // Of a sign in quotation marks it is known where it ends.
            let signs = names.iter().filter(|name| name.chars().count() <= LONGEST_SIGN);
            let signs: Vec<String> = signs.cloned().collect();
            let made_up = names_in_text(value).into_iter();
            names.extend(spelled(value));
            names.extend(made_up.filter(|name| !signs.iter().any(|sign| sign.contains(name.as_str()))));
            names
        }
    };
    let mut names: Vec<String> = Vec::new();
    for name in found {
        let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !names.contains(&name);
        if fits && names.len() < MOST {
            names.push(name);
        }
    }
    names
}

/// The names in the host of a web address: its labels without `www` and without those that only say where it is registered.
fn host_names(address: &str) -> Vec<String> {
    let with_scheme = if address.contains("://") {
        address.to_owned()
    } else {
        format!("https://{address}")
    };
    let Ok(parsed) = url::Url::parse(&with_scheme) else {
        return Vec::new();
    };
    let Some(url::Host::Domain(domain)) = parsed.host() else {
        return Vec::new();
    };
    let mut labels: Vec<&str> = domain.split('.').filter(|label| !label.is_empty()).collect();
    let country = labels.pop().is_some_and(|last| last.len() == 2);
    let registry = ["com", "net", "org", "gov", "edu", "co", "ac"];
    if country && labels.len() > 1 && labels.last().is_some_and(|label| registry.contains(label)) {
        labels.pop();
    }
    let labels = labels.into_iter().filter(|label| *label != "www" && *label != "m");
    labels.map(str::to_owned).collect()
}

/// What stands in quotation marks and is short enough for a name.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((at, open)) = rest
        .char_indices()
        .find(|(_, c)| QUOTES.iter().any(|(open, _)| open == c))
    {
        let inside = rest.get(at + open.len_utf8()..).unwrap_or_default();
        let close = QUOTES
            .iter()
            .find(|(o, _)| *o == open)
            .map_or(open, |(_, close)| *close);
        let Some(end) = inside.find(close) else {
            rest = inside;
            continue;
        };
        let (name, after) = inside.split_at(end);
        let name = name.trim();
        let says_something = name.contains(char::is_alphanumeric) && !is_number(name);
        if (1..=LONGEST_QUOTED).contains(&name.chars().count()) && says_something {
            found.push(name.to_owned());
        }
        rest = after.get(close.len_utf8()..).unwrap_or_default();
    }
    found
}

/// Latin words, as many as stand side by side: `Bosideng`, `Hello Kitty`. Not those of mail and web addresses.
fn spelled(text: &str) -> Vec<String> {
    let is_latin = |c: char| c.is_alphanumeric() && !is_han(c);
    let joins = |c: char| matches!(c, '&' | '\'' | '-' | '.' | '@' | '/' | ':' | '_');
    let mut runs = vec![String::new()];
    for c in text.chars() {
        let run = runs.last_mut();
        match run {
            Some(run) if is_latin(c) || joins(c) || (c == ' ' && !run.is_empty()) => run.push(c),
            _ => runs.push(String::new()),
        }
    }
    let runs = runs.iter().map(|run| run.trim_matches(|c: char| !c.is_alphanumeric()));
    let names = runs.filter(|run| {
        let length = run.chars().count();
        let is_address = run.contains(['@', '/', ':', '_']);
        let is_name = run.contains(char::is_alphabetic) && !is_address && !is_number(run) && !introduces(run);
        (2..=LONGEST_QUOTED).contains(&length) && is_name
    });
    names.map(str::to_owned).collect()
}

/// Whether somebody says who they are: no index may tell who filed.
fn introduces(run: &str) -> bool {
    let said = format!(" {}", run.to_lowercase());
    INTRODUCTIONS.iter().any(|words| said.contains(&format!(" {words}")))
}

fn is_number(name: &str) -> bool {
    let mut digits = 0;
    name.chars().any(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= NUMBER
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_the_whole_answer() {
        assert_eq!(mentions(SearchedAs::Sign, " 雷碧 "), ["雷碧"]);
        assert!(mentions(SearchedAs::Sign, "  ").is_empty());
        assert!(mentions(SearchedAs::Trader, &"长".repeat(201)).is_empty());
    }

    #[test]
    fn a_web_address_is_named_by_its_host() {
        let hosts = |value| mentions(SearchedAs::WebAddress, value);
        assert_eq!(hosts("https://www.leibi-drinks.com.cn/item?id=1"), ["leibi-drinks"]);
        assert_eq!(hosts("shop77.mall.example/a b.com"), ["shop77", "mall", "b"]);
        assert!(hosts("https://192.0.2.7/x").is_empty());
        assert!(hosts("微信群").is_empty() || hosts("微信群")[0].starts_with("xn--"));
    }

    #[test]
    fn a_text_names_what_it_quotes_and_what_it_spells() {
        let text = "店里卖的“雷碧”和「康帅傅」，包装上写着 Hello Kitti，网址 http://a.example/b，邮箱 li@b.example，电话 13800000000。";
        assert_eq!(mentions(SearchedAs::Text, text), ["雷碧", "康帅傅", "Hello Kitti"]);
    }

    #[test]
    fn a_text_does_not_name_who_wrote_it() {
        let names = mentions(
            SearchedAs::Text,
            "My name is Zoltan Quibble, I'm Zoltan. I bought Hello Kitti",
        );
        assert!(names.iter().all(|name| !name.contains("Zoltan")), "{names:?}");
        assert_eq!(mentions(SearchedAs::Text, "Miami Amour"), ["Miami Amour"]);
    }

    #[test]
    fn a_text_names_made_up_words_without_quotation_marks_too() {
        let names = mentions(SearchedAs::Text, "昨天买到一瓶兰鲸湖饮料，瓶身上写的是“兰鲸湖”。");
        assert_eq!(names.first().map(String::as_str), Some("兰鲸湖"), "{names:?}");
        assert_eq!(names.iter().filter(|name| *name == "兰鲸湖").count(), 1, "{names:?}");
        assert!(mentions(SearchedAs::Text, "老板不给开发票，“……”，要求退款").is_empty());
    }

    #[test]
    fn an_open_quotation_ends_nothing_and_a_long_one_is_a_sentence() {
        let long = format!("“{}”“雷碧”", "很".repeat(31));
        assert_eq!(mentions(SearchedAs::Text, &long), ["雷碧"]);
        assert_eq!(mentions(SearchedAs::Text, "“没有结束「雷碧」"), ["雷碧"]);
        assert!(mentions(SearchedAs::Text, "身份证“420106199001011234”").is_empty());
    }
}
