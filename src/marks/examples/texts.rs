//! How well names are taken out of free text: `texts TEXTS.tsv REGISTER.txt [made]`. Each row of the texts holds an imitation, its mark and
//! the text, the first two empty where it speaks of none; the register is one name a line. With `made`, imitations of the register's
//! names are made and put into those texts in place of the one that stands there.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    error::Error,
    fs,
    time::{Duration, Instant},
};

use zhengming_marks::{
    Band, Index, Mark, Match, MatchOptions,
    eval::{Change, Sequence, imitation},
    is_han, names_in_text,
};

struct Complaint<'a> {
    sign: &'a str,
    mark: &'a str,
    text: &'a str,
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [texts, names, more @ ..] = files.as_slice() else {
        return Err("usage: texts TEXTS.tsv REGISTER.txt [made]".into());
    };
    let (texts, names) = (fs::read_to_string(texts)?, fs::read_to_string(names)?);
    let index = Index::in_memory()?;
    let mut writer = index.writer()?;
    for (number, name) in names.lines().enumerate() {
        writer.add(&Mark {
            id: number.to_string(),
            name: name.to_owned(),
            ..Mark::default()
        })?;
    }
    writer.commit()?;
    let rows = texts.lines().filter(|row| !row.starts_with("# "));
    let complaints: Vec<Complaint<'_>> = rows
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let (sign, mark, text) = (cells.next()?, cells.next()?, cells.next()?);
            Some(Complaint { sign, mark, text })
        })
        .collect();
    if more.is_empty() {
        written(&index, &complaints)
    } else {
        made(&index, &complaints, &names)
    }
}

fn hits(index: &Index, name: &str) -> Result<Vec<Match>, Box<dyn Error>> {
    let options = MatchOptions {
        least_score: Band::MEDIUM,
        ..MatchOptions::default()
    };
    Ok(index.match_name(name, &options)?)
}

fn written(index: &Index, complaints: &[Complaint<'_>]) -> Result<(), Box<dyn Error>> {
    // The tables are read by the first question.
    let _read = names_in_text("兰鲸湖");
    let mut spent = Duration::ZERO;
    let (mut characters, mut names) = (0, 0);
    let (mut imitating, mut taken, mut medium, mut high) = (0, 0, 0, 0);
    let (mut others, mut false_medium, mut false_high) = (0, 0, 0);
    for Complaint { sign, mark, text } in complaints {
        let begun = Instant::now();
        let found = names_in_text(text);
        spent += begun.elapsed();
        characters += text.chars().count();
        names += found.len();
        let (mut best, mut least_wrong) = (0.0_f64, 0.0_f64);
        for name in &found {
            for hit in hits(index, name)? {
                if hit.mark.name == *mark {
                    best = best.max(hit.score);
                } else {
                    least_wrong = least_wrong.max(hit.score);
                }
            }
        }
        if sign.is_empty() {
            others += 1;
            false_medium += usize::from(least_wrong >= Band::MEDIUM);
            false_high += usize::from(least_wrong >= Band::HIGH);
            continue;
        }
        imitating += 1;
        taken += usize::from(found.iter().any(|name| name == sign));
        medium += usize::from(best >= Band::MEDIUM);
        high += usize::from(best >= Band::HIGH);
        if best < Band::MEDIUM {
            println!("not found: {sign} of {mark} {found:?}");
        }
    }
    println!("{characters} characters, {names} names, {spent:?}");
    println!("of {imitating} imitations taken as they are {taken}, their mark found {medium}, of band high {high}");
    println!("of {others} texts without one with any hit {false_medium}, of band high {false_high}");
    Ok(())
}

fn made(index: &Index, complaints: &[Complaint<'_>], names: &str) -> Result<(), Box<dyn Error>> {
    let frames: Vec<&Complaint<'_>> = complaints.iter().filter(|one| !one.sign.is_empty()).collect();
    let is_short = |name: &&str| name.chars().all(is_han) && (2..=5).contains(&name.chars().count());
    let mut sequence = Sequence::new(7);
    for change in [
        Change::Sound,
        Change::Shape,
        Change::Order,
        Change::Insertion,
        Change::Replacement,
    ] {
        let (mut all, mut taken, mut alone, mut found) = (0, 0, 0, 0);
        for name in names.lines().filter(is_short) {
            let made = imitation(name, change, &mut sequence).filter(|made| made != name);
            let frame = frames.get(sequence.below(frames.len()));
            let (Some(made), Some(frame)) = (made, frame) else {
                continue;
            };
            let in_text = names_in_text(&frame.text.replace(frame.sign, &made));
            all += 1;
            taken += usize::from(in_text.contains(&made));
            let leads = |to: &str| hits(index, to).map(|hits| hits.iter().any(|hit| hit.mark.name == name));
            if leads(&made)? {
                alone += 1;
                let mut is_found = false;
                for one in &in_text {
                    is_found |= leads(one)?;
                }
                found += usize::from(is_found);
            }
        }
        println!(
            "{change:?}: of {all} taken as they are {taken}; of {alone} whose mark is found by them alone, {found} by the text"
        );
    }
    Ok(())
}
