//! The arithmetic of remedies. Sums are in fen.

use time::Date;

use super::{Bases, Compensation, Damages, FEN, Fen, MOST, Measure, Offence, Remedies, Right, Threshold};
use crate::clock::{Law, LawRef};

/// A sum that is negative or larger than is reckoned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sum must lie between 0 and {MOST} fen")]
pub struct TooMuch;

/// How a sum came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// So many times the price.
    Price {
        /// The multiple.
        times: u32,
    },
    /// So many times the loss.
    Loss {
        /// The multiple.
        times: u32,
    },
    /// The least that the law grants.
    Least,
}

/// What compensation comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// What each basis comes to, before the least.
    pub ways: Vec<(Basis, Fen)>,
    /// The larger of the ways, at least the least; a ceiling where the rule says so.
    pub amount: Fen,
    /// How it came about.
    pub basis: Basis,
}

impl Compensation {
    /// What may be claimed over and above the loss. `None`: neither price nor loss is known of those that it builds on.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub fn award(&self, price: Option<Fen>, loss: Option<Fen>) -> Result<Option<Award>, TooMuch> {
        let mut ways = Vec::new();
        if let (Some(times), Some(price)) = (self.price_times, sum(price)?) {
            ways.push((Basis::Price { times }, price * Fen::from(times)));
        }
        if let (Some(times), Some(loss)) = (self.loss_times, sum(loss)?) {
            ways.push((Basis::Loss { times }, loss * Fen::from(times)));
        }
        let Some((basis, amount)) = ways.iter().copied().max_by_key(|(_, amount)| *amount) else {
            return Ok(None);
        };
        let least = self.at_least.unwrap_or(0) * FEN;
        let (basis, amount) = if amount < least {
            (Basis::Least, least)
        } else {
            (basis, amount)
        };
        Ok(Some(Award { ways, amount, basis }))
    }
}

/// What a right holder can show. Sums in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Actual loss.
    pub loss: Option<Fen>,
    /// What the infringer earned by it.
    pub profit: Option<Fen>,
    /// The fee of a licence.
    pub licence_fee: Option<Fen>,
    /// How many times the fee seems reasonable; once where nothing is said.
    pub licence_times: Option<u32>,
    /// Reasonable costs of stopping it.
    pub costs: Option<Fen>,
}

/// What damages come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagesEstimate {
    /// Key of the rule that governs.
    pub key: String,
    /// What the damages are set by; `None` where nothing can be shown and the court sets them.
    pub base: Option<(DamagesBase, Fen)>,
    /// Punitive damages from and to, instead of the base, where their conditions are met.
    pub punitive: Option<(Fen, Fen)>,
    /// The most that a court sets where there is no base.
    pub statutory: Option<Fen>,
    /// What comes on top.
    pub costs: Fen,
}

/// By what damages are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamagesBase {
    /// The actual loss.
    Loss,
    /// The infringer's profit.
    Profit,
    /// A multiple of the licence fee.
    Licence,
}

impl Remedies {
    /// The rule on damages that governs an act on this day, with its key: that whose instrument was in force then.
    #[must_use]
    pub fn damages_on(&self, right: Right, day: Date, law: &Law) -> Option<(&str, &Damages)> {
        let governs = |damages: &Damages| {
            let instrument = law.cited(&damages.law).ok();
            damages.right == right && instrument.is_some_and(|instrument| instrument.in_force.contains(day))
        };
        let found = self.damages.iter().find(|(_, damages)| governs(damages));
        found.map(|(key, damages)| (key.as_str(), damages))
    }
}

