//! What the signs, colours and lines of a drawing mean, below it.

use super::{
    block::{SIGN, Sign},
    content::{Cause, Content, Figure},
    layout::{Point, Rect, Size},
    pen::Pen,
    svg::{ground, stroke},
    text::ems,
    wording::{Language, Wording},
};

/// Height of a line of the legend.
const LINE: f64 = 24.0;
/// Room between two entries.
const GAP: f64 = 26.0;
/// Room above the legend.
const ABOVE: f64 = 26.0;

/// The legend, drawn from its upper left corner.
pub(super) struct Legend {
    pub(super) drawing: String,
    pub(super) height: f64,
}

/// What stands before an entry.
enum Token {
    Step(usize),
    Arrow(Cause),
    Sign(Sign),
    End,
    Nothing,
}

impl Token {
    fn width(&self) -> f64 {
        match self {
            Self::Step(_) | Self::End => 28.0,
            Self::Arrow(_) => 42.0,
            Self::Sign(_) => SIGN,
            Self::Nothing => 0.0,
        }
    }
}

/// Draws the legend of what stands in a drawing, in lines of a width.
pub(super) fn legend(content: &Content, wording: &Wording<'_>, width: f64, placed: bool) -> Legend {
    let mut pen = Pen::default();
    let (mut x, mut y) = (0.0, ABOVE);
    for (token, text) in entries(content, wording, placed) {
        let room = token.width() + ems(&text) * 12.0;
        if x > 0.0 && x + room > width {
            x = 0.0;
            y += LINE;
        }
        draw(&mut pen, &token, x, y);
        pen.text(
            Point {
                x: x + token.width(),
                y: y + 4.0,
            },
            "ink",
            "#1b1f24",
            "",
            &text,
        );
        x += room + GAP;
    }
    Legend {
        drawing: pen.text,
        height: y + LINE / 2.0,
    }
}

fn entries(content: &Content, wording: &Wording<'_>, placed: bool) -> Vec<(Token, String)> {
    let language = wording.language;
    let mut entries: Vec<(Token, String)> = content
        .phases()
        .into_iter()
        .enumerate()
        .map(|(n, phase)| (Token::Step(n), wording.phase(phase).to_owned()))
        .collect();
    let mut say = |token: Token, zh: &str, en: &str| entries.push((token, language.of(zh, en).to_owned()));
    let notes = || {
        content
            .arrows
            .iter()
            .flat_map(|a| &a.notes)
            .chain(content.states.iter().flat_map(|s| &s.stays))
    };
    let used = |key: &str| notes().any(|note| note.roles.iter().any(|role| role == key));
    for (key, title) in content.roles.iter().filter(|(key, _)| used(key)) {
        let title = format!("{} {title}", content.role_sign(key));
        say(Token::Nothing, &title, &title);
    }
    if placed {
        say(Token::Sign(Sign::Here), "案件现在在此", "the case is here");
        say(Token::Sign(Sign::Passed), "案件已经过", "the case has passed here");
    }
    if content.states.iter().any(|s| s.figure == Figure::Final) {
        say(Token::End, "双线：终结", "double border: the end");
    }
    say(
        Token::Arrow(Cause::Person),
        "由人提出的事件",
        "event that somebody sends",
    );
    for (cause, zh, en) in [
        (Cause::Clock, "期限届满时", "when a period expires"),
        (Cause::System, "系统或者其他案件引起", "by the system or another case"),
    ] {
        if content
            .arrows
            .iter()
            .any(|arrow| !arrow.notes.is_empty() && arrow.cause() == cause)
        {
            say(Token::Arrow(cause), zh, en);
        }
    }
    if content.states.iter().any(|s| s.clocks.iter().any(|c| !c.suspended)) {
        say(Token::Sign(Sign::Clock), "期限；届满", "period; its expiry");
    }
    if content.states.iter().any(|s| s.clocks.iter().any(|c| c.suspended)) {
        say(Token::Sign(Sign::Pause), "期限中止", "period stands still");
    }
    if notes().any(|note| note.escalates && note.cause == Cause::Clock) {
        say(
            Token::Sign(Sign::Escalation),
            "届满并告知上级",
            "expiry of which the superior authority is told",
        );
    }
    if content.states.iter().any(|s| !s.stays.is_empty()) {
        say(
            Token::Sign(Sign::Loop),
            "不离开该状态的事件",
            "event that does not leave the state",
        );
    }
    if notes().any(|note| note.conditional) {
        say(Token::Nothing, "* 有条件", "* under a condition");
    }
    if let Some(instrument) = &content.instrument {
        let text = match language {
            Language::Zh => format!("未注明文件名称的条文出自《{instrument}》"),
            Language::En => format!("Articles without a title are of: {instrument}"),
        };
        entries.push((Token::Nothing, text));
    }
    entries
}

fn draw(pen: &mut Pen, token: &Token, x: f64, y: f64) {
    let swatch = Rect {
        at: Point { x, y: y - 7.0 },
        size: Size {
            width: 22.0,
            height: 14.0,
        },
    };
    match token {
        Token::Step(n) => {
            pen.raw(&format!("<g class=\"state step-{}\">", n % 8));
            let fill = ground(*n);
            pen.rect(
                &swatch,
                &format!("class=\"box\" rx=\"3\" fill=\"{fill}\" stroke=\"#4a5560\" stroke-width=\"1\""),
            );
            pen.raw("</g>");
        }
        Token::End => {
            pen.raw("<g class=\"state\">");
            pen.rect(
                &swatch,
                "class=\"end\" rx=\"5\" fill=\"none\" stroke=\"#4a5560\" stroke-width=\"1.3\"",
            );
            let inner = Rect {
                at: Point { x: x + 3.0, y: y - 4.0 },
                size: Size {
                    width: 16.0,
                    height: 8.0,
                },
            };
            pen.rect(
                &inner,
                "class=\"end\" rx=\"3\" fill=\"none\" stroke=\"#4a5560\" stroke-width=\"1\"",
            );
            pen.raw("</g>");
        }
        Token::Arrow(cause) => {
            let (class, colour, dashes) = stroke(*cause, false);
            pen.raw(&format!(
                "<g class=\"arrow {class}\"><path d=\"M{x} {y}h28\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\"{dashes}/><path class=\"tip\" d=\"M{} {y}l-9 -4v8Z\" fill=\"{colour}\"/></g>",
                x + 36.0
            ));
        }
        Token::Sign(sign) => pen.sign(*sign, Point { x, y }),
        Token::Nothing => {}
    }
}
