//! Sums that the law speaks of.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use zhengming_engine::{
    clock::local_date,
    remedy::{Claim, DamagesBase, DamagesEstimate, Facts, Measure as Measured, Right, Tier, TooMuch},
};

use crate::graphql::{
    context::{ContextExt as _, RequestContext},
    error::{bad_input, internal},
    scalar::{Date, Fen},
};

/// Helps to reckon with what statutes say; open to everybody, and no decision of anybody.
#[derive(Default)]
pub struct RemedyQuery;

/// What a consumer may claim beyond the loss.
#[derive(SimpleObject)]
pub struct CompensationEstimate {
    /// Stable key of the rule.
    key: String,
    /// What it is for, in the language of the request.
    title: String,
    /// The sum, or the most of it.
    amount: Fen,
    /// Whether the sum is a ceiling.
    up_to: bool,
    /// What must be the case.
    needs: String,
    /// When it is not owed.
    exceptions: Vec<String>,
    /// The article, as `instrument#article`.
    legal_basis: String,
}

/// What was infringed.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum InfringedRight {
    /// The exclusive right to use a registered trademark.
    Trademark,
    /// Protection of a known name, packaging or get-up against confusion.
    Confusion,
}

/// What a right holder can show; sums in fen.
#[derive(InputObject)]
pub struct InfringementDamagesInput {
    /// What was infringed.
    right: InfringedRight,
    /// Day of the act: it decides which law governs. Today if left out.
    act_on: Option<Date>,
    /// Actual loss.
    loss: Option<Fen>,
    /// What the infringer earned by it.
    profit: Option<Fen>,
    /// Fee of a licence.
    licence_fee: Option<Fen>,
    /// Reasonable multiple of the fee, 1 if left out.
    licence_times: Option<u32>,
    /// Reasonable costs of stopping it.
    costs: Option<Fen>,
}

/// By what damages are set.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum DamagesBasis {
    /// The actual loss.
    Loss,
    /// The infringer's profit.
    Profit,
    /// A multiple of the licence fee.
    Licence,
}

/// What damages come to under the law of the day.
#[derive(SimpleObject)]
pub struct InfringementDamages {
    /// Stable key of the rule.
    key: String,
    /// What it is for, in the language of the request.
    title: String,
    /// By what they are set; null where nothing can be shown.
    basis: Option<DamagesBasis>,
    /// The sum by that basis.
    base: Option<Fen>,
    /// Punitive damages at least, where their conditions are met.
    punitive_from: Option<Fen>,
    /// And at most.
    punitive_to: Option<Fen>,
    /// The most that a court sets where there is no base.
    statutory_most: Option<Fen>,
    /// What comes on top.
    costs: Fen,
    /// Articles, as `instrument#article`.
    legal_bases: Vec<String>,
}

/// What is known of an act; sums in fen.
#[derive(InputObject)]
pub struct CriminalThresholdInput {
    /// `counterfeit_goods`, `counterfeit_services`, `sale` or `labels`.
    offence: String,
    /// Illegal gains.
    gains: Option<Fen>,
    /// Illegal business volume or sales.
    volume: Option<Fen>,
    /// Value of unsold goods.
    stock: Option<Fen>,
    /// Labels.
    pieces: Option<i32>,
    /// Registered marks concerned.
    #[graphql(default = 1)]
    marks: u32,
    /// Whether convicted or penalised for the like within two years.
    #[graphql(default)]
    again: bool,
}

