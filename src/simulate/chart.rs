//! Queues over time as SVG: a panel for each role and each procedure, a line for each run.

use std::fmt::Write as _;

use time::Date;

use crate::report::Report;

/// Width of the drawing, and of the plot in it.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 24.0;
/// Height of a panel, and of its plot.
const PANEL: f64 = 190.0;
const PLOT: f64 = 120.0;
/// Room that the name of a month takes, with a gap.
const MONTH: f64 = 56.0;
/// So many months from one name to the next, from none left out to one a year.
const STEPS: [usize; 4] = [1, 2, 3, 6];
const YEAR: usize = 12;
/// Room above the first panel for title and a row of the legend, and for each row more.
const HEAD: f64 = 58.0;
const ROW: f64 = 18.0;
/// Colours of the runs, told apart by lightness too; dashes tell them apart on paper.
const LINES: [(&str, &str); 6] = [
    ("#1b4f8a", "none"),
    ("#c2541b", "7 3"),
    ("#2d7a4b", "2 3"),
    ("#7b3f98", "9 3 2 3"),
    ("#8a6d1b", "4 2"),
    ("#5b6470", "1 2"),
];

/// One panel: its title, and the values of each run.
struct Panel {
    title: String,
    lines: Vec<Vec<(Date, u64)>>,
}

/// Draws the queues of runs; panels of roles and procedures that only some have show these alone.
#[must_use]
pub fn queues(reports: &[Report]) -> String {
    let panels = panels(reports);
    let names = legend(reports);
    let head = HEAD + names.last().map_or(0.0, |name| name.row as f64) * ROW;
    let height = head + panels.len() as f64 * PANEL;
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"#1c2733\">\n<title>Queues at the end of each day</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"16\" font-weight=\"bold\">Queues at the end of each day</text>\n"
    );
    for (run, name) in names.iter().enumerate() {
        let (colour, dash) = style(run);
        let (x, y) = (name.x, 42.0 + name.row as f64 * ROW);
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.0} {y:.0}h26\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\
             <text x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            x + 32.0,
            y + 4.0,
            escape(name.text)
        );
    }
    for (index, panel) in panels.iter().enumerate() {
        draw(&mut svg, panel, head + index as f64 * PANEL);
    }
    svg.push_str("</svg>\n");
    svg
}

fn panels(reports: &[Report]) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::new();
    for (run, report) in reports.iter().enumerate() {
        let staff = report.staff.iter().enumerate().map(|(index, staff)| {
            let values = report
                .days
                .iter()
                .map(|day| (day.date, day.waiting.get(index).copied().unwrap_or(0)));
            (format!("{}: tasks waiting", staff.role), values.collect::<Vec<_>>())
        });
        let cases = report.procedures.iter().enumerate().map(|(index, procedure)| {
            let values = report
                .days
                .iter()
                .map(|day| (day.date, day.open.get(index).copied().unwrap_or(0)));
            (
                format!("{}: open cases", procedure.procedure),
                values.collect::<Vec<_>>(),
            )
        });
        for (title, values) in staff.chain(cases) {
            let known = panels.iter().position(|panel| panel.title == title);
            let place = known.unwrap_or_else(|| {
                panels.push(Panel {
                    title,
                    lines: vec![Vec::new(); reports.len()],
                });
                panels.len() - 1
            });
            if let Some(line) = panels.get_mut(place).and_then(|panel| panel.lines.get_mut(run)) {
                *line = values;
            }
        }
    }
    panels
}

fn style(run: usize) -> (&'static str, &'static str) {
    LINES.get(run % LINES.len()).copied().unwrap_or(("#000000", "none"))
}

/// The name of a run in the legend, and where it stands.
struct Name<'r> {
    text: &'r str,
    x: f64,
    row: usize,
}

/// Places the names of runs side by side, in as many rows as they need.
fn legend(reports: &[Report]) -> Vec<Name<'_>> {
    let mut names: Vec<Name<'_>> = Vec::new();
    let (mut x, mut row) = (LEFT, 0);
    for report in reports {
        let text = report.simulation.as_str();
        let letters = text.chars().map(|c| if c.is_ascii() { 7.0 } else { 12.5 });
        let wide = 56.0 + letters.sum::<f64>();
        if x > LEFT && x + wide > WIDTH - RIGHT {
            (x, row) = (LEFT, row + 1);
        }
        names.push(Name { text, x, row });
        x += wide;
    }
    names
}

