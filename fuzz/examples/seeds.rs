//! Makes the corpora: what `workflows/` holds, in the shape that each target takes.

use std::{fs, path::Path};

use serde_json::{Map, Value as Json, json};
use zhengming_engine::{
    definition::{model::FieldKind, source},
    scxml,
};
use zhengming_fuzz::{FILES, PACK};

fn main() {
    for (i, (path, text)) in FILES.iter().enumerate() {
        put("yaml", &format!("{i}"), text.as_bytes());
        if let Ok(root) = source::parse(path, text)
            && path.starts_with("procedures/")
        {
            let exported = scxml::export(&root).expect("what is shipped can be written");
            put("scxml", &format!("{i}"), exported.as_bytes());
        }
    }
    for (i, text) in SMALL.iter().enumerate() {
        put("scxml", &format!("small{i}"), text.as_bytes());
    }
    for (i, text) in NAMES.iter().enumerate() {
        put("name", &format!("{i}"), text.as_bytes());
    }
    for (i, text) in REGISTERS.iter().enumerate() {
        put("register", &format!("{i}"), text.as_bytes());
    }
    let mut number = 0;
    for definition in PACK.procedures.values().flatten() {
        for state in &definition.states {
            for branch in state.branches() {
                let asked = branch.requires.iter().map(|requirement| &requirement.guard);
                for guard in branch.when.iter().chain(asked) {
                    put("cel", &format!("{number}"), guard.source().as_bytes());
                    number += 1;
                }
            }
        }
        for (i, (name, event)) in definition.events.iter().enumerate() {
            let value = |name: &str| answer(&definition.fields[name].kind);
            let answers: Map<String, Json> = event.form.iter().map(|f| (f.field.clone(), value(&f.field))).collect();
            let mut bytes = vec![u8::try_from(i).unwrap_or(u8::MAX)];
            bytes.extend(Json::Object(answers).to_string().into_bytes());
            put("form", &format!("{}-{name}", definition.key), &bytes);
        }
    }
}

const SMALL: [&str; 2] = [
    r#"<scxml xmlns="http://www.w3.org/2005/07/scxml" initial="a"><state id="a"><onentry><send event="e" delay="1s"/></onentry><transition event="e t.*" target="p" type="internal"/></state><parallel id="p"><history id="h" type="deep"><transition target="r s"/></history><state id="q" initial="r"><state id="r"><transition event="go" target="x"/></state></state><state id="s"><final id="f"/><transition event="done.state.s" cond="In('r')" target="x"/></state></parallel><final id="x"/></scxml>"#,
    r#"<scxml xmlns="http://www.w3.org/2005/07/scxml"><state id="a"><initial><transition target="b"><raise event="c"/></transition></initial><state id="b"><onexit><if cond="In('a')"><raise event="t"/><else/><log expr="'x'"/></if></onexit><transition event="*" target="c"/></state><state id="c"/></state></scxml>"#,
];

/// A name on the first line, and the register below it.
const NAMES: [&str; 5] = [
    "康帅傅\n康师傅\n雪碧\n百度烤肉\n老康师傅",
    "NlKE\nNIKE\n耐克\nHard Rock Café\nMI SA KO",
    "naike\n耐克\n奈克\nNAIKE",
    "Ｖ仔-3\u{200F}\u{5E9}\u{5DC}\n\u{301}\n👟\nПУМА\n",
    "\n\n\u{200B}\n11\nアップル",
];

/// The first character tells the form: 0 for CSV, 1 for ST.96.
const REGISTERS: [&str; 3] = [
    "0name,registration_no,owner,classes,status,fame,aliases\n\"康师傅, \"\"老\"\"\",1,x,30;32,ok,90,KSF|康記\n,,,99,,,\n",
    "0雪碧\nTiffany & Co., Inc\n!!\n",
    r#"1<?xml version="1.0" encoding="UTF-8"?><t:TrademarkBag xmlns:t="u"><t:Trademark><c:RegistrationNumber>1</c:RegistrationNumber><t:MarkFeatureCategory>Word</t:MarkFeatureCategory><t:MarkVerbalElementText>R&amp;B <![CDATA[<x>]]>&#x5E08;</t:MarkVerbalElementText><t:GoodsServices><t:GoodsServicesClassification><t:ClassificationKindCode>Nice</t:ClassificationKindCode><t:ClassNumber>025</t:ClassNumber></t:GoodsServicesClassification></t:GoodsServices><t:HolderBag><c:EntityName>x</c:EntityName></t:HolderBag></t:Trademark></t:TrademarkBag>"#,
];

fn answer(kind: &FieldKind) -> Json {
    match kind {
        FieldKind::Bool => json!(true),
        FieldKind::Choice(choices) => json!(choices[0].key),
        FieldKind::Choices(choices) => json!([choices[0].key]),
        FieldKind::Date { .. } => json!("2026-09-01"),
        FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Money => json!(100),
        _ => json!("样例"),
    }
}

fn put(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join(name), bytes).expect("written");
}
