//! What a consumer may claim over and above the loss.

use zhengming_engine::{pack::Pack, remedy::Basis};

use super::{Line, Sheet};

pub(super) fn reckon(sheet: &mut Sheet, pack: &Pack) -> Vec<Line> {
    let (price, loss) = (sheet.money("price"), sheet.money("loss"));
    if !sheet.asked {
        return Vec::new();
    }
    let words = sheet.words;
    let mut lines = Vec::new();
    for rule in pack.remedies.compensations.values() {
        // Sums beyond what is reckoned with were told at their question.
        let Ok(Some(award)) = rule.award(price, loss) else {
            continue;
        };
        let sum = sheet.sum(award.amount);
        let value = if rule.up_to {
            words.with("portal-amounts-up-to", "sum", sum)
        } else {
            sum
        };
        let mut line = sheet.line(words.pick(&rule.title).to_owned(), value, Some((pack, &rule.law)));
        let how = match award.basis {
            Basis::Price { times } => words.with("portal-amounts-times-price", "times", i64::from(times)),
            Basis::Loss { times } => words.with("portal-amounts-times-loss", "times", i64::from(times)),
            Basis::Least => words.t("portal-amounts-least"),
        };
        line.notes.push(how);
        line.notes
            .push(words.with("portal-amounts-needs", "what", words.pick(&rule.needs)));
        line.notes.extend(rule.except.iter().map(|except| {
            let text = words.with("portal-amounts-except", "what", words.pick(&except.text));
            format!("{text} {}", words.law(&pack.law, &except.law))
        }));
        lines.push(line);
    }
    lines
}
