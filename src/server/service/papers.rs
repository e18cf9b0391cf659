//! Documents (文书) of a step: what they say, under which number and seal.

use serde_json::{Map, Value as Json, json};
use time::OffsetDateTime;
use zhengming_engine::{clock::local_date, definition::paper::PaperPart, notice::DocumentKind, text::Label};

use super::{
    numbering::{borne, document_series, drawn, year},
    record::{Around, Output, Recorder, Step},
    seal::{seal, sealed_by},
    wording::{BLANK, DocumentPart, day, document_number, worded},
};
use crate::store::{AssignmentRow, CaseRow, DRAWN, DocumentRow};

impl Recorder {
    /// A document of a kind, as it is made after what the step did before.
    pub(super) fn document(
        &self,
        step: &Step<'_>,
        case: &CaseRow,
        kind: &str,
        around: &mut Around<'_, '_>,
        out: &Output,
    ) -> DocumentRow {
        let at = step.by.at;
        let acting = step.by.organisation.as_deref().unwrap_or(&case.organisation_id);
        let issuer = self.organisations.in_name_of(acting);
        let template = self.pack.documents.get(kind);
        let numbered = template.is_none_or(DocumentKind::numbered);
        let series = document_series(issuer, numbered, at);
        let serial = around.numbers.next(&series);
        let number = if numbered {
            document_number(&self.organisations, issuer, year(at), serial)
        } else {
            String::new()
        };
        let printed = template.map(|t| t.fields.clone()).unwrap_or_default();
        let value = |name: &String| {
            step.decision
                .data
                .get(name)
                .or_else(|| step.personal.get(name))
                .cloned()
        };
        let fields: Map<String, Json> = printed.iter().filter_map(|f| Some((f.clone(), value(f)?))).collect();
        let holders = holders(around.assignments, &out.assignments);
        let cites = template.is_some_and(|kind| kind.cites);
        let papers = if cites {
            self.papers(around.documents, &out.documents)
        } else {
            Vec::new()
        };
        let part = DocumentPart {
            number: &number,
            issuer,
            issued_at: at,
            personal: step.personal,
            holders: &holders,
            papers: &papers,
        };
        let link = self.follow_url.clone();
        let values = self
            .telling(step, case, link, Some(part))
            .values(template.map(|t| &t.body));
        let mut document = DocumentRow {
            id: self.ids.next().to_string(),
            case_id: case.id.clone(),
            seq: step.seq,
            kind: kind.to_owned(),
            body: json!({
                "fields": fields,
                "values": values,
                "wording": template.map(|t| &t.wording),
                DRAWN: drawn(&series, serial),
            }),
            created_at: at,
            visible_to: template.map(|t| t.readers.clone()).unwrap_or_default(),
            number,
        };
        seal(&self.secrets, issuer, &mut document);
        document
    }

    /// What stands on the last paper of a kind, for a case that is opened; nothing where there is none, or its text was erased.
    pub(super) fn told_of_paper<'p>(
        &self,
        papers: impl Iterator<Item = &'p DocumentRow>,
        kind: &str,
        part: PaperPart,
    ) -> Option<Json> {
        let last = papers
            .filter(|row| row.kind == kind)
            .max_by(|one, other| (one.seq, &one.id).cmp(&(other.seq, &other.id)));
        let paper = last?;
        match part {
            PaperPart::Number => (!paper.number.is_empty()).then(|| json!(paper.number)),
            PaperPart::Date => local_date(paper.created_at).ok().map(|day| json!(day.to_string())),
            PaperPart::Issuer => {
                let issuer = self.organisations.get(sealed_by(&paper.body)?)?;
                Some(json!(issuer.name_zh))
            }
        }
    }

    /// The papers of a case, the last one last: those of before and those that the step has made by now.
    fn papers<'p>(&'p self, before: &'p [DocumentRow], made: &'p [DocumentRow]) -> Vec<Cited<'p>> {
        let mut rows: Vec<&DocumentRow> = before.iter().chain(made).collect();
        rows.sort_by(|one, other| (one.seq, &one.id).cmp(&(other.seq, &other.id)));
        let cited = |row: &'p DocumentRow| {
            let kind = self.pack.document(&row.kind, worded(&row.body));
            Cited {
                kind: &row.kind,
                title: kind.map(|kind| &kind.title),
                number: borne(kind, row),
                made_at: row.created_at,
            }
        };
        rows.into_iter().map(cited).collect()
    }
}

/// Another paper of the case, as one that cites it names it.
pub(super) struct Cited<'d> {
    kind: &'d str,
    /// None where its template is not known any more.
    title: Option<&'d Label>,
    /// None where it bears none.
    number: Option<&'d str>,
    made_at: OffsetDateTime,
}