fn draw(svg: &mut String, panel: &Panel, top: f64) {
    let values = || panel.lines.iter().flatten();
    let (Some(first), Some(last)) = (values().map(|v| v.0).min(), values().map(|v| v.0).max()) else {
        return;
    };
    let most = ceiling(values().map(|v| v.1).max().unwrap_or(0));
    let (plot, wide) = (top + 24.0, WIDTH - LEFT - RIGHT);
    let span = (last - first).whole_days().max(1) as f64;
    let x = |date: Date| LEFT + (date - first).whole_days() as f64 / span * wide;
    let y = |value: u64| plot + PLOT - value as f64 / most as f64 * PLOT;
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{:.0}\" font-weight=\"bold\">{}</text>",
        top + 14.0,
        escape(&panel.title)
    );
    for part in 0..=4_u64 {
        let (value, line) = (most * part / 4, y(most * part / 4));
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {line:.1}h{wide:.0}\" stroke=\"#dfe4ea\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            LEFT - 8.0,
            line + 4.0
        );
    }
    months(svg, (first, last), plot, x);
    for (run, line) in panel.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let (colour, dash) = style(run);
        let points: Vec<String> = line
            .iter()
            .map(|(date, value)| format!("{:.1},{:.1}", x(*date), y(*value)))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dash}\"/>",
            points.join(" ")
        );
    }
}

/// The months, each at its first day, thinned out where their names would run into each other; the first day where no month
/// begins.
fn months(svg: &mut String, (first, last): (Date, Date), plot: f64, x: impl Fn(Date) -> f64) {
    let days = std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| *day <= last);
    let starts: Vec<Date> = days.filter(|day| day.day() == 1).collect();
    let narrowest = starts.windows(2).map(|pair| match pair {
        [one, next] => x(*next) - x(*one),
        _ => f64::INFINITY,
    });
    let narrowest = narrowest.fold(f64::INFINITY, f64::min);
    let step = STEPS.into_iter().find(|step| *step as f64 * narrowest >= MONTH);
    let mut ticks: Vec<(Date, String)> = starts
        .into_iter()
        .step_by(step.unwrap_or(YEAR))
        .map(|date| (date, format!("{}-{:02}", date.year(), u8::from(date.month()))))
        .collect();
    if ticks.is_empty() {
        ticks.push((first, first.to_string()));
    }
    for (date, name) in ticks {
        let _ = writeln!(
            svg,
            "<path d=\"M{:.1} {:.1}v4\" stroke=\"#8a94a0\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>",
            x(date),
            plot + PLOT,
            x(date),
            plot + PLOT + 18.0
        );
    }
}

/// A round number from `value` on that four divides.
fn ceiling(value: u64) -> u64 {
    let mut unit = 4_u64;
    loop {
        for factor in [1, 2, 5] {
            let round = unit.saturating_mul(factor);
            if round >= value {
                return round;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_on_a_round_number_not_below_the_greatest_value() {
        assert_eq!(
            [0, 3, 4, 5, 9, 21, 400, 401].map(ceiling),
            [4, 4, 4, 8, 20, 40, 400, 800]
        );
    }

    /// Names of months below a plot from one day to another, with their places.
    fn named(first: Date, last: Date) -> Vec<(f64, String)> {
        let days = (last - first).whole_days() as f64;
        let wide = WIDTH - LEFT - RIGHT;
        let mut svg = String::new();
        months(&mut svg, (first, last), 0.0, |date| {
            LEFT + (date - first).whole_days() as f64 / days * wide
        });
        let texts = svg.split("<text x=\"").skip(1);
        texts
            .map(|text| {
                let (x, rest) = text.split_once('"').unwrap();
                let name = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
                (x.parse().unwrap(), name.to_owned())
            })
            .collect()
    }

    #[test]
    fn names_of_months_never_run_into_each_other_nor_over_the_edge() {
        use time::macros::date;
        let year = named(date!(2026 - 01 - 01), date!(2026 - 12 - 31));
        assert_eq!(year.len(), 12, "{year:?}");
        for months in 1..130 {
            let last = date!(2026 - 01 - 01) + time::Duration::days(months * 30);
            let names = named(date!(2026 - 01 - 01), last);
            // A character of the font is about 6.7 wide.
            let half = |name: &str| name.len() as f64 * 6.7 / 2.0;
            for pair in names.windows(2) {
                let [(one, name), (next, other)] = pair else {
                    unreachable!()
                };
                assert!(one + half(name) < next - half(other), "{months}: {names:?}");
            }
            let (end, name) = names.last().unwrap();
            assert!(end + half(name) <= WIDTH, "{months}: {names:?}");
        }
    }
}
