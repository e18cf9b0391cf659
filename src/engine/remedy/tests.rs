//! Sums by hand, on the shipped figures.

use proptest::prelude::*;
use time::{Date, macros::date};

use super::{Basis, Claim, DamagesBase, Facts, Fen, MOST, Remedies, Right, Tier, TooMuch, read::read};
use crate::clock::{
    Law,
    samples::{cases, law},
};

const YUAN: Fen = 100;

fn shipped() -> Remedies {
    let files = [
        (
            "compensation.yaml",
            include_str!("../../../workflows/remedies/compensation.yaml"),
        ),
        ("damages.yaml", include_str!("../../../workflows/remedies/damages.yaml")),
        (
            "offences.yaml",
            include_str!("../../../workflows/remedies/offences.yaml"),
        ),
        ("hints.yaml", include_str!("../../../workflows/remedies/hints.yaml")),
    ];
    let mut remedies = Remedies::default();
    for (name, text) in files {
        assert_eq!(read(name, text, shipped_law(), &mut remedies), []);
    }
    remedies
}

fn shipped_law() -> &'static Law {
    law()
}

#[test]
fn fraud_costs_three_prices_and_five_hundred_yuan_at_least() {
    let fraud = &shipped().compensations["fraud"];
    let award = |yuan: i64| fraud.award(Some(yuan * YUAN), None).unwrap().unwrap();
    assert_eq!((award(100).amount, award(100).basis), (500 * YUAN, Basis::Least));
    assert_eq!((award(166).amount, award(167).amount), (500 * YUAN, 501 * YUAN));
    assert_eq!(award(167).basis, Basis::Price { times: 3 });
    assert_eq!(
        fraud.award(None, Some(9_000 * YUAN)),
        Ok(None),
        "the loss is no base of it"
    );
}

#[test]
fn unsafe_food_costs_ten_prices_or_three_losses_whichever_is_more_and_a_thousand_at_least() {
    let food = &shipped().compensations["unsafe_food"];
    let award = |price: i64, loss: i64| food.award(Some(price * YUAN), Some(loss * YUAN)).unwrap().unwrap();
    assert_eq!(
        (award(15, 20).amount, award(15, 20).basis),
        (1_000 * YUAN, Basis::Least)
    );
    assert_eq!(
        (award(150, 400).amount, award(150, 400).basis),
        (1_500 * YUAN, Basis::Price { times: 10 })
    );
    assert_eq!(
        (award(150, 600).amount, award(150, 600).basis),
        (1_800 * YUAN, Basis::Loss { times: 3 })
    );
}

#[test]
fn a_known_defect_that_harms_costs_two_losses_at_most() {
    let defect = &shipped().compensations["known_defect"];
    assert!(defect.up_to);
    assert_eq!(
        defect.award(Some(1), Some(80_000 * YUAN)).unwrap().unwrap().amount,
        160_000 * YUAN
    );
}

#[test]
fn the_day_of_the_act_decides_which_trademark_law_sets_the_damages() {
    let remedies = shipped();
    let on = |day: Date| {
        remedies
            .damages_on(Right::Trademark, day, law())
            .map(|(key, _)| key.to_owned())
    };
    assert_eq!(on(date!(2026 - 12 - 31)).as_deref(), Some("trademark_2019"));
    assert_eq!(on(date!(2027 - 01 - 01)).as_deref(), Some("trademark_2027"));
    let confusion = |day: Date| {
        remedies
            .damages_on(Right::Confusion, day, law())
            .map(|(key, _)| key.to_owned())
    };
    assert_eq!(confusion(date!(2025 - 10 - 15)).as_deref(), Some("confusion"));
    assert_eq!(
        confusion(date!(2025 - 10 - 14)),
        None,
        "the older text is not in the pack"
    );
}

#[test]
fn until_2026_the_loss_comes_before_the_profit_and_from_2027_the_right_holder_chooses() {
    let remedies = shipped();
    let claim = Claim {
        loss: Some(200_000 * YUAN),
        profit: Some(300_000 * YUAN),
        costs: Some(20_000 * YUAN),
        ..Claim::default()
    };
    let old = remedies.damages["trademark_2019"]
        .estimate("trademark_2019", &claim)
        .unwrap();
    assert_eq!(old.base, Some((DamagesBase::Loss, 200_000 * YUAN)));
    assert_eq!(
        old.punitive,
        Some((200_000 * YUAN, 1_000_000 * YUAN)),
        "costs are no part of the base"
    );
    let new = remedies.damages["trademark_2027"]
        .estimate("trademark_2027", &claim)
        .unwrap();
    assert_eq!(new.base, Some((DamagesBase::Profit, 300_000 * YUAN)));
    assert_eq!(
        (new.punitive, new.costs),
        (Some((300_000 * YUAN, 1_500_000 * YUAN)), 20_000 * YUAN)
    );
    assert_eq!(new.statutory, None);
}

