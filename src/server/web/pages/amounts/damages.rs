//! What a right holder may claim.

use time::Date;
use zhengming_engine::{
    clock::iso_day,
    pack::Pack,
    remedy::{Claim, Damages, DamagesBase, DamagesEstimate, Right},
};

use super::{Control, Line, Sheet};

pub(super) fn reckon(sheet: &mut Sheet, pack: &Pack, today: Date) -> Vec<Line> {
    let rights = [
        ("trademark", "portal-amounts-right-trademark"),
        ("confusion", "portal-amounts-right-confusion"),
    ];
    let options = rights.map(|(key, text)| (key.to_owned(), sheet.words.t(text)));
    let right = match sheet.choice("right", options.into()).as_str() {
        "confusion" => Right::Confusion,
        _ => Right::Trademark,
    };
    let day = day(sheet, today);
    let claim = Claim {
        loss: sheet.money("loss"),
        profit: sheet.money("profit"),
        licence_fee: sheet.money("licence_fee"),
        licence_times: sheet.number("licence_times", 100).and_then(|n| u32::try_from(n).ok()),
        costs: sheet.money("costs"),
    };
    let (true, Some(day)) = (sheet.asked, day) else {
        return Vec::new();
    };
    let Some((key, rule)) = pack.remedies.damages_on(right, day, &pack.law) else {
        return vec![sheet.line(sheet.words.t("portal-amounts-no-law"), String::new(), None)];
    };
    match rule.estimate(key, &claim) {
        Ok(estimate) => lines(sheet, pack, rule, &estimate),
        Err(_) => Vec::new(),
    }
}

/// The day of the act: today where nothing was typed.
fn day(sheet: &mut Sheet, today: Date) -> Option<Date> {
    let typed = sheet.typed("act_on");
    let day = match typed.as_str() {
        "" => Some(today),
        text => iso_day(text),
    };
    let error = day.is_none().then(|| sheet.words.t("portal-amounts-wrong-day"));
    sheet.ask("act_on", error, Control::Text);
    day
}

fn lines(sheet: &Sheet, pack: &Pack, rule: &Damages, estimate: &DamagesEstimate) -> Vec<Line> {
    let words = sheet.words;
    let mut lines = Vec::new();
    if let Some((base, sum)) = estimate.base {
        let how = match base {
            DamagesBase::Loss => "portal-amounts-base-loss",
            DamagesBase::Profit => "portal-amounts-base-profit",
            DamagesBase::Licence => "portal-amounts-base-licence",
        };
        let mut line = sheet.line(
            words.pick(&rule.title).to_owned(),
            sheet.sum(sum),
            Some((pack, &rule.law)),
        );
        line.notes.push(words.t(how));
        lines.push(line);
    }
    if let (Some((from, to)), Some(punitive)) = (estimate.punitive, &rule.punitive) {
        let range = format!("{} – {}", sheet.sum(from), sheet.sum(to));
        let mut line = sheet.line(words.t("portal-amounts-punitive"), range, Some((pack, &punitive.law)));
        line.notes
            .push(words.with("portal-amounts-needs", "what", words.pick(&punitive.needs)));
        line.notes.push(words.t("portal-amounts-punitive-note"));
        lines.push(line);
    }
    if rule.punitive.is_none() {
        lines.push(sheet.line(words.t("portal-amounts-no-punitive"), String::new(), None));
    }
    if let Some(most) = estimate.statutory {
        let value = words.with("portal-amounts-up-to", "sum", sheet.sum(most));
        let law = Some((pack, &rule.statutory.law));
        let mut line = sheet.line(words.t("portal-amounts-statutory"), value, law);
        line.notes.push(words.t("portal-amounts-statutory-note"));
        lines.push(line);
    }
    if estimate.costs > 0 {
        let costs = sheet.sum(estimate.costs);
        lines.push(sheet.line(words.t("portal-amounts-costs-on-top"), costs, Some((pack, &rule.costs))));
    }
    lines
}