/// How far an act goes by the sums. Below them a reasonable suspicion is referred all the same (Order 310 art 3).
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum ThresholdTier {
    /// Below every threshold.
    Below,
    /// Serious circumstances, or a relatively large sum.
    Serious,
    /// Especially serious circumstances, or a huge sum.
    Grave,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum ThresholdMeasure {
    /// Illegal gains.
    Gains,
    /// Illegal business volume or sales.
    Volume,
    /// Unsold goods together with sales.
    Stock,
    /// Labels, in pieces.
    Pieces,
}

/// What thresholds say of an act: an indication, never a gate.
#[derive(SimpleObject)]
pub struct CriminalThreshold {
    /// The offence, in the language of the request.
    title: String,
    /// Article of the Criminal Law.
    article: String,
    /// How far it goes.
    tier: ThresholdTier,
    /// Whether the lower thresholds held.
    lower: bool,
    /// Which thresholds it reaches.
    reached: Vec<ThresholdMeasure>,
    /// Whether the figures are not checked against a published text.
    unverified: bool,
}

#[Object]
impl RemedyQuery {
    /// What a consumer may claim beyond the loss, by each rule that the sums fit.
    async fn consumer_compensation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Price in fen.")] price: Option<Fen>,
        #[graphql(desc = "Loss in fen.")] loss: Option<Fen>,
    ) -> Result<Vec<CompensationEstimate>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let mut estimates = Vec::new();
        for (key, rule) in &pack.remedies.compensations {
            let award = rule.award(price.map(|fen| fen.0), loss.map(|fen| fen.0));
            let Some(award) = award.map_err(|fault| too_much(request, fault))? else {
                continue;
            };
            estimates.push(CompensationEstimate {
                key: key.clone(),
                title: request.words(&rule.title),
                amount: Fen(award.amount),
                up_to: rule.up_to,
                needs: request.words(&rule.needs),
                exceptions: rule.except.iter().map(|except| request.words(&except.text)).collect(),
                legal_basis: rule.law.as_str().to_owned(),
            });
        }
        Ok(estimates)
    }

    /// What a right holder may claim under the law of the day of the act; null for a day whose law is not in the pack.
    async fn infringement_damages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was infringed and what can be shown.")] input: InfringementDamagesInput,
    ) -> Result<Option<InfringementDamages>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let day = match input.act_on {
            Some(Date(day)) => day,
            None => local_date(request.app.now()).map_err(|_| internal(Some(request), "the date is out of range"))?,
        };
        let right = match input.right {
            InfringedRight::Trademark => Right::Trademark,
            InfringedRight::Confusion => Right::Confusion,
        };
        let Some((key, rule)) = pack.remedies.damages_on(right, day, &pack.law) else {
            return Ok(None);
        };
        let claim = Claim {
            loss: input.loss.map(|fen| fen.0),
            profit: input.profit.map(|fen| fen.0),
            licence_fee: input.licence_fee.map(|fen| fen.0),
            licence_times: input.licence_times,
            costs: input.costs.map(|fen| fen.0),
        };
        let estimate = rule.estimate(key, &claim).map_err(|fault| too_much(request, fault))?;
        let bases = rule.laws().map(|law| law.as_str().to_owned()).collect();
        Ok(Some(damages(request.words(&rule.title), bases, estimate)))
    }

    /// What thresholds of trademark offences say of an act: an indication, never a gate for a transfer.
    async fn criminal_threshold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is known of the act.")] input: CriminalThresholdInput,
    ) -> Result<CriminalThreshold> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let offence = pack.remedies.offences.get(&input.offence);
        let offence = offence.ok_or_else(|| bad_input(request.locale, "offence", "UNKNOWN_OFFENCE"))?;
        let facts = Facts {
            gains: input.gains.map(|fen| fen.0),
            volume: input.volume.map(|fen| fen.0),
            stock: input.stock.map(|fen| fen.0),
            pieces: input.pieces.map(i64::from),
            marks: input.marks,
            again: input.again,
        };
        let found = offence.indicate(&facts).map_err(|fault| too_much(request, fault))?;
        let measure = |measure: Measured| match measure {
            Measured::Gains => ThresholdMeasure::Gains,
            Measured::Volume => ThresholdMeasure::Volume,
            Measured::Stock => ThresholdMeasure::Stock,
            Measured::Pieces => ThresholdMeasure::Pieces,
        };
        Ok(CriminalThreshold {
            title: request.words(&offence.title),
            article: offence.article.clone(),
            tier: match found.tier {
                Tier::Below => ThresholdTier::Below,
                Tier::Serious => ThresholdTier::Serious,
                Tier::Grave => ThresholdTier::Grave,
            },
            lower: found.lower,
            reached: found.reached.iter().map(|(test, _)| measure(test.measure)).collect(),
            unverified: offence.unverified,
        })
    }
}

fn damages(title: String, legal_bases: Vec<String>, estimate: DamagesEstimate) -> InfringementDamages {
    let basis = |base: DamagesBase| match base {
        DamagesBase::Loss => DamagesBasis::Loss,
        DamagesBase::Profit => DamagesBasis::Profit,
        DamagesBase::Licence => DamagesBasis::Licence,
    };
    InfringementDamages {
        key: estimate.key,
        title,
        basis: estimate.base.map(|(base, _)| basis(base)),
        base: estimate.base.map(|(_, sum)| Fen(sum)),
        punitive_from: estimate.punitive.map(|(from, _)| Fen(from)),
        punitive_to: estimate.punitive.map(|(_, to)| Fen(to)),
        statutory_most: estimate.statutory.map(Fen),
        costs: Fen(estimate.costs),
        legal_bases,
    }
}

fn too_much(request: &RequestContext, _: TooMuch) -> async_graphql::Error {
    bad_input(request.locale, "input", "SUM_OUT_OF_RANGE")
}
