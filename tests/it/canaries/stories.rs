//! The cases of the world: what happens to each, as far as it takes to have somebody who might see too much.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use zhengming_engine::definition::model::{FilingMode, Storage};

use super::world::{CENTRE, CONSUMERS, COURT, OTHER, PLATFORM, World};
use crate::town::{ASSOCIATION, BUREAU, DISTRICT, POLICE, PROCURATORATE};

/// What a complaint hands to the report that is split from it.
const SPLIT: [(&str, &str); 9] = [
    ("reported_name", "respondent_name"),
    ("reported_address", "respondent_address"),
    ("platform", "platform"),
    ("shop", "shop"),
    ("web_address", "web_address"),
    ("brand", "brand"),
    ("name_found", "name_found"),
    ("facts", "facts"),
    ("basis", "basis"),
];

/// The rest of the procedures that a party can file under: key, ways, who, where it arrives.
const OTHERS: [(&str, &str, FilingMode, &str, &str); 11] = [
    ("feedback named", "feedback", FilingMode::Named, "consumer", BUREAU),
    (
        "feedback confidential",
        "feedback",
        FilingMode::Confidential,
        "reporter",
        BUREAU,
    ),
    (
        "feedback anonymous",
        "feedback",
        FilingMode::Anonymous,
        "reporter",
        BUREAU,
    ),
    (
        "platform notice",
        "platform_notice",
        FilingMode::Named,
        "owner",
        PLATFORM,
    ),
    ("assistance", "rights_assistance", FilingMode::Named, "owner", CENTRE),
    ("brand listing", "key_brand_listing", FilingMode::Named, "owner", BUREAU),
    (
        "brand coordination",
        "key_brand_coordination",
        FilingMode::Named,
        "owner",
        BUREAU,
    ),
    (
        "peoples mediation",
        "peoples_mediation",
        FilingMode::Named,
        "owner",
        ASSOCIATION,
    ),
    (
        "commercial mediation",
        "commercial_mediation",
        FilingMode::Named,
        "owner",
        ASSOCIATION,
    ),
    ("ip mediation", "ip_mediation", FilingMode::Named, "owner", BUREAU),
    (
        "court-invited mediation",
        "court_invited_mediation",
        FilingMode::Named,
        "owner",
        COURT,
    ),
];

