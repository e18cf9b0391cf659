//! How the text of a document stands on its page.
//!
//! A template is plain text. Where each of its lines stands is read off the line itself, so that the page, the print and
//! the packet lay a document out alike and nothing beside the text has to be kept with it.

/// The line that holds the number, which the page prints above.
pub const NUMBER: &str = "{document.number}";
/// The line that names who issued the document, which the page prints above and below.
pub const ISSUER: &str = "{organisation}";
/// The line that holds the day, which the page prints below who issued it.
const DATE: &str = "{document.date}";
/// The line at which the other answers are listed that the document prints.
pub const ROWS: &str = "{document.rows}";
const FRAME: [&str; 4] = [NUMBER, ISSUER, DATE, ROWS];
/// What a line refers to a case by.
const CASE: &str = "{case.number}";
/// Stands above the addressee where a text names it at its end.
const GREETING: &str = "此致";

/// A line of a template, without those that the page prints around the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'t> {
    /// As the template has it.
    pub text: &'t str,
    /// Whether it says to whom the document goes (称谓): it stands flush left, without the indent of a paragraph.
    pub addressee: bool,
    /// Where it stands.
    pub place: Place,
}

/// Where on its page a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Above the list of other answers, or above who issued the document where the text does not say where that list stands.
    Above,
    /// Between that list and who issued the document.
    Between,
    /// Below that and the day: who gets a copy (抄送), who received it (送达回证).
    Below,
}

/// The lines of a template's text. The addressee is the first line, or the first below that with the number of the case,
/// if it ends in a colon and names no case; and what stands below 此致. What comes after the line of the day stands below it.
#[must_use]
pub fn lines(body: &str) -> Vec<Line<'_>> {
    let (mut begins, mut greeted, mut place) = (true, false, Place::Above);
    let mut lines = Vec::new();
    for text in body.lines() {
        let line = text.trim();
        place = match line {
            DATE => Place::Below,
            ROWS if place == Place::Above => Place::Between,
            _ => place,
        };
        if line.is_empty() || FRAME.contains(&line) {
            continue;
        }
        let numbered = line.contains(CASE);
        let addressee = greeted || (begins && !numbered && line.ends_with(['：', ':']));
        greeted = line == GREETING;
        begins = begins && numbered;
        lines.push(Line { text, addressee, place });
    }
    lines
}

/// Whether the list of other answers has one place, or none of its own: a line by itself, once, above the day.
#[must_use]
pub fn rows_have_a_place(body: &str) -> bool {
    let mut above = body.lines().map(str::trim).take_while(|line| *line != DATE);
    match body.matches(ROWS).count() {
        0 => true,
        1 => above.any(|line| line == ROWS),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addressees(body: &str) -> Vec<&str> {
        let lines = lines(body).into_iter().filter(|line| line.addressee);
        lines.map(|line| line.text).collect()
    }

    #[test]
    fn a_document_goes_to_whom_its_first_line_names_before_a_colon() {
        let letter =
            "{document.number}\n{field.party_name}：\n现告知如下：\n{field.facts}\n{organisation}\n{document.date}";
        assert_eq!(addressees(letter), ["{field.party_name}："]);
        let english = "{document.number}\nTo {field.party_name}:\nWe tell you:\n{organisation}\n{document.date}";
        assert_eq!(addressees(english), ["To {field.party_name}:"]);
    }

    #[test]
    fn an_application_names_its_addressee_below_the_number_of_the_case_or_below_the_greeting() {
        let above = "编号：{case.number}\n{field.court}：\n申请人：{field.applicant_name}";
        assert_eq!(addressees(above), ["{field.court}："]);
        let below = "案件：{case.number}\n请求事项：确认有效\n此致\n{field.court}\n附件：{field.enclosures}";
        assert_eq!(addressees(below), ["{field.court}"]);
    }

    #[test]
    fn what_follows_the_day_stands_below_it() {
        let letter = "{field.police}：\n现将该案移送。\n{organisation}\n{document.date}\n抄送：{field.procuratorate}";
        let below = lines(letter).into_iter().filter(|line| line.place == Place::Below);
        assert_eq!(
            below.map(|line| line.text).collect::<Vec<_>>(),
            ["抄送：{field.procuratorate}"]
        );
        let undated = "案件：{case.number}\n申请人：{field.applicant_name}";
        assert!(lines(undated).iter().all(|line| line.place == Place::Above));
    }

    #[test]
    fn other_answers_are_listed_where_the_text_says_so() {
        let refusal = "投诉人：\n决定不予受理。\n{document.rows}\n特此告知。\n{organisation}\n{document.date}";
        let places: Vec<Place> = lines(refusal).iter().map(|line| line.place).collect();
        assert_eq!(places, [Place::Above, Place::Above, Place::Between]);
        assert!(rows_have_a_place(refusal) && rows_have_a_place("投诉人：\n特此告知。"));
        for wrong in [
            "理由：{document.rows}\n{organisation}",
            "{document.rows}\n特此告知。\n{document.rows}",
            "特此告知。\n{document.date}\n{document.rows}",
        ] {
            assert!(!rows_have_a_place(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_line_further_down_or_about_the_case_itself_is_no_addressee() {
        let record = "案件：{case.number}\n当事人：{field.party_name}\n双方达成协议：\n{field.agreement_text}";
        assert!(addressees(record).is_empty());
        let list = "{document.number}\n案件{case.number}移交{field.receiver}的材料：\n{field.files_list}";
        assert!(addressees(list).is_empty());
    }
}
