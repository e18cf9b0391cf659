//! What the targets share: the shipped domain pack.

use std::{fs, path::Path, sync::LazyLock};

use zhengming_engine::pack::Pack;

/// Files of the shipped pack, by path inside it.
pub static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut files = Vec::new();
    for folder in ["calendar/cn", "law", "procedures", "notices", "documents"] {
        for entry in fs::read_dir(root.join(folder)).expect("the pack is part of the repository") {
            let path = entry.expect("listed").path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                files.push((format!("{folder}/{name}"), fs::read_to_string(&path).expect("text")));
            }
        }
    }
    files.sort();
    files
});

/// The shipped pack.
pub static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let files: Vec<(&str, &str)> = FILES.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
});