impl Damages {
    /// What may be claimed. `key` is the rule's own.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub fn estimate(&self, key: &str, claim: &Claim) -> Result<DamagesEstimate, TooMuch> {
        let loss = sum(claim.loss)?.map(|sum| (DamagesBase::Loss, sum));
        let profit = sum(claim.profit)?.map(|sum| (DamagesBase::Profit, sum));
        let first = match self.bases {
            Bases::InTurn => loss.or(profit),
            Bases::AtChoice => [loss, profit].into_iter().flatten().max_by_key(|(_, sum)| *sum),
        };
        let licence = match sum(claim.licence_fee)?.filter(|_| self.licence) {
            Some(fee) => {
                let product = fee.checked_mul(Fen::from(claim.licence_times.unwrap_or(1)));
                sum(Some(product.ok_or(TooMuch)?))?.map(|sum| (DamagesBase::Licence, sum))
            }
            None => None,
        };
        let base = first.or(licence);
        let range = |base: Fen| {
            let rule = self.punitive.as_ref()?;
            Some((base * Fen::from(rule.from), base * Fen::from(rule.to)))
        };
        Ok(DamagesEstimate {
            key: key.to_owned(),
            punitive: base.and_then(|(_, sum)| range(sum)),
            statutory: base.is_none().then_some(self.statutory.most * FEN),
            base,
            costs: sum(claim.costs)?.unwrap_or(0),
        })
    }

    /// Every article that the rule builds on, each once, in the order in which it is used.
    pub fn laws(&self) -> impl Iterator<Item = &LawRef> {
        let punitive = self.punitive.iter().map(|punitive| &punitive.law);
        let used = [&self.law, &self.statutory.law, &self.costs]
            .into_iter()
            .chain(punitive);
        let mut laws: Vec<&LawRef> = Vec::new();
        for law in used {
            if !laws.contains(&law) {
                laws.push(law);
            }
        }
        laws.into_iter()
    }
}

/// What is known of an act. Sums in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Illegal gains.
    pub gains: Option<Fen>,
    /// Illegal business volume or sales.
    pub volume: Option<Fen>,
    /// Value of what is not yet sold; what is sold counts with it.
    pub stock: Option<Fen>,
    /// Labels.
    pub pieces: Option<i64>,
    /// Marks.
    pub marks: u32,
    /// Whether there was a conviction or penalty for the same in the two years before.
    pub again: bool,
}

/// How far an act goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Below every threshold; what points to a crime is referred all the same.
    Below,
    /// Serious circumstances.
    Serious,
    /// Especially serious.
    Grave,
}

/// What thresholds say of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indication {
    /// How far it goes.
    pub tier: Tier,
    /// Whether the lower thresholds held.
    pub lower: bool,
    /// Each threshold that it reaches, with what was measured (fen or pieces).
    pub reached: Vec<(Threshold, i64)>,
}

impl Offence {
    /// What the thresholds say.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub fn indicate(&self, facts: &Facts) -> Result<Indication, TooMuch> {
        let lower = (self.lower.two_marks && facts.marks >= 2) || (self.lower.again && facts.again);
        let tests = if lower { &self.lower_tests } else { &self.tests };
        for given in [facts.gains, facts.volume, facts.stock, facts.pieces] {
            sum(given)?;
        }
        let mut reached = Vec::new();
        let mut tier = Tier::Below;
        for test in tests {
            let Some(measured) = facts.measured(test.measure) else {
                continue;
            };
            let threshold = test.threshold();
            if measured >= threshold {
                reached.push((*test, measured));
                let grave = measured >= threshold.saturating_mul(self.grave_times);
                tier = tier.max(if grave { Tier::Grave } else { Tier::Serious });
            }
        }
        Ok(Indication { tier, lower, reached })
    }
}

impl Threshold {
    /// In fen, or in pieces.
    fn threshold(&self) -> i64 {
        match self.measure {
            Measure::Pieces => self.at_least,
            Measure::Gains | Measure::Volume | Measure::Stock => self.at_least.saturating_mul(FEN),
        }
    }
}

impl Facts {
    fn measured(&self, measure: Measure) -> Option<i64> {
        match measure {
            Measure::Gains => self.gains,
            Measure::Volume => self.volume,
            Measure::Stock => self.stock.map(|stock| stock + self.volume.unwrap_or(0)),
            Measure::Pieces => self.pieces,
        }
    }
}

fn sum(given: Option<i64>) -> Result<Option<i64>, TooMuch> {
    match given {
        Some(sum) if !(0..=MOST).contains(&sum) => Err(TooMuch),
        given => Ok(given),
    }
}
