//! Fields that stand in a row of comparisons: of `a < b`, `b < c` each finds its place among all.

use super::{explored, told};

/// A procedure that asks for `fields` of a type one after the other, or all at once; each must hold `condition` with those before.
fn row(kind: &str, fields: usize, at_once: bool, condition: impl Fn(usize) -> String) -> String {
    let asked: Vec<String> = (1..=fields).map(|n| format!("f{n}")).collect();
    let titles = ["甲", "乙", "丙", "丁", "戊"];
    let title = |n: usize| titles.get(n - 1).copied().unwrap_or("己");
    let declared: String = (1..=fields)
        .map(|n| format!("  f{n}: {{title: {{zh: {}, en: Field {n}}}, {kind}}}\n", title(n)))
        .collect();
    let events: String = if at_once {
        format!(
            "  s1: {{title: {{zh: 完成, en: Finish}}, by: [officer], form: [{}]}}\n",
            asked.join(", ")
        )
    } else {
        (1..=fields)
            .map(|n| {
                format!(
                    "  s{n}: {{title: {{zh: {}, en: Step {n}}}, by: [officer], form: [f{n}]}}\n",
                    title(n)
                )
            })
            .collect()
    };
    let steps = if at_once { 1 } else { fields };
    let states: String = (1..=steps)
        .map(|n| {
            let to = if n == steps { "done".to_owned() } else { format!("w{}", n + 1) };
            let condition = condition(n);
            let requires = if condition.is_empty() {
                String::new()
            } else {
                format!(", requires: [{{when: \"{condition}\", code: NOT_IN_A_ROW, reason: {{zh: 次序不符, en: Not in a row}}, law: 23}}]")
            };
            format!(
                "  w{n}: {{title: {{zh: {}, en: Waiting {n}}}, owner: officer, no_clock: not here, events: {{s{n}: {{to: {to}{requires}}}}}}}\n",
                title(n)
            )
        })
        .collect();
    format!(
        "procedure: row
version: 1
title: {{zh: 次序, en: Row}}
instrument: samr-121
roles: {{officer: {{title: {{zh: 经办人, en: Officer}}, kind: staff}}}}
fields:
{declared}  c: {{title: {{zh: 其他, en: Other}}, type: bool}}
filing: {{by: [officer], pages: {{what: {{title: {{zh: 内容, en: What}}, form: ['c?']}}}}}}
events:
{events}initial: w1
states:
{states}  done: {{title: {{zh: 毕, en: Done}}, outcome: done}}
"
    )
}

/// Each of so many fields is less than the next.
fn rising(fields: usize) -> String {
    let pairs: Vec<String> = (1..fields).map(|n| format!("data.f{n} < data.f{}", n + 1)).collect();
    pairs.join(" && ")
}

#[test]
fn answers_that_rise_one_after_the_other_are_possible() {
    for kind in ["type: date", "type: integer, min: 0, max: 50"] {
        for fields in 2..=5 {
            let text = row(kind, fields, true, |_| rising(fields));
            assert_eq!(told(&explored(&[&text])), [], "{kind}: {fields}");
        }
    }
}

#[test]
fn a_day_that_is_to_lie_behind_the_last_one_is_always_left() {
    for sign in ["<", ">"] {
        for fields in 2..=5 {
            let later = |n: usize| match n {
                1 => String::new(),
                n => format!("has(data.f{}) && data.f{} {sign} data.f{n}", n - 1, n - 1),
            };
            let text = row("type: date", fields, false, later);
            assert_eq!(told(&explored(&[&text])), [], "{sign}: {fields}");
        }
    }
}

#[test]
fn a_value_that_a_condition_names_counts_for_all_that_stand_in_a_row() {
    let far = |_| "data.f1 >= data.f2 && data.f2 >= data.f3 && data.f3 >= date('2030-01-01')".to_owned();
    let text = row("type: date", 3, true, far);
    assert_eq!(told(&explored(&[&text])), []);
    let never = |_| "data.f1 < data.f2 && data.f2 < data.f3 && data.f3 < data.f1".to_owned();
    let found = told(&explored(&[&row("type: date", 3, true, never)]));
    assert!(found.iter().any(|(code, ..)| *code == "WF204"), "{found:?}");
}
