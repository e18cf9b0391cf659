//! Chinese words that tell where a name in a text begins and ends, by own knowledge: what joins words, what is done to goods, what
//! they are counted in, and what is said just before a name.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

/// What never stands within a name that somebody writes about.
const NEVER: &str = "的了吗呢吧啊呀嘛哦么着这那哪我你您他她它们咱谁某每该其此是在及但而且也都就还又才再很更不没被把让却已\
    买卖喝吃穿说问告赔骂换扔付嚼吐咬闻尝寄并从因所以跟像两块吓怕哭请";

/// What stands beside names more often than at their ends, and within them sometimes: 花西子, 好丽友, 来伊份.
const SELDOM: &str = "来到去可会要想能用开做写标花等于太过对好小上下里中前后内外多少点个有和与或正将向给打查送走跑站立拿只为如若即共比曾别最\
    看找退拍坐住躺睡洗擦刷抹涂戴修装拧拉放摆挂贴印堵拆收发订取选挑称讲骗坑抢偷借租办交领带接进出回起完掉错坏假真贵便宜贱脏臭\
    旧满半整全各另几些次种样时候年月日号天早晚元角分钱斤两克件家店边面头间处人名叫被由自往当使令得地吸抽充关停倒撞摔碰掰撕烧\
    瓶箱盒包袋罐桶件双台支套条炸煮炒蒸泡冲敷喷染剪烫养喂抓碎裂漏烂破断熄疼痒痛肿晕痹咳红紫死活吵闹躲藏搬运催报警管罚抵扣欠借还差";

/// What goods are counted in. Those that animals and persons are counted in may begin a name: 三只松鼠, 七匹狼.
const MEASURES: &str =
    "瓶箱盒包袋罐桶件双台部支斤提套条块张本串碗杯份听板片根把粒颗筒壶坛捆打对副床辆间家次天年个只匹头位名元万千";
const NAMING_MEASURES: &str = "个只匹头颗粒位";
const NUMERALS: &str = "一二三四五六七八九十百千万两几半多数0123456789";
/// Numerals that names begin with more often than amounts do.
const NAMING_NUMERALS: &str = "三四五六七八九";

/// What a name stands right behind: what follows is one, though it be a common word.
const CUES: &str = "叫 名叫 叫做 名为 名称是 名称为 品牌是 品牌为 品牌叫 牌子是 牌子叫 商标是 商标为 标的是 标着 标称 标有 标注 标识为 \
    印着 印有 印的是 写着 写有 写的是 假冒 冒充 仿冒 冒用 山寨 冒牌 贴牌 招牌是 店名是 店名叫 号称 自称";

/// Who a person is called by behind a name: 王先生, 李丽老师.
const TITLES: &str = "先生 女士 小姐 老师 经理 店长 师傅 阿姨 叔叔 大姐 大哥 医生 律师 主任 警官 同学 老板 老板娘 同志 教练 队长 主播 某 某某";
/// What persons say just before their own name or another's.
const PERSONS: &str = "我叫 我是 本人 姓名 姓 联系人 负责人 法人 法定代表人 收件人 收货人 举报人 投诉人 店员 老板叫 老公 老婆 儿子 女儿 朋友 同事 表弟 表哥 \
    表妹 表姐 邻居";
/// What persons say just before where they live.
const DWELLINGS: &str = "住 家住 现住 居住 住址 家庭住址 家庭地址 收货地址 通讯地址";
/// The commonest surnames, of one character and of two.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔\
    钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤";
const LONG_SURNAMES: [&str; 8] = ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙"];

pub(super) struct Lists {
    pub(super) never: FxHashSet<char>,
    pub(super) seldom: FxHashSet<char>,
    cues: FxHashSet<&'static str>,
    titles: FxHashSet<&'static str>,
    persons: FxHashSet<&'static str>,
    dwellings: FxHashSet<&'static str>,
}

pub(super) static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    never: NEVER.chars().collect(),
    seldom: SELDOM.chars().collect(),
    cues: CUES.split_whitespace().collect(),
    titles: TITLES.split_whitespace().collect(),
    persons: PERSONS.split_whitespace().collect(),
    dwellings: DWELLINGS.split_whitespace().collect(),
});

impl Lists {
    pub(super) fn is_cue(&self, word: &str) -> bool {
        self.cues.contains(word)
    }

    pub(super) fn is_title(&self, word: &str) -> bool {
        self.titles.contains(word)
    }

    pub(super) fn announces_person(&self, word: &str) -> bool {
        self.persons.contains(word)
    }

    pub(super) fn announces_dwelling(&self, word: &str) -> bool {
        self.dwellings.contains(word)
    }
}

pub(super) fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：')
}

pub(super) fn is_numeral(c: char) -> bool {
    NUMERALS.contains(c)
}

pub(super) fn is_measure(c: char) -> bool {
    MEASURES.contains(c)
}

/// Whether an amount may be the beginning of a name.
pub(super) fn may_begin_name(numeral: char, measure: char) -> bool {
    NAMING_NUMERALS.contains(numeral) && NAMING_MEASURES.contains(measure)
}

/// Whether a word can be a person's surname and name by its form.
pub(super) fn is_like_person(name: &[char]) -> bool {
    let beginning: String = name.iter().take(2).collect();
    let long = LONG_SURNAMES.contains(&beginning.as_str());
    let (fewest, most) = if long { (3, 4) } else { (2, 3) };
    let surname = long || name.first().is_some_and(|first| SURNAMES.contains(*first));
    surname && (fewest..=most).contains(&name.len())
}