#[test]
fn without_a_base_the_court_sets_five_million_at_most_and_nothing_is_multiplied() {
    let remedies = shipped();
    for key in ["trademark_2019", "trademark_2027", "confusion"] {
        let estimate = remedies.damages[key].estimate(key, &Claim::default()).unwrap();
        assert_eq!((estimate.base, estimate.punitive), (None, None), "{key}");
        assert_eq!(estimate.statutory, Some(5_000_000 * YUAN), "{key}");
    }
    let licence = Claim {
        licence_fee: Some(50_000 * YUAN),
        licence_times: Some(3),
        ..Claim::default()
    };
    let estimate = remedies.damages["trademark_2027"]
        .estimate("trademark_2027", &licence)
        .unwrap();
    assert_eq!(estimate.base, Some((DamagesBase::Licence, 150_000 * YUAN)));
    let confusion = remedies.damages["confusion"].estimate("confusion", &licence).unwrap();
    assert_eq!(confusion.base, None, "that law knows no licence fee");
}

#[test]
fn thresholds_include_their_number_fall_with_two_marks_or_a_repetition_and_are_grave_at_ten_times() {
    let remedies = shipped();
    let goods = &remedies.offences["counterfeit_goods"];
    let of = |yuan: i64, marks: u32, again: bool| {
        let facts = Facts {
            volume: Some(yuan * YUAN),
            marks,
            again,
            ..Facts::default()
        };
        goods.indicate(&facts).unwrap()
    };
    assert_eq!(
        (of(49_999, 1, false).tier, of(50_000, 1, false).tier),
        (Tier::Below, Tier::Serious)
    );
    assert_eq!(
        (of(29_999, 2, false).tier, of(30_000, 2, false).tier),
        (Tier::Below, Tier::Serious)
    );
    assert_eq!(of(30_000, 1, true).tier, Tier::Serious);
    assert_eq!(
        (of(499_999, 1, false).tier, of(500_000, 1, false).tier),
        (Tier::Serious, Tier::Grave)
    );
    let sale = &remedies.offences["sale"];
    let unsold = Facts {
        volume: Some(40_000 * YUAN),
        stock: Some(110_000 * YUAN),
        marks: 2,
        ..Facts::default()
    };
    let found = sale.indicate(&unsold).unwrap();
    assert_eq!(
        (found.tier, found.lower, found.reached.len()),
        (Tier::Serious, false, 1),
        "sold and unsold count together"
    );
}

#[test]
fn faults_of_the_figures_are_told_with_their_line() {
    let wrong = |text: &str| {
        let mut remedies = Remedies::default();
        let found = read("x.yaml", text, law(), &mut remedies);
        found.into_iter().map(|d| (d.line, d.code)).collect::<Vec<_>>()
    };
    let fraud = "compensations:\n  fraud:\n    title: {zh: 甲, en: A}\n    law: consumer-law#55.1\n    price_times: 3\n    needs: {zh: 乙, en: B}\n";
    assert_eq!(wrong(fraud), []);
    assert_eq!(wrong(&fraud.replace("#55.1", "#955")), [(3, "WF107")]);
    assert_eq!(wrong(&fraud.replace("    price_times: 3\n", "")), [(3, "WF901")]);
    assert_eq!(wrong(&fraud.replace("price_times", "prize_times")), [(5, "WF700")]);
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn no_sum_makes_the_arithmetic_overflow_or_pay_less_than_the_least(price in any::<i64>(), loss in any::<i64>(), times in any::<u32>()) {
        let remedies = shipped();
        let inside = |sum: i64| (0..=MOST).contains(&sum);
        for compensation in remedies.compensations.values() {
            match compensation.award(Some(price), Some(loss)) {
                Ok(Some(award)) => {
                    prop_assert!(award.amount >= compensation.at_least.unwrap_or(0) * YUAN);
                    prop_assert!(award.ways.iter().all(|(_, way)| *way <= award.amount));
                }
                Ok(None) => prop_assert!(false, "both were given"),
                Err(TooMuch) => prop_assert!(!inside(price) || !inside(loss)),
            }
        }
        let claim = Claim { loss: Some(loss), profit: Some(price), licence_fee: Some(price), licence_times: Some(times), costs: None };
        for (key, damages) in &remedies.damages {
            if let Ok(estimate) = damages.estimate(key, &claim) {
                let (from, to) = estimate.punitive.unwrap_or((0, 0));
                prop_assert!(from <= to);
            }
        }
        for offence in remedies.offences.values() {
            let facts = Facts { volume: Some(price), stock: Some(loss), ..Facts::default() };
            prop_assert_eq!(offence.indicate(&facts).is_err(), !inside(price) || !inside(loss));
        }
    }
}