/// The number, or the day, of the last paper of these kinds; a blank where there is none yet.
pub(super) fn cited(papers: &[Cited<'_>], kinds: &str, part: &str, zh: bool) -> String {
    let of_kind = |paper: &&Cited<'_>| kinds.split('.').any(|kind| kind == paper.kind);
    let last = papers.iter().rev().find(of_kind);
    let said = match part {
        "number" => last.and_then(|paper| paper.number).map(str::to_owned),
        _ => last.map(|paper| day(paper.made_at, zh)),
    };
    said.unwrap_or_else(|| BLANK.to_owned())
}

/// All papers in their order, one a line: title, number if it bears one, day. A blank where there are none.
pub(super) fn listed(papers: &[Cited<'_>], zh: bool) -> String {
    let entry = |(place, paper): (usize, &Cited<'_>)| {
        let named = |title: &Label| if zh { title.zh.clone() } else { title.en.clone() };
        let title = paper.title.map_or_else(|| paper.kind.to_owned(), named);
        let day = day(paper.made_at, zh);
        match (paper.number, zh) {
            (Some(number), true) => format!("{place}．{title}（{number}），{day}"),
            (None, true) => format!("{place}．{title}，{day}"),
            (Some(number), false) => format!("{place}. {title} ({number}), {day}"),
            (None, false) => format!("{place}. {title}, {day}"),
        }
    };
    if papers.is_empty() {
        return BLANK.to_owned();
    }
    let entries: Vec<String> = (1..).zip(papers).map(entry).collect();
    entries.join("\n")
}

/// Roles with the organisations that hold them, the last one last: those of before without what the step has ended, and those
/// that it has given.
fn holders<'h>(before: &'h [AssignmentRow], given: &'h [AssignmentRow]) -> Vec<(&'h str, &'h str)> {
    let ended = |row: &&AssignmentRow| given.iter().any(|other| other.id == row.id);
    let mut live: Vec<&AssignmentRow> = before.iter().filter(|row| !ended(row)).collect();
    live.extend(given);
    live.retain(|row| row.until_seq.is_none());
    live.sort_by_key(|row| row.since_seq);
    let of_offices = live
        .into_iter()
        .filter_map(|row| Some((row.role.as_str(), row.organisation_id.as_deref()?)));
    of_offices.collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_is_cited_is_the_last_paper_of_its_kind_and_a_blank_before_there_is_one() {
        let paper = |kind, number, made_at| Cited {
            kind,
            title: None,
            number,
            made_at,
        };
        let papers = [
            paper("notice", Some("市监〔2026〕1号"), datetime!(2026-03-01 02:00 UTC)),
            paper("record", None, datetime!(2026-03-02 02:00 UTC)),
            paper("notice", Some("市监〔2026〕7号"), datetime!(2026-03-04 20:00 UTC)),
        ];
        assert_eq!(cited(&papers, "notice", "number", true), "市监〔2026〕7号");
        assert_eq!(
            cited(&papers, "notice", "date", true),
            "2026年3月5日",
            "the day in China"
        );
        assert_eq!(cited(&papers, "notice", "date", false), "5 March 2026");
        assert_eq!(cited(&papers, "decision.notice", "number", true), "市监〔2026〕7号");
        assert_eq!(cited(&papers, "record", "number", true), BLANK);
        assert_eq!(cited(&papers, "decision", "date", true), BLANK);
    }

    #[test]
    fn the_contents_of_a_file_are_its_papers_in_their_order_with_the_numbers_that_they_bear() {
        let title = Label {
            zh: "行政处罚告知书".to_owned(),
            en: "Notice of penalty".to_owned(),
        };
        let papers = [
            Cited {
                kind: "record",
                title: None,
                number: None,
                made_at: datetime!(2026-03-01 02:00 UTC),
            },
            Cited {
                kind: "notice",
                title: Some(&title),
                number: Some("市监〔2026〕7号"),
                made_at: datetime!(2026-03-02 02:00 UTC),
            },
        ];
        let list = "1．record，2026年3月1日\n2．行政处罚告知书（市监〔2026〕7号），2026年3月2日";
        assert_eq!(listed(&papers, true), list);
        let list = "1. record, 1 March 2026\n2. Notice of penalty (市监〔2026〕7号), 2 March 2026";
        assert_eq!(listed(&papers, false), list);
        assert_eq!(listed(&[], true), BLANK);
    }

    fn held(id: &str, role: &str, organisation: &str, since: i64, until: Option<i64>) -> AssignmentRow {
        AssignmentRow {
            id: id.to_owned(),
            case_id: "c".to_owned(),
            role: role.to_owned(),
            account_id: None,
            organisation_id: Some(organisation.to_owned()),
            since_seq: since,
            until_seq: until,
        }
    }

    #[test]
    fn the_last_organisation_that_a_role_was_given_to_stands_last_and_one_that_gave_it_up_not_at_all() {
        let before = [
            held("1", "police_officer", "county", 3, None),
            held("2", "mediation_body", "street", 2, None),
            held("3", "case_officer", "district", 1, Some(2)),
        ];
        let given = [
            held("2", "mediation_body", "street", 2, Some(5)),
            held("4", "mediation_body", "city", 5, None),
        ];
        assert_eq!(
            holders(&before, &given),
            [("police_officer", "county"), ("mediation_body", "city")]
        );
    }
}
