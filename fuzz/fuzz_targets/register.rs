//! Files of a register: the first byte tells the form. What is taken beside bad rows is what is taken without them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhengming_marks::{ImportOptions, RegisterFormat, read_marks};

fuzz_target!(|data: &[u8]| {
    let Some((form, file)) = data.split_first() else { return };
    let format = if form % 2 == 0 {
        RegisterFormat::Csv
    } else {
        RegisterFormat::St96
    };
    let read = |skip_bad| read_marks(file, ImportOptions { format, skip_bad });
    let (all, strict) = (read(true), read(false));
    if let Ok(all) = &all {
        for row in &all.rows {
            assert!(!row.name.is_empty());
            assert!(row.classes.iter().all(|class| (1..=45).contains(class)));
        }
    }
    if let (Ok(all), Ok(strict)) = (all, strict) {
        assert_eq!(all.rows, strict.rows);
        assert!(all.skipped.is_empty());
    }
});