impl World {
    /// A complaint that is split, sent to the district, and entrusted to a mediation body; the trader takes part.
    pub(super) async fn complaint(&mut self) {
        let case = self
            .file(
                "complaint",
                "complaint",
                FilingMode::Named,
                "consumer",
                BUREAU,
                json!({ "filed_by_agent": true, "joint": true, "trader_kind": "in_platform" }),
            )
            .await;
        self.act(case, "intake", "split", json!({})).await;
        self.opened(case, "split report", "split_from", BUREAU, &SPLIT).await;
        let report = case + 1;
        for case in [case, report] {
            self.act(case, "intake", "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            self.act(case, "officer", "take", json!({})).await;
            self.cases[case].at = DISTRICT;
        }
        self.act(report, "officer", "ask_rights_holder", json!({})).await;
        self.add(report, "officer", "case_officer", &[]).await;
        self.act(case, "officer", "request_identity", json!({})).await;
        self.act(case, "consumer", "supply_identity", json!({})).await;
        self.act(case, "officer", "check_agent", json!({})).await;
        self.act(case, "officer", "accept", json!({})).await;
        self.joined(case, "respondent", "trader").await;
        self.act(
            case,
            "consumer",
            "complainant_consents",
            json!({ "delegation_consent": true }),
        )
        .await;
        self.act(
            case,
            "trader",
            "respondent_consents",
            json!({ "respondent_delegation_consent": true }),
        )
        .await;
        self.add(case, "consumer", "complainant", &[]).await;
        self.add(case, "trader", "respondent", &[]).await;
        self.add(case, "officer", "case_officer", &["complainant"]).await;
        self.add(case, "officer", "case_officer", &["respondent"]).await;
        self.act(case, "officer", "delegate_mediation", json!({ "body": ASSOCIATION }))
            .await;
        self.cases[case].entrusted.push((ASSOCIATION, "mediation_body"));
        self.act(case, "body", "schedule_on_site", json!({ "recusal_days": 3 }))
            .await;
        self.add(case, "body", "mediation_body", &["complainant"]).await;
        self.add(case, "officer", "case_officer", &["mediation_body"]).await;
    }

    /// Reports: a confidential one that goes to another office, an anonymous one, one under a name.
    pub(super) async fn reports(&mut self) {
        let modes = [
            ("confidential report", FilingMode::Confidential),
            ("anonymous report", FilingMode::Anonymous),
            ("named report", FilingMode::Named),
        ];
        for (label, mode) in modes {
            let case = self.file(label, "report", mode, "reporter", BUREAU, json!({})).await;
            self.add(case, "receipt of it", "reporter", &[]).await;
            self.add(case, "intake", "intake_officer", &["reporter"]).await;
            self.act(case, "intake", "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            self.cases[case].at = DISTRICT;
            if mode == FilingMode::Confidential {
                self.act(case, "officer", "raise_dispute", json!({ "dispute_with": OTHER }))
                    .await;
                self.act(case, "head", "settle_dispute", json!({ "organisation": OTHER }))
                    .await;
                self.cases[case].at = OTHER;
                self.act(case, "neighbour", "take", json!({})).await;
                self.add(case, "neighbour", "case_officer", &["reporter"]).await;
            } else {
                self.act(case, "officer", "take", json!({})).await;
                self.act(case, "officer", "send_to_test", json!({})).await;
            }
        }
    }

    /// A penalty case of the district; a suspected crime goes to public security.
    pub(super) async fn penalty(&mut self) {
        let account = |world: &Self, name: &str| json!(world.town().who(name).account_id());
        let (one, two) = (account(self, "officer"), account(self, "colleague"));
        let case = self
            .file("penalty", "penalty", FilingMode::Named, "officer", DISTRICT, json!({}))
            .await;
        let filed = json!({
            "filing_conditions": ["prima_facie", "penalty_due", "own_jurisdiction", "in_time"],
            "officer_one": one, "officer_two": two,
        });
        self.act(case, "head", "file", filed).await;
        self.add(case, "officer", "case_officer", &[]).await;
        self.act(case, "officer", "refer", json!({})).await;
        let crosses = [("party_name", "party_name"), ("suspicion", "suspicion")];
        self.opened(case, "referral", "criminal_referral", DISTRICT, &crosses)
            .await;
        let referral = case + 1;
        self.act(
            referral,
            "head",
            "form_team",
            json!({ "officer_one": one, "officer_two": two }),
        )
        .await;
        self.act(
            referral,
            "officer",
            "report",
            json!({ "ground": "reasonable_suspicion", "tests_made": false }),
        )
        .await;
        self.act(referral, "head", "approve", json!({})).await;
        let letter = json!({
            "police": POLICE, "procuratorate": PROCURATORATE, "enclosures": ["investigation_report", "item_list"],
        });
        self.act(referral, "officer", "transfer", letter).await;
        self.cases[referral].at = POLICE;
        self.cases[referral]
            .entrusted
            .push((PROCURATORATE, "procuratorate_liaison"));
        self.act(
            referral,
            "policeman",
            "sign_receipt",
            json!({ "own_jurisdiction": true }),
        )
        .await;
        self.act(referral, "policeman", "ask_material", json!({})).await;
        self.add(referral, "policeman", "police_officer", &[]).await;
    }

    /// A request of an owner, which is handled as a report.
    pub(super) async fn handling(&mut self) {
        let case = self
            .file(
                "handling",
                "handling_request",
                FilingMode::Named,
                "owner",
                BUREAU,
                json!({ "filed_by_agent": true }),
            )
            .await;
        self.add(case, "owner", "rights_holder", &[]).await;
        self.act(case, "intake", "treat_as_report", json!({})).await;
        self.opened(case, "report of a request", "handled_as_report", BUREAU, &SPLIT)
            .await;
    }

    /// A mediation of the consumer association; the trader takes part.
    pub(super) async fn mediation(&mut self) {
        let mediation = self
            .file(
                "consumer mediation",
                "consumer_mediation",
                FilingMode::Named,
                "consumer",
                CONSUMERS,
                json!({}),
            )
            .await;
        self.joined(mediation, "respondent", "trader").await;
        self.add(mediation, "consumer", "complainant", &[]).await;
        self.add(mediation, "trader", "respondent", &[]).await;
        self.add(mediation, "association", "mediation_body", &["complainant"])
            .await;
        self.add(mediation, "association", "mediation_body", &["respondent"])
            .await;
    }

    /// Everything else that a party can file, with what it adds; none with an identity is left out.
    pub(super) async fn others(&mut self) {
        for (label, procedure, mode, who, at) in OTHERS {
            let case = self.file(label, procedure, mode, who, at, json!({})).await;
            // The court that refers keeps a part in what it refers.
            if procedure == "court_invited_mediation" {
                self.cases[case].entrusted.push((COURT, "court_officer"));
            }
            let role = self.definitions[case].filers().next().expect("a filer").clone();
            self.add(case, "receipt of it", &role, &[]).await;
        }
        let planted: BTreeSet<&str> = self.cases.iter().map(|told| told.procedure.as_str()).collect();
        let today = zhengming_engine::clock::local_date(self.town().app.now()).expect("a day");
        let pack = self.town().app.pack();
        let with_identity = pack
            .procedures
            .keys()
            .filter_map(|key| pack.in_force(key, today))
            .filter(|definition| definition.fields.values().any(|f| f.storage == Storage::Identity))
            .filter(|definition| definition.filers().next().is_some());
        let missing: Vec<&str> = with_identity
            .map(|definition| definition.key.as_str())
            .filter(|key| !planted.contains(key) && !LEFT.contains_key(key))
            .collect();
        assert_eq!(
            missing, [""; 0],
            "procedures with an identity that nobody plants one in"
        );
    }
}

/// Procedures with an identity that are opened otherwise, and why they are not filed here.
static LEFT: std::sync::LazyLock<BTreeMap<&str, &str>> = std::sync::LazyLock::new(|| {
    BTreeMap::from([
        ("judicial_confirmation", "both sides apply after a mediation"),
        (
            "credit_repair",
            "its applicant is the party of a penalty, whom the decision names in public",
        ),
    ])
});
